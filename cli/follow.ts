/**
 * Waits for something at the ACS to end: told by its event stream, found out by asking again where the stream is away or silent.
 * Layer: command line.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type AcsClient, AcsUnreachable } from "./acs-client.js";

export const FOLLOW = {
  /** Between two questions while events come in. */
  restMs: 200,
  /** Asked again although nothing was told. */
  silentMs: 10_000,
  /** The same while there is no event stream. */
  pollMs: 1_000,
  /** Until the stream is opened again: doubled each time, up to the second. */
  reconnectMs: [500, 10_000],
} as const;

export interface Followed<T> {
  /** Asks for it, until the signal says that nobody waits any more. */
  readonly look: (signal: AbortSignal) => Promise<T>;
  readonly isOver: (now: T) => boolean;
  /** Query of the event stream. */
  readonly query: string;
  /** Whether an event is about it. */
  readonly concerns: (data: unknown) => boolean;
  readonly onNews: (now: T) => void;
  /** The ACS is away; it is waited for. Once until it is there again. */
  readonly onTrouble: (why: string) => void;
}

export interface Patience {
  /** undefined: for ever. */
  readonly timeoutMs: number | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export type FollowEnd<T> =
  | { readonly why: "over"; readonly last: T }
  | { readonly why: "timed-out" | "interrupted"; readonly last: T | undefined };

/** @throws {CommandFailed} The ACS refuses to tell. */
export async function follow<T>(client: AcsClient, what: Followed<T>, { timeoutMs, signal }: Patience): Promise<FollowEnd<T>> {
  const stop = new AbortController();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => stop.abort("timed-out"), timeoutMs);
  const onInterrupt = (): void => stop.abort("interrupted");
  signal.addEventListener("abort", onInterrupt, { once: true });
  if (signal.aborted) onInterrupt();
  const bell = new Bell();
  const listening = listen(client, what, bell, stop.signal);
  let last: T | undefined;
  try {
    let isAway = false;
    while (!stop.signal.aborted) {
      const now = await what.look(stop.signal).catch(untilThere);
      if (now !== undefined) {
        last = now;
        isAway = false;
        what.onNews(now);
        if (what.isOver(now)) return { why: "over", last: now };
      }
      await bell.wait(now === undefined || !bell.isLive ? FOLLOW.pollMs : FOLLOW.silentMs, stop.signal);
    }
    function untilThere(error: unknown): undefined {
      if (!(error instanceof AcsUnreachable)) throw error;
      if (!isAway && !stop.signal.aborted) what.onTrouble(error.message);
      isAway = true;
    }
    return { why: stop.signal.reason === "timed-out" ? "timed-out" : "interrupted", last };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onInterrupt);
    stop.abort();
    await listening;
  }
}

/** Rung by events; what is rung while nobody waits is remembered. */
class Bell {
  isLive = false;
  #isRung = false;
  #wake: () => void = () => undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** Until it is rung, at least `restMs`, at most `maxMs`. */
  async wait(maxMs: number, signal: AbortSignal): Promise<void> {
    await pause(FOLLOW.restMs, signal);
    if (!this.#isRung && !signal.aborted) {
      const cancel = new AbortController();
      this.#wake = () => cancel.abort();
      await pause(maxMs - FOLLOW.restMs, AbortSignal.any([signal, cancel.signal]));
      this.#wake = () => undefined;
    }
    this.#isRung = false;
  }
}

/** Opens the stream again and again, from where it ended. */
async function listen<T>(client: AcsClient, { query, concerns }: Followed<T>, bell: Bell, signal: AbortSignal): Promise<void> {
  const [firstMs, maxMs] = FOLLOW.reconnectMs;
  let lastEventId: string | undefined;
  for (let waitMs: number = firstMs; !signal.aborted; waitMs = Math.min(waitMs * 2, maxMs)) {
    const onOpen = (): void => {
      bell.isLive = true;
      waitMs = firstMs;
      bell.ring(); // what happened before is not told
    };
    try {
      for await (const { id, data } of client.events(query, { signal, lastEventId, onOpen })) {
        if (id !== "") lastEventId = id;
        if (concerns(fromJson(data))) bell.ring();
      }
    } catch {
      // Whether it is away, or refuses the stream: asking again goes on without it.
    }
    bell.isLive = false;
    bell.ring();
    await pause(waitMs, signal);
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> => delay(ms, undefined, { signal }).catch(() => undefined);

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
