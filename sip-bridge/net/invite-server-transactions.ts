/**
 * The peer's INVITEs: runs a server machine for each, matches ACK and CANCEL to them.
 * Spec: RFC 3261 17.2.1, 17.2.3, 9.2; RFC 6026 7.1. Layer: net.
 */
import type { Clock } from "../../common/clock.js";
import { buildResponse } from "../sip/build.js";
import type { Flow } from "../sip/flow.js";
import { param, type SipRequest } from "../sip/message.js";
import { writeMessage } from "../sip/write-message.js";
import {
  type InviteServer,
  type InviteServerEffect,
  type InviteServerInput,
  type InviteServerTimer,
  startInviteServer,
  stepInviteServer,
} from "../transactions/invite-server.js";
import type { TransactionTimers } from "../transactions/timers.js";
import { buildOverloadRefusal, handOver, newTag } from "./hand-over.js";
import { createMachines, type Machine, type OtherEffect } from "./machines.js";
import { hasMagicCookie, serverKey } from "./server-key.js";
import type { IncomingRequest, Received } from "./server-transactions.js";
import type { Transport } from "./transport.js";

/**
 * An INVITE of the peer's, first copy only. `answer` takes provisional responses and one final one; after a 2xx it takes the 2xx again,
 * as often as the user repeats it (RFC 3261 13.3.1.4), for 64*T1.
 * Without an answer for 30 s, or without progress for 200 s, 500 is sent.
 */
export interface IncomingInvite extends IncomingRequest {
  /** The caller gave up before a final answer. The handler answers, 487 as a rule; without a handler 487 is sent. One handler at most. */
  onCancel(handler: (cancel: SipRequest) => void): void;
}

export interface InviteServerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly timers: TransactionTimers;
  readonly onInvite: (incoming: IncomingInvite) => void | Promise<void>;
  /** The ACK of a 2xx; one of no INVITE that is known here, as a rule (RFC 3261 13.3.1.4). */
  readonly onAck: (ack: SipRequest, flow: Flow) => void;
  readonly onHandlerError: (error: unknown) => void;
  /** INVITEs at once, answered or not, each a few kB. Further ones are answered 503 without state. */
  readonly invitesMax: number;
  readonly onSendError: () => void;
  /** A refusal was repeated for 64*T1, and no ACK came. */
  readonly onNoAck: () => void;
}

export interface InviteServerTransactions {
  /** @param request With `markReceived` done: an INVITE, or an ACK. */
  receive(request: SipRequest, flow: Flow): Received;
  /** The tag of the INVITE that the CANCEL is for; undefined: there is none. */
  tagOfCancelled(cancel: SipRequest, flow: Flow): string | undefined;
  /** @returns false: there is no INVITE that the CANCEL is for. */
  cancel(cancel: SipRequest, flow: Flow): boolean;
  readonly count: () => number;
  close(): void;
}

interface Running extends Machine<InviteServer, InviteServerTimer> {
  readonly key: string;
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly localTag: string;
  incoming: IncomingInvite | undefined;
  onCancel: ((cancel: SipRequest) => void) | undefined;
  bytes: Uint8Array | undefined;
  /** The ACK that the current input is about. */
  ack: SipRequest | undefined;
}

export function openInviteServerTransactions(options: InviteServerOptions): InviteServerTransactions {
  const { transport, clock, randomBytes, timers, onInvite, onAck, onHandlerError, onSendError, onNoAck, invitesMax } = options;
  const running = new Map<string, Running>();

  const machines = createMachines(
    clock,
    (state: InviteServer, input: InviteServerInput) => stepInviteServer(state, input, timers, transport.reliable),
    perform,
  );

  function perform(transaction: Running, effect: OtherEffect<InviteServerEffect>): void {
    switch (effect.do) {
      case "deliver":
        if (transaction.incoming !== undefined) handOver(transaction.incoming, onInvite, onHandlerError);
        break;
      case "deliver-ack":
        if (transaction.ack !== undefined) onAck(transaction.ack, transaction.flow);
        break;
      case "send-answer":
      case "repeat-answer":
        send(transaction);
        break;
      case "answer-instead":
        transaction.incoming?.answer(effect.status);
        break;
      case "report":
        onNoAck();
        break;
      case "end":
        running.delete(transaction.key);
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
    const localTag = newTag(randomBytes);
    const transaction: Running = {
      state: { phase: "terminated" },
      timers: {},
      key,
      request,
      flow,
      localTag,
      incoming: undefined,
      onCancel: undefined,
      bytes: undefined,
      ack: undefined,
    };
    transaction.incoming = {
      request,
      flow,
      localTag,
      answer(status, draft) {
        if (!takes(transaction, status)) return;
        transaction.bytes = writeMessage(buildResponse(request, status, { toTag: localTag, ...draft }));
        machines.take(transaction, { kind: "answer", status });
        if (status >= 300) transaction.incoming = undefined; // only its bytes are needed now
      },
      onCancel(handler) {
        transaction.onCancel = handler;
      },
    };
    running.set(key, transaction);
    machines.perform(transaction, startInviteServer());
  }

  /** Whether the machine would send this answer: bytes of one that it discards must not replace those that it repeats. */
  function takes({ key, state }: Running, status: number): boolean {
    if (!running.has(key)) return false;
    return state.phase === "proceeding" || (state.phase === "accepted" && status >= 200 && status < 300);
  }

  /** "The To header field of the ACK equals that of the response": the branch of an RFC 2543 client does not tell (17.2.3). */
  function isAckFor(ack: SipRequest, { request, localTag }: Running): boolean {
    if (hasMagicCookie(ack)) return true;
    return param(ack.to.params, "tag") === (param(request.to.params, "tag") ?? localTag);
  }

  function receiveAck(ack: SipRequest, known: Running | undefined, flow: Flow): Received {
    if (known === undefined || !isAckFor(ack, known)) {
      onAck(ack, flow);
      return "ack-of-2xx";
    }
    known.ack = ack;
    machines.take(known, { kind: "ack" });
    known.ack = undefined;
    return "ack";
  }

  const cancelled = (cancel: SipRequest, flow: Flow): Running | undefined => running.get(serverKey(cancel, flow, "INVITE"));

  return {
    receive(request, flow) {
      const key = serverKey(request, flow);
      const known = running.get(key);
      if (request.method === "ACK") return receiveAck(request, known, flow);
      if (known !== undefined) {
        machines.take(known, { kind: "copy" });
        return "copy";
      }
      if (running.size >= invitesMax) {
        transport.send(writeMessage(buildOverloadRefusal(request, randomBytes)), flow).catch(onSendError);
        return "overload";
      }
      begin(key, request, flow);
      return "new";
    },

    tagOfCancelled: (cancel, flow) => cancelled(cancel, flow)?.localTag,

    cancel(cancel, flow) {
      const transaction = cancelled(cancel, flow);
      if (transaction === undefined) return false;
      // "If it has already sent a final response, the CANCEL has no effect on the processing of the original request."
      if (transaction.state.phase !== "proceeding") return true;
      const { onCancel, incoming } = transaction;
      if (onCancel === undefined) incoming?.answer(487);
      else onCancel(cancel);
      transaction.onCancel = () => undefined;
      return true;
    },

    count: () => running.size,

    close() {
      for (const transaction of running.values()) machines.stopTimers(transaction);
      running.clear();
    },
  };
}
