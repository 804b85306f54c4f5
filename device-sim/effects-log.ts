/**
 * What really happened in the devices, one JSON object per line, written at the moment it happens: the judge in crash tests.
 * Layer: device-sim.
 */
import { appendFileSync, closeSync, openSync } from "node:fs";

export type Effect =
  | { readonly effect: "boot" }
  /** `names` were set, `changed` of them to another value. */
  | { readonly effect: "set"; readonly parameterKey: string; readonly names: readonly string[]; readonly changed: readonly string[] }
  | { readonly effect: "set-attributes"; readonly names: readonly string[] }
  | { readonly effect: "add-object"; readonly objectName: string; readonly instanceNumber: number; readonly parameterKey: string }
  | { readonly effect: "delete-object"; readonly objectName: string; readonly parameterKey: string }
  | { readonly effect: "factory-reset" }
  | { readonly effect: "cancel-transfer"; readonly commandKey: string; readonly count: number }
  /** A deployment unit came, became another version or went. */
  | {
      readonly effect: "change-unit";
      readonly commandKey: string;
      readonly operation: string;
      readonly uuid: string;
      readonly version: string;
    }
  /** `commandKey` "": not by the Reboot RPC but to run new firmware. */
  | { readonly effect: "reboot"; readonly commandKey: string }
  /** A file has come in whole. */
  | { readonly effect: "download"; readonly commandKey: string; readonly fileType: string; readonly bytes: number; readonly sha256: string }
  /** A file of the device's has been sent whole. */
  | { readonly effect: "upload"; readonly commandKey: string; readonly fileType: string; readonly bytes: number; readonly sha256: string }
  /** `commandKey` "": by somebody at the device. */
  | { readonly effect: "apply-firmware"; readonly commandKey: string; readonly version: string };

export type LoggedEffect = Effect & { readonly atMs: number; readonly device: string };

export interface EffectsLog {
  write(effect: LoggedEffect): void;
  close(): void;
}

/** Appends to a file; the line is in the hands of the system when `write` returns, so it outlives the process. */
export function openEffectsLog(path: string): EffectsLog {
  const file = openSync(path, "a", 0o600);
  return {
    write: (effect) => appendFileSync(file, `${JSON.stringify(effect)}\n`),
    close: () => closeSync(file),
  };
}

export const NO_EFFECTS_LOG: EffectsLog = { write: () => {}, close: () => {} };
