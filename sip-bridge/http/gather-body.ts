/**
 * Reads a body as long as it is small enough to be looked at; what is longer goes on as a stream.
 * Layer: http.
 */
import type { IncomingMessage } from "node:http";

/** Octets that all bodies together may take at a time. */
export interface Budget {
  take(octets: number): boolean;
  give(octets: number): void;
  readonly taken: number;
}

export function createBudget(octetsMax: number): Budget {
  let taken = 0;
  return {
    take(octets) {
      if (taken + octets > octetsMax) return false;
      taken += octets;
      return true;
    },
    give(octets) {
      taken -= octets;
    },
    get taken() {
      return taken;
    },
  };
}

/** "whole": all of it, held against the budget until it is given back. "long": what came so far, when the message was paused there. */
export type Gathered =
  | { readonly is: "whole"; readonly octets: Buffer }
  | { readonly is: "long"; readonly begin: Buffer }
  | { readonly is: "cut-short" };

/** @param whenLong "pause": the rest stays in the message. "pass": somebody else reads along, and is not to be held up. */
export function gatherBody(message: IncomingMessage, octetsMax: number, budget: Budget, whenLong: "pause" | "pass"): Promise<Gathered> {
  const announced = Number(message.headers["content-length"] ?? 0);
  if (announced > octetsMax) return Promise.resolve({ is: "long", begin: Buffer.alloc(0) });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let octets = 0;
    const settle = (gathered: Gathered): void => {
      message.off("data", onData).off("end", onEnd).off("close", onClose);
      if (gathered.is !== "whole") budget.give(octets);
      resolve(gathered);
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      if (octets + chunk.length <= octetsMax && budget.take(chunk.length)) octets += chunk.length;
      else {
        if (whenLong === "pause") message.pause();
        settle({ is: "long", begin: Buffer.concat(chunks) });
      }
    };
    const onEnd = (): void => settle({ is: "whole", octets: Buffer.concat(chunks, octets) });
    const onClose = (): void => settle({ is: "cut-short" });
    message.on("error", () => undefined); // "close" follows it
    if (message.destroyed && !message.readableEnded) return settle({ is: "cut-short" });
    message.on("close", onClose).on("end", onEnd).on("data", onData);
  });
}
