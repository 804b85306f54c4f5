/**
 * A device as the ACS knows it: identity, credentials, where SIP reaches it. Its values are the parameter tree (parameter-tree.ts).
 * Spec: TR-069 A.3.3.1 (DeviceIdStruct), 3.4.4 (user name). Layer: devices, pure.
 */

/** TR-069 A.3.3.1. The OUI is six upper-case hex digits; the product class may be empty. */
export interface DeviceIdentity {
  readonly oui: string;
  readonly productClass: string;
  readonly serialNumber: string;
}

/** A secret as it lies in the store: encrypted, never shown. common/secret-box.ts opens it. */
export type SealedSecret = string;

export interface Device {
  /** `OUI-ProductClass-SerialNumber`, see deviceId(). */
  readonly id: string;
  readonly identity: DeviceIdentity;
  /** Name of the maker as the last Inform told it, "" before the first. */
  readonly manufacturer: string;
  /** Who the device says it is in HTTP digest; the device id unless registered otherwise. Unique. */
  readonly username: string;
  readonly password: SealedSecret;
  /** The password came with the device, and others may know it: the ACS replaces it at first contact. */
  readonly passwordIsFactory: boolean;
  /** What is about to replace user name and password; null: nothing is. Both are accepted until the device has used the new password. */
  readonly pendingPassword: PendingPassword | null;
  /** What it came with, once a password of its own has replaced that: what it has again after a factory reset. null: not known. */
  readonly factoryCredentials: { readonly username: string; readonly password: SealedSecret } | null;
  /** What the ACS writes to ManagementServer.ConnectionRequestUsername and …Password at 0 BOOTSTRAP. */
  readonly connectionRequest: { readonly username: string; readonly password: SealedSecret };
  /** Address of record that the operator set for waking, e.g. "sip:1001@voice.example"; null: found out from the tree. */
  readonly sipAddress: string | null;
  readonly registeredAtMs: number;
  /** null: never called in. */
  readonly lastInformAtMs: number | null;
  /** Root object of its data model, "InternetGatewayDevice." or "Device."; null before the first Inform. */
  readonly root: string | null;
  /** CWMP namespace of its last Inform; null before the first. */
  readonly cwmpNamespace: string | null;
  /** Fencing token: goes up by one with each Inform; only the session that holds the newest may act. */
  readonly lease: number;
  readonly wake: WakeRecord;
  /** The enrolment rule under which it came (enrolment.ts); null: an operator registered it. */
  readonly enrolledBy: string | null;
  /** While it lasts, the device is heard and nothing is done for it. null: there is none. */
  readonly quarantine: Quarantine | null;
  /** Its next Inform is met as its first, with 0 BOOTSTRAP or without. */
  readonly awaitsFirstContact: boolean;
  /** Signs that several devices have this identity; null: none were seen, or an operator took them away. */
  readonly sharedIdentity: SharedIdentity | null;
  /** How it is managed: as it was registered, or as it spoke last. */
  readonly protocol: Protocol;
  readonly nms: NmsRecord;
}

/** "nms": voice-signalled management (US 2012/0089717 A1). */
export const PROTOCOLS = ["cwmp", "nms"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** What decides when a gateway of voice-signalled management may be signalled, and how its NOTIFYs are counted. */
export interface NmsRecord {
  /** Its last registration message; null: none yet, and so no signal (US 2012/0089717 A1 [0053]). */
  readonly registeredAtMs: number | null;
  /** Registration messages since it was last signalled. */
  readonly registrations: number;
  /** null: never. */
  readonly signalledAtMs: number | null;
  /** Non-voice requests that were received in all: CSeq goes up with them ([0092]). */
  readonly requests: number;
}

export const NO_NMS: NmsRecord = { registeredAtMs: null, registrations: 0, signalledAtMs: null, requests: 0 };

/** "approval-pending": enrolled, and no operator has said yes. "identity-changed": its credentials came with the Inform of another device. */
export const QUARANTINE_REASONS = ["approval-pending", "identity-changed"] as const;
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

export interface Quarantine {
  readonly reason: QuarantineReason;
  readonly sinceMs: number;
  /** The id that an Inform with its credentials claimed first; null: none claimed another. */
  readonly claimed: string | null;
}

/** Two values that a device went back and forth between, as two devices do that share its identity (field quirk 42). */
export interface SharedIdentity {
  readonly atMs: number;
  /** `connection-request-url`: hosts of its ConnectionRequestURL. `bootstrap-address`: where its 0 BOOTSTRAP came from. */
  readonly sign: "connection-request-url" | "bootstrap-address";
  /** The newest first. */
  readonly values: readonly string[];
}

/** A password that the device was sent, or is about to be. There is never a second one before the device was seen to use it. */
export interface PendingPassword {
  readonly password: SealedSecret;
  /** The user name that goes with it; null: the device keeps the one it has. */
  readonly username: string | null;
  /** It is the one of the factory, which a reset that was ordered brings back: nothing is sent, it is only accepted. */
  readonly isFactory: boolean;
  readonly sinceMs: number;
}

/** What the device may prove itself with now: one of these passwords, under one of these names. */
export function acceptedPasswords({ password, pendingPassword }: Device): readonly SealedSecret[] {
  return pendingPassword === null ? [password] : [password, pendingPassword.password];
}

export function isUsernameOf({ username, pendingPassword }: Device, name: string): boolean {
  return name === username || (pendingPassword !== null && name === pendingPassword.username);
}

/**
 * Waking is a record of the device, not a state of a task: a hundred tasks cost one wake (DESIGN 4).
 * "idle": nothing to wake for, or the device has called in since. "asked": a rung was asked. "waiting": no rung left now; next try at `nextTryAtMs`, or the next Inform.
 */
export interface WakeRecord {
  readonly state: "idle" | "asked" | "waiting";
  /** Tries since the device last called in. */
  readonly attempts: number;
  /** What happened last, for people: "NOTIFY answered 200", "no registration for sip:1001@voice.example". "" when idle. */
  readonly reason: string;
  /** null: not before the next Inform or registration. */
  readonly nextTryAtMs: number | null;
}

export const IDLE_WAKE: WakeRecord = { state: "idle", attempts: 0, reason: "", nextTryAtMs: null };

/**
 * The id of a device: `OUI-ProductClass-SerialNumber`, or `OUI-SerialNumber` without a product class (TR-069 3.4.4).
 * Each part is percent-encoded per RFC 3986, "-" too, so that two identities never share an id.
 */
export function deviceId({ oui, productClass, serialNumber }: DeviceIdentity): string {
  const parts = productClass === "" ? [oui, serialNumber] : [oui, productClass, serialNumber];
  return parts.map(encodePart).join("-");
}

function encodePart(part: string): string {
  return encodeURIComponent(part.toWellFormed()).replace(/[-!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
