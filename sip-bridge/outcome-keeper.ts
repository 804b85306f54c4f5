/**
 * Copies failed registrations to disk behind their answers, some at a time: a crash loses the last seconds, and no REGISTER waits for it.
 * A success is not copied (its binding is on disk); it takes the failure before it away.
 * Spec: sip.md 4.1, 4.2. Layer: sip-bridge (shell over the store).
 */
import type { Clock } from "../common/clock.js";
import type { KeptOutcome, OutcomeName, OutcomeStore } from "./stores/outcome-store.js";

export const KEEPER_LIMITS = {
  everyMs: 5_000,
  /** Copied each time; a flood of failures of more addresses waits, one entry for each. */
  batchMax: 1_000,
  /** On disk, about 500 octets each: beyond it the oldest goes. */
  keptMax: 20_000,
} as const;

export interface OutcomeKeeper {
  noted(kept: KeptOutcome): void;
  /** Copies what is left. */
  close(): Promise<void>;
}

export interface OutcomeKeeperOptions {
  readonly store: OutcomeStore;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  readonly limits?: Partial<Record<keyof typeof KEEPER_LIMITS, number>>;
}

/** @param known What is on disk, the oldest first. */
export function createOutcomeKeeper(
  known: readonly KeptOutcome[],
  { store, clock, onError, ...options }: OutcomeKeeperOptions,
): OutcomeKeeper {
  const limits = { ...KEEPER_LIMITS, ...options.limits };
  const onDisk = new Map<string, OutcomeName>(known.map((kept) => [keyOf(nameOf(kept)), nameOf(kept)]));
  const waiting = new Map<string, KeptOutcome>();
  let running = Promise.resolve();
  let cancel: (() => void) | undefined;
  let isClosed = false;

  function noted(kept: KeptOutcome): void {
    const key = keyOf(nameOf(kept));
    if (!isFailure(kept) && !onDisk.has(key) && !waiting.has(key)) return;
    if (waiting.size >= limits.keptMax && !waiting.has(key)) return;
    waiting.set(key, kept);
    plan();
  }

  function plan(): void {
    if (waiting.size === 0 || isClosed) return;
    cancel ??= clock.after(limits.everyMs, () => {
      cancel = undefined;
      running = copy().catch(onError).then(plan);
    });
  }

  async function copy(): Promise<void> {
    const batch = [...waiting.entries()].slice(0, limits.batchMax);
    for (const [key] of batch) waiting.delete(key);
    const put = batch.map(([, kept]) => kept).filter(isFailure);
    const remove = batch.map(([, kept]) => nameOf(kept)).filter((name) => onDisk.has(keyOf(name)));
    for (const name of remove) onDisk.delete(keyOf(name));
    for (const kept of put) onDisk.set(keyOf(nameOf(kept)), nameOf(kept));
    await store.change({ put, remove: [...remove, ...takeOldest()] });
  }

  function takeOldest(): readonly OutcomeName[] {
    const oldest = [...onDisk.values()].slice(0, Math.max(0, onDisk.size - limits.keptMax));
    for (const name of oldest) onDisk.delete(keyOf(name));
    return oldest;
  }

  return {
    noted,
    async close() {
      isClosed = true;
      cancel?.();
      await running;
      while (waiting.size > 0) await copy();
    },
  };
}

const keyOf = ({ by, addressOfRecord }: OutcomeName): string => `${by} ${addressOfRecord}`;
const nameOf = ({ by, outcome }: KeptOutcome): OutcomeName => ({ by, addressOfRecord: outcome.addressOfRecord });
const isFailure = ({ outcome }: KeptOutcome): boolean => outcome.status >= 300;
