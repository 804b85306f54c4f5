/**
 * The tables of the ACS. A released migration is never changed; a new one is added at the end.
 * Layer: stores (sqlite).
 */
import type { Migration } from "../../../common/sqlite/operation.js";

/** "RvAc" in ASCII. */
export const APPLICATION_ID = 0x52764163;

const FIRST: Migration = `
-- Numbers stand for device ids in the big tables. A number outlives its device, because events do.
CREATE TABLE device_numbers (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE
);

CREATE TABLE devices (
  number INTEGER PRIMARY KEY REFERENCES device_numbers,
  id TEXT NOT NULL,
  oui TEXT NOT NULL,
  product_class TEXT NOT NULL,
  serial_number TEXT NOT NULL,
  manufacturer TEXT NOT NULL DEFAULT '',
  username TEXT NOT NULL UNIQUE,
  password TEXT NOT NULL,
  connection_username TEXT NOT NULL,
  connection_password TEXT NOT NULL,
  sip_address TEXT,
  registered_at_ms INTEGER NOT NULL,
  last_inform_at_ms INTEGER,
  root TEXT,
  cwmp_namespace TEXT,
  lease INTEGER NOT NULL DEFAULT 0,
  wake_state TEXT NOT NULL DEFAULT 'idle',
  wake_attempts INTEGER NOT NULL DEFAULT 0,
  wake_reason TEXT NOT NULL DEFAULT '',
  wake_next_try_at_ms INTEGER,
  -- Counts of rows elsewhere, kept with them in the same transaction.
  open_tasks INTEGER NOT NULL DEFAULT 0,
  -- Those of them that are queued or unknown.
  waking_tasks INTEGER NOT NULL DEFAULT 0,
  parameters INTEGER NOT NULL DEFAULT 0,
  -- Templates that this device was the first to bring. Never goes down.
  templates_brought INTEGER NOT NULL DEFAULT 0,
  -- Number of the newest telling. Never goes down.
  tellings INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX devices_needing_wake ON devices (id) WHERE waking_tasks > 0 OR wake_state <> 'idle';

-- Names with {i} for instance numbers (devices/parameter-path.ts), shared by all devices.
CREATE TABLE templates (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE
);

-- One row per value: small, and rewritten alone. The coding is in parameter-row.ts.
CREATE TABLE parameters (
  device INTEGER NOT NULL,
  template INTEGER NOT NULL,
  instances TEXT NOT NULL,
  facts INTEGER NOT NULL,
  value,
  read INTEGER,
  changed INTEGER,
  PRIMARY KEY (device, template, instances)
) WITHOUT ROWID;

-- A moment in which a device told values, and why: what parameters.read and parameters.changed refer to. Gone when nothing refers to it.
CREATE TABLE tellings (
  device INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  cause TEXT NOT NULL,
  ref TEXT NOT NULL,
  uses INTEGER NOT NULL,
  PRIMARY KEY (device, number)
) WITHOUT ROWID;

CREATE TABLE tasks (
  id TEXT PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES devices,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  revision INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  settle_by_ms INTEGER,
  -- expires_at_ms while queued, settle_by_ms after that.
  due_ms INTEGER,
  sends INTEGER NOT NULL,
  sent_at_ms INTEGER,
  -- JSON:
  task_order TEXT NOT NULL,
  failure TEXT NOT NULL,
  transitions TEXT NOT NULL,
  result TEXT NOT NULL
);
CREATE INDEX tasks_by_device ON tasks (device, state, id);
CREATE INDEX tasks_by_state ON tasks (state, id);
CREATE INDEX tasks_due ON tasks (due_ms, id) WHERE due_ms IS NOT NULL;

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  device INTEGER REFERENCES device_numbers,
  data TEXT NOT NULL
);
CREATE INDEX events_by_device ON events (device, kind, id) WHERE device IS NOT NULL;
CREATE INDEX events_by_kind ON events (kind, id);

CREATE TABLE files (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  file_type TEXT NOT NULL,
  model TEXT NOT NULL,
  version TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  added_at_ms INTEGER NOT NULL,
  UNIQUE (file_type, model, version)
);
CREATE TABLE wanted_versions (model TEXT PRIMARY KEY, version TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;

const REACHABILITY: Migration = `
-- What each rung of the reachability ladder brought.
CREATE TABLE device_rungs (
  device INTEGER NOT NULL,
  rung TEXT NOT NULL,
  asked_at_ms INTEGER,
  woke_at_ms INTEGER,
  failed_at_ms INTEGER,
  failure TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (device, rung)
) WITHOUT ROWID;
-- The same for all devices of a model (OUI-ProductClass).
CREATE TABLE model_rungs (
  model TEXT NOT NULL,
  rung TEXT NOT NULL,
  woke_at_ms INTEGER,
  failed_at_ms INTEGER,
  PRIMARY KEY (model, rung)
) WITHOUT ROWID;
-- Where STUN saw a device that proved its password.
CREATE TABLE udp_bindings (
  device INTEGER PRIMARY KEY,
  host TEXT NOT NULL,
  port INTEGER NOT NULL,
  at_ms INTEGER NOT NULL
);
-- Against replay of lightweight notifications: the newest TS of a device, and the CNs heard with it (JSON).
CREATE TABLE notification_marks (
  device INTEGER PRIMARY KEY,
  ts INTEGER NOT NULL,
  cnonces TEXT NOT NULL
);
`;

const TASK_KINDS: Migration = `
-- Notification and access list; the coding is in parameter-row.ts. NULL: not told.
ALTER TABLE parameters ADD COLUMN attributes INTEGER;
-- JSON; NULL: none.
ALTER TABLE tasks ADD COLUMN progress TEXT;
`;

const ENROLMENT: Migration = `
-- Arrays are JSON. Columns as in devices/enrolment.ts.
CREATE TABLE enrolment_rules (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  until_ms INTEGER,
  closed_at_ms INTEGER,
  devices_max INTEGER NOT NULL,
  enrolled INTEGER NOT NULL,
  ouis TEXT NOT NULL,
  product_classes TEXT NOT NULL,
  approval INTEGER NOT NULL,
  username TEXT,
  password TEXT
) WITHOUT ROWID;
-- Never more of a rule than its devices_max: only who was enrolled under it can be rejected.
CREATE TABLE enrolment_rejections (rule TEXT NOT NULL, device TEXT NOT NULL, PRIMARY KEY (rule, device)) WITHOUT ROWID;

ALTER TABLE devices ADD COLUMN enrolled_by TEXT;
-- Common name of the client certificate that enrolled it.
ALTER TABLE devices ADD COLUMN certificate TEXT;
-- The reason; NULL: not quarantined.
ALTER TABLE devices ADD COLUMN quarantine TEXT;
ALTER TABLE devices ADD COLUMN quarantined_at_ms INTEGER;
ALTER TABLE devices ADD COLUMN claimed TEXT;
ALTER TABLE devices ADD COLUMN awaits_first_contact INTEGER NOT NULL DEFAULT 0;
-- JSON; NULL: no sign of it.
ALTER TABLE devices ADD COLUMN shared_identity TEXT;
CREATE INDEX devices_quarantined ON devices (id) WHERE quarantine IS NOT NULL;
CREATE UNIQUE INDEX devices_by_certificate ON devices (certificate) WHERE certificate IS NOT NULL;
`;

const RECEIVED_FILES: Migration = `
-- What devices have uploaded to our file server; the bytes lie in a directory, encrypted, under the id.
CREATE TABLE received_files (
  id TEXT PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES device_numbers,
  task TEXT NOT NULL UNIQUE,
  file_type TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  content_coding TEXT NOT NULL,
  received_at_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX received_files_by_device ON received_files (device, id);
CREATE INDEX received_files_by_type ON received_files (device, file_type, id);
CREATE INDEX received_files_by_age ON received_files (received_at_ms);
`;

const DEVICE_PASSWORDS: Migration = `
ALTER TABLE devices ADD COLUMN password_is_factory INTEGER NOT NULL DEFAULT 0;
-- A new password on its way to the device, sealed; NULL: none.
ALTER TABLE devices ADD COLUMN pending_password TEXT;
-- The user name that goes with it; NULL: the device keeps its own.
ALTER TABLE devices ADD COLUMN pending_username TEXT;
ALTER TABLE devices ADD COLUMN pending_since_ms INTEGER;
CREATE UNIQUE INDEX devices_by_pending_username ON devices (pending_username) WHERE pending_username IS NOT NULL;
`;

const VOICE_SIGNALLED: Migration = `
ALTER TABLE devices ADD COLUMN protocol TEXT NOT NULL DEFAULT 'cwmp';
ALTER TABLE devices ADD COLUMN nms_registered_at_ms INTEGER;
-- Registration messages since the last signal.
ALTER TABLE devices ADD COLUMN nms_registrations INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN nms_signalled_at_ms INTEGER;
-- Non-voice requests in all. Never goes down.
ALTER TABLE devices ADD COLUMN nms_requests INTEGER NOT NULL DEFAULT 0;
`;

const FACTORY_CREDENTIALS: Migration = `
-- What the device came with, once its own password has replaced it; NULL: not known.
ALTER TABLE devices ADD COLUMN factory_username TEXT;
ALTER TABLE devices ADD COLUMN factory_password TEXT;
-- 1: the pending password is the one of the factory.
ALTER TABLE devices ADD COLUMN pending_is_factory INTEGER NOT NULL DEFAULT 0;
`;

const DIAGNOSES: Migration = `
-- Columns as in diagnostics/diagnosis.ts; wish and outcome are JSON.
CREATE TABLE diagnoses (
  id TEXT PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES devices,
  test TEXT NOT NULL,
  unit TEXT,
  state TEXT NOT NULL,
  revision INTEGER NOT NULL,
  unit_path TEXT,
  path TEXT,
  task TEXT NOT NULL,
  caused_by TEXT,
  created_at_ms INTEGER NOT NULL,
  cancel_asked_at_ms INTEGER,
  ended_at_ms INTEGER,
  wish TEXT NOT NULL,
  outcome TEXT
) WITHOUT ROWID;
CREATE INDEX diagnoses_by_device ON diagnoses (device, id);
CREATE INDEX diagnoses_running ON diagnoses (id) WHERE state = 'running';
`;

const UPGRADES: Migration = `
-- JSON: versions that the file is for, "*" for any characters; '[]': any.
ALTER TABLE files ADD COLUMN applies_to TEXT NOT NULL DEFAULT '[]';
ALTER TABLE files ADD COLUMN release_note TEXT NOT NULL DEFAULT '';

-- Kept when the device is removed: what became of it is somebody's result.
CREATE TABLE upgrades (
  id TEXT PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES device_numbers,
  state TEXT NOT NULL,
  revision INTEGER NOT NULL,
  -- NULL: not timed, or ended.
  due_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  caused_by TEXT,
  -- JSON: upgrades/upgrade.ts.
  record TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX upgrades_by_device ON upgrades (device, state, id);
CREATE INDEX upgrades_by_state ON upgrades (state, id);
CREATE INDEX upgrades_due ON upgrades (due_ms, id) WHERE due_ms IS NOT NULL;
`;

const GROUPS: Migration = `
-- Names that operators give to devices. The id is that of the device's number, so that a tag's devices come in its order.
CREATE TABLE device_tags (
  tag TEXT NOT NULL,
  id TEXT NOT NULL,
  device INTEGER NOT NULL,
  PRIMARY KEY (tag, id)
) WITHOUT ROWID;
CREATE INDEX device_tags_by_device ON device_tags (device, tag);

-- Columns as in groups/group.ts. The counts of members by state are kept with them in the same transaction.
CREATE TABLE device_groups (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  sealed_order TEXT NOT NULL,
  state TEXT NOT NULL,
  concurrency INTEGER NOT NULL,
  rate_per_minute INTEGER,
  created_at_ms INTEGER NOT NULL,
  started_at_ms INTEGER,
  ended_at_ms INTEGER,
  next_start_ms REAL NOT NULL,
  -- JSON:
  not_taken TEXT NOT NULL,
  queued INTEGER NOT NULL DEFAULT 0,
  running INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0,
  aborted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX device_groups_by_state ON device_groups (state, id);
CREATE INDEX device_groups_by_end ON device_groups (ended_at_ms) WHERE ended_at_ms IS NOT NULL;
-- A member outlives its device: what came of it is part of the group's result.
CREATE TABLE group_members (
  group_number INTEGER NOT NULL,
  number INTEGER NOT NULL,
  device INTEGER NOT NULL REFERENCES device_numbers,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  started_at_ms INTEGER,
  ended_at_ms INTEGER,
  PRIMARY KEY (group_number, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX group_members_by_device ON group_members (group_number, device);
CREATE INDEX group_members_by_state ON group_members (group_number, state, number);
`;

export const MIGRATIONS: readonly Migration[] = [
  FIRST,
  REACHABILITY,
  TASK_KINDS,
  ENROLMENT,
  RECEIVED_FILES,
  DEVICE_PASSWORDS,
  VOICE_SIGNALLED,
  FACTORY_CREDENTIALS,
  DIAGNOSES,
  UPGRADES,
  GROUPS,
];
