/**
 * A web server whose files have no end, in pieces, and which takes whatever it is sent.
 * Layer: test support.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface EndlessServer {
  readonly url: string;
  close(): Promise<void>;
}

const PIECE = Buffer.alloc(16_384);

/** @param pauseMs Between two pieces. */
export async function openEndlessServer(pauseMs = 1): Promise<EndlessServer> {
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === "PUT") request.on("end", () => response.writeHead(201).end());
    else send(response, pauseMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, pauseMs: number): void {
  response.writeHead(200);
  const timer = setInterval(() => response.write(PIECE), pauseMs);
  response.on("close", () => clearInterval(timer));
}
