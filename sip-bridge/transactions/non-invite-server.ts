/**
 * The non-INVITE server transaction, as a machine: it absorbs copies of a request and repeats the answer.
 * Spec: RFC 3261 17.2.2, figure 8; RFC 4320 4. Layer: transactions, pure.
 */
import type { TransactionTimers } from "./timers.js";

/** The user must answer within this; then we do, with 500, so that no peer and no memory waits for a lost handler. */
export const ANSWER_WITHIN_MS = 30_000;

export type NonInviteServer = { readonly phase: "trying" | "proceeding" | "completed" | "terminated" };

/** "answer" is our own: the limit for the user's final answer. */
export type ServerTimer = "J" | "answer";

export type ServerInput =
  | { readonly kind: "copy" }
  /** The user answers. */
  | { readonly kind: "answer"; readonly status: number }
  | { readonly kind: "timer"; readonly timer: ServerTimer }
  | { readonly kind: "transport-error" };

export type ServerEffect =
  /** Hands the request to the user. */
  | { readonly do: "deliver" }
  /** Sends the answer just given, and keeps it for repetition. */
  | { readonly do: "send-answer" }
  | { readonly do: "repeat-answer" }
  /** Answers in the user's place, as input "answer". */
  | { readonly do: "answer-instead"; readonly status: number }
  | { readonly do: "start-timer"; readonly timer: ServerTimer; readonly delayMs: number }
  | { readonly do: "stop-timer"; readonly timer: ServerTimer }
  | { readonly do: "end" };

export interface ServerStep {
  readonly state: NonInviteServer;
  readonly effects: readonly ServerEffect[];
}

const COMPLETED: NonInviteServer = { phase: "completed" };
const TERMINATED: NonInviteServer = { phase: "terminated" };
const START: ServerStep = {
  state: { phase: "trying" },
  effects: [{ do: "start-timer", timer: "answer", delayMs: ANSWER_WITHIN_MS }, { do: "deliver" }],
};

export const startNonInviteServer = (): ServerStep => START;

/** One event in the transaction's life. Total: every phase takes every input. Never throws. @param reliable J is zero. */
export function stepNonInviteServer(state: NonInviteServer, input: ServerInput, timers: TransactionTimers, reliable: boolean): ServerStep {
  switch (state.phase) {
    case "trying":
    case "proceeding":
      return stepActive(state, input, timers, reliable);
    case "completed": // "any other final responses passed by the TU MUST be discarded"
      if (input.kind === "copy") return { state, effects: [{ do: "repeat-answer" }] };
      return input.kind === "timer" && input.timer === "J" ? { state: TERMINATED, effects: [{ do: "end" }] } : { state, effects: [] };
    case "terminated":
      return { state, effects: [] };
  }
}

function stepActive(state: NonInviteServer, input: ServerInput, timers: TransactionTimers, reliable: boolean): ServerStep {
  switch (input.kind) {
    case "copy": // "a retransmission in trying is discarded; in proceeding the last provisional response is sent again"
      return { state, effects: state.phase === "proceeding" ? [{ do: "repeat-answer" }] : [] };
    case "answer":
      return input.status < 200 ? { state: { phase: "proceeding" }, effects: [{ do: "send-answer" }] } : complete(timers, reliable);
    case "timer":
      return input.timer === "answer" ? { state, effects: [{ do: "answer-instead", status: 500 }] } : { state, effects: [] };
    case "transport-error":
      return { state: TERMINATED, effects: [{ do: "stop-timer", timer: "answer" }, { do: "end" }] };
  }
}

function complete({ t1Ms }: TransactionTimers, reliable: boolean): ServerStep {
  const stop: ServerEffect = { do: "stop-timer", timer: "answer" };
  if (reliable) return { state: TERMINATED, effects: [stop, { do: "send-answer" }, { do: "end" }] };
  return { state: COMPLETED, effects: [stop, { do: "send-answer" }, { do: "start-timer", timer: "J", delayMs: 64 * t1Ms }] };
}
