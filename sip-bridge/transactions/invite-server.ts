/**
 * The INVITE server transaction, as a machine: it absorbs copies, repeats a refusal until it is acknowledged, and lets the user send
 * 2xx responses as often as it must.
 * Spec: RFC 3261 17.2.1, figure 7; RFC 6026 7.1 (Accepted, timer L; transport errors end nothing). Layer: transactions, pure.
 */
import { ANSWER_WITHIN_MS } from "./non-invite-server.js";
import type { TransactionTimers } from "./timers.js";

/** "Unless it knows that the TU will generate a provisional or final response within 200 ms": we don't. */
export const TRYING_AFTER_MS = 200;
/** The user shows progress at least so often, else we answer 500. "A UAS should send a provisional response every minute" (13.3.1.1). */
export const PROGRESS_WITHIN_MS = 200_000;

export type InviteServer =
  /** `isAnswered`: there is a response to repeat. */
  | { readonly phase: "proceeding"; readonly isAnswered: boolean }
  /** The user has accepted; it repeats its 2xx itself until the ACK comes to it. */
  | { readonly phase: "accepted" }
  /** Refused, not acknowledged. `nextDelayMs`: what timer G will be set to when it fires. */
  | { readonly phase: "completed"; readonly nextDelayMs: number }
  | { readonly phase: "confirmed" }
  | { readonly phase: "terminated" };

/** "trying" and "answer" are our own: the 200 ms before a 100, and the limit for the user's answer. */
export type InviteServerTimer = "G" | "H" | "I" | "L" | "trying" | "answer";

export type InviteServerInput =
  | { readonly kind: "copy" }
  | { readonly kind: "ack" }
  /** The user answers. */
  | { readonly kind: "answer"; readonly status: number }
  | { readonly kind: "timer"; readonly timer: InviteServerTimer }
  | { readonly kind: "transport-error" };

export type InviteServerEffect =
  /** Hands the request to the user. */
  | { readonly do: "deliver" }
  /** Hands the ACK of a 2xx to the user: that it came on the INVITE's branch is the sender's mistake. */
  | { readonly do: "deliver-ack" }
  /** Sends the answer just given, and keeps it for repetition. */
  | { readonly do: "send-answer" }
  | { readonly do: "repeat-answer" }
  /** Answers in the user's place, as input "answer". */
  | { readonly do: "answer-instead"; readonly status: number }
  /** Tells the user that its refusal was never acknowledged. */
  | { readonly do: "report"; readonly what: "no-ack" }
  | { readonly do: "start-timer"; readonly timer: InviteServerTimer; readonly delayMs: number }
  | { readonly do: "stop-timer"; readonly timer: InviteServerTimer }
  | { readonly do: "end" };

export interface InviteServerStep {
  readonly state: InviteServer;
  readonly effects: readonly InviteServerEffect[];
}

const TERMINATED: InviteServer = { phase: "terminated" };

export function startInviteServer(): InviteServerStep {
  return {
    state: { phase: "proceeding", isAnswered: false },
    effects: [
      { do: "start-timer", timer: "trying", delayMs: TRYING_AFTER_MS },
      { do: "start-timer", timer: "answer", delayMs: ANSWER_WITHIN_MS },
      { do: "deliver" },
    ],
  };
}

/**
 * One event in the transaction's life. Total: every phase takes every input. Never throws.
 * A transport error ends nothing: without the transaction a copy of the INVITE would be a new one (RFC 6026).
 * @param reliable G is never set, I is zero.
 */
export function stepInviteServer(
  state: InviteServer,
  input: InviteServerInput,
  timers: TransactionTimers,
  reliable: boolean,
): InviteServerStep {
  switch (state.phase) {
    case "proceeding":
      return stepProceeding(state, input, timers, reliable);
    case "accepted":
      return stepAccepted(state, input);
    case "completed":
      return stepCompleted(state, input, timers, reliable);
    case "confirmed": // "absorbs any additional ACK messages until timer I fires"
      return input.kind === "timer" && input.timer === "I" ? { state: TERMINATED, effects: [{ do: "end" }] } : { state, effects: [] };
    case "terminated":
      return { state, effects: [] };
  }
}

function stepProceeding(
  state: InviteServer & { phase: "proceeding" },
  input: InviteServerInput,
  timers: TransactionTimers,
  reliable: boolean,
): InviteServerStep {
  switch (input.kind) {
    case "copy":
      return { state, effects: state.isAnswered ? [{ do: "repeat-answer" }] : [] };
    case "answer":
      return onAnswer(input.status, timers, reliable);
    case "timer":
      if (input.timer === "trying") return { state, effects: [{ do: "answer-instead", status: 100 }] };
      return { state, effects: input.timer === "answer" ? [{ do: "answer-instead", status: 500 }] : [] };
    case "ack":
    case "transport-error":
      return { state, effects: [] };
  }
}

function onAnswer(status: number, { t1Ms, t2Ms }: TransactionTimers, reliable: boolean): InviteServerStep {
  const answered: InviteServerEffect[] = [{ do: "stop-timer", timer: "trying" }];
  // A 100 is no sign that the user is at work: it may have been our own.
  if (status === 100) return { state: { phase: "proceeding", isAnswered: true }, effects: [...answered, { do: "send-answer" }] };
  answered.push({ do: "stop-timer", timer: "answer" });
  if (status < 200) {
    const again: InviteServerEffect = { do: "start-timer", timer: "answer", delayMs: PROGRESS_WITHIN_MS };
    return { state: { phase: "proceeding", isAnswered: true }, effects: [...answered, again, { do: "send-answer" }] };
  }
  if (status < 300) {
    const untilL: InviteServerEffect = { do: "start-timer", timer: "L", delayMs: 64 * t1Ms };
    return { state: { phase: "accepted" }, effects: [...answered, untilL, { do: "send-answer" }] };
  }
  const timerG: InviteServerEffect[] = reliable ? [] : [{ do: "start-timer", timer: "G", delayMs: t1Ms }];
  const untilH: InviteServerEffect = { do: "start-timer", timer: "H", delayMs: 64 * t1Ms };
  return {
    state: { phase: "completed", nextDelayMs: Math.min(2 * t1Ms, t2Ms) },
    effects: [...answered, untilH, ...timerG, { do: "send-answer" }],
  };
}

/** "Retransmissions of the INVITE are absorbed; any response the TU passes is sent; any ACK is passed to the TU" (RFC 6026 7.1). */
function stepAccepted(state: InviteServer & { phase: "accepted" }, input: InviteServerInput): InviteServerStep {
  switch (input.kind) {
    case "answer":
      return { state, effects: input.status >= 200 && input.status < 300 ? [{ do: "send-answer" }] : [] };
    case "ack":
      return { state, effects: [{ do: "deliver-ack" }] };
    case "timer":
      return input.timer === "L" ? { state: TERMINATED, effects: [{ do: "end" }] } : { state, effects: [] };
    case "copy":
    case "transport-error":
      return { state, effects: [] };
  }
}

function stepCompleted(
  state: InviteServer & { phase: "completed" },
  input: InviteServerInput,
  { t2Ms, t4Ms }: TransactionTimers,
  reliable: boolean,
): InviteServerStep {
  const stop: InviteServerEffect[] = [
    { do: "stop-timer", timer: "G" },
    { do: "stop-timer", timer: "H" },
  ];
  switch (input.kind) {
    case "copy":
      return { state, effects: [{ do: "repeat-answer" }] };
    case "ack":
      if (reliable) return { state: TERMINATED, effects: [...stop, { do: "end" }] };
      return { state: { phase: "confirmed" }, effects: [...stop, { do: "start-timer", timer: "I", delayMs: t4Ms }] };
    case "timer":
      if (input.timer === "H") return { state: TERMINATED, effects: [...stop, { do: "report", what: "no-ack" }, { do: "end" }] };
      if (input.timer !== "G") return { state, effects: [] };
      return {
        state: { phase: "completed", nextDelayMs: Math.min(2 * state.nextDelayMs, t2Ms) },
        effects: [{ do: "repeat-answer" }, { do: "start-timer", timer: "G", delayMs: state.nextDelayMs }],
      };
    case "answer": // "any other final responses passed by the TU MUST be discarded"
    case "transport-error":
      return { state, effects: [] };
  }
}
