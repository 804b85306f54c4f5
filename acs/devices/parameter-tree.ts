/**
 * What the ACS remembers of a device's parameters: value, type, writable, when read, why changed.
 * Spec: TR-069 5.3 of the digest (names), TR-106. Layer: devices, pure.
 */

import { isSecretName } from "./secret-names.js";

/** Why a stored value is what it is. `ref`: the task's id, or the event codes of the Inform ("2 PERIODIC,4 VALUE CHANGE"). */
export interface Cause {
  readonly kind: "inform" | "read" | "set";
  readonly ref: string;
}

/** One parameter as stored. A name that was only discovered (GetParameterNames) has `value: null`. */
export interface TreeEntry {
  /** Full path, e.g. "Device.Time.NTPServer1". */
  readonly name: string;
  readonly value: string | null;
  /** Canonical XML Schema type, "xsd:unsignedInt"; null: not told yet. */
  readonly type: string | null;
  /** null: not told yet. */
  readonly writable: boolean | null;
  /** Which changes the device reports: 0 to 6, as in SetParameterAttributes (TR-069 A.3.2.4); null: not told yet. */
  readonly notification: number | null;
  /** Who may write besides the ACS; null: not told yet. */
  readonly accessList: readonly string[] | null;
  /** When a device last told this value. Kept exact for changed and for asked-for values; to within an hour for values that Informs repeat. */
  readonly readAtMs: number | null;
  readonly changedAtMs: number | null;
  readonly cause: Cause | null;
}

/** What a device told of one parameter: a value (Inform, GetParameterValues), or whether it can be written (GetParameterNames), or its attributes. */
export interface ToldParameter {
  readonly name: string;
  readonly value?: ToldValue;
  readonly writable?: boolean;
  readonly notification?: number;
  readonly accessList?: readonly string[];
}

export interface ToldValue {
  readonly type: string;
  readonly text: string;
  /** `type` was not told: the one that is known stays; none is known: none is told yet (cwmp.md 12 row 12). */
  readonly untyped?: true;
}

/** A ParameterValueStruct as it goes into the tree: a secret that a device tells, though it should read "", is not kept. */
export function toldValue({ name, type, text, untyped }: { readonly name: string } & ToldValue): ToldParameter {
  const kept = isSecretName(name) ? "" : text;
  return { name, value: untyped === true ? { type, text: kept, untyped } : { type, text: kept } };
}

/** Limits that keep one device from growing the store for everyone. */
export const TREE_LIMITS = {
  /** Parameters stored per device; a TR-181 gateway with everything has about 8,000. */
  parametersPerDeviceMax: 100_000,
  /** Name templates that one device may be the first to bring. */
  newTemplatesPerDeviceMax: 20_000,
  nameCharactersMax: 256,
  valueCharactersMax: 10_485_760,
  /** TR-069 A.3.2.4 defines one entry, "Subscriber"; vendors have their own. */
  accessListEntriesMax: 16,
  accessListEntryCharactersMax: 64,
} as const;

/** How stale the read time of an unchanged value may be when only Informs repeat it: an Inform costs what changed. */
export const READ_TIME_GRANULARITY_MS = 3_600_000;
