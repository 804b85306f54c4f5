/**
 * The relay's side towards the ACS: one connection per connection of a device, for digest and sessions may hang on it. When the ACS
 * closes it, that of the device is closed too.
 * Spec: TR-069 3.4.2, 3.4.5. Layer: http.
 */
import { type ClientRequest, Agent as HttpAgent, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { Socket } from "node:net";
import { newTalk, type Talk } from "./relay-talks.js";

export interface Upstream {
  /** Scheme, host and port; nothing else of it counts. */
  readonly url: URL;
  /** Certificates (PEM) to trust for https in place of the system's. */
  readonly ca?: string;
}

/** A device's connection with all that belongs to it. */
export interface DeviceLine {
  talk: Talk;
  /** Requests that were read and are not answered. */
  waiting: number;
  /** The last of them. */
  turn: Promise<void>;
  /** @throws {TypeError} A target or header that can't be sent. */
  ask(method: string, target: string, headers: readonly string[]): ClientRequest;
}

export interface DeviceLines {
  of(socket: Socket): DeviceLine;
  readonly count: number;
}

export function createDeviceLines({ url, ca }: Upstream): DeviceLines {
  const lines = new Map<Socket, DeviceLine>();
  const isTls = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (isTls ? 443 : 80);

  function open(socket: Socket): DeviceLine {
    const kept = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 };
    const agent = isTls ? new HttpsAgent({ ...kept, minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) }) : new HttpAgent(kept);
    const watched = new WeakSet<Socket>();
    const ask: DeviceLine["ask"] = (method, target, headers) => {
      // node:http takes names and values in turn as they are; its types know objects only.
      const options = { host, port, method, path: target, agent, headers: headers as never };
      const asked = isTls ? requestHttps(options) : requestHttp(options);
      asked.on("socket", (upstream) => {
        if (watched.has(upstream)) return;
        watched.add(upstream);
        upstream.once("close", () => {
          if (line.waiting === 0) socket.end();
        });
      });
      return asked;
    };
    const line: DeviceLine = { talk: newTalk(), waiting: 0, turn: Promise.resolve(), ask };
    lines.set(socket, line);
    socket.once("close", () => {
      lines.delete(socket);
      agent.destroy();
    });
    return line;
  }

  return {
    of: (socket) => lines.get(socket) ?? open(socket),
    get count() {
      return lines.size;
    },
  };
}
