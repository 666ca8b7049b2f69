// The strip on top: which lane, which mode, who, and how the line to the bureau stands.

import { Icon, type IconName } from "../icons";
import { choose, current, name, t } from "../lang";
import { go, operatorOf, set, type State } from "../store";
import type { LaneView, RunningView, UplinkView } from "../types";
import { Clock } from "./clock";

const STAGES = ["obd_check", "prepare", "measure", "making_safe", "sealing"] as const;

export function Strip({ state, view }: { state: State; view: LaneView }) {
  return (
    <header class="strip">
      <Lane view={view} />
      {view.running === null ? <Navigation state={state} /> : <Stages run={view.running} />}
      {view.running === null && <Bureau uplink={view.uplink} />}
      <Clock clock={view.clock} at={state.viewAt} />
      {view.running === null && <Who state={state} view={view} />}
      <button class="strip-button language" lang={current() === "zh" ? "en" : "zh-CN"} onClick={switchLanguage}>
        {t("switch_language")}
      </button>
    </header>
  );
}

function switchLanguage(): void {
  choose(current() === "zh" ? "en" : "zh");
  set({});
}

function Lane({ view }: { view: LaneView }) {
  return (
    <div class="lane">
      <span class="lane-name">{view.name}</span>
      <span class={`mode mode-${view.mode}`}>{t(view.mode)}</span>
    </div>
  );
}

function Navigation({ state }: { state: State }) {
  const at = state.route.name;
  return (
    <nav class="navigation">
      <button class="strip-button" aria-current={at === "devices" ? undefined : "page"} onClick={() => go({ name: "queue" })}>
        {t("queue")}
      </button>
      <button class="strip-button" aria-current={at === "devices" ? "page" : undefined} onClick={() => go({ name: "devices" })}>
        {t("devices")}
      </button>
    </nav>
  );
}

function Stages({ run }: { run: RunningView }) {
  const now = STAGES.indexOf(run.stage);
  return (
    <div class="stages">
      <span class="plate-small">{run.plate}</span>
      <span class="method-small">{name("method", run.method)}</span>
      <ol>
        {STAGES.map((stage, index) => (
          <li key={stage} aria-current={index === now ? "step" : undefined} class={index < now ? "past" : ""}>
            {name("stage", stage)}
          </li>
        ))}
      </ol>
    </div>
  );
}

function Bureau({ uplink }: { uplink: UplinkView }) {
  const icon: IconName = uplink.connected ? "link" : "broken";
  return (
    <div class={`bureau ${uplink.connected ? "" : "bureau-down"}`}>
      <Icon name={icon} />
      <span>
        <b>{t(uplink.connected ? "uplink_up" : "uplink_down")}</b>
        <small>{uplink.outbox === 0 ? t("uplink_clear") : t("uplink_backlog", { n: uplink.outbox })}</small>
      </span>
    </div>
  );
}

function Who({ state, view }: { state: State; view: LaneView }) {
  const id = operatorOf(state);
  const known = view.operators.find(([each]) => each === id)?.[1];
  return (
    <button class="strip-button who" onClick={() => set({ picking: true })}>
      <Icon name="person" />
      <span>{known ?? t("no_operator")}</span>
    </button>
  );
}
