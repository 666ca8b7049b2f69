// The driver's trace: speed of the last minute against the allowed band, which runs a little ahead.

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";

import { t } from "../lang";
import { watchLive } from "../store";

const WINDOW_S = 60;
const AHEAD_S = 8;
const POINTS_MAX = 1_200;

interface Props {
  target: number | null;
  tolerance: number | null;
}

export function Trace({ target, tolerance }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const aim = useRef<Props>({ target, tolerance });
  aim.current = { target, tolerance };
  useEffect(() => {
    const place = box.current;
    if (place === null) return undefined;
    const chart = new uPlot(options(place), [[], [], [], []], place);
    const points = new Points();
    chart.setScale("x", points.window());
    chart.setScale("y", { min: 0, max: points.top(aim.current) });
    const unwatch = watchLive(({ sample }) => {
      if (sample === null) return;
      points.add(sample.t_ms / 1000, sample["speed_kmh"], aim.current);
      chart.setData(points.drawn(aim.current), false);
      chart.setScale("x", points.window());
      chart.setScale("y", { min: 0, max: points.top(aim.current) });
      place.dataset["points"] = String(points.count());
    });
    const sizes = new ResizeObserver(() => chart.setSize(sizeOf(place)));
    sizes.observe(place);
    return () => (unwatch(), sizes.disconnect(), chart.destroy());
  }, []);
  return (
    <section class="trace card">
      <p class="trace-title">
        <span class="mark-line" /> {t("chart_speed")} <span class="mark-band" /> {t("chart_band")}
      </p>
      <div ref={box} class="trace-plot" />
    </section>
  );
}

/** What is drawn: time, speed, lower and upper edge of the band. */
class Points {
  private times: number[] = [];
  private speeds: (number | null)[] = [];
  private lows: (number | null)[] = [];
  private highs: (number | null)[] = [];

  add(time: number, speed: unknown, { target, tolerance }: Props): void {
    const last = this.times.at(-1);
    if (last !== undefined && time <= last) return;
    this.times.push(time);
    this.speeds.push(typeof speed === "number" ? speed : null);
    this.lows.push(target === null ? null : target - (tolerance ?? 0));
    this.highs.push(target === null ? null : target + (tolerance ?? 0));
    const extra = this.times.length - POINTS_MAX;
    if (extra > 0) for (const row of [this.times, this.speeds, this.lows, this.highs]) row.splice(0, extra);
  }

  drawn({ target, tolerance }: Props): uPlot.AlignedData {
    const end = (this.times.at(-1) ?? 0) + AHEAD_S;
    const low = target === null ? null : target - (tolerance ?? 0);
    const high = target === null ? null : target + (tolerance ?? 0);
    return [[...this.times, end], [...this.speeds, null], [...this.lows, low], [...this.highs, high]];
  }

  window(): { min: number; max: number } {
    const now = this.times.at(-1) ?? 0;
    return { min: now + AHEAD_S - WINDOW_S, max: now + AHEAD_S };
  }

  /** Full scale in steps of 20 km/h, so that the picture does not swim. */
  top({ target }: Props): number {
    const highest = Math.max(0, ...this.speeds.slice(-600).map((speed) => speed ?? 0), (target ?? 0) * 1.25);
    return Math.max(40, Math.ceil((highest + 2) / 20) * 20);
  }

  count(): number {
    return this.times.length;
  }
}

function sizeOf(place: HTMLElement): { width: number; height: number } {
  return { width: Math.max(80, place.clientWidth), height: Math.max(80, place.clientHeight) };
}

function options(place: HTMLElement): uPlot.Options {
  const css = getComputedStyle(document.documentElement);
  const colour = (name: string) => css.getPropertyValue(name).trim();
  const font = `18px ${css.getPropertyValue("--font").trim()}`;
  const axis = { stroke: colour("--ink"), grid: { stroke: colour("--line"), width: 1 }, font, ticks: { show: false } };
  const edge = { stroke: colour("--band-edge"), width: 2, dash: [8, 6], points: { show: false } };
  return {
    ...sizeOf(place),
    pxAlign: false,
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { time: false, auto: false }, y: { auto: false } },
    axes: [
      { ...axis, size: 34, space: 90, values: (_chart, ticks) => ticks.map((tick) => (tick < 0 ? "" : `${tick} s`)) },
      { ...axis, size: 48, space: 44 },
    ],
    series: [
      {},
      { stroke: colour("--trace"), width: 5, points: { show: false }, spanGaps: false },
      edge,
      edge,
    ],
    bands: [{ series: [3, 2], fill: colour("--band") }],
  };
}
