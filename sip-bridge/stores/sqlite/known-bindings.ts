/**
 * The bindings of addresses that were asked for, kept in memory: each REGISTER asks, and each wake.
 * Nobody else writes the file, so what is changed here as it is changed there is never stale.
 * Layer: stores (SQLite adapter). Time is passed in; memory is bounded.
 */
import { type Binding, type BindingChange, bindingsAfter } from "../../registrar/binding.js";

/** Addresses, about 1 kB each with one binding. Beyond it the one read first goes. */
const ADDRESSES_MAX = 20_000;

export interface KnownBindings {
  /** Valid bindings, oldest first. */
  current(addressOfRecord: string, nowMs: number): readonly Binding[];
  /** To be called when the change is stored, before whoever made it hears. */
  changed(change: BindingChange): void;
  /** To be called when rows that ended before this time were taken away. */
  pruned(beforeMs: number): void;
  /** Nobody knows whether a change was stored. */
  forget(addressOfRecord: string): void;
}

interface Known {
  readonly bindings: readonly Binding[];
  /** Of an earlier time it knows nothing: bindings that have ended are left out. */
  readonly sinceMs: number;
}

/** @param read From the file: valid bindings, oldest first. */
export function createKnownBindings(
  read: (addressOfRecord: string, nowMs: number) => readonly Binding[],
  addressesMax = ADDRESSES_MAX,
): KnownBindings {
  const known = new Map<string, Known>();

  function keep(addressOfRecord: string, bindings: readonly Binding[], sinceMs: number): void {
    known.set(addressOfRecord, { bindings, sinceMs });
    const oldest = known.keys().next();
    if (known.size > addressesMax && !oldest.done) known.delete(oldest.value);
  }

  return {
    current(addressOfRecord, nowMs) {
      const kept = known.get(addressOfRecord);
      if (kept !== undefined && kept.sinceMs <= nowMs) return kept.bindings.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
      const bindings = read(addressOfRecord, nowMs);
      keep(addressOfRecord, bindings, nowMs);
      return bindings;
    },
    changed(change) {
      const { addressOfRecord, nowMs } = change;
      const before = known.get(addressOfRecord);
      if (before !== undefined) keep(addressOfRecord, bindingsAfter(before.bindings, change), Math.max(before.sinceMs, nowMs));
    },
    pruned(beforeMs) {
      for (const [addressOfRecord, { bindings }] of known)
        if (bindings.some(({ expiresAtMs }) => expiresAtMs < beforeMs)) known.delete(addressOfRecord);
    },
    forget: (addressOfRecord) => {
      known.delete(addressOfRecord);
    },
  };
}
