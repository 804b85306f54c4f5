/**
 * Holds one device's present value and its nonvolatile memory: what must outlive a power cut is kept at each change.
 * Layer: device-sim.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { CPE_FAULTS, type CpeFaultCode } from "../acs/cwmp/faults.js";
import { type Device, newDevice } from "./device/device.js";
import { EVENT_CODES } from "./device/events.js";
import type { ModelIndex } from "./device/parameter-tree.js";

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
  const { tree, events, changed, transfers, bootstrappedUrl } = after;
  return (
    tree.stored !== before.tree.stored ||
    events !== before.events ||
    changed !== before.changed ||
    transfers !== before.transfers ||
    bootstrappedUrl !== before.bootstrappedUrl
  );
}

const strings = z.array(z.string());
const events = z.array(z.object({ code: z.enum(EVENT_CODES), commandKey: z.string() }));
const faultCode = z.custom<0 | CpeFaultCode>((code) => code === 0 || (typeof code === "number" && code in CPE_FAULTS));
const transfer = z.object({
  ...{ id: z.number(), commandKey: z.string(), fileType: z.string(), url: z.string(), username: z.string(), password: z.string() },
  ...{ fileSizeBytes: z.number(), targetFileName: z.string(), delayS: z.number(), state: z.enum(["waiting", "running", "finished"]) },
  ...{ dueAtMs: z.number(), startedAtMs: z.number().nullable(), finishedAtMs: z.number().nullable() },
  fault: z.object({ code: faultCode, text: z.string() }),
});
const memory = z.object({
  stored: z.record(z.string(), z.string()),
  events: z.object({ waiting: events, listed: events }),
  changed: z.object({ waiting: strings, listed: strings }),
  transfers: z.array(transfer),
  bootstrappedUrl: z.string().nullable(),
});

function loadMemory(index: ModelIndex, file: string): Device | undefined {
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  const { stored, ...kept } = memory.parse(JSON.parse(text));
  return { ...kept, tree: { index, stored: new Map(Object.entries(stored)), volatile: new Map() } };
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
  writeFileSync(`${file}.new`, JSON.stringify({ stored: Object.fromEntries(tree.stored), ...rest }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
