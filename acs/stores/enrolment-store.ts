/**
 * Enrolment rules, and the devices that come under them. Adapters: sqlite/. Contract: test/contracts/enrolment-store.contract.ts.
 * Writes are on disk when their promise is fulfilled. Layer: stores (interface).
 */
import type { Device } from "../devices/device.js";
import type { EnrolmentRefusal, EnrolmentRule } from "../devices/enrolment.js";
import type { NewEvent } from "../events/event.js";
import type { NewDevice } from "./device-store.js";

export interface EnrolmentStore {
  /** "too-many": ENROLMENT_LIMITS.rulesMax are stored. */
  addRule(rule: EnrolmentRule, events: readonly NewEvent[]): Promise<"added" | "too-many">;
  /** Oldest first. */
  rules(): Promise<readonly EnrolmentRule[]>;
  /** Ends a rule; one that is closed stays as it is. */
  closeRule(id: string, atMs: number, events: readonly NewEvent[]): Promise<EnrolmentRule | undefined>;
  /** Forgets a rule and who was rejected under it. Its devices stay. */
  removeRule(id: string, events: readonly NewEvent[]): Promise<"removed" | "unknown">;
  /** Registers a device under a rule, if the rule is open and takes it; else nothing is stored. */
  enrol(order: Enrolment): Promise<Device | EnrolmentRefusal>;
  /** Removes a device whose approval is pending; it can't come again under the same rule. "stale": it is not pending (any more). */
  reject(id: string, events: readonly NewEvent[]): Promise<"rejected" | "stale" | "unknown">;
}

export interface Enrolment {
  readonly ruleId: string;
  readonly device: NewDevice;
  /** Common name of the client certificate that was the proof: one enrols one device. null: there was none. */
  readonly certificate: string | null;
  /** Quarantines it as approval-pending. */
  readonly needsApproval: boolean;
  readonly events: readonly NewEvent[];
}
