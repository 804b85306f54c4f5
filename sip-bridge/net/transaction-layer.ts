/**
 * The transaction layer: runs client and server machines over one transport.
 * Spec: RFC 3261 17, 18.1.2, 18.2.1; RFC 6026. Layer: net.
 */
import type { Clock } from "../../common/clock.js";
import { markReceived, pushVia } from "../sip/build.js";
import type { Flow } from "../sip/flow.js";
import type { SipMessage, SipRequest } from "../sip/message.js";
import { writeMessage } from "../sip/write-message.js";
import { STANDARD_TIMERS, type TransactionTimers } from "../transactions/timers.js";
import { openClientTransactions, type RequestEvent } from "./client-transactions.js";
import { type InviteEvent, type InviteHandle, openInviteClientTransactions } from "./invite-client-transactions.js";
import { type IncomingInvite, type InviteServerTransactions, openInviteServerTransactions } from "./invite-server-transactions.js";
import { newVia } from "./own-via.js";
import { type IncomingRequest, openServerTransactions, type Received } from "./server-transactions.js";
import type { Transport } from "./transport.js";

/** What one layer holds at most. */
export interface LayerLimits {
  /** Requests of ours in flight, and for 5 s after their answer; as many INVITEs. Further ones fail at once. */
  readonly requestsMax: number;
  /** Requests of peers being handled; as many INVITEs, until they are over. Further ones are answered 503. */
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
  /**
   * Takes INVITEs; fails as `onRequest` does. Absent: they go to `onRequest`, to be refused like any other request, once for each copy.
   * Who refuses all INVITEs must not have an answer repeated ten times at a source that a datagram only claims to be from
   * ("a stateless UAS", RFC 3261 8.2.7).
   */
  readonly onInvite?: (incoming: IncomingInvite) => void | Promise<void>;
  /** The ACK of a 2xx of ours; belongs to a dialog, or to nothing. */
  readonly onAck?: (ack: SipRequest, flow: Flow) => void;
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
  /** Refused INVITEs whose ACK never came. */
  readonly refusalsUnacknowledged: number;
}

export interface TransactionLayer {
  /**
   * Sends a request of `buildRequest` in a new client transaction; our Via with a new branch is put on top.
   * Each call is one transaction: a second call with the same Call-ID needs a higher CSeq.
   * @param onEvent Never called before this returns; what it throws goes to `onHandlerError`. Exactly one of final, timeout and transport-error comes last, unless closed before.
   * @throws {RangeError} INVITE or ACK, which have ways of their own; a line break or a character beyond latin1 in the request.
   */
  request(request: SipRequest, flow: Flow, onEvent: (event: RequestEvent) => void): void;
  /** Sends an INVITE in a client transaction of its own kind; for the rest as `request`. */
  invite(request: SipRequest, flow: Flow, onEvent: (event: InviteEvent) => void): InviteHandle;
  /**
   * Puts our Via with a new branch on the ACK of a 2xx: it belongs to no transaction (RFC 3261 13.2.2.4).
   * @returns Sends it, the same octets each time: once for every copy of the 2xx. What can't be sent is counted, and rejects.
   */
  prepareAck(ack: SipRequest, flow: Flow): () => Promise<void>;
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
    refusalsUnacknowledged: 0,
  };
  const onSendError = (): void => {
    counters.sendErrors++;
  };
  const shared = { transport, clock, randomBytes, timers, onHandlerError, onSendError };
  const clients = openClientTransactions({ ...shared, requestsMax: limits.requestsMax });
  const inviteClients = openInviteClientTransactions({
    ...{ ...shared, invitesMax: limits.requestsMax },
    sendCancel: (cancel, flow) => {
      counters.requestsSent++;
      clients.cancel(cancel, flow);
    },
  });
  const inviteServers = openInviteServers();
  const servers = openServerTransactions({
    ...{ ...shared, pendingMax: limits.pendingMax, answersMax: limits.answersMax },
    onRequest: (incoming) => (incoming.request.method === "CANCEL" ? answerCancel(incoming) : onRequest(incoming)),
    tagOf: (request, flow) => (request.method === "CANCEL" ? inviteServers?.tagOfCancelled(request, flow) : undefined),
  });

  function openInviteServers(): InviteServerTransactions | undefined {
    const { onInvite, onAck } = options;
    if (onInvite === undefined) return undefined;
    return openInviteServerTransactions({
      ...{ ...shared, onInvite, invitesMax: limits.pendingMax },
      onAck: guarded((ack: SipRequest, flow: Flow) => {
        if (onAck === undefined) counters.strayAcks++;
        else onAck(ack, flow);
      }),
      onNoAck: () => {
        counters.refusalsUnacknowledged++;
      },
    });
  }

  /** "If the UAS did not find a matching transaction, it SHOULD respond to the CANCEL with a 481"; to any other, 200 (RFC 3261 9.2). */
  function answerCancel({ request, flow, answer }: IncomingRequest): void {
    // First: the INVITE's refusal might be the last that is remembered of it.
    answer(inviteServers?.tagOfCancelled(request, flow) === undefined ? 481 : 200);
    inviteServers?.cancel(request, flow);
  }

  /** What an owner throws is told, and harms nothing. */
  function guarded<Args extends readonly unknown[]>(owner: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      try {
        owner(...args);
      } catch (error) {
        onHandlerError(error);
      }
    };
  }

  function receiveRequest(request: SipRequest, flow: Flow): void {
    const marked = markReceived(request, { address: flow.remoteAddress, port: flow.remotePort });
    const isInvite = request.method === "INVITE" || request.method === "ACK";
    count((isInvite ? inviteServers : undefined)?.receive(marked, flow) ?? servers.receive(marked, flow));
  }

  function count(received: Received): void {
    if (received === "new") counters.requestsReceived++;
    else if (received === "copy") counters.copiesAbsorbed++;
    else if (received === "stray-ack") counters.strayAcks++;
    else if (received === "overload") counters.overloads++;
  }

  return {
    request(request, flow, onEvent) {
      if (request.method === "INVITE" || request.method === "ACK") throw new RangeError(`${request.method} is not sent by request()`);
      clients.request(request, flow, guarded(onEvent));
      counters.requestsSent++;
    },
    invite(request, flow, onEvent) {
      const handle = inviteClients.invite(request, flow, guarded(onEvent));
      counters.requestsSent++;
      return handle;
    },
    prepareAck(ack, flow) {
      const bytes = writeMessage(pushVia(ack, newVia(transport, randomBytes)));
      return () =>
        transport.send(bytes, flow).catch((error: unknown) => {
          onSendError();
          throw error;
        });
    },
    receive(message, flow) {
      if (message.kind === "request") receiveRequest(message, flow);
      else if (!(message.cseq.method === "INVITE" ? inviteClients : clients).receive(message, flow)) counters.strayResponses++;
    },
    failConnection(connection, error) {
      clients.failConnection(connection, error);
      inviteClients.failConnection(connection, error);
    },
    counters: () => ({ ...counters }),
    size: () => clients.count() + inviteClients.count() + servers.count() + (inviteServers?.count() ?? 0),
    close() {
      clients.close();
      inviteClients.close();
      servers.close();
      inviteServers?.close();
    },
  };
}
