// A figure that can be read from the driver's seat, with what the driver is to keep it at.

import { number } from "../format";
import { name, t } from "../lang";
import { pedalOf, type Gauge } from "../plans";
import { useLive } from "../store";
import type { PromptView, Sample } from "../types";

export function Gauges({ gauges, prompt }: { gauges: readonly Gauge[]; prompt: PromptView }) {
  const sample = useLive();
  return (
    <div class={`gauges gauges-${gauges.length}`}>
      {gauges.map((gauge, index) => (
        <section key={gauge.channel} class={`gauge gauge-${gauge.channel}`}>
          <p class="gauge-label">{name("r", gauge.channel)}</p>
          <p class="gauge-digits">{figure(sample?.[gauge.channel], gauge)}</p>
          {index === 0 && gauges.length === 1 && <Aim gauge={gauge} prompt={prompt} now={sample?.[gauge.channel]} />}
        </section>
      ))}
    </div>
  );
}

/** One decimal of the speed as long as it fits. */
function figure(value: Sample[string], { channel, decimals }: Gauge): string {
  return number(value, channel === "speed_kmh" && typeof value === "number" && value >= 99.95 ? 0 : decimals);
}

/** What the driver should do with the pedal; this is about driving, not about the vehicle's emissions. */
function Aim({ gauge, prompt, now }: { gauge: Gauge; prompt: PromptView; now: Sample[string] }) {
  const isEngine = gauge.channel === "engine_rpm";
  const target = isEngine ? prompt.target_rpm : prompt.target_kmh;
  const tolerance = isEngine ? prompt.tolerance_rpm : prompt.tolerance_kmh;
  const pedal = pedalOf(prompt);
  if (typeof now !== "number") return <p class="aim">{t("no_reading")}</p>;
  if (target === null && pedal !== null) return <p class="aim" />;
  if (target === null) return <p class="aim">{t(isEngine ? "no_target_rpm" : "no_target_speed")}</p>;
  const band = tolerance === null ? "" : ` ± ${number(tolerance, gauge.decimals)}`;
  return (
    <p class="aim">
      <span>
        {t("target")} {number(target, gauge.decimals)}
        {band}
      </span>
      {pedal === null && <Pedal off={now - target} tolerance={tolerance ?? 0} isEngine={isEngine} />}
    </p>
  );
}

function Pedal({ off, tolerance, isEngine }: { off: number; tolerance: number; isEngine: boolean }) {
  if (Math.abs(off) <= tolerance) return <b class="pedal">{t("steady")}</b>;
  const [up, down] = isEngine ? (["more_pedal", "less_pedal"] as const) : (["faster", "slower"] as const);
  return <b class="pedal pedal-off">{t(off < 0 ? up : down)}</b>;
}
