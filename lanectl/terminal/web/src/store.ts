// The one state of the page. The lane's view is taken whole; the page adds where the operator is looking.

import { useEffect, useState } from "preact/hooks";

import { EMPTY_DRAFT, type Draft } from "./draft";
import { history } from "./history";
import type { LinkState } from "./link";
import type { LaneView, RefusalView, RunningView, Sample, TextView, TicketView } from "./types";
import { words } from "./words";

export type Route =
  | { name: "queue" }
  | { name: "accept" }
  | { name: "devices" }
  | { name: "result"; testId: string }
  | { name: "refused"; refusal: RefusalView; ticket: TicketView | null };

export interface Notice {
  message: TextView;
  remedy: TextView | null;
}

export interface State {
  link: LinkState;
  view: LaneView | null;
  /** When the view arrived, so that its clock can go on. */
  viewAt: number;
  route: Route;
  notice: Notice | null;
  operator: string | null;
  picking: boolean;
  draft: Draft;
  /** The test that ran last, to show its result when it ends. */
  lastRun: RunningView | null;
  /** A test that has ended but whose result is not listed yet. */
  awaited: string | null;
  ranWhenLost: boolean;
}

const KEPT_AS = "lanectl.operator";

let state: State = {
  link: { up: false, cause: "first", since: Date.now() },
  view: null,
  viewAt: 0,
  route: { name: "queue" },
  notice: null,
  operator: localStorage.getItem(KEPT_AS),
  picking: false,
  draft: EMPTY_DRAFT,
  lastRun: null,
  awaited: null,
  ranWhenLost: false,
};
const watchers = new Set<() => void>();

export function get(): State {
  return state;
}

export function set(change: Partial<State>): void {
  state = { ...state, ...change };
  for (const watcher of watchers) watcher();
}

export function go(route: Route): void {
  set({ route });
}

export function useStore(): State {
  const [, redraw] = useState(0);
  useEffect(() => {
    const watcher = () => redraw((count) => count + 1);
    watchers.add(watcher);
    watcher();
    return () => void watchers.delete(watcher);
  }, []);
  return state;
}

export function chooseOperator(id: string): void {
  localStorage.setItem(KEPT_AS, id);
  set({ operator: id, picking: false, draft: { ...state.draft, operator: id } });
}

/** The operator in charge, if the lane knows him; asks for one otherwise. */
export function requireOperator(): string | null {
  const known = operatorOf(state);
  if (known === null) set({ picking: true });
  return known;
}

export function operatorOf({ view, operator }: State): string | null {
  const operators = view?.operators ?? [];
  if (operators.some(([id]) => id === operator)) return operator;
  return operators.length === 1 ? (operators[0]?.[0] ?? null) : null;
}

export function takeView(view: LaneView): void {
  const { lastRun, awaited, route } = state;
  const change: Partial<State> = { view, viewAt: Date.now() };
  if (view.running !== null) {
    change.lastRun = view.running;
    if (view.running.test_id !== lastRun?.test_id) Object.assign(change, beforeRun());
  } else if (lastRun !== null) Object.assign(change, afterRun(view, lastRun));
  else if (awaited !== null && lists(view, awaited)) {
    change.awaited = null;
    if (route.name === "queue") change.route = { name: "result", testId: awaited };
  }
  set(change);
}

function beforeRun(): Partial<State> {
  forgetSamples();
  return { route: { name: "queue" }, awaited: null, notice: null };
}

/** The test is over: show its result, or say that it ended while nobody could see it. */
function afterRun(view: LaneView, run: RunningView): Partial<State> {
  const found = lists(view, run.test_id);
  forgetSamples();
  return {
    lastRun: null,
    awaited: found ? null : run.test_id,
    ranWhenLost: false,
    notice: state.ranWhenLost ? { message: interrupted(run.plate), remedy: null } : null,
    route: found ? { name: "result", testId: run.test_id } : { name: "queue" },
  };
}

function lists(view: LaneView, testId: string): boolean {
  return view.results.some((result) => result.test_id === testId);
}

function interrupted(plate: string): TextView {
  const { zh, en } = words.interrupted;
  return { zh: zh.replace("{plate}", plate), en: en.replace("{plate}", plate) };
}

export function takeLink(link: LinkState): void {
  if (!link.up) forgetSamples();
  const lostInTest = !link.up && state.view?.running != null;
  set({ link, ranWhenLost: link.up ? state.ranWhenLost && state.lastRun !== null : lostInTest || state.ranWhenLost });
}

// Live readings come ten times a second: they have watchers of their own.

export interface Live {
  sample: Sample | null;
  at: number;
}

const STALE_MS = 1_500;
let live: Live = { sample: null, at: 0 };
const liveWatchers = new Set<(live: Live) => void>();

export function takeSample(sample: Sample): void {
  live = { sample, at: Date.now() };
  history.add(sample, state.view?.running?.prompt);
  for (const watcher of liveWatchers) watcher(live);
}

function forgetSamples(): void {
  live = { sample: null, at: 0 };
  history.clear();
  for (const watcher of liveWatchers) watcher(live);
}

export function watchLive(watcher: (live: Live) => void): () => void {
  liveWatchers.add(watcher);
  return () => void liveWatchers.delete(watcher);
}

/** The readings of the moment; null when there are none or they are too old to be shown. */
export function useLive(): Sample | null {
  const [shown, show] = useState<Sample | null>(live.sample);
  useEffect(() => {
    const fresh = () => (Date.now() - live.at > STALE_MS ? null : live.sample);
    const ageing = setInterval(() => show(fresh()), 500);
    const forget = watchLive(() => show(fresh()));
    return () => (clearInterval(ageing), forget());
  }, []);
  return shown;
}
