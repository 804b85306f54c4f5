/**
 * The peer's requests: runs a non-INVITE server machine for each, so that the user sees one copy and the peer always the same answer.
 * Spec: RFC 3261 17.2.2. Layer: net.
 */
import { hash } from "node:crypto";
import type { Clock } from "../../common/clock.js";
import { buildResponse, type ResponseDraft } from "../sip/build.js";
import type { Flow } from "../sip/flow.js";
import type { SipRequest } from "../sip/message.js";
import { writeMessage } from "../sip/write-message.js";
import {
  type NonInviteServer,
  type ServerEffect,
  type ServerInput,
  type ServerTimer,
  startNonInviteServer,
  stepNonInviteServer,
} from "../transactions/non-invite-server.js";
import type { TransactionTimers } from "../transactions/timers.js";
import { buildOverloadRefusal, handOver, newTag } from "./hand-over.js";
import { createMachines, type Machine, type OtherEffect } from "./machines.js";
import { serverKey } from "./server-key.js";
import type { Transport } from "./transport.js";

/** A request of the peer's, first copy only; never an ACK. Its top Via has `received` and `rport` filled in (RFC 3581). */
export interface IncomingRequest {
  readonly request: SipRequest;
  readonly flow: Flow;
  /** The tag our answers put into To, if the request brought none. */
  readonly localTag: string;
  /**
   * Answers. After a final answer, or 30 s of silence (then 500 was sent), further answers do nothing.
   * @throws {RangeError} A line break in what the draft holds.
   */
  answer(status: number, draft?: Omit<ResponseDraft, "toTag">): void;
}

export interface ServerTransactionsOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly timers: TransactionTimers;
  readonly onRequest: (incoming: IncomingRequest) => void | Promise<void>;
  readonly onHandlerError: (error: unknown) => void;
  /** Requests being handled. Further ones are answered 503 without state. */
  readonly pendingMax: number;
  /** Answers kept for repetition, 32 s each, about 1 kB each. Beyond it the oldest is forgotten. */
  readonly answersMax: number;
  /** The tag of our answer, if it is not a new one: "the To tag of the response to the CANCEL and that of the INVITE SHOULD be the same" (9.2). */
  readonly tagOf?: (request: SipRequest, flow: Flow) => string | undefined;
  /** An answer could not be sent: nothing to do but to count it. */
  readonly onSendError: () => void;
}

/**
 * What happened to a request: "new" to the user, "copy" absorbed, "ack" absorbed, "ack-of-2xx" passed to the user, "stray-ack" dropped,
 * "overload" answered 503.
 */
export type Received = "new" | "copy" | "ack" | "ack-of-2xx" | "stray-ack" | "overload";

export interface ServerTransactions {
  /** @param request With `markReceived` done. */
  receive(request: SipRequest, flow: Flow): Received;
  readonly count: () => number;
  close(): void;
}

interface Running extends Machine<NonInviteServer, ServerTimer> {
  readonly key: string;
  readonly flow: Flow;
  /** Let go when the final answer is out: only its bytes are needed then. */
  incoming: IncomingRequest | undefined;
  bytes: Uint8Array | undefined;
}

const CHALLENGES: ReadonlySet<number> = new Set([401, 407]);
const TAG_KEY_BYTES = 32;

/**
 * The share of `answersMax` from which on challenges are not kept: they cost a stranger nothing, and must not push out the answers to those
 * who are known (RFC 3261 8.2.7, 26.3.2.4).
 */
const STATEFUL_CHALLENGES_SHARE = 0.5;

export function openServerTransactions(options: ServerTransactionsOptions): ServerTransactions {
  const { transport, clock, randomBytes, timers, onRequest, onHandlerError, onSendError, pendingMax, answersMax, tagOf } = options;
  const pending = new Map<string, Running>();
  /** In order of completion. */
  const completed = new Map<string, Running>();
  const tagKey = Buffer.from(randomBytes(TAG_KEY_BYTES)).toString("hex");
  const tagFrom = (key: string): string => hash("sha256", tagKey + key, "hex").slice(0, 16);
  const machines = createMachines(
    clock,
    (state: NonInviteServer, input: ServerInput) => stepNonInviteServer(state, input, timers, transport.reliable),
    perform,
  );

  function forget(transaction: Running): void {
    machines.stopTimers(transaction);
    completed.delete(transaction.key);
  }

  /** Moves a transaction among those that only repeat their answer, the oldest of which may have to go. */
  function keep(transaction: Running): void {
    pending.delete(transaction.key);
    completed.set(transaction.key, transaction);
    transaction.incoming = undefined;
    if (completed.size <= answersMax) return;
    for (const oldest of completed.values()) {
      forget(oldest);
      return;
    }
  }

  function perform(transaction: Running, effect: OtherEffect<ServerEffect>): void {
    switch (effect.do) {
      case "deliver":
        if (transaction.incoming !== undefined) handOver(transaction.incoming, onRequest, onHandlerError);
        break;
      case "send-answer":
        if (transaction.state.phase === "completed") keep(transaction);
        send(transaction);
        break;
      case "repeat-answer":
        send(transaction);
        break;
      case "answer-instead":
        transaction.incoming?.answer(effect.status);
        break;
      case "end":
        pending.delete(transaction.key);
        completed.delete(transaction.key);
    }
  }

  function send(transaction: Running): void {
    if (transaction.bytes === undefined) return;
    transport.send(transaction.bytes, transaction.flow).catch(() => {
      onSendError();
      machines.take(transaction, { kind: "transport-error" });
    });
  }

  function begin(key: string, request: SipRequest, flow: Flow): void {
    const isUnderLoad = completed.size >= answersMax * STATEFUL_CHALLENGES_SHARE;
    // "…the same To tag for the same request": under load two copies may both be answered anew.
    const localTag = tagOf?.(request, flow) ?? (isUnderLoad ? tagFrom(key) : newTag(randomBytes));
    const transaction: Running = { state: { phase: "trying" }, timers: {}, key, flow, incoming: undefined, bytes: undefined };
    transaction.incoming = {
      request,
      flow,
      localTag,
      answer(status, draft) {
        if (transaction.incoming === undefined) return;
        transaction.bytes = writeMessage(buildResponse(request, status, { toTag: localTag, ...draft }));
        machines.take(transaction, { kind: "answer", status });
        // A copy of the request is challenged anew.
        if (isUnderLoad && CHALLENGES.has(status)) forget(transaction);
      },
    };
    pending.set(key, transaction);
    machines.perform(transaction, startNonInviteServer());
  }

  return {
    receive(request, flow) {
      const key = serverKey(request, flow);
      const known = pending.get(key) ?? completed.get(key);
      if (request.method === "ACK") return known === undefined ? "stray-ack" : "ack";
      if (known !== undefined) {
        machines.take(known, { kind: "copy" });
        return "copy";
      }
      if (pending.size >= pendingMax) {
        const refusal = writeMessage(buildOverloadRefusal(request, randomBytes));
        transport.send(refusal, flow).catch(onSendError);
        return "overload";
      }
      begin(key, request, flow);
      return "new";
    },

    count: () => pending.size + completed.size,

    close() {
      for (const transaction of [...pending.values(), ...completed.values()]) machines.stopTimers(transaction);
      for (const transaction of pending.values()) transaction.incoming = undefined;
      pending.clear();
      completed.clear();
    },
  };
}
