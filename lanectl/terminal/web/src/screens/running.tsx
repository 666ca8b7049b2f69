// The running test: one large instruction, chart and figures for the driver, and live readings without any judgement.

import { useEffect, useRef, useState } from "preact/hooks";

import { number } from "../format";
import { Icon } from "../icons";
import { name, say, t } from "../lang";
import { DATA_LIST, pedalOf, planFor, type Plan } from "../plans";
import { useLive } from "../store";
import type { CameraView, RunningView } from "../types";
import { CameraBadge } from "./cameras";
import { Chart } from "./chart";
import { Gauges } from "./gauge";
import { Question } from "./question";
import { isEnding, Stop, StopCard } from "./stop";

export function Running({ run, cameras }: { run: RunningView; cameras: CameraView[] }) {
  const [asking, ask] = useState(false);
  const plan = planFor(run);
  return (
    <main class={`running running-${run.method} stage-${run.stage}`}>
      <Instruction run={run} cameras={cameras} />
      {asking && !isEnding(run.stage) ? (
        <StopCard away={() => ask(false)} />
      ) : run.question !== null ? (
        <Question key={run.question.id} question={run.question} />
      ) : (
        <div class="drive">
          <Chart plan={plan} prompt={run.prompt} />
          <Gauges gauges={plan.gauges} prompt={run.prompt} />
        </div>
      )}
      <footer class="readings">
        <div>
          <Readings plan={plan} />
          <DataList />
        </div>
        <Stop stage={run.stage} ask={() => ask(true)} />
      </footer>
    </main>
  );
}

function Instruction({ run, cameras }: { run: RunningView; cameras: CameraView[] }) {
  const { prompt } = run;
  const pedal = pedalOf(prompt);
  return (
    <section class={`instruction ${pedal === null ? "" : `pedal-${pedal}`}`}>
      <div class="instruction-text">
        <p class="instruction-head">
          <small>{say(run.phase_text)}</small>
          <CameraBadge cameras={cameras} />
        </p>
        <div class="instruction-call">
          {pedal !== null && <Icon name={pedal === "down" ? "pedal_down" : "pedal_up"} />}
          <Fitted text={say(prompt.text)} />
        </div>
      </div>
      <div class="seconds">
        <b>{prompt.remaining_s ?? run.elapsed_s}</b>
        <small>{t(prompt.remaining_s === null ? "elapsed" : "remaining")}</small>
      </div>
    </section>
  );
}

const SMALLEST_PX = 28;

/** Text as large as its box allows. */
export function Fitted({ text }: { text: string }) {
  const box = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const fit = () => {
      element.style.fontSize = "";
      let size = parseFloat(getComputedStyle(element).fontSize);
      while (size > SMALLEST_PX && element.scrollHeight > element.clientHeight) {
        size -= 2;
        element.style.fontSize = `${size}px`;
      }
    };
    fit();
    const watch = new ResizeObserver(fit);
    watch.observe(element);
    return () => watch.disconnect();
  }, [text]);
  return (
    <h1 ref={box} class="fitted">
      {text}
    </h1>
  );
}

function Readings({ plan }: { plan: Plan }) {
  const sample = useLive();
  return (
    <dl class="readings-list">
      {plan.readings.map(([channel, decimals]) => (
        <div key={channel}>
          <dt>{name("r", channel)}</dt>
          <dd>{number(sample?.[channel], decimals)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What the vehicle tells of itself, as far as it does; the line is not there when it tells nothing. */
function DataList() {
  const sample = useLive();
  const told = DATA_LIST.filter(([channel]) => typeof sample?.[channel] === "number");
  if (told.length === 0) return null;
  return (
    <p class="data-list">
      <b>{t("r_obd_list")}</b>
      {told.map(([channel, decimals]) => (
        <span key={channel}>
          {name("r", channel)} <b>{number(sample?.[channel], decimals)}</b>
        </span>
      ))}
    </p>
  );
}
