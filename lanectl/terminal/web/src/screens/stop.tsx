// Stopping a test on the screen: hold the button, let go, then name the reason in another place.
// The e-stop on the wall needs none of this and is never behind it.

import { useEffect, useState } from "preact/hooks";

import { stop } from "../api";
import { Icon } from "../icons";
import { name, t } from "../lang";
import { requireOperator, set } from "../store";
import type { RunningView } from "../types";

const HOLD_MS = 1_500;
const ARMED_AFTER_MS = 500;
const GIVE_UP_MS = 20_000;
const WHYS = ["unsafe", "vehicle_trouble", "driver_error", "customer_asks"] as const;

/** The load is going off or is off: there is nothing left to stop. */
export function isEnding(stage: RunningView["stage"]): boolean {
  return stage === "making_safe" || stage === "sealing";
}

export function Stop({ stage, ask }: { stage: RunningView["stage"]; ask: () => void }) {
  const [holding, hold] = useState(false);
  useEffect(() => {
    if (!holding) return undefined;
    const reached = setTimeout(() => (ask(), hold(false)), HOLD_MS);
    return () => clearTimeout(reached);
  }, [holding]);
  if (isEnding(stage)) return <p class="stopping">{name("ending", stage)}</p>;
  return (
    <button
      class={`hold ${holding ? "holding" : ""}`}
      onPointerDown={(event) => (event.currentTarget.setPointerCapture(event.pointerId), hold(true))}
      onPointerUp={() => hold(false)}
      onPointerCancel={() => hold(false)}
      onPointerMove={(event) => isOutside(event) && hold(false)}
    >
      <Icon name="stop" />
      <span>{t(holding ? "keep_holding" : "hold_to_stop")}</span>
    </button>
  );
}

function isOutside(event: PointerEvent & { currentTarget: HTMLElement }): boolean {
  const box = event.currentTarget.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

/** The reasons become live only after the finger has left the screen for a moment. */
export function StopCard({ away }: { away: () => void }) {
  const [armed, arm] = useState(false);
  const [sent, setSent] = useState<string | null>(null);
  useEffect(() => {
    const givingUp = setTimeout(away, GIVE_UP_MS);
    let arming: ReturnType<typeof setTimeout> | undefined;
    const lifted = () => (arming = setTimeout(() => arm(true), ARMED_AFTER_MS));
    window.addEventListener("pointerup", lifted, { once: true });
    window.addEventListener("pointercancel", lifted, { once: true });
    return () => {
      clearTimeout(givingUp);
      clearTimeout(arming);
      window.removeEventListener("pointerup", lifted);
      window.removeEventListener("pointercancel", lifted);
    };
  }, []);
  const choose = async (why: string) => {
    const operator = requireOperator();
    if (operator === null || sent !== null) return;
    setSent(why);
    const done = await stop(operator, why);
    if (done.kind === "error") set({ notice: { message: done.message, remedy: done.remedy } });
    if (done.kind === "refused") set({ notice: { message: done.refusal.message, remedy: null } });
    away();
  };
  return (
    <section class="stop-card card">
      <div class="stop-words">
        <h1>{t("stop_title")}</h1>
        <p>{t("stop_note")}</p>
      </div>
      <div class="choices choices-4">
        {WHYS.map((why) => (
          <button key={why} class="button danger" disabled={!armed || sent !== null} onClick={() => void choose(why)}>
            {name("stop", why)}
          </button>
        ))}
      </div>
      <button class="button keep" disabled={!armed || sent !== null} onClick={away}>
        {sent === null ? t("keep_testing") : `${t("stopping")}…`}
      </button>
    </section>
  );
}
