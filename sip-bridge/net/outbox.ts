/**
 * Requests of ours that are on their way, of either kind of client transaction: sends them, tells what was sent, finds the one that a
 * response belongs to, and those that a lost connection has failed.
 * Spec: RFC 3261 17.1.3, 17.1.4, 18.1.2; RFC 5626 5.3. Layer: net.
 */
import type { Clock } from "../../common/clock.js";
import type { SipResponse } from "../sip/message.js";
import { clientKey } from "./own-via.js";
import type { Flow, Transport } from "./transport.js";

/** What is told of the sending of a request. */
export type SendingEvent =
  | { readonly kind: "sent" }
  /** `count` is 1 for the first repetition. */
  | { readonly kind: "retransmitted"; readonly count: number };

export interface Outgoing {
  readonly key: string;
  bytes: Uint8Array;
  readonly flow: Flow;
  onEvent: (event: SendingEvent) => void;
  /** Sendings begun, and whether the first was reported: 0 and false at the beginning. */
  sends: number;
  isSentReported: boolean;
}

export interface OutboxOptions<Item extends Outgoing> {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly itemsMax: number;
  /** Whether the request has its final response, so that its sending is no news any more. */
  readonly isAnswered: (item: Item) => boolean;
  /** A sending failed, or the connection of the flow is gone. Not called for what was removed. */
  readonly onFailure: (item: Item, error: Error) => void;
}

export interface Outbox<Item extends Outgoing> {
  add(item: Item): void;
  remove(item: Item): void;
  has(item: Item): boolean;
  /** The item whose response this is. */
  find(response: SipResponse): Item | undefined;
  /** Sends the request once more. */
  send(item: Item): void;
  /** Sends other octets the way that the request went. */
  sendBeside(item: Item, bytes: Uint8Array): void;
  /** Tells that the request is out, unless it was told: a response may overtake that news. */
  reportFirst(item: Item): void;
  failConnection(connection: string, error: Error): void;
  /** Whether there is room for one more; if not, `refuse` gets the reason, later, unless the outbox is closed by then. */
  hasRoom(refuse: (error: Error) => void): boolean;
  count(): number;
  /** Forgets all items; returns them. */
  close(): readonly Item[];
}

export function createOutbox<Item extends Outgoing>(options: OutboxOptions<Item>): Outbox<Item> {
  const { transport, clock, itemsMax, isAnswered, onFailure } = options;
  const items = new Map<string, Item>();
  /** Those that wait for an answer over a connection, by its id. */
  const overConnection = new Map<string, Set<Item>>();
  let isClosed = false;

  function fail(item: Item, error: unknown): void {
    if (items.get(item.key) !== item) return; // over already, or closed
    onFailure(item, error instanceof Error ? error : new Error(String(error)));
  }

  function reportSent(item: Item, repetition: number): void {
    if (items.get(item.key) !== item || isAnswered(item)) return;
    if (repetition > 0) item.onEvent({ kind: "retransmitted", count: repetition });
    else reportFirst(item);
  }

  function reportFirst(item: Item): void {
    if (item.isSentReported) return;
    item.isSentReported = true;
    item.onEvent({ kind: "sent" });
  }

  return {
    add(item) {
      items.set(item.key, item);
      const { connection } = item.flow;
      if (connection === undefined) return;
      const others = overConnection.get(connection);
      if (others === undefined) overConnection.set(connection, new Set([item]));
      else others.add(item);
    },

    remove(item) {
      items.delete(item.key);
      const { connection = "" } = item.flow;
      const others = overConnection.get(connection);
      others?.delete(item);
      if (others?.size === 0) overConnection.delete(connection);
    },

    has: (item) => items.get(item.key) === item,

    find(response) {
      const top = response.vias[0];
      return top === undefined ? undefined : items.get(clientKey(top, response.cseq.method));
    },

    send(item) {
      const repetition = item.sends++;
      transport.send(item.bytes, item.flow).then(
        () => reportSent(item, repetition),
        (error: unknown) => fail(item, error),
      );
    },

    sendBeside(item, bytes) {
      transport.send(bytes, item.flow).catch((error: unknown) => fail(item, error));
    },

    reportFirst,

    failConnection(connection, error) {
      for (const item of [...(overConnection.get(connection) ?? [])]) fail(item, error);
    },

    hasRoom(refuse) {
      if (items.size < itemsMax) return true;
      const error = new Error(`more than ${itemsMax} requests in flight`);
      clock.after(0, () => {
        if (!isClosed) refuse(error);
      });
      return false;
    },

    count: () => items.size,

    close() {
      isClosed = true;
      const left = [...items.values()];
      items.clear();
      overConnection.clear();
      return left;
    },
  };
}
