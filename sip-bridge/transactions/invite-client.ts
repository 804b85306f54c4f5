/**
 * The INVITE client transaction, as a machine: timers, sending, ACK, CANCEL and reporting are effects.
 * Spec: RFC 3261 17.1.1, figure 5 and table 4; RFC 6026 7.2 (Accepted, timer M); RFC 3261 9.1 (CANCEL). Layer: transactions, pure.
 */
import type { TransactionTimers } from "./timers.js";

export type InviteClient =
  /** `nextDelayMs`: what timer A will be set to when it fires. `cancel`: the user wants a CANCEL, which has to wait for a provisional. */
  | { readonly phase: "calling"; readonly nextDelayMs: number; readonly cancel: boolean }
  | { readonly phase: "proceeding"; readonly cancel: boolean }
  /** Refused: our ACK is repeated for each copy of the response. */
  | { readonly phase: "completed" }
  /** A 2xx came: more may come, from other branches of a fork, or again because our user's ACK was lost. */
  | { readonly phase: "accepted" }
  | { readonly phase: "terminated" };

/** "cancel" is RFC 3261 9.1's: how long an INVITE that was cancelled is waited for. */
export type InviteClientTimer = "A" | "B" | "D" | "M" | "cancel";

export type InviteClientInput =
  | { readonly kind: "timer"; readonly timer: InviteClientTimer }
  | { readonly kind: "response"; readonly status: number }
  /** The user gives up. */
  | { readonly kind: "cancel" }
  | { readonly kind: "transport-error" };

export type InviteClientEffect =
  /** Sends the request: the same bytes each time. */
  | { readonly do: "send" }
  /** Sends the ACK for the response that came: the same bytes for each copy (RFC 3261 17.1.1.3). */
  | { readonly do: "send-ack" }
  /** Sends a CANCEL, a transaction of its own. */
  | { readonly do: "send-cancel" }
  | { readonly do: "start-timer"; readonly timer: InviteClientTimer; readonly delayMs: number }
  | { readonly do: "stop-timer"; readonly timer: InviteClientTimer }
  /** Tells the user: about the response, or why there is none. "accepted" comes for each 2xx. */
  | { readonly do: "report"; readonly what: "provisional" | "accepted" | "refused" | "timeout" | "transport-error" }
  /** The transaction is over and may be forgotten. All timers are stopped. */
  | { readonly do: "end" };

export interface InviteClientStep {
  readonly state: InviteClient;
  readonly effects: readonly InviteClientEffect[];
}

/** "Timer D: at least 32 seconds for unreliable transports": not derived from T1, for the server's timer H may have another T1. */
export const TIMER_D_MS = 32_000;

const TERMINATED: InviteClient = { phase: "terminated" };
const STOP_A_B: readonly InviteClientEffect[] = [
  { do: "stop-timer", timer: "A" },
  { do: "stop-timer", timer: "B" },
];
const STOP_CANCEL: InviteClientEffect = { do: "stop-timer", timer: "cancel" };

/** Enters "calling": the request is sent, A and B are set. @param reliable No retransmission, hence no A. */
export function startInviteClient({ t1Ms }: TransactionTimers, reliable: boolean): InviteClientStep {
  const timerA: InviteClientEffect[] = reliable ? [] : [{ do: "start-timer", timer: "A", delayMs: t1Ms }];
  return {
    state: { phase: "calling", nextDelayMs: 2 * t1Ms, cancel: false },
    effects: [{ do: "start-timer", timer: "B", delayMs: 64 * t1Ms }, ...timerA, { do: "send" }],
  };
}

/** One event in the transaction's life. Total: every phase takes every input. Never throws. */
export function stepInviteClient(
  state: InviteClient,
  input: InviteClientInput,
  timers: TransactionTimers,
  reliable: boolean,
): InviteClientStep {
  switch (state.phase) {
    case "calling":
      return stepCalling(state, input, timers, reliable);
    case "proceeding":
      return stepProceeding(state, input, timers, reliable);
    case "completed":
      return stepCompleted(state, input);
    case "accepted": // "any 2xx is passed to the TU; the transaction sends no ACK"; other responses are absorbed
      if (input.kind === "timer" && input.timer === "M") return { state: TERMINATED, effects: [{ do: "end" }] };
      return { state, effects: input.kind === "response" && isSuccess(input.status) ? [{ do: "report", what: "accepted" }] : [] };
    case "terminated":
      return { state, effects: [] };
  }
}

function stepCalling(
  state: InviteClient & { phase: "calling" },
  input: InviteClientInput,
  timers: TransactionTimers,
  reliable: boolean,
): InviteClientStep {
  switch (input.kind) {
    case "response":
      return input.status < 200 ? onFirstProvisional(state, timers) : onFinal(input.status, timers, reliable);
    case "cancel": // "If no provisional response has been received, the CANCEL request MUST NOT be sent"
      return { state: { ...state, cancel: true }, effects: [] };
    case "transport-error":
      return fail("transport-error");
    case "timer":
      if (input.timer === "B") return fail("timeout");
      if (input.timer !== "A") return { state, effects: [] };
      return {
        state: { ...state, nextDelayMs: 2 * state.nextDelayMs },
        effects: [{ do: "send" }, { do: "start-timer", timer: "A", delayMs: state.nextDelayMs }],
      };
  }
}

/** From here on nothing is repeated and nothing ends the wait but the peer: how long it may ring is the user's to say. */
function onFirstProvisional({ cancel }: InviteClient & { phase: "calling" }, timers: TransactionTimers): InviteClientStep {
  const effects: InviteClientEffect[] = [...STOP_A_B, { do: "report", what: "provisional" }];
  return { state: { phase: "proceeding", cancel }, effects: cancel ? [...effects, ...sendCancel(timers)] : effects };
}

function stepProceeding(
  state: InviteClient & { phase: "proceeding" },
  input: InviteClientInput,
  timers: TransactionTimers,
  reliable: boolean,
): InviteClientStep {
  switch (input.kind) {
    case "response":
      if (input.status < 200) return { state, effects: [{ do: "report", what: "provisional" }] };
      return onFinal(input.status, timers, reliable);
    case "cancel":
      return state.cancel ? { state, effects: [] } : { state: { ...state, cancel: true }, effects: sendCancel(timers) };
    case "transport-error":
      return fail("transport-error");
    case "timer":
      return input.timer === "cancel" ? fail("timeout") : { state, effects: [] };
  }
}

/** "If there is no final response in 64*T1 seconds, the client SHOULD consider the transaction cancelled and SHOULD destroy it." */
const sendCancel = ({ t1Ms }: TransactionTimers): readonly InviteClientEffect[] => [
  { do: "send-cancel" },
  { do: "start-timer", timer: "cancel", delayMs: 64 * t1Ms },
];

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

function onFinal(status: number, { t1Ms }: TransactionTimers, reliable: boolean): InviteClientStep {
  const stop = [...STOP_A_B, STOP_CANCEL];
  if (isSuccess(status)) {
    const accepted: InviteClientEffect[] = [
      { do: "report", what: "accepted" },
      { do: "start-timer", timer: "M", delayMs: 64 * t1Ms },
    ];
    return { state: { phase: "accepted" }, effects: [...stop, ...accepted] };
  }
  const refused: InviteClientEffect[] = [...stop, { do: "send-ack" }, { do: "report", what: "refused" }];
  if (reliable) return { state: TERMINATED, effects: [...refused, { do: "end" }] };
  return { state: { phase: "completed" }, effects: [...refused, { do: "start-timer", timer: "D", delayMs: TIMER_D_MS }] };
}

/** "Any retransmissions of the final response MUST cause the ACK to be re-passed to the transport layer." The user knows already. */
function stepCompleted(state: InviteClient & { phase: "completed" }, input: InviteClientInput): InviteClientStep {
  switch (input.kind) {
    case "response":
      return { state, effects: input.status >= 300 ? [{ do: "send-ack" }] : [] };
    case "transport-error":
      return { state: TERMINATED, effects: [{ do: "stop-timer", timer: "D" }, { do: "end" }] };
    case "timer":
      return input.timer === "D" ? { state: TERMINATED, effects: [{ do: "end" }] } : { state, effects: [] };
    case "cancel":
      return { state, effects: [] };
  }
}

function fail(what: "timeout" | "transport-error"): InviteClientStep {
  return { state: TERMINATED, effects: [...STOP_A_B, STOP_CANCEL, { do: "report", what }, { do: "end" }] };
}
