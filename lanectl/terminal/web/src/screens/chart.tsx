// The chart of a running test: one or two readings over time, and the band that the driver keeps the first one in,
// which runs a little ahead. It is drawn from the history, ten times a second.

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";

import { bandOf, history } from "../history";
import { name, t } from "../lang";
import type { Gauge, Plan } from "../plans";
import { watchLive } from "../store";
import type { PromptView } from "../types";

/** Share of the picture that lies in the future. */
const AHEAD = 1 / 8;

interface Props {
  plan: Plan;
  prompt: PromptView;
}

export function Chart({ plan, prompt }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const aim = useRef(prompt);
  aim.current = prompt;
  const { lines, seconds } = plan;
  const drawn = lines.map(({ channel }) => channel).join(" ");
  useEffect(() => {
    const place = box.current;
    if (place === null) return undefined;
    const chart = new uPlot(options(place, lines), undefined, place);
    const draw = () => {
      chart.batch(() => show(chart, lines, seconds, aim.current));
      place.dataset["points"] = String(history.count());
    };
    draw();
    const unwatch = watchLive(draw);
    const sizes = new ResizeObserver(() => chart.setSize(sizeOf(place)));
    sizes.observe(place);
    return () => (unwatch(), sizes.disconnect(), chart.destroy());
  }, [drawn]);
  const hasBand = bandOf(lines[0]?.channel ?? "", prompt) !== null;
  return (
    <section class="trace card">
      <p class="trace-title">
        {lines.map(({ channel }, index) => (
          <span key={channel}>
            <i class={`mark-line mark-${index}`} /> {name("r", channel)}
          </span>
        ))}
        {hasBand && (
          <span>
            <i class="mark-band" /> {t("chart_band")}
          </span>
        )}
        <span>{t("chart_last", { n: seconds })}</span>
      </p>
      <div ref={box} class="trace-plot" />
    </section>
  );
}

/** Put the newest readings into the chart; the band of the moment goes on to the right edge. */
function show(chart: uPlot, lines: readonly Gauge[], seconds: number, prompt: PromptView): void {
  const now = history.now();
  const max = now + seconds * AHEAD;
  const min = max - seconds;
  const rows = history.since(min, lines.map(({ channel }) => channel));
  const band = bandOf(lines[0]?.channel ?? "", prompt);
  chart.setData(
    [
      [...rows.times, max],
      [...rows.lows, band?.low ?? null],
      [...rows.highs, band?.high ?? null],
      ...rows.lines.map((line) => [...line, null]).reverse(),
    ],
    false,
  );
  chart.setScale("x", { min, max });
  lines.forEach((line, index) => {
    const highest = Math.max(0, ...(rows.lines[index] ?? []).map(Number), index === 0 ? (band?.high ?? 0) * 1.15 : 0);
    const top = Math.max(line.least, Math.ceil((highest * line.room) / line.step) * line.step);
    chart.setScale(scaleOf(index), { min: 0, max: top });
  });
}

function scaleOf(index: number): string {
  return `y${index}`;
}

function sizeOf(place: HTMLElement): { width: number; height: number } {
  return { width: Math.max(80, place.clientWidth), height: Math.max(80, place.clientHeight) };
}

function options(place: HTMLElement, lines: readonly Gauge[]): uPlot.Options {
  const css = getComputedStyle(document.documentElement);
  const colour = (token: string) => css.getPropertyValue(token).trim();
  const font = `18px ${css.getPropertyValue("--font").trim()}`;
  const axis = { stroke: colour("--ink"), grid: { stroke: colour("--line"), width: 1 }, font, ticks: { show: false } };
  const edge = { scale: scaleOf(0), stroke: colour("--band-edge"), width: 2, dash: [8, 6], points: { show: false } };
  return {
    ...sizeOf(place),
    pxAlign: false,
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { time: false, auto: false },
      ...Object.fromEntries(lines.map((_, index) => [scaleOf(index), { auto: false }])),
    },
    axes: [
      { ...axis, size: 34, space: 90, values: (_chart, ticks) => ticks.map((tick) => (tick < 0 ? "" : `${tick} s`)) },
      ...lines.map((line, index) => ({
        ...axis,
        scale: scaleOf(index),
        side: index === 0 ? 3 : 1,
        size: line.least >= 1_000 ? 62 : 48,
        space: 44,
        values: (_chart: uPlot, ticks: number[]) => ticks.map((tick) => String(Number(tick.toFixed(3)))),
        stroke: colour(`--trace-${index}`),
        grid: { ...axis.grid, show: index === 0 },
      })),
    ],
    series: [
      {},
      edge,
      edge,
      // The first line is drawn last, above the others.
      ...lines
        .map((_, index) => ({
          scale: scaleOf(index),
          stroke: colour(`--trace-${index}`),
          width: index === 0 ? 5 : 4,
          points: { show: false },
          spanGaps: false,
        }))
        .reverse(),
    ],
    bands: [{ series: [2, 1], fill: colour("--band") }],
  };
}
