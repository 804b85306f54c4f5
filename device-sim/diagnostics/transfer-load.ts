/**
 * What all connections of a transfer test carry together: while all of them are busy, and in one interval after the other.
 * Spec: TR-143 4.3; TR-181 (…UnderFullLoading, PeriodOfFullLoading, IncrementalResult). Layer: device-sim.
 */
import type { Socket } from "node:net";
import type { Stopwatch } from "./stopwatch.js";

export interface Carried {
  /** Heads included. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** Microseconds of the test's stopwatch. */
export interface Interval extends Carried {
  readonly fromUs: number;
  readonly untilUs: number;
}

/** Intervals follow one another from so long after the first begin on; 0 ms: none. */
export interface IntervalPlan {
  readonly everyMs: number;
  readonly offsetMs: number;
  readonly intervalsMax: number;
}

/** Timers come late: the last interval of a test is one although its end comes a little before the timer. */
const NEARLY_WHOLE = 0.9;

interface Sample extends Carried {
  readonly us: number;
}

export class TransferLoad {
  readonly #watch: Stopwatch;
  readonly #plan: IntervalPlan;
  readonly #sockets: Socket[] = [];
  readonly #samples: Sample[] = [];
  #left: number;
  #allBegan: Sample | undefined;
  #firstEnd: Sample | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(connections: number, watch: Stopwatch, plan: IntervalPlan) {
    this.#left = connections;
    this.#watch = watch;
    this.#plan = plan;
  }

  /** BOMTime of a connection. */
  begins(socket: Socket): void {
    this.#sockets.push(socket);
    if (this.#sockets.length === 1 && this.#plan.everyMs > 0) this.#sampleIn(this.#plan.offsetMs);
    if (--this.#left === 0 && this.#firstEnd === undefined) this.#allBegan = this.#now();
  }

  /** EOMTime of a connection. */
  ends(): void {
    const now = this.#now();
    this.#firstEnd ??= now;
    const last = this.#samples.at(-1);
    if (last !== undefined && now.us - last.us >= NEARLY_WHOLE * this.#plan.everyMs * 1_000) this.#take(now);
  }

  /** The test is over. */
  close(): void {
    clearTimeout(this.#timer);
  }

  /** From when the last one has begun until the first has ended; nothing if that never was. */
  get fullLoading(): Interval {
    if (this.#allBegan === undefined || this.#firstEnd === undefined) return { fromUs: 0, untilUs: 0, sentBytes: 0, receivedBytes: 0 };
    return between(this.#allBegan, this.#firstEnd);
  }

  get intervals(): readonly Interval[] {
    return this.#samples.flatMap((sample, at) => {
      const before = this.#samples[at - 1];
      return before === undefined ? [] : [between(before, sample)];
    });
  }

  #sampleIn(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#take(this.#now());
      this.#sampleIn(this.#plan.everyMs);
    }, ms);
  }

  /** One more than there are intervals. */
  #take(sample: Sample): void {
    if (this.#samples.length <= this.#plan.intervalsMax) this.#samples.push(sample);
  }

  #now(): Sample {
    return {
      sentBytes: this.#sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
      receivedBytes: this.#sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
      us: this.#watch.us(),
    };
  }
}

const between = (from: Sample, until: Sample): Interval => ({
  ...{ fromUs: from.us, untilUs: until.us },
  ...{ sentBytes: until.sentBytes - from.sentBytes, receivedBytes: until.receivedBytes - from.receivedBytes },
});
