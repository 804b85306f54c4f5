/**
 * The non-INVITE client transaction, as a machine: timers, sending and reporting are effects.
 * Spec: RFC 3261 17.1.2, figure 6 and table 4. Layer: transactions, pure.
 */
import type { TransactionTimers } from "./timers.js";

export type NonInviteClient =
  /** `nextDelayMs`: what timer E will be set to when it fires. */
  | { readonly phase: "trying"; readonly nextDelayMs: number }
  | { readonly phase: "proceeding" }
  | { readonly phase: "completed" }
  | { readonly phase: "terminated" };

export type ClientTimer = "E" | "F" | "K";

export type ClientInput =
  | { readonly kind: "timer"; readonly timer: ClientTimer }
  | { readonly kind: "response"; readonly status: number }
  | { readonly kind: "transport-error" };

export type ClientEffect =
  /** Sends the request: the same bytes each time. */
  | { readonly do: "send" }
  | { readonly do: "start-timer"; readonly timer: ClientTimer; readonly delayMs: number }
  | { readonly do: "stop-timer"; readonly timer: ClientTimer }
  /** Tells the user: about the response, or why there is none. */
  | { readonly do: "report"; readonly what: "provisional" | "final" | "timeout" | "transport-error" }
  /** The transaction is over and may be forgotten. All timers are stopped. */
  | { readonly do: "end" };

export interface ClientStep {
  readonly state: NonInviteClient;
  readonly effects: readonly ClientEffect[];
}

const TERMINATED: NonInviteClient = { phase: "terminated" };

/** Enters "trying": the request is sent, E and F are set. @param reliable No retransmission, hence no E. */
export function startNonInviteClient(timers: TransactionTimers, reliable: boolean): ClientStep {
  const { t1Ms, t2Ms } = timers;
  const timerE: ClientEffect[] = reliable ? [] : [{ do: "start-timer", timer: "E", delayMs: t1Ms }];
  return {
    state: { phase: "trying", nextDelayMs: Math.min(2 * t1Ms, t2Ms) },
    effects: [{ do: "start-timer", timer: "F", delayMs: 64 * t1Ms }, ...timerE, { do: "send" }],
  };
}

/** One event in the transaction's life. Total: every phase takes every input. Never throws. */
export function stepNonInviteClient(state: NonInviteClient, input: ClientInput, timers: TransactionTimers, reliable: boolean): ClientStep {
  switch (state.phase) {
    case "trying":
    case "proceeding":
      return stepActive(state, input, timers, reliable);
    case "completed": // "any response retransmissions are absorbed until timer K fires"
      return input.kind === "timer" && input.timer === "K" ? { state: TERMINATED, effects: [{ do: "end" }] } : { state, effects: [] };
    case "terminated":
      return { state, effects: [] };
  }
}

function stepActive(
  state: NonInviteClient & { phase: "trying" | "proceeding" },
  input: ClientInput,
  timers: TransactionTimers,
  reliable: boolean,
): ClientStep {
  if (input.kind === "response") return onResponse(input.status, timers, reliable);
  if (input.kind === "transport-error") return fail("transport-error");
  if (input.timer === "F") return fail("timeout");
  if (input.timer === "K") return { state, effects: [] };
  // "MIN(2*T1, T2)" doubles up to T2 in "trying"; in "proceeding" timer E is always reset to T2.
  const delayMs = state.phase === "trying" ? state.nextDelayMs : timers.t2Ms;
  const next: NonInviteClient = state.phase === "trying" ? { phase: "trying", nextDelayMs: Math.min(2 * delayMs, timers.t2Ms) } : state;
  return { state: next, effects: [{ do: "send" }, { do: "start-timer", timer: "E", delayMs }] };
}

function onResponse(status: number, { t4Ms }: TransactionTimers, reliable: boolean): ClientStep {
  if (status < 200) return { state: { phase: "proceeding" }, effects: [{ do: "report", what: "provisional" }] };
  const stop: ClientEffect[] = [
    { do: "stop-timer", timer: "E" },
    { do: "stop-timer", timer: "F" },
    { do: "report", what: "final" },
  ];
  if (reliable) return { state: TERMINATED, effects: [...stop, { do: "end" }] };
  return { state: { phase: "completed" }, effects: [...stop, { do: "start-timer", timer: "K", delayMs: t4Ms }] };
}

function fail(what: "timeout" | "transport-error"): ClientStep {
  const stop: ClientEffect[] = [
    { do: "stop-timer", timer: "E" },
    { do: "stop-timer", timer: "F" },
  ];
  return { state: TERMINATED, effects: [...stop, { do: "report", what }, { do: "end" }] };
}
