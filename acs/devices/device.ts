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
