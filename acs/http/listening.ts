/**
 * Servers that begin and end to listen, as promises.
 * Layer: http.
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** @returns The port, also when a free one was asked for (0). */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Requests under way are cut off. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
