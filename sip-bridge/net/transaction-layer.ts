/**
 * The transaction layer: runs client and server machines over one transport.
 * INVITE is handed to the user like any other request, to be answered 405 or 501; its own machines belong to calls.
 * Spec: RFC 3261 17, 18.1.2, 18.2.1. Layer: net.
 */
import type { Clock } from "../../common/clock.js";
import { markReceived } from "../sip/build.js";
import type { Flow } from "../sip/flow.js";
import type { SipMessage, SipRequest } from "../sip/message.js";
import { STANDARD_TIMERS, type TransactionTimers } from "../transactions/timers.js";
import { openClientTransactions, type RequestEvent } from "./client-transactions.js";
import { type IncomingRequest, openServerTransactions } from "./server-transactions.js";
import type { Transport } from "./transport.js";

/** What one layer holds at most. */
export interface LayerLimits {
  /** Requests of ours in flight, and for 5 s after their answer. Further ones fail at once. */
  readonly requestsMax: number;
  /** Requests of peers being handled. Further ones are answered 503. */
  readonly pendingMax: number;
  /** Answers kept for repetition, 32 s each, about 1 kB each. Beyond it the oldest is forgotten. */
  readonly answersMax: number;
}

const DEFAULT_LIMITS: LayerLimits = { requestsMax: 50_000, pendingMax: 10_000, answersMax: 50_000 };

export interface TransactionLayerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Cryptographically random octets: for branches and tags. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** May throw or reject: a MalformedMessage is answered with its status, anything else with 500 and told to `onHandlerError`. */
  readonly onRequest: (incoming: IncomingRequest) => void | Promise<void>;
  readonly onHandlerError: (error: unknown) => void;
  /** Default: the standard's 500, 4000 and 5000 ms. */
  readonly timers?: TransactionTimers;
  /** Defaults: 50,000 requests, 10,000 pending, 50,000 answers. */
  readonly limits?: LayerLimits;
}

/** How often it happened since the layer was opened. */
export interface LayerCounters {
  readonly requestsSent: number;
  readonly requestsReceived: number;
  /** Copies of requests, answered from memory. */
  readonly copiesAbsorbed: number;
  /** Responses to no request of ours, or meant for another host. */
  readonly strayResponses: number;
  readonly strayAcks: number;
  /** Requests answered 503 because too many were being handled. */
  readonly overloads: number;
  readonly sendErrors: number;
}

export interface TransactionLayer {
  /**
   * Sends a request of `buildRequest` in a new client transaction; our Via with a new branch is put on top.
   * Each call is one transaction: a second call with the same Call-ID needs a higher CSeq.
   * @param onEvent Never called before this returns; what it throws goes to `onHandlerError`. Exactly one of final, timeout and transport-error comes last, unless closed before.
   * @throws {RangeError} A line break or a character beyond latin1 in the request.
   */
  request(request: SipRequest, flow: Flow, onEvent: (event: RequestEvent) => void): void;
  /** Takes what the transport received. Never throws. */
  receive(message: SipMessage, flow: Flow): void;
  /** The connection is gone: every request that waits for its answer over it ends with transport-error, at once. */
  failConnection(connection: string, error: Error): void;
  counters(): LayerCounters;
  /** Transactions alive, on both sides, those that only absorb copies included. */
  size(): number;
  /** Forgets all transactions without a word to their owners; no timer is left. */
  close(): void;
}

export function openTransactionLayer(options: TransactionLayerOptions): TransactionLayer {
  const { transport, clock, randomBytes, onRequest, onHandlerError, timers = STANDARD_TIMERS, limits = DEFAULT_LIMITS } = options;
  const counters = {
    requestsSent: 0,
    requestsReceived: 0,
    copiesAbsorbed: 0,
    strayResponses: 0,
    strayAcks: 0,
    overloads: 0,
    sendErrors: 0,
  };
  const onSendError = (): void => {
    counters.sendErrors++;
  };
  const clients = openClientTransactions({ transport, clock, randomBytes, timers, requestsMax: limits.requestsMax });
  const servers = openServerTransactions({
    transport,
    clock,
    randomBytes,
    timers,
    onRequest,
    onHandlerError,
    onSendError,
    pendingMax: limits.pendingMax,
    answersMax: limits.answersMax,
  });

  function receiveRequest(request: SipRequest, flow: Flow): void {
    const received = servers.receive(markReceived(request, { address: flow.remoteAddress, port: flow.remotePort }), flow);
    if (received === "new") counters.requestsReceived++;
    else if (received === "copy") counters.copiesAbsorbed++;
    else if (received === "stray-ack") counters.strayAcks++;
    else if (received === "overload") counters.overloads++;
  }

  return {
    request(request, flow, onEvent) {
      clients.request(request, flow, (event) => {
        try {
          onEvent(event);
        } catch (error) {
          onHandlerError(error);
        }
      });
      counters.requestsSent++;
    },
    receive(message, flow) {
      if (message.kind === "request") receiveRequest(message, flow);
      else if (!clients.receive(message, flow)) counters.strayResponses++;
    },
    failConnection: (connection, error) => clients.failConnection(connection, error),
    counters: () => ({ ...counters }),
    size: () => clients.count() + servers.count(),
    close() {
      clients.close();
      servers.close();
    },
  };
}
