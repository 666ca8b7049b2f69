// The running test: one large instruction, the driver's trace, and live readings without any judgement.

import { useEffect, useRef, useState } from "preact/hooks";

import { number, speed } from "../format";
import { name, say, t } from "../lang";
import { useLive } from "../store";
import type { PromptView, RunningView, Sample } from "../types";
import { Question } from "./question";
import { isEnding, Stop, StopCard } from "./stop";
import { Trace } from "./trace";

const READINGS: readonly (readonly [channel: string, decimals: number])[] = [
  ["engine_rpm", 0],
  ["co_pct", 2],
  ["hc_ppm", 0],
  ["no_ppm", 0],
  ["co2_pct", 1],
  ["o2_pct", 1],
];

export function Running({ run }: { run: RunningView }) {
  const [asking, ask] = useState(false);
  return (
    <main class="running">
      <Instruction run={run} />
      {asking && !isEnding(run.stage) ? (
        <StopCard away={() => ask(false)} />
      ) : run.question !== null ? (
        <Question key={run.question.id} question={run.question} />
      ) : (
        <div class="drive">
          <Trace key={run.test_id} target={run.prompt.target_kmh} tolerance={run.prompt.tolerance_kmh} />
          <Speed prompt={run.prompt} />
        </div>
      )}
      <footer class="readings">
        <Readings />
        <Stop stage={run.stage} ask={() => ask(true)} />
      </footer>
    </main>
  );
}

function Instruction({ run }: { run: RunningView }) {
  const { prompt } = run;
  return (
    <section class="instruction">
      <div class="instruction-text">
        <small>{say(run.phase_text)}</small>
        <Fitted text={say(prompt.text)} />
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

function Speed({ prompt }: { prompt: PromptView }) {
  const sample = useLive();
  const now = sample?.["speed_kmh"];
  return (
    <section class="speed">
      <p class="speed-label">{t("speed")} km/h</p>
      <p class="speed-digits">{speed(now)}</p>
      <Aim prompt={prompt} now={now} />
    </section>
  );
}

/** What the driver should do with the pedal; this is about driving, not about the vehicle's emissions. */
function Aim({ prompt, now }: { prompt: PromptView; now: Sample[string] }) {
  const { target_kmh: target, tolerance_kmh: tolerance } = prompt;
  if (target === null) return <p class="aim">{typeof now === "number" ? t("no_target") : t("no_reading")}</p>;
  const band = tolerance === null ? "" : ` ± ${number(tolerance, 1)}`;
  return (
    <p class="aim">
      <span>
        {t("target")} {number(target, 1)}
        {band}
      </span>
      <Pedal off={typeof now === "number" ? now - target : null} tolerance={tolerance ?? 0} />
    </p>
  );
}

function Pedal({ off, tolerance }: { off: number | null; tolerance: number }) {
  if (off === null) return <b class="pedal pedal-off">{t("no_reading")}</b>;
  if (Math.abs(off) <= tolerance) return <b class="pedal">{t("steady")}</b>;
  return <b class="pedal pedal-off">{t(off < 0 ? "faster" : "slower")}</b>;
}

function Readings() {
  const sample = useLive();
  return (
    <dl class="readings-list">
      {READINGS.map(([channel, decimals]) => (
        <div key={channel}>
          <dt>{name("r", channel)}</dt>
          <dd>{number(sample?.[channel], decimals)}</dd>
        </div>
      ))}
    </dl>
  );
}
