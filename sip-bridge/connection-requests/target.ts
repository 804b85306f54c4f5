/**
 * A device that existing ACSs wake by a ConnectionRequestURL of ours: whom a request for it wakes, and who may ask.
 * Spec: TR-069 3.2.2; DESIGN 8. Layer: connection-requests, pure.
 */
import type { WakeProfile, WakeTarget } from "../../schemas/wake-contract.js";
import { type Domains, readAddressOfRecord } from "../registrar/address-of-record.js";

/** Who decided: what the operator sets is never changed by what the relay sees in passing. */
export type TargetOrigin = "operator" | "relay";

export interface ConnectionRequestTarget {
  /** Names the device in its URL; random, so that nobody guesses it. */
  readonly id: string;
  /** OUI-ProductClass-SerialNumber. */
  readonly device: string;
  /** null: not known yet whom to wake. */
  readonly target: WakeTarget | null;
  readonly targetBy: TargetOrigin;
  /** ConnectionRequestUsername; "" with `sealedHa1s` "": not known yet. */
  readonly username: string;
  /** Ha1Set as JSON, sealed for `ownerOf(id, realm)`; "": not known yet. */
  readonly sealedHa1s: string;
  /** Value of the Event header of its NOTIFY; "": as the bridge has it. */
  readonly event: string;
  /** How its NOTIFY looks otherwise; null: as the bridge has it. */
  readonly profile: WakeProfile | null;
  /** The ConnectionRequestURL that the device itself announced last; "" if none was seen. */
  readonly originalUrl: string;
  readonly changedAtMs: number;
}

/** What is given is changed, the rest stays. A device that is not known yet is added under `id`. */
export interface TargetChange {
  /** For a new device; one that is known keeps its own. */
  readonly id: string;
  readonly device: string;
  readonly target?: WakeTarget | null;
  readonly targetBy?: TargetOrigin;
  /** Found again by it, so that two devices never wake the same line; "" with no target. */
  readonly targetKey?: string;
  readonly username?: string;
  readonly sealedHa1s?: string;
  readonly event?: string;
  readonly profile?: WakeProfile | null;
  readonly originalUrl?: string;
  readonly changedAtMs: number;
  /** A new device is not added when so many are known. Default: no limit. */
  readonly knownMax?: number;
}

export const TARGET_ID_BYTES = 24;
/** Ours have 32 characters; operators may choose, but nothing that can be guessed. */
export const TARGET_ID = /^[A-Za-z0-9_-]{22,64}$/;

/** @param octets TARGET_ID_BYTES cryptographically random octets. */
export const targetId = (octets: Uint8Array): string => Buffer.from(octets).toString("base64url");

/** Hashes sealed for one URL and realm open for no other. */
export const ownerOf = (id: string, realm: string): string => `connection-request ${id} ${realm}`;

/** The same for two spellings of the same target. */
export function targetKeyOf(target: WakeTarget | null, domains: Domains): string {
  if (target === null) return "";
  if (target.by === "instance-node") return `node ${target.macAddress}`;
  return `address ${readAddressOfRecord(target.addressOfRecord, domains) ?? target.addressOfRecord}`;
}

/** The URL by which ACSs wake the device. @param publicUrl Without a slash at its end. */
export const connectionRequestUrl = (publicUrl: string, id: string): string => `${publicUrl}/cr/${id}`;

/** The id that a request's path names, whatever a reverse proxy put before it; undefined: none of ours. The query is ignored (TR-069 3.2.2). */
export function targetIdOf(requestTarget: string): string | undefined {
  const end = requestTarget.search(/[?#]/);
  const path = end < 0 ? requestTarget : requestTarget.slice(0, end);
  const slash = path.lastIndexOf("/");
  const id = path.slice(slash + 1);
  return slash >= 3 && path.slice(slash - 3, slash) === "/cr" && /^[A-Za-z0-9_-]{1,128}$/.test(id) ? id : undefined;
}
