/**
 * A device's connection-request server that says exactly what a test gives it, octet for octet.
 * Layer: test support.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface RawHttpDevice {
  readonly url: URL;
  /** Heads of requests, in order. */
  readonly requests: readonly string[];
  /** How many connections were opened. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** @param answer What to do with the nth request (from 0): octets to write, or what it does with the socket itself. */
export async function startRawHttpDevice(answer: (n: number, head: string, socket: Socket) => string | undefined): Promise<RawHttpDevice> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        const head = text.slice(0, end + 2);
        text = text.slice(end + 4);
        requests.push(head);
        const said = answer(requests.length - 1, head, socket);
        if (said !== undefined) socket.write(said, "latin1");
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/4f7c1e`),
    requests,
    connections: () => connections,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
