/**
 * One SIP connection over TCP or TLS: reads messages and keep-alives, writes, and closes when the peer is too slow, too silent or deaf.
 * Spec: RFC 3261 18.3, 18.4; RFC 5626 4.4.1 (keep-alives). Layer: net.
 */
import type { Socket } from "node:net";
import type { Clock } from "../../common/clock.js";
import type { Flow } from "../sip/flow.js";
import { createStreamFramer, type StreamItem } from "../sip/frame-stream.js";
import { FlowFailed } from "./transport.js";

export interface ConnectionLimits {
  /** From the first octet of a message to its last. */
  readonly messageWithinMs: number;
  /** Without an octet from the peer. Longer than the 120 s between keep-alives that RFC 5626 4.4.1 recommends. */
  readonly silenceMsMax: number;
  /** Octets that the system has not taken yet: beyond it the peer does not read. */
  readonly unsentBytesMax: number;
  /** How long some may wait. */
  readonly unsentMsMax: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  messageWithinMs: 10_000,
  silenceMsMax: 180_000,
  unsentBytesMax: 262_144,
  unsentMsMax: 30_000,
};

/** Why a connection ended, for counters. */
export type CloseReason =
  | "closedByPeer"
  | "closedByUs"
  | "resets"
  | "brokenStreams"
  | "slowMessages"
  | "silences"
  | "deafPeers"
  | "missingPongs";

/** The side that opened a connection keeps it open (RFC 5626 4.4.1). */
export interface KeepAlive {
  /** Between two pings: 80 to 100 % of it, at random. */
  readonly intervalMs: number;
  readonly pongWithinMs: number;
}

export interface ConnectionOptions {
  /** Connected; over TLS, the handshake done. */
  readonly socket: Socket;
  /** With the connection's id. */
  readonly flow: Flow;
  readonly peerOpened: boolean;
  readonly keepAlive?: KeepAlive;
  readonly clock: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly limits: ConnectionLimits;
  /** Everything that came. Keep-alives are answered already; after what broke the stream the connection closes, with what is sent here before it. */
  readonly onItem: (item: StreamItem, connection: Connection) => void;
  /** Once, when nothing can be sent any more; before the socket is closed. */
  readonly onClosed: (reason: CloseReason, error: FlowFailed, connection: Connection) => void;
}

export interface Connection {
  readonly flow: Flow;
  readonly socket: Socket;
  /** @throws never; rejects with FlowFailed, at once if the connection is not open any more. */
  send(bytes: Uint8Array): Promise<void>;
  /** Silence before this is no reason to close: a registration lives here. It is one all the same if the peer keeps alive by pings, and stops. */
  keepUntil(atMs: number): void;
  /** We opened it: pings at least so often from now on (Flow-Timer, RFC 5626 4.4). */
  keepAliveEvery(intervalMs: number): void;
  isOpen(): boolean;
  /** When the last octet came. */
  heardAtMs(): number;
  close(reason: CloseReason, why: string): void;
}

const PING = Buffer.from("\r\n\r\n");
const PONG = Buffer.from("\r\n");
/** RFC 5626 4.4.1. */
const PONG_WITHIN_MS = 10_000;
/** After our last word: for the peer to read it, before the system throws it away with the rest. */
const LINGER_MS = 1_000;
/** The system asks an idle peer whether it is still there from then on. */
const PROBE_AFTER_MS = 60_000;

export function runConnection(options: ConnectionOptions): Connection {
  const { socket, flow, peerOpened, keepAlive, clock, random, limits, onItem, onClosed } = options;
  const framer = createStreamFramer({ peerOpened });
  let heardAtMs = clock.now();
  let keptUntilMs = 0;
  let hasPinged = false;
  let closed: FlowFailed | undefined;
  let cancelMessage: (() => void) | undefined;
  let cancelUnsent: (() => void) | undefined;
  let cancelPing: (() => void) | undefined;
  let cancelPong: (() => void) | undefined;
  let cancelSilence = clock.after(limits.silenceMsMax, watchSilence);

  /** From here on nothing is sent and nothing is read. */
  function leave(reason: CloseReason, why: string): void {
    if (closed !== undefined) return;
    closed = new FlowFailed(why);
    for (const cancel of [cancelMessage, cancelUnsent, cancelPing, cancelPong, cancelSilence]) cancel?.();
    onClosed(reason, closed, connection);
  }

  function close(reason: CloseReason, why: string): void {
    leave(reason, why);
    socket.destroy();
  }

  /** Lets what was written arrive. */
  function closeGently(reason: CloseReason, why: string): void {
    leave(reason, why);
    socket.end();
    const cancel = clock.after(LINGER_MS, () => socket.destroy());
    socket.once("close", cancel);
  }

  function watchSilence(): void {
    const until = Math.max(heardAtMs + limits.silenceMsMax, hasPinged ? 0 : keptUntilMs);
    const leftMs = until - clock.now();
    if (leftMs <= 0) close("silences", "the peer has been silent for too long");
    else cancelSilence = clock.after(leftMs, watchSilence);
  }

  function receive(bytes: Uint8Array): void {
    if (closed !== undefined) return;
    heardAtMs = clock.now();
    const items = framer.push(bytes);
    takeKeepAlives(items);
    for (const item of items) {
      if (closed !== undefined) return;
      onItem(item, connection);
      if (item.kind === "broken") closeGently("brokenStreams", `what came is no SIP: ${item.error.message}`);
    }
    watchMessage(items.length > 0);
  }

  /** "The server MUST respond with a pong": those that came together are answered together. */
  function takeKeepAlives(items: readonly StreamItem[]): void {
    const pings = items.filter(({ kind }) => kind === "ping").length;
    if (pings > 0) {
      hasPinged = true;
      sendAway(pings === 1 ? PONG : Buffer.alloc(PONG.length * pings, PONG));
    }
    if (items.some(({ kind }) => kind === "pong")) {
      cancelPong?.();
      cancelPong = undefined;
    }
  }

  /** Another message has its own time. */
  function watchMessage(isAnother: boolean): void {
    if (closed !== undefined) return;
    if (isAnother || !framer.isInMessage()) {
      cancelMessage?.();
      cancelMessage = undefined;
    }
    if (framer.isInMessage())
      cancelMessage ??= clock.after(limits.messageWithinMs, () => close("slowMessages", "a message came too slowly"));
  }

  function send(bytes: Uint8Array): Promise<void> {
    if (closed !== undefined) return Promise.reject(closed);
    return new Promise((resolve, reject) => {
      socket.write(bytes, (error) => {
        if (socket.writableLength === 0) {
          cancelUnsent?.();
          cancelUnsent = undefined;
        }
        // Node calls back without an error when a socket is destroyed under a write that the system has not taken.
        if (closed !== undefined) reject(closed);
        else if (error == null) resolve();
        else reject(new FlowFailed(error.message, { cause: error }));
      });
      watchUnsent();
    });
  }

  function watchUnsent(): void {
    const deaf = (): void => close("deafPeers", "the peer does not read what it is sent");
    if (socket.writableLength > limits.unsentBytesMax) deaf();
    else if (socket.writableLength > 0 && closed === undefined) cancelUnsent ??= clock.after(limits.unsentMsMax, deaf);
  }

  /** For what nobody waits for: if it fails the connection is closing anyway. */
  function sendAway(bytes: Uint8Array): void {
    send(bytes).catch(() => undefined);
  }

  function planPing({ intervalMs, pongWithinMs }: KeepAlive): void {
    cancelPing?.();
    cancelPing = clock.after(intervalMs * (0.8 + 0.2 * random()), () => {
      cancelPong ??= clock.after(pongWithinMs, () => close("missingPongs", "the peer does not answer keep-alives"));
      sendAway(PING);
      if (closed === undefined) planPing({ intervalMs, pongWithinMs });
    });
  }

  const connection: Connection = {
    ...{ flow, socket, send, close },
    keepUntil: (atMs) => {
      keptUntilMs = Math.max(keptUntilMs, atMs);
    },
    keepAliveEvery: (intervalMs) => {
      if (closed === undefined) planPing({ intervalMs, pongWithinMs: keepAlive?.pongWithinMs ?? PONG_WITHIN_MS });
    },
    isOpen: () => closed === undefined,
    heardAtMs: () => heardAtMs,
  };
  socket.setNoDelay(true);
  socket.setKeepAlive(true, PROBE_AFTER_MS);
  socket.on("data", receive);
  socket.on("end", () => closeGently("closedByPeer", "the peer closed the connection"));
  socket.on("error", (error: NodeJS.ErrnoException) => close("resets", `the connection broke: ${error.code ?? error.message}`));
  socket.on("close", () => leave("closedByPeer", "the connection is closed"));
  if (keepAlive !== undefined) planPing(keepAlive);
  return connection;
}
