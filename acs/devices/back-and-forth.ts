/**
 * Notices a value that goes back and forth: A, B, A, B. A device that moves has new addresses; two devices that share its identity take
 * turns with theirs.
 * Spec: cwmp.md 12, quirk 42. Layer: devices, pure but for its own table.
 */
import { detached } from "../cwmp/detached.js";

export interface BackAndForthLimits {
  /** Keys remembered; beyond it those that came first are forgotten. */
  readonly keysMax: number;
  /** Different values remembered of a key: so many devices that take turns are noticed. */
  readonly valuesMax: number;
  /** So often a value must come back... */
  readonly returnsMin: number;
  /** ...within this time. */
  readonly windowMs: number;
  /** Longer values are told apart by their beginning. */
  readonly valueCharactersMax: number;
}

interface Turns {
  /** The newest first. */
  values: readonly string[];
  returns: number;
  sinceMs: number;
}

export class BackAndForth {
  readonly #limits: BackAndForthLimits;
  /** A value by itself until another comes: most keys never have one. */
  readonly #known = new Map<string, string | Turns>();

  constructor(limits: BackAndForthLimits) {
    this.#limits = limits;
  }

  /** @returns The values that took turns, the newest first, when it has happened often enough; it begins anew then. Else undefined. */
  note(key: string, text: string, nowMs: number): readonly string[] | undefined {
    const value = text.length > this.#limits.valueCharactersMax ? text.slice(0, this.#limits.valueCharactersMax) : text;
    const known = this.#known.get(key);
    if (known === value) return undefined;
    if (known === undefined) this.#remember(key, detached(value));
    else if (typeof known === "string") this.#known.set(key, { values: [detached(value), known], returns: 0, sinceMs: nowMs });
    else if (known.values[0] !== value) return this.#turn(key, known, value, nowMs);
    return undefined;
  }

  #turn(key: string, turns: Turns, value: string, nowMs: number): readonly string[] | undefined {
    const { valuesMax, returnsMin, windowMs } = this.#limits;
    if (nowMs - turns.sinceMs > windowMs) Object.assign(turns, { returns: 0, sinceMs: nowMs });
    if (turns.values.includes(value)) turns.returns++;
    turns.values = [detached(value), ...turns.values.filter((other) => other !== value)].slice(0, valuesMax);
    if (turns.returns < returnsMin) return undefined;
    this.#known.set(key, detached(value));
    return turns.values;
  }

  #remember(key: string, value: string): void {
    this.#known.set(key, value);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= this.#limits.keysMax) break;
      this.#known.delete(oldest);
    }
  }
}
