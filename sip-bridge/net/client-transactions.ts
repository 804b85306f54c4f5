/**
 * Our requests on their way: runs a client machine for each, and finds the one a response belongs to.
 * Spec: RFC 3261 17.1.2, 17.1.3, 18.1.2. Layer: net.
 */
import type { Clock } from "../../common/clock.js";
import { pushVia } from "../sip/build.js";
import type { Flow } from "../sip/flow.js";
import { type Param, param, type SipRequest, type SipResponse, type Via } from "../sip/message.js";
import { writeMessage } from "../sip/write-message.js";
import {
  type ClientEffect,
  type ClientInput,
  type ClientStep,
  type ClientTimer,
  type NonInviteClient,
  startNonInviteClient,
  stepNonInviteClient,
} from "../transactions/non-invite-client.js";
import type { TransactionTimers } from "../transactions/timers.js";
import type { Transport } from "./transport.js";

const MAGIC_COOKIE = "z9hG4bK";
/** 96 random bits: unique over all transactions of all our hosts. */
const BRANCH_BYTES = 12;

/** What becomes of a request of ours, in order; exactly one of the last three kinds ends it. */
export type RequestEvent =
  | { readonly kind: "sent" }
  /** `count` is 1 for the first repetition. */
  | { readonly kind: "retransmitted"; readonly count: number }
  | { readonly kind: "provisional"; readonly response: SipResponse; readonly flow: Flow }
  | { readonly kind: "final"; readonly response: SipResponse; readonly flow: Flow }
  | { readonly kind: "timeout" }
  | { readonly kind: "transport-error"; readonly error: Error };

export interface ClientTransactionsOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly timers: TransactionTimers;
  /** Requests in flight, the ones that only absorb copies of responses included. Further ones fail at once. */
  readonly requestsMax: number;
}

export interface ClientTransactions {
  request(request: SipRequest, flow: Flow, onEvent: (event: RequestEvent) => void): void;
  /** False: no transaction of ours waits for this response. */
  receive(response: SipResponse, flow: Flow): boolean;
  /** The connection is gone: no answer will come over it (RFC 3261 17.1.4). */
  failConnection(connection: string, error: Error): void;
  readonly count: () => number;
  close(): void;
}

interface Running {
  state: NonInviteClient;
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly flow: Flow;
  readonly onEvent: (event: RequestEvent) => void;
  readonly timers: Partial<Record<ClientTimer, () => void>>;
  /** Sendings begun, and whether the first was reported. */
  sends: number;
  isSentReported: boolean;
  /** What the report effect of the current input is about. */
  response: { readonly response: SipResponse; readonly flow: Flow } | undefined;
  error: Error | undefined;
}

export function openClientTransactions({
  transport,
  clock,
  randomBytes,
  timers,
  requestsMax,
}: ClientTransactionsOptions): ClientTransactions {
  const running = new Map<string, Running>();
  /** Those that wait for an answer over a connection, by its id. */
  const overConnection = new Map<string, Set<Running>>();
  let isClosed = false;

  function step(transaction: Running, input: ClientInput): void {
    perform(transaction, stepNonInviteClient(transaction.state, input, timers, transport.reliable));
  }

  function perform(transaction: Running, { state, effects }: ClientStep): void {
    transaction.state = state;
    for (const effect of effects) performOne(transaction, effect);
  }

  function performOne(transaction: Running, effect: ClientEffect): void {
    switch (effect.do) {
      case "send":
        send(transaction);
        break;
      case "start-timer": {
        const { timer } = effect;
        transaction.timers[timer] = clock.after(effect.delayMs, () => step(transaction, { kind: "timer", timer }));
        break;
      }
      case "stop-timer":
        transaction.timers[effect.timer]?.();
        break;
      case "report":
        report(transaction, effect.what);
        break;
      case "end":
        running.delete(transaction.key);
        leaveConnection(transaction);
    }
  }

  function joinConnection(transaction: Running): void {
    const { connection } = transaction.flow;
    if (connection === undefined) return;
    const others = overConnection.get(connection);
    if (others === undefined) overConnection.set(connection, new Set([transaction]));
    else others.add(transaction);
  }

  function leaveConnection(transaction: Running): void {
    const { connection = "" } = transaction.flow;
    const others = overConnection.get(connection);
    others?.delete(transaction);
    if (others?.size === 0) overConnection.delete(connection);
  }

  function failSending(transaction: Running, error: unknown): void {
    if (!running.has(transaction.key)) return; // over already, or closed
    transaction.error = error instanceof Error ? error : new Error(String(error));
    step(transaction, { kind: "transport-error" });
  }

  function send(transaction: Running): void {
    const repetition = transaction.sends++;
    transport.send(transaction.bytes, transaction.flow).then(
      () => reportSent(transaction, repetition),
      (error: unknown) => failSending(transaction, error),
    );
  }

  /** An answer may overtake the news that the request is out; then that news came with the answer. */
  function reportSent(transaction: Running, repetition: number): void {
    if (!running.has(transaction.key) || transaction.state.phase === "completed") return;
    if (repetition > 0) transaction.onEvent({ kind: "retransmitted", count: repetition });
    else reportFirst(transaction);
  }

  function reportFirst(transaction: Running): void {
    if (transaction.isSentReported) return;
    transaction.isSentReported = true;
    transaction.onEvent({ kind: "sent" });
  }

  function report(transaction: Running, what: "provisional" | "final" | "timeout" | "transport-error"): void {
    const { onEvent, response, error } = transaction;
    if (what === "timeout") {
      onEvent({ kind: "timeout" });
    } else if (what === "transport-error") {
      onEvent({ kind: "transport-error", error: error ?? new Error("not sent") });
    } else if (response !== undefined) {
      reportFirst(transaction);
      onEvent({ kind: what, ...response });
    }
  }

  return {
    request(request, flow, onEvent) {
      if (running.size >= requestsMax) {
        const error = new Error(`more than ${requestsMax} requests in flight`);
        clock.after(0, () => {
          if (!isClosed) onEvent({ kind: "transport-error", error });
        });
        return;
      }
      const branch = MAGIC_COOKIE + Buffer.from(randomBytes(BRANCH_BYTES)).toString("hex");
      const via = viaOf(transport, branch);
      const transaction: Running = {
        state: { phase: "terminated" },
        key: clientKey(via, request.method),
        bytes: writeMessage(pushVia(request, via)),
        flow,
        onEvent,
        timers: {},
        sends: 0,
        isSentReported: false,
        response: undefined,
        error: undefined,
      };
      running.set(transaction.key, transaction);
      joinConnection(transaction);
      perform(transaction, startNonInviteClient(timers, transport.reliable));
    },

    receive(response, flow) {
      const top = response.vias[0];
      const transaction = top === undefined ? undefined : running.get(clientKey(top, response.cseq.method));
      if (transaction === undefined) return false;
      transaction.response = { response, flow };
      step(transaction, { kind: "response", status: response.status });
      transaction.response = undefined; // not kept while copies are absorbed
      return true;
    },

    failConnection(connection, error) {
      for (const transaction of [...(overConnection.get(connection) ?? [])]) failSending(transaction, error);
    },

    count: () => running.size,

    close() {
      isClosed = true;
      for (const { timers: cancels } of running.values()) for (const cancel of Object.values(cancels)) cancel();
      running.clear();
      overConnection.clear();
    },
  };
}

const RPORT: Param = { name: "rport" };

function viaOf({ via }: Transport, branch: string): Via {
  return { ...via, params: [{ name: "branch", value: branch }, RPORT] };
}

/**
 * "The branch in the top Via, and the method in the CSeq, match" (RFC 3261 17.1.3); sent-by must be ours too: a response that
 * was meant for somebody else is dropped (18.1.2).
 */
function clientKey({ host, port, params }: Via, method: string): string {
  return `${param(params, "branch")}\n${host.toLowerCase()}:${port}\n${method}`;
}
