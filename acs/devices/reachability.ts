/**
 * What is remembered of the ways to wake a device: the rungs of the reachability ladder (wake/ladder.ts decides by it).
 * Spec: DESIGN 4. Layer: devices, pure.
 */
import type { DeviceIdentity } from "./device.js";

/** From the bottom up: the order in which unproven rungs are tried. After the last one the device is waited for. */
export const RUNGS = ["sip", "http", "udp", "xmpp"] as const;
export type Rung = (typeof RUNGS)[number];

/** What is remembered of one rung. Times in ms; null: never. */
export interface RungRecord {
  readonly askedAtMs: number | null;
  /** A call-in with "6 CONNECTION REQUEST" followed. Nothing else proves a rung. */
  readonly wokeAtMs: number | null;
  readonly failedAtMs: number | null;
  /** Of the last failure, for people. "" if there was none. */
  readonly failure: string;
}

export const UNTRIED_RUNG: RungRecord = { askedAtMs: null, wokeAtMs: null, failedAtMs: null, failure: "" };

export type RungRecords = Readonly<Partial<Record<Rung, RungRecord>>>;

export interface UdpAddress {
  /** Numeric IPv4 address. */
  readonly host: string;
  readonly port: number;
}

export interface UdpBinding extends UdpAddress {
  /** When STUN saw it first. */
  readonly atMs: number;
}

export interface Reachability {
  readonly device: RungRecords;
  /** Of all devices of the same model; never asked, only woke and failed. */
  readonly model: RungRecords;
  /** Where STUN last saw the device, proved by its password. */
  readonly udpBinding: UdpBinding | null;
}

export const UNKNOWN_REACHABILITY: Reachability = { device: {}, model: {}, udpBinding: null };

/** Devices of one maker and product class are reached alike. */
export const modelOf = ({ oui, productClass }: DeviceIdentity): string => `${oui}-${productClass}`;
