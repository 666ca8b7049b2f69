// The queue: who waits, who was refused, who is done; beside it the state of the lane.

import { useState } from "preact/hooks";

import { dismiss, start } from "../api";
import { Icon, type IconName } from "../icons";
import { moment, timeOfDay } from "../format";
import { name, t } from "../lang";
import { go, operatorOf, requireOperator, set, type State } from "../store";
import { stops, type LaneView, type Outcome, type ResultView, type TicketView } from "../types";
import type { Word } from "../words";
import { LaneState } from "./lane_state";

type Tab = "waiting" | "refused" | "done";
const TABS: readonly Tab[] = ["waiting", "refused", "done"];
export const OUTCOME_ICONS: Record<Outcome, IconName> = { pass: "check", fail: "cross", aborted: "stop", invalid: "warning" };

let lastTab: Tab = "waiting";

export function Queue({ state, view }: { state: State; view: LaneView }) {
  const [tab, chooseTab] = useState<Tab>(lastTab);
  lastTab = tab;
  return (
    <main class="queue">
      <section class="vehicles">
        <div class="tabs" role="tablist">
          {TABS.map((each) => (
            <button key={each} role="tab" aria-selected={each === tab} class="tab" onClick={() => chooseTab(each)}>
              {name("tab", each)} <b>{each === "done" ? view.results.length : inTab(view, each).length}</b>
            </button>
          ))}
        </div>
        <List tab={tab} view={view} />
        <button class="button primary accept-button" onClick={() => openForm(state)}>
          <Icon name="plus" /> {t("accept_vehicle")}
        </button>
      </section>
      <LaneState view={view} />
    </main>
  );
}

/** Done is what the ledger holds, so it outlives a restart; the other lists are the queue. */
function List({ tab, view }: { tab: Tab; view: LaneView }) {
  const rows =
    tab === "done"
      ? newestFirst(view.results).map((result) => <Sealed key={result.test_id} result={result} clock={view.clock} />)
      : inTab(view, tab).map((ticket) => <Ticket key={ticket.ticket} ticket={ticket} view={view} />);
  return (
    <ul class="tickets scroll">
      {rows}
      {rows.length === 0 && <li class="empty">{t(`empty_${tab}` satisfies Word)}</li>}
    </ul>
  );
}

function newestFirst(results: ResultView[]): ResultView[] {
  return [...results].sort((one, other) => other.sequence - one.sequence);
}

function inTab(view: LaneView, tab: Tab): TicketView[] {
  return view.queue.filter(({ status }) => status === tab || (tab === "waiting" && status === "testing"));
}

function openForm(state: State): void {
  const operator = operatorOf(state) ?? "";
  set({ route: { name: "accept" }, draft: { ...state.draft, operator: state.draft.operator || operator } });
}

function Ticket({ ticket, view }: { ticket: TicketView; view: LaneView }) {
  return (
    <li class="ticket">
      <div class="ticket-who">
        <span class="plate">{ticket.plate}</span>
        <span class="vin">{ticket.vin}</span>
      </div>
      <div class="ticket-what">
        <span>
          {name("method", ticket.method)}
          {ticket.retest && <span class="tag">{t("retest")}</span>}
        </span>
        <small>
          {name("fuel", ticket.fuel)} · {timeOfDay(ticket.accepted_at)}
        </small>
      </div>
      <Actions ticket={ticket} view={view} />
    </li>
  );
}

function Actions({ ticket, view }: { ticket: TicketView; view: LaneView }) {
  const { refusal } = ticket;
  return (
    <div class="ticket-actions">
      {refusal !== null ? (
        <button class="button warn" onClick={() => go({ name: "refused", refusal, ticket })}>
          <Icon name="warning" /> {t("see_reason")}
        </button>
      ) : (
        <Start ticket={ticket} locked={view.locks.some((lock) => stops(lock, ticket.method))} />
      )}
      <Remove ticket={ticket} />
    </div>
  );
}

function Sealed({ result, clock }: { result: ResultView; clock: string }) {
  const { outcome } = result;
  return (
    <li class="ticket">
      <div class="ticket-who">
        <span class="plate">{result.plate}</span>
        <span class="vin">{result.vin}</span>
      </div>
      <div class="ticket-what">
        <span>{name("method", result.method)}</span>
        <small>{moment(result.ended_at, clock)}</small>
      </div>
      <div class="ticket-actions">
        <span class={`outcome outcome-${outcome}`}>
          <Icon name={OUTCOME_ICONS[outcome]} /> {name("out", outcome)}
        </span>
        <button class="button" onClick={() => go({ name: "result", testId: result.test_id })}>
          {t("see_result")}
        </button>
      </div>
    </li>
  );
}

function Start({ ticket, locked }: { ticket: TicketView; locked: boolean }) {
  const [busy, setBusy] = useState(false);
  const begin = async () => {
    const operator = requireOperator();
    if (operator === null || busy) return;
    setBusy(true);
    const done = await start(ticket.ticket, operator);
    setBusy(false);
    if (done.kind === "refused") go({ name: "refused", refusal: done.refusal, ticket });
    if (done.kind === "error") set({ notice: { message: done.message, remedy: done.remedy } });
  };
  return (
    <button class="button primary" disabled={locked || busy} onClick={() => void begin()}>
      {locked ? <Icon name="lock" /> : null} {t(locked ? "locked_short" : busy ? "starting" : "start_test")}
    </button>
  );
}

/** Two taps on the same button, the second within some seconds. */
export function Remove({ ticket }: { ticket: TicketView }) {
  const [armed, arm] = useState(false);
  const tap = async () => {
    if (!armed) {
      arm(true);
      setTimeout(() => arm(false), 4_000);
      return;
    }
    const operator = requireOperator();
    if (operator === null) return;
    const done = await dismiss(ticket.ticket, operator);
    if (done.kind === "done") go({ name: "queue" });
    else set({ notice: { message: done.kind === "refused" ? done.refusal.message : done.message, remedy: null } });
  };
  return (
    <button class={`button ${armed ? "danger" : "quiet"} remove`} onClick={() => void tap()}>
      {t(armed ? "take_out_sure" : "take_out")}
    </button>
  );
}
