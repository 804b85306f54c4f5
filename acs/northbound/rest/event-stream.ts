/**
 * The live stream of events: what a client missed, or was too slow for, is read from the store; else each event goes out as it is stored.
 * No gap, none twice.
 * Spec: WHATWG HTML 9.2 (server-sent events). Layer: northbound.
 */
import type { ServerResponse } from "node:http";
import type { Clock } from "../../../common/clock.js";
import type { EventKind, StoredEvent } from "../../events/event.js";
import { Problem } from "../../http/problem.js";
import type { EventStore } from "../../stores/event-store.js";
import { showEvent } from "./show-event.js";

export const STREAM_LIMITS = {
  clientsMax: 200,
  /** Bytes that wait for one client. What comes above is read from the store again when the client has taken them. */
  bufferedBytesMax: 1_048_576,
  eventsPerPage: 500,
  heartbeatMs: 15_000,
  /** A client that needs longer to take what waits for it is cut off. */
  stalledMs: 30_000,
  /** How long a client that was cut off may take to read the reason. */
  lingerMs: 5_000,
  /** Told to clients: when to come back after the connection ended. */
  retryMs: 2_000,
} as const;

export interface EventWish {
  readonly deviceId?: string;
  readonly kinds?: readonly EventKind[];
}

export interface EventStreamsOptions {
  readonly events: EventStore;
  readonly clock: Clock;
  /** The store failed while a client replayed; the client is cut off. */
  readonly report: (error: unknown) => void;
}

/** All open streams. One listener at the event store serves them. */
export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #clients = new Set<StreamClient>();
  readonly #stopListening: () => void;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
    this.#stopListening = options.events.onStored((stored) => {
      for (const client of this.#clients) client.tell(stored);
    });
  }

  /**
   * Answers on `response` until the client leaves.
   * @param lastEventId The last event that the client has; undefined: only what comes from now on.
   * @throws {Problem} 503 when there are too many clients.
   */
  open(response: ServerResponse, wish: EventWish, lastEventId: number | undefined): void {
    if (this.#clients.size >= STREAM_LIMITS.clientsMax) throw new Problem("overloaded", "too many event streams are open");
    const client = new StreamClient(response, wish, this.#options);
    this.#clients.add(client);
    response.once("close", () => {
      this.#clients.delete(client);
      client.stop();
    });
    client.start(lastEventId);
  }

  close(): void {
    this.#stopListening();
    for (const client of this.#clients) client.cutOff("the server stops");
  }
}

class StreamClient {
  readonly #response: ServerResponse;
  readonly #wish: EventWish;
  readonly #options: EventStreamsOptions;
  #cancelTimer: () => void = () => undefined;
  /** Events up to this id were sent, or are of no interest. */
  #sentId = 0;
  /** False while the store is read: then `#missed` says that there is more to read. */
  #live = false;
  #missed = false;
  #over = false;

  constructor(response: ServerResponse, wish: EventWish, options: EventStreamsOptions) {
    this.#response = response;
    this.#wish = wish;
    this.#options = options;
  }

  start(lastEventId: number | undefined): void {
    this.#response.on("error", () => undefined); // "close" follows
    this.#response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no" });
    this.#response.write(`retry: ${STREAM_LIMITS.retryMs}\n\n`);
    this.#heartbeat();
    if (lastEventId === undefined) this.#live = true;
    else this.#replay(lastEventId);
  }

  tell(stored: readonly StoredEvent[]): void {
    for (const event of stored) {
      if (this.#over || event.id <= this.#sentId || !this.#wants(event)) continue;
      if (!this.#live) this.#missed = true;
      else if (this.#response.writableLength < STREAM_LIMITS.bufferedBytesMax) this.#send(event);
      else this.#catchUp();
    }
  }

  cutOff(why: string): void {
    if (this.#over) return;
    this.stop();
    this.#response.end(`: ${why}; come back with Last-Event-ID\n\n`);
    this.#cancelTimer = this.#options.clock.after(STREAM_LIMITS.lingerMs, () => this.#response.destroy());
  }

  stop(): void {
    this.#over = true;
    this.#cancelTimer();
  }

  #replay(lastEventId: number): void {
    this.#catchUp(async () => {
      // An id that was never given out is of another store: nothing can be missed, but its successors must not be waited for.
      this.#sentId = Math.min(lastEventId, await this.#options.events.newestId());
    });
  }

  #catchUp(prepare: () => Promise<void> = () => Promise.resolve()): void {
    this.#live = false;
    prepare()
      .then(() => this.#readStore())
      .catch((error: unknown) => this.#fail(error));
  }

  /**
   * Reads pages until one comes short and nothing was stored since its reading began. What is stored during the last reading may come
   * by both ways; its id tells.
   */
  async #readStore(): Promise<void> {
    for (let more = true; more && !this.#over; ) {
      this.#missed = false;
      const page = await this.#options.events.list({ ...this.#wish, afterId: this.#sentId, limit: STREAM_LIMITS.eventsPerPage });
      for (const event of page) {
        this.#send(event);
        await this.#drained();
      }
      more = page.length === STREAM_LIMITS.eventsPerPage || this.#missed;
    }
    this.#live = true;
  }

  #send(event: StoredEvent): void {
    if (this.#over) return;
    this.#sentId = event.id;
    this.#response.write(`id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(showEvent(event))}\n\n`);
  }

  #drained(): Promise<void> {
    const response = this.#response;
    if (this.#over || !response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const go = (): void => {
        cancel();
        response.off("drain", go).off("close", go);
        resolve();
      };
      const cancel = this.#options.clock.after(STREAM_LIMITS.stalledMs, () => {
        this.cutOff("too slow");
        go();
      });
      response.once("drain", go).once("close", go);
    });
  }

  /** Keeps proxies from closing a quiet stream, and finds out that a client is gone. */
  #heartbeat(): void {
    this.#cancelTimer = this.#options.clock.after(STREAM_LIMITS.heartbeatMs, () => {
      this.#response.write(": heartbeat\n\n");
      this.#heartbeat();
    });
  }

  #wants({ deviceId, kind }: StoredEvent): boolean {
    const { deviceId: device, kinds } = this.#wish;
    return (device === undefined || device === deviceId) && (kinds === undefined || kinds.includes(kind));
  }

  #fail(error: unknown): void {
    this.#options.report(error);
    this.cutOff("the events can't be read now");
  }
}
