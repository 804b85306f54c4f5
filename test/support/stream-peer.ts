/**
 * The other end of a SIP connection, octet by octet: what it sends is what a test says.
 * Layer: test support.
 */
import { EventEmitter, once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";

export interface StreamPeer {
  readonly socket: Socket;
  readonly port: number;
  send(octets: Uint8Array | string): void;
  /** Waits until what came since the last call holds this text; returns all of it. */
  until(text: string): Promise<string>;
  /** All that came since the last `until`, when the connection is closed. */
  ended(): Promise<string>;
  close(): void;
}

/** Over any socket that is connected. */
export function streamPeer(socket: Socket): StreamPeer {
  /** Not of the socket: `once` would throw its errors. */
  const news = new EventEmitter();
  let heard = "";
  let isClosed = false;
  socket.on("data", (octets: Buffer) => {
    heard += octets.toString("latin1");
    news.emit("heard");
  });
  socket.on("error", () => undefined); // a reset is an end, too
  socket.on("close", () => {
    isClosed = true;
    news.emit("heard");
  });
  const take = (): string => {
    const all = heard;
    heard = "";
    return all;
  };
  return {
    socket,
    port: socket.localPort ?? 0,
    send: (octets) => socket.write(typeof octets === "string" ? Buffer.from(octets, "latin1") : octets),
    async until(text) {
      while (!heard.includes(text)) {
        if (isClosed) throw new Error(`closed after ${JSON.stringify(heard)}`);
        await once(news, "heard");
      }
      return take();
    },
    async ended() {
      while (!isClosed) await once(news, "heard");
      return take();
    },
    close: () => socket.destroy(),
  };
}

export async function connectPeer(port: number, host = "127.0.0.1"): Promise<StreamPeer> {
  const socket = connect({ port, host });
  await once(socket, "connect");
  return streamPeer(socket);
}

/** @throws The handshake's error. */
export async function connectTlsPeer(port: number, options: ConnectionOptions): Promise<StreamPeer> {
  const socket = connectTls({ port, host: "127.0.0.1", ...options });
  await once(socket, "secureConnect");
  return streamPeer(socket);
}

export interface ListeningPeer {
  readonly port: number;
  /** The next connection that comes. */
  next(): Promise<StreamPeer>;
  /** Connections that came. */
  count(): number;
  close(): Promise<void>;
}

/** @param server Default: TCP. */
export async function listeningPeer(
  server: Server = createServer(),
  event: "connection" | "secureConnection" = "connection",
): Promise<ListeningPeer> {
  const peers: StreamPeer[] = [];
  let taken = 0;
  server.on(event, (socket: Socket) => {
    peers.push(streamPeer(socket));
    server.emit("arrived");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  return {
    port: typeof at === "object" && at !== null ? at.port : 0,
    async next() {
      for (;;) {
        const peer = peers[taken];
        if (peer !== undefined) {
          taken++;
          return peer;
        }
        await once(server, "arrived");
      }
    },
    count: () => peers.length,
    close: async () => {
      for (const peer of peers) peer.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
