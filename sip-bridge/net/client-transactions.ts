/**
 * Our requests on their way, all but INVITE: runs a client machine for each, and finds the one a response belongs to.
 * Spec: RFC 3261 17.1.2, 17.1.3. Layer: net.
 */
import type { Clock } from "../../common/clock.js";
import { pushVia } from "../sip/build.js";
import type { Flow } from "../sip/flow.js";
import type { SipRequest, SipResponse, Via } from "../sip/message.js";
import { writeMessage } from "../sip/write-message.js";
import {
  type ClientEffect,
  type ClientInput,
  type ClientTimer,
  type NonInviteClient,
  startNonInviteClient,
  stepNonInviteClient,
} from "../transactions/non-invite-client.js";
import type { TransactionTimers } from "../transactions/timers.js";
import { createMachines, type Machine, type OtherEffect } from "./machines.js";
import { createOutbox, type Outgoing, type SendingEvent } from "./outbox.js";
import { clientKey, newVia } from "./own-via.js";
import type { Transport } from "./transport.js";

/** What becomes of a request of ours, in order; exactly one of the last three kinds ends it. */
export type RequestEvent =
  | SendingEvent
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
  /** Sends a CANCEL, which has the Via of the INVITE it is for: its branch and no other (RFC 3261 9.1). */
  cancel(cancel: SipRequest, flow: Flow): void;
  /** False: no transaction of ours waits for this response. */
  receive(response: SipResponse, flow: Flow): boolean;
  /** The connection is gone: no answer will come over it (RFC 3261 17.1.4). */
  failConnection(connection: string, error: Error): void;
  readonly count: () => number;
  close(): void;
}

const NOTHING = new Uint8Array();

interface Running extends Outgoing, Machine<NonInviteClient, ClientTimer> {
  onEvent: (event: RequestEvent) => void;
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
  const outbox = createOutbox<Running>({
    transport,
    clock,
    itemsMax: requestsMax,
    isAnswered: ({ state }) => state.phase === "completed",
    onFailure: (transaction, error) => {
      transaction.error = error;
      machines.take(transaction, { kind: "transport-error" });
    },
  });

  const machines = createMachines(
    clock,
    (state: NonInviteClient, input: ClientInput) => stepNonInviteClient(state, input, timers, transport.reliable),
    perform,
  );

  function perform(transaction: Running, effect: OtherEffect<ClientEffect>): void {
    switch (effect.do) {
      case "send":
        outbox.send(transaction);
        break;
      case "report":
        report(transaction, effect.what);
        break;
      case "end":
        outbox.remove(transaction);
    }
  }

  function report(transaction: Running, what: "provisional" | "final" | "timeout" | "transport-error"): void {
    const { response, error } = transaction;
    if (response !== undefined) outbox.reportFirst(transaction);
    const { onEvent } = transaction;
    if (what !== "provisional") letGo(transaction);
    if (what === "timeout") {
      onEvent({ kind: "timeout" });
    } else if (what === "transport-error") {
      onEvent({ kind: "transport-error", error: error ?? new Error("not sent") });
    } else if (response !== undefined) {
      onEvent({ kind: what, ...response });
    }
  }

  /** What only absorbs copies for T4 keeps neither its octets nor its owner: at 10,000 requests a second that is what there is most of. */
  function letGo(transaction: Running): void {
    transaction.bytes = NOTHING;
    transaction.onEvent = () => undefined;
  }

  /** @param request With our Via on top. */
  function begin(request: SipRequest, via: Via, flow: Flow, onEvent: (event: RequestEvent) => void): void {
    const transaction: Running = {
      state: { phase: "terminated" },
      key: clientKey(via, request.method),
      bytes: writeMessage(request),
      flow,
      onEvent,
      timers: {},
      sends: 0,
      isSentReported: false,
      response: undefined,
      error: undefined,
    };
    outbox.add(transaction);
    machines.perform(transaction, startNonInviteClient(timers, transport.reliable));
  }

  return {
    request(request, flow, onEvent) {
      if (!outbox.hasRoom((error) => onEvent({ kind: "transport-error", error }))) return;
      const via = newVia(transport, randomBytes);
      begin(pushVia(request, via), via, flow, onEvent);
    },

    cancel(cancel, flow) {
      const [via] = cancel.vias;
      if (via !== undefined && outbox.hasRoom(() => undefined)) begin(cancel, via, flow, () => undefined);
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
