// The readings of the last minutes that a chart may draw, with the band that was asked for when they came.
// Kept apart from the charts: a question that covers a chart takes nothing away from it.

import type { PromptView, Sample } from "./types";

export const CHARTED = ["speed_kmh", "engine_rpm", "opacity_k_per_m", "power_total_kw"] as const;
export type Charted = (typeof CHARTED)[number];

export interface Band {
  low: number;
  high: number;
}

/** Columns of equal length, oldest first. */
export interface Columns {
  times: number[];
  lows: (number | null)[];
  highs: (number | null)[];
  lines: (number | null)[][];
}

const KEPT = 1_200;

/** The band that the driver has to keep a channel in, if there is one for this channel. */
export function bandOf(channel: string, prompt: PromptView | undefined): Band | null {
  const [target, tolerance] =
    channel === "speed_kmh"
      ? [prompt?.target_kmh, prompt?.tolerance_kmh]
      : channel === "engine_rpm"
        ? [prompt?.target_rpm, prompt?.tolerance_rpm]
        : [];
  return target == null ? null : { low: target - (tolerance ?? 0), high: target + (tolerance ?? 0) };
}

class History {
  private times: number[] = [];
  private prompts: (PromptView | undefined)[] = [];
  private values: (number | null)[][] = CHARTED.map(() => []);

  add(sample: Sample, prompt: PromptView | undefined): void {
    const time = sample.t_ms / 1000;
    const last = this.times.at(-1);
    if (last !== undefined && time <= last) return;
    this.times.push(time);
    this.prompts.push(prompt);
    CHARTED.forEach((channel, index) => this.values[index]?.push(reading(sample[channel])));
    const extra = this.times.length - KEPT;
    if (extra > 0) for (const row of [this.times, this.prompts, ...this.values]) row.splice(0, extra);
  }

  clear(): void {
    this.times = [];
    this.prompts = [];
    this.values = CHARTED.map(() => []);
  }

  /** Time of the newest reading in seconds; 0 before the first. */
  now(): number {
    return this.times.at(-1) ?? 0;
  }

  count(): number {
    return this.times.length;
  }

  /** What lies after ``from``; the first of the channels is the one with the band. */
  since(from: number, channels: readonly Charted[]): Columns {
    const first = Math.max(0, this.times.findIndex((time) => time >= from) - 1);
    const bands = this.prompts.slice(first).map((prompt) => bandOf(channels[0] ?? "", prompt));
    return {
      times: this.times.slice(first),
      lows: bands.map((band) => band?.low ?? null),
      highs: bands.map((band) => band?.high ?? null),
      lines: channels.map((channel) => (this.values[CHARTED.indexOf(channel)] ?? []).slice(first)),
    };
  }
}

function reading(value: Sample[string]): number | null {
  return typeof value === "number" ? value : null;
}

export const history = new History();
