/**
 * Opens the bridge's database and gives out its stores.
 * Layer: stores (SQLite adapter).
 */
import { type Database, openDatabase } from "../../../common/sqlite/database.js";
import type { WriterCounters } from "../../../common/sqlite/operation.js";
import type { AccountStore } from "../account-store.js";
import type { BindingStore } from "../binding-store.js";
import type { CallIdentityStore } from "../call-identity-store.js";
import type { ConnectionRequestStore } from "../connection-request-store.js";
import type { EventMemoryStore } from "../event-memory-store.js";
import type { NotifierStore } from "../notifier-store.js";
import type { OutcomeStore } from "../outcome-store.js";
import type { SettingStore } from "../setting-store.js";
import type { SubscriptionStore } from "../subscription-store.js";
import { createAccountStore } from "./account-store.js";
import { createBindingStore } from "./binding-store.js";
import { createCallIdentityStore } from "./call-identity-store.js";
import { createConnectionRequestStore } from "./connection-request-store.js";
import { createEventMemoryStore } from "./event-memory-store.js";
import { createNotifierStore } from "./notifier-store.js";
import type { operations } from "./operations.js";
import { createOutcomeStore } from "./outcome-store.js";
import { createSettingStore } from "./setting-store.js";
import { createSubscriptionStore } from "./subscription-store.js";

export type BridgeDatabase = Database<typeof operations>;

/** Since opening. */
export interface StoreCounters extends Pick<WriterCounters, "commits" | "operations" | "rowsRead" | "rowsWritten"> {
  readonly queued: number;
}

export interface BridgeStores {
  readonly bindings: BindingStore;
  readonly accounts: AccountStore;
  readonly callIdentities: CallIdentityStore;
  readonly connectionRequests: ConnectionRequestStore;
  readonly eventMemory: EventMemoryStore;
  readonly subscriptions: SubscriptionStore;
  /** Of those who watch registrations. */
  readonly watchers: NotifierStore;
  readonly outcomes: OutcomeStore;
  readonly settings: SettingStore;
  counters(): StoreCounters;
  /** Writes what is under way, then closes the file. */
  close(): Promise<void>;
}

/** @throws {DatabaseNotOpened} with what to do about it. */
export async function openBridgeStores(file: string): Promise<BridgeStores> {
  const operationsFile = import.meta.url.endsWith(".ts") ? "./operations.ts" : "./operations.js";
  const database: BridgeDatabase = await openDatabase({ file, operationsUrl: new URL(operationsFile, import.meta.url) });
  return {
    bindings: createBindingStore(database),
    accounts: createAccountStore(database),
    callIdentities: createCallIdentityStore(database),
    connectionRequests: createConnectionRequestStore(database),
    eventMemory: createEventMemoryStore(database),
    subscriptions: createSubscriptionStore(database),
    watchers: createNotifierStore(database),
    outcomes: createOutcomeStore(database),
    settings: createSettingStore(database),
    counters() {
      const { commits, operations, rowsRead, rowsWritten, queued } = database.counters;
      return { commits, operations, rowsRead: rowsRead + database.rowsRead, rowsWritten, queued };
    },
    close: () => database.close(),
  };
}
