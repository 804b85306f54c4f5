/**
 * Holds one device's present value and its nonvolatile memory: what must outlive a power cut is kept at each change.
 * Layer: device-sim.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { CPE_FAULTS, type CpeFaultCode } from "../acs/cwmp/faults.js";
import type { DuOperation } from "../acs/cwmp/rpc/change-du-state.js";
import { LAST_ACTION_RESULTS } from "../acs/nms/gateway-message.js";
import { type Device, newDevice } from "./device/device.js";
import { EVENT_CODES } from "./device/events.js";
import { type ModelIndex, withRows } from "./device/model-index.js";
import { newTree } from "./device/parameter-tree.js";
import { REPORT_KINDS, type Report } from "./device/reports.js";
import { TRANSFER_COMMANDS } from "./device/transfers.js";

export interface DeviceBox {
  get(): Device;
  /** Replaces the value; what is nonvolatile is written before this returns. */
  change(edit: (device: Device) => Device): void;
}

/** @param file Path of the nonvolatile memory (JSON); absent: it lasts as long as the process. An unreadable file is our bug or the user's: it throws. */
export function openDeviceBox(index: ModelIndex, factory: ReadonlyMap<string, string>, file?: string): DeviceBox {
  if (file !== undefined) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let device = (file === undefined ? undefined : loadMemory(index, file)) ?? newDevice(index, factory);
  return {
    get: () => device,
    change: (edit) => {
      const before = device;
      device = edit(before);
      if (file !== undefined && isWorthKeeping(before, device)) saveMemory(device, file);
    },
  };
}

function isWorthKeeping(before: Device, after: Device): boolean {
  const { tree, events, changed, transfers, reports, scheduledInforms, unitChanges, bootstrappedUrl, discoveredUrl, lastAction } = after;
  return (
    tree.stored !== before.tree.stored ||
    tree.attributes !== before.tree.attributes ||
    tree.rows !== before.tree.rows ||
    events !== before.events ||
    changed !== before.changed ||
    transfers !== before.transfers ||
    reports !== before.reports ||
    scheduledInforms !== before.scheduledInforms ||
    unitChanges !== before.unitChanges ||
    bootstrappedUrl !== before.bootstrappedUrl ||
    discoveredUrl !== before.discoveredUrl ||
    lastAction !== before.lastAction
  );
}

const strings = z.array(z.string());
const events = z.array(z.object({ code: z.enum(EVENT_CODES), commandKey: z.string() }));
const faultCode = z.custom<0 | CpeFaultCode>((code) => code === 0 || (typeof code === "number" && code in CPE_FAULTS));
const transfer = z.object({
  ...{ id: z.number(), commandKey: z.string(), fileType: z.string(), url: z.string(), username: z.string(), password: z.string() },
  ...{ fileSizeBytes: z.number(), targetFileName: z.string(), delayS: z.number(), state: z.enum(["waiting", "running", "finished"]) },
  ...{ dueAtMs: z.number(), startedAtMs: z.number().nullable(), finishedAtMs: z.number().nullable() },
  ...{ command: z.enum(TRANSFER_COMMANDS), failures: z.number() },
  windows: z.array(z.object({ fromMs: z.number(), untilMs: z.number(), maxRetries: z.number() })),
  fault: z.object({ code: faultCode, text: z.string() }),
});
/** Whole messages, as this program wrote them; only their kinds are looked at again. */
const report = z.custom<Report>((value) => isOfKind(value, "kind", REPORT_KINDS));
const operation = z.custom<DuOperation>((value) => isOfKind(value, "operation", ["Install", "Update", "Uninstall"]));
const attributes = z.object({
  notification: z.union([z.literal(0), z.literal(1), z.literal(2)]).exactOptional(),
  accessList: strings.exactOptional(),
});
const memory = z.object({
  stored: z.record(z.string(), z.string()),
  attributes: z.record(z.string(), attributes),
  rows: z.record(z.string(), z.object({ numbers: z.array(z.number()), last: z.number() })),
  events: z.object({ waiting: events, listed: events }),
  changed: z.object({ waiting: strings, listed: strings }),
  transfers: z.array(transfer),
  reports: z.array(z.object({ id: z.number(), report })),
  scheduledInforms: z.array(z.object({ dueAtMs: z.number(), commandKey: z.string() })),
  unitChanges: z.array(z.object({ id: z.number(), commandKey: z.string(), operations: z.array(operation) })),
  bootstrappedUrl: z.string().nullable(),
  discoveredUrl: z.string().nullable().default(null),
  lastAction: z
    .object({ id: z.string(), action: z.string(), result: z.enum(LAST_ACTION_RESULTS), detail: z.string() })
    .nullable()
    .default(null),
});

function isOfKind(value: unknown, key: string, kinds: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return kinds.some((kind) => Object.entries(value).some(([name, text]) => name === key && text === kind));
}

function loadMemory(index: ModelIndex, file: string): Device | undefined {
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  const { stored, attributes, rows, ...kept } = memory.parse(JSON.parse(text));
  const changed = new Map(Object.entries(rows));
  const tree = newTree(withRows(index, changed), new Map(Object.entries(stored)));
  return { ...kept, tree: { ...tree, attributes: new Map(Object.entries(attributes)), rows: changed } };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** In two steps, so that a crash leaves the old memory or the new one. */
function saveMemory({ tree, ...rest }: Device, file: string): void {
  const [stored, attributes, rows] = [tree.stored, tree.attributes, tree.rows].map((entries) => Object.fromEntries<unknown>(entries));
  writeFileSync(`${file}.new`, JSON.stringify({ stored, attributes, rows, ...rest }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
