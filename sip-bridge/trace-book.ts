/**
 * What was said with a device: of addresses that somebody watches, while he does; and of the last wakes that failed.
 * In memory, bounded; a restart forgets it. While nobody watches, a message costs one comparison.
 * Layer: sip-bridge (shell of trace/).
 */
import type { Clock } from "../common/clock.js";
import type { Flow } from "./net/transport.js";
import { addressOfRecordKey, type Domains } from "./registrar/address-of-record.js";
import { MalformedMessage, type SipMessage } from "./sip/message.js";
import { parseMessage } from "./sip/parse-message.js";
import { parseUri } from "./sip/uri.js";
import { writeMessage } from "./sip/write-message.js";
import { maskMessage, type Traced } from "./trace/traced.js";

export const TRACE_LIMITS = {
  /** Addresses watched at once, and watches that have ended and can still be read. */
  watchesMax: 16,
  watchMsMax: 3_600_000,
  /** Of one watch: beyond it the oldest messages go. */
  messagesMax: 500,
  charactersMax: 500_000,
  failedWakesMax: 100,
  /** Of one failed wake: the first ones, which tell most. */
  failedMessagesMax: 40,
} as const;

export interface Trace {
  /** "watch-1", "wake-1": of this run of the bridge. */
  readonly id: string;
  readonly kind: "watch" | "failed-wake";
  /** Key of the address of record; "" if it is not known. */
  readonly addressOfRecord: string;
  /** "" for watches. */
  readonly deviceId: string;
  readonly beganAtMs: number;
  /** When the watch ends, or the wake failed. */
  readonly endsAtMs: number;
  readonly messages: readonly Traced[];
  /** Messages that were forgotten again. */
  readonly dropped: number;
}

/** Something of a wake: its NOTIFY going out (again), or an answer. */
export interface WakeMessage {
  readonly atMs: number;
  readonly direction: "in" | "out";
  readonly flow: Flow;
  readonly message: SipMessage;
  readonly repetition: number;
}

export interface TraceBook {
  /** @returns undefined: too many watches are running. */
  watch(addressOfRecord: string, durationMs: number): Trace | undefined;
  /** Ends a watch and forgets it, or a failed wake. False: unknown. */
  remove(id: string): boolean;
  get(id: string): Trace | undefined;
  /** Newest first. */
  list(): readonly Trace[];
  heard(message: SipMessage, flow: Flow): void;
  said(bytes: Uint8Array, flow: Flow): void;
  keepFailedWake(wake: { readonly deviceId: string; readonly addressOfRecord: string; readonly messages: readonly WakeMessage[] }): void;
}

interface Watch extends Omit<Trace, "messages" | "dropped"> {
  readonly messages: Traced[];
  dropped: number;
  characters: number;
}

const NEVER = Number.NEGATIVE_INFINITY;

export function createTraceBook({ domains, clock }: { readonly domains: Domains; readonly clock: Clock }): TraceBook {
  const watches = new Map<string, Watch>();
  const failed = new Map<string, Trace>();
  let count = 0;
  /** Until when anybody watches: the one thing that is looked at for each message. */
  let watchedUntilMs = NEVER;

  const nextId = (kind: string): string => `${kind}-${++count}`;
  const isWatched = (): boolean => watchedUntilMs !== NEVER && watchedUntilMs > clock.now();
  const isRunning = ({ endsAtMs }: Watch): boolean => endsAtMs > clock.now();
  const lookWhen = (): void => {
    watchedUntilMs = Math.max(...[...watches.values()].map(({ endsAtMs }) => endsAtMs), NEVER);
  };

  function record(direction: Traced["direction"], message: SipMessage, text: string, flow: Flow): void {
    const atMs = clock.now();
    const addresses = [message.from.uri, message.to.uri].map((uri) => keyOf(uri, domains));
    for (const watch of watches.values()) {
      if (watch.endsAtMs <= atMs || !addresses.includes(watch.addressOfRecord)) continue;
      const traced = { atMs, direction, flow, text: maskMessage(text), repetition: 0 };
      watch.messages.push(traced);
      watch.characters += traced.text.length;
      while (watch.messages.length > TRACE_LIMITS.messagesMax || watch.characters > TRACE_LIMITS.charactersMax) {
        watch.characters -= watch.messages.shift()?.text.length ?? 0;
        watch.dropped++;
      }
    }
  }

  return {
    watch(addressOfRecord, durationMs) {
      const ended = [...watches.values()].filter((watch) => !isRunning(watch));
      if (watches.size >= TRACE_LIMITS.watchesMax) {
        if (ended[0] === undefined) return undefined;
        watches.delete(ended[0].id);
      }
      const nowMs = clock.now();
      const endsAtMs = nowMs + Math.min(durationMs, TRACE_LIMITS.watchMsMax);
      const base = { id: nextId("watch"), kind: "watch", addressOfRecord, deviceId: "", beganAtMs: nowMs, endsAtMs } as const;
      const watch: Watch = { ...base, messages: [], dropped: 0, characters: 0 };
      watches.set(watch.id, watch);
      lookWhen();
      return watch;
    },
    remove(id) {
      const isKnown = watches.delete(id) || failed.delete(id);
      lookWhen();
      return isKnown;
    },
    get: (id) => watches.get(id) ?? failed.get(id),
    list: () => [...watches.values(), ...failed.values()].sort((a, b) => b.beganAtMs - a.beganAtMs || b.id.localeCompare(a.id)),
    heard(message, flow) {
      if (isWatched()) record("in", message, Buffer.from(writeMessage(message)).toString("latin1"), flow);
    },
    said(bytes, flow) {
      if (!isWatched()) return;
      const message = readOwn(bytes);
      if (message !== undefined) record("out", message, Buffer.from(bytes).toString("latin1"), flow);
    },
    keepFailedWake({ deviceId, addressOfRecord, messages }) {
      const kept = messages.slice(0, TRACE_LIMITS.failedMessagesMax);
      const nowMs = clock.now();
      const trace: Trace = {
        ...{ id: nextId("wake"), kind: "failed-wake", addressOfRecord, deviceId, beganAtMs: messages[0]?.atMs ?? nowMs, endsAtMs: nowMs },
        messages: kept.map(({ message, ...rest }) => ({
          ...rest,
          text: maskMessage(Buffer.from(writeMessage(message)).toString("latin1")),
        })),
        dropped: messages.length - kept.length,
      };
      failed.set(trace.id, trace);
      const oldest = failed.keys().next();
      if (failed.size > TRACE_LIMITS.failedWakesMax && !oldest.done) failed.delete(oldest.value);
    },
  };
}

function keyOf(uri: string, domains: Domains): string | undefined {
  try {
    return addressOfRecordKey(parseUri(uri), domains);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}

/** STUN and keep-alives are no messages; a refusal of what could not be read may not be one either. */
function readOwn(bytes: Uint8Array): SipMessage | undefined {
  try {
    return parseMessage(bytes);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}
