/**
 * A connection request in, a NOTIFY out: has the device woken, and says within a set time how that went.
 * Requests for a device whose wake is under way share it. A wake goes on after its requests were answered.
 * Spec: TR-069 3.2.2 (200 or 503, limits); DESIGN 8. Layer: sip-bridge (shell over the wake contract).
 */
import type { Clock } from "../common/clock.js";
import { newId } from "../common/ids.js";
import { BridgeUnreachable, type WakeBridge, type WakeProfile, type WakeTarget, type WireEvent } from "../schemas/wake-contract.js";
import { createSourceLimiter } from "./net/source-limiter.js";

export interface ConnectionRequestLimits {
  /** How long a request waits for the device's answer. ACSs give up after a few seconds. */
  readonly answerWithinMs: number;
  /** Wakes of one device: how many at once, and how many in an hour. Requests that share a wake are not counted. */
  readonly burst: number;
  readonly perHour: number;
  /** Wakes of all devices in a second; twice as many at once. */
  readonly totalPerSecond: number;
}

export const CONNECTION_REQUEST_LIMITS: ConnectionRequestLimits = { answerWithinMs: 1_500, burst: 10, perHour: 360, totalPerSecond: 100 };

/** Devices whose wakes are counted. */
const DEVICES_COUNTED_MAX = 100_000;
/** Longer than the last retransmission of a NOTIFY waits for its answer (RFC 3261 17.1.2.2, 32 s). */
const WAKE_MS_MAX = 60_000;
/** Answers after which another event may be tried: the end only if nothing follows. */
const NOT_FINAL = { statuses: [481, 489], graceMs: 250 };

/**
 * "taken": the device took the NOTIFY. "refused": it answered something else. "unreachable": no answer came, or nothing could be sent.
 * "not-registered", "ambiguous", "overloaded": as the wake contract says. "limited": woken too often. "still-trying": the time is over.
 */
export type RequestOutcome =
  | "taken"
  | "refused"
  | "unreachable"
  | "not-registered"
  | "ambiguous"
  | "overloaded"
  | "limited"
  | "still-trying";

export interface RequestResult {
  readonly outcome: RequestOutcome;
  readonly detail: string;
  /** "": there is none. */
  readonly wakeId: string;
}

export interface RequestedWake {
  readonly id: string;
  readonly device: string;
  readonly target: WakeTarget;
  readonly event: string;
  readonly profile: WakeProfile | null;
}

export interface ConnectionRequestService {
  /** Never rejects but for our own bugs. */
  request(wanted: RequestedWake): Promise<RequestResult>;
  counters(): { readonly wakes: number; readonly joined: number; readonly underWay: number };
  close(): void;
}

export interface ConnectionRequestServiceOptions {
  readonly bridge: Pick<WakeBridge, "wake" | "onWireEvent">;
  readonly clock: Clock;
  readonly limits?: Partial<ConnectionRequestLimits>;
  /** How a wake ended that some request did not wait for. */
  readonly onLate: (wanted: RequestedWake, result: RequestResult) => void;
}

interface UnderWay {
  readonly wanted: RequestedWake;
  readonly wakeId: string;
  /** Settled once. */
  readonly end: (outcome: RequestOutcome, detail: string) => void;
  readonly ended: Promise<RequestResult>;
  /** Some request was answered "still-trying". */
  hasDisappointed: boolean;
  cancelGrace: () => void;
}

export function createConnectionRequestService(options: ConnectionRequestServiceOptions): ConnectionRequestService {
  const { bridge, clock, onLate } = options;
  const limits = { ...CONNECTION_REQUEST_LIMITS, ...options.limits };
  const limiter = createSourceLimiter({
    ...{ burst: limits.burst, perSecond: limits.perHour / 3_600, sourcesMax: DEVICES_COUNTED_MAX },
    ...{ totalBurst: limits.totalPerSecond * 2, totalPerSecond: limits.totalPerSecond },
  });
  const byDevice = new Map<string, UnderWay>();
  const byWake = new Map<string, UnderWay>();
  const counters = { wakes: 0, joined: 0 };
  const stopListening = bridge.onWireEvent((event) => {
    const wake = byWake.get(event.wakeId);
    if (wake !== undefined) hear(wake, event);
  });

  async function request(wanted: RequestedWake): Promise<RequestResult> {
    const known = byDevice.get(wanted.id);
    if (known !== undefined) {
      counters.joined++;
      return answerInTime(known);
    }
    if (!limiter.take(wanted.id, clock.now())) return { outcome: "limited", detail: "woken too often", wakeId: "" };
    return answerInTime(start(wanted));
  }

  function start(wanted: RequestedWake): UnderWay {
    const wake = underWay(wanted);
    counters.wakes++;
    byDevice.set(wanted.id, wake);
    byWake.set(wake.wakeId, wake);
    const { device: deviceId, target, event, profile } = wanted;
    bridge
      .wake({ wakeId: wake.wakeId, deviceId, target, ...(event === "" ? {} : { event }), ...(profile === null ? {} : { profile }) })
      .then(
        ({ outcome, detail }) => (outcome === "accepted" || outcome === "joined" ? undefined : wake.end(outcome, detail)),
        (error: unknown) => wake.end("unreachable", error instanceof BridgeUnreachable ? error.message : "the bridge failed"),
      );
    return wake;
  }

  function underWay(wanted: RequestedWake): UnderWay {
    const wakeId = newId(clock.now());
    let resolve: (result: RequestResult) => void = () => undefined;
    const ended = new Promise<RequestResult>((settle) => {
      resolve = settle;
    });
    const cancelLast = clock.after(WAKE_MS_MAX, () => end("unreachable", "the wake was lost sight of"));
    const end = (outcome: RequestOutcome, detail: string): void => {
      if (byWake.get(wakeId) !== wake) return;
      byWake.delete(wakeId);
      byDevice.delete(wanted.id);
      cancelLast();
      wake.cancelGrace();
      const result = { outcome, detail, wakeId };
      resolve(result);
      if (wake.hasDisappointed) onLate(wanted, result);
    };
    const wake: UnderWay = { wanted, wakeId, end, ended, hasDisappointed: false, cancelGrace: () => undefined };
    return wake;
  }

  function hear(wake: UnderWay, event: WireEvent): void {
    if (event.kind === "timed-out") wake.end("unreachable", "the device did not answer");
    else if (event.kind === "failed") wake.end("unreachable", event.detail);
    else if (event.kind === "sent") wake.cancelGrace();
    else if (event.kind === "answered") hearAnswer(wake, event.status);
  }

  function hearAnswer(wake: UnderWay, status: number): void {
    const detail = `the device answered ${status}`;
    if (status < 300) wake.end("taken", detail);
    else if (NOT_FINAL.statuses.includes(status)) wake.cancelGrace = clock.after(NOT_FINAL.graceMs, () => wake.end("refused", detail));
    else wake.end("refused", detail);
  }

  function answerInTime(wake: UnderWay): Promise<RequestResult> {
    return new Promise((resolve) => {
      const cancel = clock.after(limits.answerWithinMs, () => {
        wake.hasDisappointed = true;
        resolve({ outcome: "still-trying", detail: `no answer within ${limits.answerWithinMs} ms; the wake goes on`, wakeId: wake.wakeId });
      });
      void wake.ended.then((result) => {
        cancel();
        resolve(result);
      });
    });
  }

  return {
    request,
    counters: () => ({ ...counters, underWay: byWake.size }),
    close() {
      stopListening();
      for (const wake of [...byWake.values()]) wake.end("unreachable", "the bridge is closed");
    },
  };
}
