/**
 * The connections of one transport, by id: what comes over them is told, refused or counted; what goes finds its connection.
 * Spec: RFC 3261 8.2, 18; RFC 5626 5.3 (a failed flow fails its requests). Layer: net.
 */
import type { Socket } from "node:net";
import type { Clock } from "../../common/clock.js";
import { buildRefusal } from "../sip/build.js";
import type { Flow } from "../sip/flow.js";
import type { StreamItem } from "../sip/frame-stream.js";
import type { MalformedMessage, SipMessage } from "../sip/message.js";
import { writeMessage } from "../sip/write-message.js";
import { type CloseReason, type Connection, type ConnectionLimits, type KeepAlive, runConnection } from "./connection.js";
import { FlowFailed } from "./transport.js";

export interface StreamConnectionsOptions {
  readonly kind: "tcp" | "tls";
  readonly limits: ConnectionLimits;
  /** Of connections that we opened. */
  readonly keepAlive: KeepAlive | undefined;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly onMessage: (message: SipMessage, connection: Connection) => void;
  readonly onClosed: (connection: Connection, error: FlowFailed) => void;
}

/** How often it happened. */
export interface ConnectionCounters extends Readonly<Record<CloseReason, number>> {
  /** Opened by peers, and by us. */
  readonly accepted: number;
  readonly opened: number;
  readonly messagesReceived: number;
  readonly messagesSent: number;
  readonly pings: number;
  readonly pongs: number;
  readonly malformed: number;
  /** Of these: answered. */
  readonly refused: number;
  readonly sendErrors: number;
}

export interface StreamConnections {
  /** Takes a socket that is connected. @param localPort Where the peer came in; for connections of ours, where they leave. */
  add(socket: Socket, peerOpened: boolean, localPort: number): Connection;
  of(flow: Flow): Connection | undefined;
  send(bytes: Uint8Array, flow: Flow): Promise<void>;
  size(): number;
  counters(): ConnectionCounters;
  /** Closes all. */
  close(): void;
}

const ID_BYTES = 6;
const TAG_BYTES = 8;

export function createStreamConnections(options: StreamConnectionsOptions): StreamConnections {
  const { kind, limits, keepAlive, clock, randomBytes, onMessage, onClosed } = options;
  const hex = (bytes: number): string => Buffer.from(randomBytes(bytes)).toString("hex");
  /** Random, so that an id of an earlier run names no connection. */
  const run = hex(ID_BYTES);
  const connections = new Map<string, Connection>();
  let ids = 0;
  const counters = {
    ...{ accepted: 0, opened: 0, messagesReceived: 0, messagesSent: 0, pings: 0, pongs: 0, malformed: 0, refused: 0, sendErrors: 0 },
    ...{ closedByPeer: 0, closedByUs: 0, resets: 0, brokenStreams: 0, slowMessages: 0, silences: 0, deafPeers: 0, missingPongs: 0 },
  };

  function add(socket: Socket, peerOpened: boolean, localPort: number): Connection {
    counters[peerOpened ? "accepted" : "opened"]++;
    const id = `${run}-${(++ids).toString(36)}`;
    // Absent only if the peer is gone already; then the socket says so in a moment.
    const { remoteAddress = "", remotePort = 0 } = socket;
    const connection = runConnection({
      ...{ socket, flow: { transport: kind, localPort, remoteAddress, remotePort, connection: id }, peerOpened, clock, limits },
      ...(peerOpened || keepAlive === undefined ? {} : { keepAlive }),
      random: () => (randomBytes(1)[0] ?? 0) / 256,
      onItem: take,
      onClosed: (reason, error) => {
        counters[reason]++;
        connections.delete(id);
        onClosed(connection, error);
      },
    });
    connections.set(id, connection);
    return connection;
  }

  function take(item: StreamItem, connection: Connection): void {
    switch (item.kind) {
      case "message":
        counters.messagesReceived++;
        onMessage(item.message, connection);
        break;
      case "malformed":
      case "broken":
        counters.malformed++;
        refuse(item.error, connection);
        break;
      case "ping":
        counters.pings++;
        break;
      case "pong":
        counters.pongs++;
    }
  }

  /** "Malformed requests are answered 400, malformed responses are dropped" (RFC 3261 8.2, 18.3). Nobody can ask for it in another's name. */
  function refuse({ request, status }: MalformedMessage, { flow, send }: Connection): void {
    if (request === undefined) return;
    const refusal = buildRefusal(request, status, hex(TAG_BYTES), { address: flow.remoteAddress, port: flow.remotePort });
    if (refusal === undefined) return;
    counters.refused++;
    send(writeMessage(refusal)).catch(() => undefined);
  }

  const of = ({ connection = "" }: Flow): Connection | undefined => connections.get(connection);

  async function send(bytes: Uint8Array, flow: Flow): Promise<void> {
    const connection = of(flow);
    try {
      if (connection === undefined) throw new FlowFailed("the connection is closed");
      await connection.send(bytes);
      counters.messagesSent++;
    } catch (error) {
      counters.sendErrors++;
      throw error;
    }
  }

  return {
    add,
    of,
    send,
    size: () => connections.size,
    counters: () => ({ ...counters }),
    close() {
      for (const connection of [...connections.values()]) connection.close("closedByUs", "the transport is closed");
    },
  };
}
