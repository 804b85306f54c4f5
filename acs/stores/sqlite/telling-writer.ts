/**
 * Tellings: the moments that stored values refer to for their times and cause. Thousands of values of one refresh share one row,
 * and a row is gone when the last value that refers to it has been told anew.
 * Layer: stores (sqlite, writer thread).
 */
import { oncePerWriter, type Writer } from "../../../common/sqlite/operation.js";
import type { Cause } from "../../devices/parameter-tree.js";

/** Characters of a cause's reference: a task id, or the event codes of an Inform, which a device chooses. */
const REF_CHARACTERS_MAX = 512;

export interface NewTelling {
  readonly number: number;
  readonly atMs: number;
  readonly cause: Cause;
}

/** Uses that move within one operation, written once at its end. */
export interface TellingLedger {
  /** One use goes from `old` to the telling under way. Returns its number. */
  use(old: number | null): number;
  /** One use goes from `from` to `to`. */
  move(from: number | null, to: number | null): void;
  /** When the telling was; 0 for none. */
  atMs(number: number | null): number;
  /** Writes all of it. Returns whether the telling under way is used. */
  close(): boolean;
}

interface TellingRow {
  readonly at_ms: number;
  readonly uses: number;
}

export const tellingLedgers = oncePerWriter((writer: Writer) => {
  const get = writer.prepare<TellingRow>("SELECT at_ms, uses FROM tellings WHERE device = ? AND number = ?");
  const insert = writer.prepare("INSERT INTO tellings (device, number, at_ms, cause, ref, uses) VALUES (?, ?, ?, ?, ?, ?)");
  const setUses = writer.prepare("UPDATE tellings SET uses = ? WHERE device = ? AND number = ?");
  const remove = writer.prepare("DELETE FROM tellings WHERE device = ? AND number = ?");

  function open(device: number, telling?: NewTelling): TellingLedger {
    const rows = new Map<number, TellingRow | undefined>();
    const uses = new Map<number, number>();
    const row = (number: number): TellingRow | undefined => {
      if (!rows.has(number)) rows.set(number, get.get(device, number));
      return rows.get(number);
    };
    const add = (number: number | null, count: number): void => {
      if (number !== null) uses.set(number, (uses.get(number) ?? 0) + count);
    };
    const move = (from: number | null, to: number | null): void => {
      add(from, -1);
      add(to, 1);
    };
    const write = (number: number, count: number): void => {
      const left = (row(number)?.uses ?? 0) + count;
      if (left > 0) setUses.run(left, device, number);
      else remove.run(device, number);
    };
    return {
      move,
      use(old) {
        if (telling === undefined) throw new RangeError("nothing is told in this ledger");
        move(old, telling.number);
        return telling.number;
      },
      atMs: (number) => (number === null ? 0 : number === telling?.number ? telling.atMs : (row(number)?.at_ms ?? 0)),
      close() {
        const used = telling === undefined ? 0 : (uses.get(telling.number) ?? 0);
        for (const [number, count] of uses) if (number !== telling?.number && count !== 0) write(number, count);
        if (telling === undefined || used === 0) return false;
        insert.run(device, telling.number, telling.atMs, telling.cause.kind, telling.cause.ref.slice(0, REF_CHARACTERS_MAX), used);
        return true;
      },
    };
  }
  return { open };
});
