/**
 * Our INVITEs on their way: runs a client machine for each, acknowledges refusals, sends CANCEL when it may be sent.
 * Spec: RFC 3261 17.1.1, 17.1.3, 9.1; RFC 6026 7.2. Layer: net.
 */
import type { Clock } from "../../common/clock.js";
import { pushVia } from "../sip/build.js";
import type { Flow } from "../sip/flow.js";
import { buildCancel, buildHopAck } from "../sip/invite-companions.js";
import type { SipHeader, SipRequest, SipResponse } from "../sip/message.js";
import { writeMessage } from "../sip/write-message.js";
import {
  type InviteClient,
  type InviteClientEffect,
  type InviteClientInput,
  type InviteClientTimer,
  startInviteClient,
  stepInviteClient,
} from "../transactions/invite-client.js";
import type { TransactionTimers } from "../transactions/timers.js";
import { createMachines, type Machine, type OtherEffect } from "./machines.js";
import { createOutbox, type Outgoing, type SendingEvent } from "./outbox.js";
import { clientKey, newVia } from "./own-via.js";
import type { Transport } from "./transport.js";

/** What becomes of an INVITE of ours, in order. One of refused, timeout, transport-error and ended comes last; ended only after accepted. */
export type InviteEvent =
  | SendingEvent
  | { readonly kind: "provisional"; readonly response: SipResponse; readonly flow: Flow }
  /** A 2xx: comes for each one, copies too. The user acknowledges each, by `TransactionLayer.prepareAck`. */
  | { readonly kind: "accepted"; readonly response: SipResponse; readonly flow: Flow }
  /** 300 to 699; acknowledged already. */
  | { readonly kind: "refused"; readonly response: SipResponse; readonly flow: Flow }
  | { readonly kind: "timeout" }
  | { readonly kind: "transport-error"; readonly error: Error }
  /** No further 2xx will be told: 64*T1 have passed since the first. */
  | { readonly kind: "ended" };

export interface InviteHandle {
  /**
   * Gives up: CANCEL goes out at once, or after the first provisional response; not at all after a final one. How it ended is told as
   * for any INVITE: a 487 if the CANCEL came in time, a 2xx if not, timeout if nothing came within 64*T1.
   * @param headers For instance Reason (RFC 3326).
   */
  cancel(headers?: readonly SipHeader[]): void;
}

export interface InviteClientOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly timers: TransactionTimers;
  /** Sends a CANCEL in a transaction of its own. */
  readonly sendCancel: (cancel: SipRequest, flow: Flow) => void;
  /** INVITEs in flight, those that only absorb copies of responses included. Further ones fail at once. */
  readonly invitesMax: number;
}

export interface InviteClientTransactions {
  invite(request: SipRequest, flow: Flow, onEvent: (event: InviteEvent) => void): InviteHandle;
  /** False: no INVITE of ours waits for this response. */
  receive(response: SipResponse, flow: Flow): boolean;
  /** The connection is gone: no answer will come over it (RFC 3261 17.1.4). */
  failConnection(connection: string, error: Error): void;
  readonly count: () => number;
  close(): void;
}

interface Running extends Outgoing, Machine<InviteClient, InviteClientTimer> {
  /** With our Via on top. */
  readonly request: SipRequest;
  readonly onEvent: (event: InviteEvent) => void;
  isAccepted: boolean;
  ack: Uint8Array | undefined;
  cancelHeaders: readonly SipHeader[];
  /** What the effects of the current input are about. */
  response: { readonly response: SipResponse; readonly flow: Flow } | undefined;
  error: Error | undefined;
}

const NO_HANDLE: InviteHandle = { cancel: () => undefined };

export function openInviteClientTransactions(options: InviteClientOptions): InviteClientTransactions {
  const { transport, clock, randomBytes, timers, sendCancel, invitesMax } = options;
  const outbox = createOutbox<Running>({
    transport,
    clock,
    itemsMax: invitesMax,
    isAnswered: ({ state }) => state.phase === "completed" || state.phase === "accepted",
    onFailure: (transaction, error) => {
      transaction.error = error;
      machines.take(transaction, { kind: "transport-error" });
    },
  });

  const machines = createMachines(
    clock,
    (state: InviteClient, input: InviteClientInput) => stepInviteClient(state, input, timers, transport.reliable),
    perform,
  );

  function perform(transaction: Running, effect: OtherEffect<InviteClientEffect>): void {
    switch (effect.do) {
      case "send":
        outbox.send(transaction);
        break;
      case "send-ack":
        sendAck(transaction);
        break;
      case "send-cancel":
        sendCancel(buildCancel(transaction.request, transaction.cancelHeaders), transaction.flow);
        break;
      case "report":
        report(transaction, effect.what);
        break;
      case "end":
        end(transaction);
    }
  }

  /** "The ACK MUST be sent to the same address, port, and transport to which the original request was sent." */
  function sendAck(transaction: Running): void {
    const { request, response } = transaction;
    if (transaction.ack === undefined && response !== undefined) transaction.ack = writeMessage(buildHopAck(request, response.response));
    if (transaction.ack !== undefined) outbox.sendBeside(transaction, transaction.ack);
  }

  function report(transaction: Running, what: "provisional" | "accepted" | "refused" | "timeout" | "transport-error"): void {
    const { onEvent, response, error } = transaction;
    if (what === "timeout") {
      onEvent({ kind: "timeout" });
    } else if (what === "transport-error") {
      onEvent({ kind: "transport-error", error: error ?? new Error("not sent") });
    } else if (response !== undefined) {
      outbox.reportFirst(transaction);
      transaction.isAccepted ||= what === "accepted";
      onEvent({ kind: what, ...response });
    }
  }

  function end(transaction: Running): void {
    outbox.remove(transaction);
    if (transaction.isAccepted) transaction.onEvent({ kind: "ended" });
  }

  function begin(request: SipRequest, key: string, flow: Flow, onEvent: (event: InviteEvent) => void): Running {
    const transaction: Running = {
      state: { phase: "terminated" },
      timers: {},
      key,
      request,
      bytes: writeMessage(request),
      flow,
      onEvent,
      sends: 0,
      isSentReported: false,
      isAccepted: false,
      ack: undefined,
      cancelHeaders: [],
      response: undefined,
      error: undefined,
    };
    outbox.add(transaction);
    machines.perform(transaction, startInviteClient(timers, transport.reliable));
    return transaction;
  }

  return {
    invite(request, flow, onEvent) {
      if (!outbox.hasRoom((error) => onEvent({ kind: "transport-error", error }))) return NO_HANDLE;
      const via = newVia(transport, randomBytes);
      const transaction = begin(pushVia(request, via), clientKey(via, "INVITE"), flow, onEvent);
      return {
        cancel(headers = []) {
          if (!outbox.has(transaction)) return;
          if (transaction.cancelHeaders.length === 0) transaction.cancelHeaders = headers;
          machines.take(transaction, { kind: "cancel" });
        },
      };
    },

    receive(response, flow) {
      const transaction = outbox.find(response);
      if (transaction === undefined) return false;
      transaction.response = { response, flow };
      machines.take(transaction, { kind: "response", status: response.status });
      transaction.response = undefined; // not kept while copies are absorbed
      return true;
    },

    failConnection: (connection, error) => outbox.failConnection(connection, error),
    count: () => outbox.count(),
    close() {
      for (const transaction of outbox.close()) machines.stopTimers(transaction);
    },
  };
}
