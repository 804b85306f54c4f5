/**
 * How the devices of one model want to be spoken to, where the standard leaves a choice or the model departs from it.
 * Spec: cwmp.md 12 rows 14, 15, 21, 23, 25, 31, 38, 48, 53 and its output hygiene. Layer: devices, pure.
 */
import type { WakeProfile } from "../../schemas/wake-contract.js";
import { WAKE_PROFILES, type WakeProfileName } from "../../schemas/wake-profiles.js";

/** How the model's NOTIFYs look: those of a named profile, with what stands beside it in its place. {}: the bridge's own. */
export interface ModelWake extends Omit<WakeProfile, "requestsReceived"> {
  readonly profile?: WakeProfileName | undefined;
}

export interface ModelPolicy {
  /** Names in one GetParameterValues; several models drop longer lists. */
  readonly namesPerGetMax: number;
  /** Values in one SetParameterValues. A call is all or nothing, so that a larger order is so no more. */
  readonly valuesPerSetMax: number;
  /** Parameters that a subtree may have to be read by its path, in one answer; a larger one is read name by name. */
  readonly leavesPerSubtreeMax: number;
  /** false: the model tells Writable wrongly, so that a parameter it calls read-only may be set all the same. */
  readonly trustsWritable: boolean;
  /** How booleans are written: "1" and "0", or "true" and "false". */
  readonly booleans: "digits" | "words";
  /** false: fractions of a second are left out of a dateTime. */
  readonly dateTimeFractions: boolean;
  /** true: each message begins with an XML declaration. Two known agents refuse one, so that others must ask for it. */
  readonly xmlDeclaration: boolean;
  /** false: the names of a device whose root is not known are asked for at the usual roots, never at the empty path. */
  readonly asksEmptyPath: boolean;
  /**
   * Whether a nonce may come with a count that was used before. "on-connection": on a connection that has proven the password.
   * "always": on a new one, too, which lets somebody who can hear the device repeat its requests for as long as the nonce lives.
   */
  readonly nonceReuse: "never" | "on-connection" | "always";
  /** How a device is answered that asks for Basic in a connection request. Basic sends the password itself: "tls" over https only. */
  readonly basicConnectionRequests: "as-configured" | "never" | "tls" | "always";
  /** true: the model restarts into new firmware and never sends TransferComplete, so that 1 BOOT with the wanted SoftwareVersion ends a download. */
  readonly downloadEndsAtBoot: boolean;
  /**
   * Voice-signalled gateways: what a response may hold. "document": the fields that US 2012/0089717 A1 prints, and no other; then the
   * gateway can't tell which action an outcome is of, and the place of files is agreed upon. "extended": ours, too.
   */
  readonly nmsFormat: "document" | "extended";
  /**
   * When a voice-signalled gateway with work is signalled, once it has registered ([0064]): "immediately"; "interval": not more often than
   * each nmsSignalIntervalS; "registrations": after nmsSignalRegistrations registration messages since the last signal.
   */
  readonly nmsSignal: "immediately" | "interval" | "registrations";
  readonly nmsSignalIntervalS: number;
  readonly nmsSignalRegistrations: number;
  readonly wake: ModelWake;
}

export const DEFAULT_MODEL_POLICY: ModelPolicy = {
  namesPerGetMax: 64,
  valuesPerSetMax: 1_000,
  leavesPerSubtreeMax: 10_000,
  trustsWritable: true,
  booleans: "digits",
  dateTimeFractions: false,
  xmlDeclaration: false,
  asksEmptyPath: true,
  nonceReuse: "on-connection",
  basicConnectionRequests: "as-configured",
  downloadEndsAtBoot: false,
  nmsFormat: "extended",
  nmsSignal: "immediately",
  nmsSignalIntervalS: 900,
  nmsSignalRegistrations: 2,
  wake: {},
};

/** What the bridge is told; undefined: nothing beside the target. */
export function wakeProfileOf({ profile, ...own }: ModelWake): WakeProfile | undefined {
  const merged = { ...(profile === undefined ? {} : WAKE_PROFILES[profile].profile), ...own };
  return Object.keys(merged).length === 0 ? undefined : merged;
}
