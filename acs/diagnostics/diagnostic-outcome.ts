/**
 * What a diagnostics object says: how far its test is, what came of it, and how long it may take.
 * Spec: TR-106 DiagnosticsState; cwmp.md 8.1; field quirk 57. Layer: diagnostics, pure.
 */
import { isSecretName } from "../devices/secret-names.js";
import type { DiagnosticObject } from "./diagnostic-objects.js";

export type Progress =
  /** Asked for and not ended, or a vendor's own word that says neither. */
  | "running"
  | "complete"
  | "error"
  /** Nothing was asked for, or its results are void: after a restart, a new argument, or Canceled. */
  | "none"
  | "canceled";

export function progressOf({ completeValues, errorPrefix }: DiagnosticObject, state: string): Progress {
  const text = state.trim().toLowerCase();
  if (completeValues.some((value) => value.toLowerCase() === text)) return "complete";
  if (text.startsWith(errorPrefix.toLowerCase())) return "error";
  if (text === "none") return "none";
  return text === "canceled" || text === "cancelled" ? "canceled" : "running";
}

/** For a test whose arguments are not all known, or tell no duration. */
export const DEFAULT_TIMEOUT_S = 300;
/** A device that repeats for longer than a day is asked for something else. */
export const TIMEOUT_S_MAX = 86_400;
/** What a device takes besides its repetitions: for the session to end, and to call in. */
const MARGIN_S = 60;
const SECOND_MS = 1_000;

/** Seconds after which a device that has told no end is asked. @param value Of an argument, by its name within the object; undefined: not known. */
export function timeoutOf({ duration }: DiagnosticObject, value: (name: string) => string | undefined): number {
  if (duration === null) return DEFAULT_TIMEOUT_S;
  const read = (name: string): number => {
    const text = value(name) ?? duration.defaults?.[name] ?? "";
    return /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  };
  const ms = duration.addendsMs.map(read).reduce((sum, one) => sum + one, 0);
  const testMs = duration.factors.map(read).reduce((product, factor) => product * factor, ms);
  return Number.isNaN(testMs) ? DEFAULT_TIMEOUT_S : Math.min(Math.ceil(testMs / SECOND_MS) + MARGIN_S, TIMEOUT_S_MAX);
}

/** What the device has of the object. Values as sent; those of secrets are "". */
export interface DiagnosticResult {
  readonly state: string;
  /** By name within the object, arguments too, without the state. */
  readonly values: Readonly<Record<string, string>>;
  /** Rows of the tables below it, e.g. RouteHops, in the order of their numbers. */
  readonly tables: Readonly<Record<string, readonly Row[]>>;
  /** Values that went over the limit of a result; only where there are any. */
  readonly leftOut?: number;
}

interface Row {
  readonly instance: number;
  readonly values: Readonly<Record<string, string>>;
}

/** "RouteHops.3.HopHost"; a row's own tables stay in the names of its values. */
const ROW_NAME = /^((?:[^.]+\.)*?[^.]+)\.(\d{1,10})\.(.+)$/;
/** JSON around each value: quotes, a colon, a comma; of a row, braces and its number. */
const ENTRY_OVERHEAD_CHARACTERS = 40;

/** @param own Values by their names within the object. @param charactersMax What is beyond it is left out, and counted. */
export function resultOf(
  { stateParameter }: DiagnosticObject,
  own: readonly { readonly name: string; readonly text: string }[],
  charactersMax: number,
): DiagnosticResult {
  let room = charactersMax;
  let leftOut = 0;
  const values = new Map<string, string>();
  const tables = new Map<string, Map<number, Map<string, string>>>();
  for (const { name, text } of own) {
    if (name === stateParameter) continue;
    room -= name.length + text.length + ENTRY_OVERHEAD_CHARACTERS;
    if (room < 0) leftOut++;
    else placeOf(name, values, tables).set(ROW_NAME.exec(name)?.[3] ?? name, isSecretName(name) ? "" : text);
  }
  const state = own.find(({ name }) => name === stateParameter)?.text.trim() ?? "";
  const shown = [...tables].map(([table, rows]) => [table, rowsOf(rows)] as const);
  return { state, values: Object.fromEntries(values), tables: Object.fromEntries(shown), ...(leftOut === 0 ? {} : { leftOut }) };
}

function placeOf(name: string, values: Map<string, string>, tables: Map<string, Map<number, Map<string, string>>>): Map<string, string> {
  const match = ROW_NAME.exec(name);
  if (match === null) return values;
  const table = atKey(tables, match[1] ?? "", () => new Map<number, Map<string, string>>());
  return atKey(table, Number(match[2]), () => new Map<string, string>());
}

function atKey<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function rowsOf(rows: ReadonlyMap<number, ReadonlyMap<string, string>>): readonly Row[] {
  return [...rows].sort(([a], [b]) => a - b).map(([instance, values]) => ({ instance, values: Object.fromEntries(values) }));
}
