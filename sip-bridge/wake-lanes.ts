/**
 * Whose turn it is to be woken: one lane per kind of next hop, each with its own pace, all of them under one pace and one number in flight.
 * A registered flow is a next hop of its own and has one NOTIFY at a time, so that all flows share a lane without a pace of its own.
 * Spec: sip.md 1.8 (mass wake-up). Layer: sip-bridge (shell of notify/pace.ts).
 */
import type { Clock } from "../common/clock.js";
import { fullPace, type Pace, takeTurn, waitOf } from "./notify/pace.js";

export interface LaneOptions {
  /** Of all lanes together. */
  readonly perSecond: number;
  /** Those that were started and have not ended. */
  readonly inFlightMax: number;
  /** Lanes with a pace of their own. */
  readonly perLane: Readonly<Record<string, number>>;
  readonly clock: Clock;
}

export interface Lanes<Item> {
  /** Never starts at once: whoever adds answers first. */
  add(lane: string, item: Item): void;
  /** One that was started has ended. */
  ended(): void;
  /** Takes it out again; false: it was started already, or never added. */
  remove(item: Item): boolean;
  /** Milliseconds until an item added now would start, if nothing ends or fails meanwhile. */
  delayMs(lane: string): number;
  readonly queued: number;
  readonly inFlight: number;
  close(): void;
}

interface Lane<Item> {
  readonly items: Set<Item>;
  pace: Pace | undefined;
}

export function createLanes<Item>(options: LaneOptions, start: (item: Item) => void): Lanes<Item> {
  const { perSecond, inFlightMax, perLane, clock } = options;
  const lanes = new Map<string, Lane<Item>>();
  let pace = fullPace(perSecond, clock.now());
  let inFlight = 0;
  let cancelTurn: (() => void) | undefined;

  function laneOf(name: string): Lane<Item> {
    const known = lanes.get(name);
    if (known !== undefined) return known;
    const own = perLane[name];
    const fresh: Lane<Item> = { items: new Set(), pace: own === undefined ? undefined : fullPace(own, clock.now()) };
    lanes.set(name, fresh);
    return fresh;
  }

  const queued = (): number => [...lanes.values()].reduce((sum, { items }) => sum + items.size, 0);

  function plan(delayMs: number): void {
    cancelTurn ??= clock.after(delayMs, () => {
      cancelTurn = undefined;
      takeTurns();
    });
  }

  /** Lane after lane, so that a full one does not keep the others from theirs. */
  function takeTurns(): void {
    let waitMs = 0;
    for (let moved = true; moved; ) {
      moved = false;
      waitMs = Number.POSITIVE_INFINITY;
      for (const lane of lanes.values()) {
        if (lane.items.size === 0) continue;
        if (inFlight >= inFlightMax) return; // the end of one of them takes the next turn
        const laneWaitMs = waitFor(lane);
        waitMs = Math.min(waitMs, laneWaitMs);
        if (laneWaitMs > 0) continue;
        takeOne(lane);
        moved = true;
      }
    }
    if (Number.isFinite(waitMs)) plan(waitMs);
  }

  function waitFor({ pace: own }: Lane<Item>): number {
    const nowMs = clock.now();
    return Math.max(waitOf(pace, nowMs), own === undefined ? 0 : waitOf(own, nowMs));
  }

  function takeOne(lane: Lane<Item>): void {
    const nowMs = clock.now();
    pace = takeTurn(pace, nowMs).pace;
    if (lane.pace !== undefined) lane.pace = takeTurn(lane.pace, nowMs).pace;
    for (const item of lane.items) {
      lane.items.delete(item);
      inFlight++;
      start(item);
      return;
    }
  }

  return {
    add(lane, item) {
      laneOf(lane).items.add(item);
      plan(0);
    },
    ended() {
      inFlight--;
      if (queued() > 0) plan(0);
    },
    remove: (item) => [...lanes.values()].some(({ items }) => items.delete(item)),
    delayMs(lane) {
      const before = laneOf(lane).items.size;
      const own = perLane[lane] ?? perSecond;
      const atLane = ((before + 1 - tokensLeft(laneOf(lane).pace ?? pace, clock.now())) / own) * 1_000;
      const inAll = ((queued() + 1 - tokensLeft(pace, clock.now())) / perSecond) * 1_000;
      return Math.max(0, Math.ceil(Math.max(atLane, inAll)));
    },
    get queued() {
      return queued();
    },
    get inFlight() {
      return inFlight;
    },
    close() {
      cancelTurn?.();
      lanes.clear();
    },
  };
}

const tokensLeft = ({ tokens, burst, perSecond, atMs }: Pace, nowMs: number): number =>
  Math.min(burst, tokens + (Math.max(0, nowMs - atMs) * perSecond) / 1_000);
