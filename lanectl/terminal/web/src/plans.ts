// What the running screen shows for a method: the large figures, the lines of the chart, the readings below.
// Knows the driver's work in each method. Knows no limit: nothing here says whether a vehicle passes.

import type { Charted } from "./history";
import type { PromptView, RunningView } from "./types";

/** A figure that is also a line: how it is written, and how its scale grows. */
export interface Gauge {
  channel: Charted;
  decimals: number;
  /** Full scale is a multiple of this, so that the picture does not swim. */
  step: number;
  least: number;
  /** How much higher than its highest reading the scale goes. */
  room: number;
}

export interface Plan {
  gauges: readonly Gauge[];
  lines: readonly Gauge[];
  /** How much of the past the chart shows. */
  seconds: number;
  readings: readonly (readonly [channel: string, decimals: number])[];
}

/** What the vehicle tells of itself while it is tested (the data lists of petrol and diesel), in the order of the lists. */
export const DATA_LIST: readonly (readonly [channel: string, decimals: number])[] = [
  ["obd_rpm", 0], ["obd_speed_kmh", 0], ["obd_throttle_pct", 0], ["obd_pedal_d_pct", 0], ["obd_load_pct", 0],
  ["obd_power_kw", 0], ["obd_coolant_c", 0], ["obd_lambda", 3], ["obd_o2_front_v", 2], ["obd_maf_g_s", 1],
  ["obd_map_kpa", 0], ["obd_boost_kpa", 0], ["obd_fuel_l_100km", 1], ["obd_fuel_l_h", 1], ["obd_nox_ppm", 0],
  ["obd_nox_out_ppm", 0], ["obd_reagent_l_h", 2], ["obd_reagent_g_h", 0], ["obd_exhaust_c", 0], ["obd_dpf_kpa", 1],
  ["obd_egr_pct", 0], ["obd_rail_kpa", 0],
];

const SPEED: Gauge = { channel: "speed_kmh", decimals: 1, step: 20, least: 40, room: 1.06 };
const RPM: Gauge = { channel: "engine_rpm", decimals: 0, step: 1_000, least: 3_000, room: 1.06 };
const OPACITY: Gauge = { channel: "opacity_k_per_m", decimals: 2, step: 0.5, least: 1, room: 1.06 };
/** With room above, so that the line of the power lies below that of the speed. */
const POWER: Gauge = { channel: "power_total_kw", decimals: 1, step: 50, least: 50, room: 1.8 };

const ASM: Plan = {
  gauges: [SPEED],
  lines: [SPEED],
  seconds: 60,
  readings: [["engine_rpm", 0], ["co_pct", 2], ["hc_ppm", 0], ["no_ppm", 0], ["co2_pct", 1], ["o2_pct", 1]],
};
const PLANS: Record<string, Plan> = {
  asm: ASM,
  two_speed_idle: {
    gauges: [RPM],
    lines: [RPM],
    seconds: 60,
    readings: [["oil_temp_c", 0], ["co_pct", 2], ["hc_ppm", 0], ["co2_pct", 1], ["o2_pct", 1]],
  },
  free_acceleration: {
    gauges: [RPM, OPACITY],
    lines: [RPM, OPACITY],
    seconds: 30,
    readings: [["opacity_n_pct", 1], ["oil_temp_c", 0]],
  },
  lug_down: {
    gauges: [SPEED],
    lines: [SPEED, POWER],
    seconds: 60,
    readings: [["power_total_kw", 1], ["opacity_k_per_m", 2], ["nox_ppm", 0], ["engine_rpm", 0], ["co2_pct", 1]],
  },
};

/** In neutral the driver looks at the engine, also in a method on the rollers. */
const IN_NEUTRAL: ReadonlySet<string> = new Set(["rev_to_maximum", "let_idle"]);

export function planFor(run: RunningView): Plan {
  const plan = PLANS[run.method] ?? ASM;
  const lead = leadOf(run.prompt) ?? plan.gauges[0];
  if (lead === undefined || lead === plan.gauges[0]) return plan;
  return { ...plan, gauges: [lead], lines: [lead, ...plan.lines.slice(1)] };
}

function leadOf(prompt: PromptView): Gauge | null {
  if (prompt.target_rpm !== null || IN_NEUTRAL.has(prompt.code)) return RPM;
  return prompt.target_kmh !== null ? SPEED : null;
}

export type Pedal = "down" | "up";

const PEDALS: Record<string, Pedal> = {
  blow_out: "down",
  snap_now: "down",
  rev_to_maximum: "down",
  full_throttle: "down",
  keep_full_throttle: "down",
  keep_full_throttle_at: "down",
  snap_let_go: "up",
  let_idle: "up",
  release_pedal: "up",
};

/** Whether an instruction is about the pedal alone: all the way down, or off it. */
export function pedalOf(prompt: PromptView): Pedal | null {
  return PEDALS[prompt.code] ?? null;
}
