/**
 * A map that forgets: the oldest entries beyond a count, and those older than an age.
 * Layer: sip-bridge (helper of the services).
 */
export interface Recent<Value> {
  get(key: string, nowMs: number): Value | undefined;
  /** A key that is set again counts as new. */
  set(key: string, value: Value, nowMs: number): void;
  delete(key: string): void;
  readonly size: number;
}

export function createRecent<Value>({ entriesMax, ageMsMax }: { readonly entriesMax: number; readonly ageMsMax: number }): Recent<Value> {
  /** In order of setting, so the oldest comes first. */
  const entries = new Map<string, { readonly value: Value; readonly setAtMs: number }>();
  const isOld = (setAtMs: number, nowMs: number): boolean => nowMs - setAtMs > ageMsMax;
  function forgetOld(nowMs: number): void {
    for (const [key, { setAtMs }] of entries) {
      if (entries.size <= entriesMax && !isOld(setAtMs, nowMs)) return;
      entries.delete(key);
    }
  }
  return {
    get(key, nowMs) {
      const entry = entries.get(key);
      return entry === undefined || isOld(entry.setAtMs, nowMs) ? undefined : entry.value;
    },
    set(key, value, nowMs) {
      entries.delete(key);
      entries.set(key, { value, setAtMs: nowMs });
      forgetOld(nowMs);
    },
    delete(key) {
      entries.delete(key);
    },
    get size() {
      return entries.size;
    },
  };
}
