/**
 * A device as a row.
 * Layer: stores (sqlite).
 */
import type { Device, Protocol, QuarantineReason, WakeRecord } from "../../devices/device.js";

export interface DeviceRow {
  readonly number: number;
  readonly id: string;
  readonly oui: string;
  readonly product_class: string;
  readonly serial_number: string;
  readonly manufacturer: string;
  readonly username: string;
  readonly password: string;
  readonly password_is_factory: 0 | 1;
  readonly pending_password: string | null;
  readonly pending_username: string | null;
  readonly pending_since_ms: number | null;
  readonly pending_is_factory: 0 | 1;
  readonly factory_username: string | null;
  readonly factory_password: string | null;
  readonly connection_username: string;
  readonly connection_password: string;
  readonly sip_address: string | null;
  readonly registered_at_ms: number;
  readonly last_inform_at_ms: number | null;
  readonly root: string | null;
  readonly cwmp_namespace: string | null;
  readonly lease: number;
  readonly wake_state: WakeRecord["state"];
  readonly wake_attempts: number;
  readonly wake_reason: string;
  readonly wake_next_try_at_ms: number | null;
  readonly enrolled_by: string | null;
  readonly quarantine: QuarantineReason | null;
  readonly quarantined_at_ms: number | null;
  readonly claimed: string | null;
  readonly awaits_first_contact: 0 | 1;
  readonly shared_identity: string | null;
  readonly protocol: Protocol;
  readonly nms_registered_at_ms: number | null;
  readonly nms_registrations: number;
  readonly nms_signalled_at_ms: number | null;
  readonly nms_requests: number;
}

/** A new one goes to the end, here and in `rowOf`. */
const NAMES = [
  "number",
  "id",
  "oui",
  "product_class",
  "serial_number",
  "manufacturer",
  "username",
  "password",
  "password_is_factory",
  "pending_password",
  "pending_username",
  "pending_since_ms",
  "pending_is_factory",
  "factory_username",
  "factory_password",
  "connection_username",
  "connection_password",
  "sip_address",
  "registered_at_ms",
  "last_inform_at_ms",
  "root",
  "cwmp_namespace",
  "lease",
  "wake_state",
  "wake_attempts",
  "wake_reason",
  "wake_next_try_at_ms",
  "enrolled_by",
  "quarantine",
  "quarantined_at_ms",
  "claimed",
  "awaits_first_contact",
  "shared_identity",
  "protocol",
  "nms_registered_at_ms",
  "nms_registrations",
  "nms_signalled_at_ms",
  "nms_requests",
] as const satisfies readonly (keyof DeviceRow)[];

/** Of the table named or aliased `devices`. */
export const DEVICE_COLUMNS = NAMES.map((name) => `devices.${name}`).join(", ");

/** The same columns as a row without names. */
export type DeviceTuple = TupleOf<typeof NAMES>;
type TupleOf<Names extends readonly (keyof DeviceRow)[]> = { readonly [Place in keyof Names]: DeviceRow[Names[Place]] };

export const rowOf = (tuple: DeviceTuple): DeviceRow => ({
  number: tuple[0],
  id: tuple[1],
  oui: tuple[2],
  product_class: tuple[3],
  serial_number: tuple[4],
  manufacturer: tuple[5],
  username: tuple[6],
  password: tuple[7],
  password_is_factory: tuple[8],
  pending_password: tuple[9],
  pending_username: tuple[10],
  pending_since_ms: tuple[11],
  pending_is_factory: tuple[12],
  factory_username: tuple[13],
  factory_password: tuple[14],
  connection_username: tuple[15],
  connection_password: tuple[16],
  sip_address: tuple[17],
  registered_at_ms: tuple[18],
  last_inform_at_ms: tuple[19],
  root: tuple[20],
  cwmp_namespace: tuple[21],
  lease: tuple[22],
  wake_state: tuple[23],
  wake_attempts: tuple[24],
  wake_reason: tuple[25],
  wake_next_try_at_ms: tuple[26],
  enrolled_by: tuple[27],
  quarantine: tuple[28],
  quarantined_at_ms: tuple[29],
  claimed: tuple[30],
  awaits_first_contact: tuple[31],
  shared_identity: tuple[32],
  protocol: tuple[33],
  nms_registered_at_ms: tuple[34],
  nms_registrations: tuple[35],
  nms_signalled_at_ms: tuple[36],
  nms_requests: tuple[37],
});

export const deviceOf = (row: DeviceRow): Device => ({
  id: row.id,
  identity: { oui: row.oui, productClass: row.product_class, serialNumber: row.serial_number },
  manufacturer: row.manufacturer,
  username: row.username,
  password: row.password,
  passwordIsFactory: row.password_is_factory === 1,
  pendingPassword:
    row.pending_password === null
      ? null
      : {
          password: row.pending_password,
          username: row.pending_username,
          isFactory: row.pending_is_factory === 1,
          sinceMs: row.pending_since_ms ?? 0,
        },
  factoryCredentials:
    row.factory_username === null || row.factory_password === null
      ? null
      : { username: row.factory_username, password: row.factory_password },
  connectionRequest: { username: row.connection_username, password: row.connection_password },
  sipAddress: row.sip_address,
  registeredAtMs: row.registered_at_ms,
  lastInformAtMs: row.last_inform_at_ms,
  root: row.root,
  cwmpNamespace: row.cwmp_namespace,
  lease: row.lease,
  wake: { state: row.wake_state, attempts: row.wake_attempts, reason: row.wake_reason, nextTryAtMs: row.wake_next_try_at_ms },
  enrolledBy: row.enrolled_by,
  quarantine: row.quarantine === null ? null : { reason: row.quarantine, sinceMs: row.quarantined_at_ms ?? 0, claimed: row.claimed },
  awaitsFirstContact: row.awaits_first_contact === 1,
  sharedIdentity: row.shared_identity === null ? null : JSON.parse(row.shared_identity),
  protocol: row.protocol,
  nms: {
    registeredAtMs: row.nms_registered_at_ms,
    registrations: row.nms_registrations,
    signalledAtMs: row.nms_signalled_at_ms,
    requests: row.nms_requests,
  },
});
