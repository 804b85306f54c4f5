/**
 * The words that data models are written in: types, leaves with their access and flags, objects and tables below a root.
 * Spec: TR-106 (types). Layer: schemas.
 */
import type { ParameterDefinition, ParameterType, TableDefinition } from "./data-model.js";

/** "active": from the factory; "forcedActive": it stays so; "mayDeny": the device may refuse it. */
type Flag = "forcedInform" | "active" | "forcedActive" | "mayDeny" | "hidden";
export type Leaf = Omit<ParameterDefinition, "name"> & { readonly leaf: string };

export const BOOLEAN: ParameterType = { base: "boolean" };
export const DATE_TIME: ParameterType = { base: "dateTime" };
export const IP_ADDRESS: ParameterType = { base: "string", format: "ip-address" };
export const MAC_ADDRESS: ParameterType = { base: "string", format: "mac-address" };
export const ANY_TEXT: ParameterType = { base: "string" };
/** Comma-separated list in a string (TR-106). */
export const LIST: ParameterType = { base: "string" };

export const listOf = (itemsMax: number): ParameterType => ({ base: "string", itemsMax });
export const text = (charactersMax: number): ParameterType => ({ base: "string", charactersMax });
export const oneOf = (...values: readonly string[]): ParameterType => ({ base: "string", values });
export const unsigned = (min = 0, max = 4_294_967_295): ParameterType => ({ base: "unsignedInt", min, max });
/** TR-106 StatsCounter64, and lengths of files. */
export const unsignedLong = (max?: number): ParameterType => ({ base: "unsignedLong", min: 0, ...(max === undefined ? {} : { max }) });
export const integer = (min = -2_147_483_648, max = 2_147_483_647): ParameterType => ({ base: "int", min, max });
export const TRANSPORT = oneOf("UDP", "TCP", "TLS", "SCTP");
/** "Requested" is the only state that an ACS may set; the others are the device's to report. */
export const diagnosticsState = (...values: readonly string[]): ParameterType => ({
  base: "string",
  values,
  writableValues: ["Requested"],
});
/** The state type of TR-181, where a test may be taken back, too. @param errors Those of the object besides "Error". */
export const cancelableState = (...errors: readonly string[]): ParameterType => ({
  base: "string",
  values: ["None", "Requested", "Canceled", "Complete", "Error", ...errors],
  writableValues: ["Requested", "Canceled"],
});

const leafOf = (leaf: string, type: ParameterType, sample: string, writable: boolean, flags: readonly Flag[]): Leaf => ({
  leaf,
  type,
  sample,
  writable,
  forcedInform: flags.includes("forcedInform"),
  activeNotification: flags.includes("active") || flags.includes("forcedActive"),
  forcedNotification: flags.includes("forcedActive"),
  mayDenyNotification: flags.includes("mayDeny"),
  hidden: flags.includes("hidden"),
});
export const readOnly = (leaf: string, type: ParameterType, sample: string, ...flags: readonly Flag[]): Leaf =>
  leafOf(leaf, type, sample, false, flags);
export const writable = (leaf: string, type: ParameterType, sample: string, ...flags: readonly Flag[]): Leaf =>
  leafOf(leaf, type, sample, true, flags);

type TableDetails = Omit<TableDefinition, "path" | "growable">;

/** @param root "InternetGatewayDevice." or "Device."; paths are given without it, "" or ending in ".". */
export function below(root: string) {
  return {
    object: (path: string, leaves: readonly Leaf[]): readonly ParameterDefinition[] =>
      leaves.map(({ leaf, ...rest }) => ({ name: root + path + leaf, ...rest })),
    /** Rows come and go by AddObject and DeleteObject. */
    growable: (path: string, details: TableDetails): TableDefinition => ({ path: root + path, growable: true, ...details }),
    fixed: (path: string, details: TableDetails = {}): TableDefinition => ({ path: root + path, growable: false, ...details }),
  };
}

export const row = (...leaves: readonly Leaf[]): readonly ParameterDefinition[] =>
  leaves.map(({ leaf, ...rest }) => ({ name: leaf, ...rest }));
