/**
 * What happened, for timelines, the event stream and webhooks. Stored before it is announced.
 * Layer: events, pure.
 */

export type EventKind =
  | "device-registered"
  | "device-removed"
  | "device-informed"
  | "device-unknown"
  | "device-report"
  | "device-notified"
  | "device-password"
  | "authentication-failed"
  | "identity-mismatch"
  | "session-failed"
  | "task-created"
  | "task-changed"
  | "wake-changed"
  | "wire"
  | "parameter-limit"
  | "policy-used"
  | "file-added"
  | "file-removed"
  | "device-enrolled"
  | "device-quarantined"
  | "device-released"
  | "quarantined-call"
  | "identity-shared"
  | "enrolment-rule-changed"
  | "file-received"
  | "received-file-removed"
  | "nms-registered"
  | "nms-requested"
  | "diagnosis-started"
  | "diagnosis-ended"
  | "upgrade-started"
  | "upgrade-phase"
  | "upgrade-ended"
  | "group-changed"
  | "group-ended";

export interface NewEvent {
  readonly atMs: number;
  readonly kind: EventKind;
  /** null: concerns no known device. */
  readonly deviceId: string | null;
  /** JSON data, no secrets. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface StoredEvent extends NewEvent {
  /** Rises with each event stored; never reused. */
  readonly id: number;
}
