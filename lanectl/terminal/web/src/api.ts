// What the operator orders: POSTs with one key per tap, repeated with the same key while the lane cannot be reached.

import type { AcceptForm, RefusalView, TextView, TicketView } from "./types";
import { words } from "./words";

export type Done<T> =
  | { kind: "done"; body: T }
  | { kind: "refused"; refusal: RefusalView }
  | { kind: "error"; message: TextView; remedy: TextView; field: string | null };

const TRIES = 4;
const PAUSE_MS = 700;
const LONGEST_MS = 60_000;

export const accept = (form: AcceptForm) => post<TicketView>("/api/tickets", form);
export const start = (ticket: string, operator: string) => post<{ test_id: string }>(at(ticket, "start"), { operator });
export const dismiss = (ticket: string, operator: string) => post<object>(at(ticket, "dismiss"), { operator });
export const answer = (question: string, choice: string, operator: string) =>
  post<object>("/api/answer", { question, choice, operator });
export const stop = (operator: string, why: string) => post<object>("/api/stop", { operator, why });

function at(ticket: string, action: string): string {
  return `/api/tickets/${encodeURIComponent(ticket)}/${action}`;
}

async function post<T>(path: string, body: object): Promise<Done<T>> {
  const key = crypto.randomUUID();
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    try {
      return await once<T>(path, body, key);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
  return { kind: "error", message: words.not_done, remedy: words.net_error, field: null };
}

async function once<T>(path: string, body: object, key: string): Promise<Done<T>> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(LONGEST_MS),
  });
  const answered = (await response.json()) as unknown;
  if (response.ok) return { kind: "done", body: answered as T };
  if (response.status === 409) return { kind: "refused", refusal: answered as RefusalView };
  const { error } = answered as { error: { message: TextView; remedy: TextView; field?: string } };
  return { kind: "error", message: error.message, remedy: error.remedy, field: error.field ?? null };
}
