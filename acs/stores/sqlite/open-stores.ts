/**
 * Opens the ACS's embedded database: all stores on one SQLite file.
 * Layer: stores (sqlite).
 */
import { type CommitObserver, openDatabase } from "../../../common/sqlite/database.js";
import type { WriterCounters } from "../../../common/sqlite/operation.js";
import type { StoredEvent } from "../../events/event.js";
import type { DeviceStore } from "../device-store.js";
import type { DiagnosisStore } from "../diagnosis-store.js";
import type { EnrolmentStore } from "../enrolment-store.js";
import type { EventStore } from "../event-store.js";
import type { FileStore } from "../file-store.js";
import type { GroupStore } from "../group-store.js";
import type { NmsStore } from "../nms-store.js";
import type { QuarantineStore } from "../quarantine-store.js";
import type { ReachStore } from "../reach-store.js";
import type { ReceivedFileStore } from "../received-file-store.js";
import type { SealedStore } from "../sealed-store.js";
import type { SettingsStore } from "../settings-store.js";
import type { TagStore } from "../tag-store.js";
import type { TaskStore } from "../task-store.js";
import type { UpgradeStore } from "../upgrade-store.js";
import { sqliteDeviceStore } from "./device-store.js";
import { sqliteDiagnosisStore } from "./diagnosis-store.js";
import { sqliteEnrolmentStore } from "./enrolment-store.js";
import { type EventListener, sqliteEventStore } from "./event-store.js";
import { sqliteFileStore, sqliteSettingsStore } from "./file-store.js";
import { sqliteGroupStore } from "./group-store.js";
import type { AcsOperations } from "./operations.js";
import { sqliteQuarantineStore } from "./quarantine-store.js";
import { sqliteReachStore } from "./reach-store.js";
import { sqliteReceivedFileStore } from "./received-file-store.js";
import { sqliteTagStore } from "./tag-store.js";
import { sqliteTaskStore } from "./task-store.js";
import { sqliteUpgradeStore } from "./upgrade-store.js";

export interface OpenStoresOptions {
  /** Path of the database file; created if absent, its directory is not. */
  readonly file: string;
  readonly observer?: CommitObserver;
}

export interface Stores {
  readonly devices: DeviceStore;
  readonly tasks: TaskStore;
  readonly diagnoses: DiagnosisStore;
  readonly events: EventStore;
  readonly files: FileStore;
  readonly received: ReceivedFileStore;
  readonly reach: ReachStore;
  readonly settings: SettingsStore;
  readonly sealed: SealedStore;
  readonly enrolment: EnrolmentStore;
  readonly quarantine: QuarantineStore;
  readonly nms: NmsStore;
  readonly upgrades: UpgradeStore;
  readonly tags: TagStore;
  readonly groups: GroupStore;
  /** Commits, rows read and written since opening. */
  counters(): WriterCounters & { readonly queued: number };
  /** The SQL of the reading side; a test asks for its query plans. */
  readonly statements: readonly string[];
  /** Stores what is queued, then closes. Later calls reject with DatabaseUnusable. */
  close(): Promise<void>;
}

const OPERATIONS_URL = new URL(import.meta.url.endsWith(".ts") ? "./operations.ts" : "./operations.js", import.meta.url);

/** @throws {DatabaseNotOpened} with what to do about it. */
export async function openStores({ file, observer }: OpenStoresOptions): Promise<Stores> {
  const listeners = new Set<EventListener>();
  const database = await openDatabase<AcsOperations>({
    file,
    operationsUrl: OPERATIONS_URL,
    ...(observer === undefined ? {} : { observer }),
    onCommitted: (announcements) => {
      // All that the operations of this database announce are events (event-writer.ts).
      for (const listener of listeners) listener(announcements as readonly StoredEvent[]);
    },
  });
  return {
    devices: sqliteDeviceStore(database),
    tasks: sqliteTaskStore(database),
    diagnoses: sqliteDiagnosisStore(database),
    events: sqliteEventStore(database, listeners),
    files: sqliteFileStore(database),
    received: sqliteReceivedFileStore(database),
    reach: sqliteReachStore(database),
    settings: sqliteSettingsStore(database),
    sealed: { replace: (resealed) => database.write("replaceSealed", resealed) },
    enrolment: sqliteEnrolmentStore(database),
    quarantine: sqliteQuarantineStore(database),
    nms: { record: (record) => database.write("recordNmsMessage", record) },
    upgrades: sqliteUpgradeStore(database),
    tags: sqliteTagStore(database),
    groups: sqliteGroupStore(database),
    counters: () => database.counters,
    statements: database.queries.statements,
    close: () => database.close(),
  };
}
