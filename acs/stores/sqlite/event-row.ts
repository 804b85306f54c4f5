/**
 * An event as a row: its kind as a number.
 * Layer: stores (sqlite).
 */
import type { EventKind, StoredEvent } from "../../events/event.js";

/** These numbers are stored: never change one, only add. */
const KIND_CODES: Readonly<Record<EventKind, number>> = {
  "device-registered": 0,
  "device-removed": 1,
  "device-informed": 2,
  "device-unknown": 3,
  "authentication-failed": 4,
  "identity-mismatch": 5,
  "session-failed": 6,
  "task-created": 7,
  "task-changed": 8,
  "wake-changed": 9,
  wire: 10,
  "parameter-limit": 11,
  "file-added": 12,
  "file-removed": 13,
  "device-report": 14,
  "device-notified": 15,
  "policy-used": 16,
  "file-received": 17,
  "received-file-removed": 18,
  "device-password": 19,
  "device-enrolled": 20,
  "device-quarantined": 21,
  "device-released": 22,
  "quarantined-call": 23,
  "identity-shared": 24,
  "enrolment-rule-changed": 25,
  "nms-registered": 30,
  "nms-requested": 31,
  "diagnosis-started": 40,
  "diagnosis-ended": 41,
  "upgrade-started": 50,
  "upgrade-phase": 51,
  "upgrade-ended": 52,
  "group-changed": 60,
  "group-ended": 61,
};
const KINDS = new Map(Object.entries(KIND_CODES).map(([kind, code]) => [code, kind as EventKind]));
export const ALL_KIND_CODES: readonly number[] = Object.values(KIND_CODES);

/** @throws {RangeError} A kind that has no number yet: our bug. */
export function kindCode(kind: EventKind): number {
  const code = KIND_CODES[kind];
  if (code === undefined) throw new RangeError(`event kind "${kind}" has no number in event-row.ts`);
  return code;
}

export interface EventRow {
  readonly id: number;
  readonly at_ms: number;
  readonly kind: number;
  readonly device_id: string | null;
  readonly data: string;
}

export function eventOf(row: EventRow): StoredEvent {
  const kind = KINDS.get(row.kind);
  if (kind === undefined) throw new RangeError(`event ${row.id} has the unknown kind ${row.kind}`);
  return { id: row.id, atMs: row.at_ms, kind, deviceId: row.device_id, data: JSON.parse(row.data) };
}
