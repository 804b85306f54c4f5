/**
 * Enrolment: under which rules of the operator devices that nobody registered are taken in.
 * Spec: DESIGN 4 (devices we don't know); cwmp.md 1.11 row 29. Layer: devices, pure.
 */
import type { NewEvent } from "../events/event.js";
import { type DeviceIdentity, deviceId, type SealedSecret } from "./device.js";

const DAY_MS = 86_400_000;

export const ENROLMENT_LIMITS = {
  /** In all, those that are over included. */
  rulesMax: 100,
  /** A window is for a batch that is being installed, not for ever. */
  windowMsMax: 7 * DAY_MS,
  devicesMax: 1_000_000,
  /** OUIs, and product classes, of one rule. */
  filtersMax: 64,
  /** TR-069: ManagementServer.Username is string(256); an id is the user name that is proposed. */
  idCharactersMax: 256,
} as const;

/**
 * "certificate": a client certificate that our authorities issued names the device. "window": for a limited time, the password that a
 * batch left the factory with; without a password, whoever comes first over TLS.
 */
export interface EnrolmentRule {
  readonly id: string;
  readonly kind: "certificate" | "window";
  /** For people. */
  readonly name: string;
  readonly createdAtMs: number;
  /** null: until it is closed. A window has an end. */
  readonly untilMs: number | null;
  readonly closedAtMs: number | null;
  readonly devicesMax: number;
  /** Devices that came under it, also those that were rejected or removed since: it never goes down. */
  readonly enrolled: number;
  /** Six upper-case hex digits each; none: any. */
  readonly ouis: readonly string[];
  /** None: any. */
  readonly productClasses: readonly string[];
  /** Its devices are quarantined until an operator approves them. */
  readonly approval: boolean;
  /** User name that the whole batch has; null: each device calls itself by its id. */
  readonly username: string | null;
  /** Of a window; sealed for ruleSecretOwner(id). null: a certificate is the proof, or there is none. */
  readonly password: SealedSecret | null;
}

export type RuleState = "open" | "closed" | "expired" | "full";

export function ruleState({ closedAtMs, untilMs, enrolled, devicesMax }: EnrolmentRule, nowMs: number): RuleState {
  if (closedAtMs !== null) return "closed";
  if (untilMs !== null && untilMs <= nowMs) return "expired";
  return enrolled >= devicesMax ? "full" : "open";
}

/** For whom the password of a rule is sealed. */
export const ruleSecretOwner = (ruleId: string): string => `enrolment-rule:${ruleId}`;

export function admitsIdentity({ ouis, productClasses }: EnrolmentRule, { oui, productClass }: DeviceIdentity): boolean {
  return (ouis.length === 0 || ouis.includes(oui)) && (productClasses.length === 0 || productClasses.includes(productClass));
}

/** What a device says it is, if it can be one of ours: TR-069 A.3.3.1. */
export function isIdentity(identity: DeviceIdentity): boolean {
  const { oui, productClass, serialNumber } = identity;
  const isText = /^[^\u0000-\u001f\u007f]*$/.test(productClass + serialNumber) && (productClass + serialNumber).isWellFormed();
  const fits = productClass.length <= 64 && serialNumber.length >= 1 && serialNumber.length <= 64;
  return /^[0-9A-F]{6}$/.test(oui) && isText && fits && deviceId(identity).length <= ENROLMENT_LIMITS.idCharactersMax;
}

export function ruleChanged({ id, name }: EnrolmentRule, state: RuleState | "removed", atMs: number): NewEvent {
  return { atMs, kind: "enrolment-rule-changed", deviceId: null, data: { rule: id, name, state } };
}

/** Why nobody was enrolled, for the event; "exists": the device is registered already, under other credentials. */
export type EnrolmentRefusal = "no-rule" | "not-an-identity" | "other-user-name" | "not-open" | "rejected" | "certificate-used" | "exists";
