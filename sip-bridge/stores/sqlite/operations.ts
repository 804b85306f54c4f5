/**
 * The bridge's tables, and the writes that run inside the group commit.
 * Layer: stores (SQLite adapter, writer thread).
 */
import type { Migration, Writer } from "../../../common/sqlite/operation.js";
import { type KnownCallIdentity, nextIdentity } from "../../notify/call-identity.js";
import type { Account } from "../../registrar/account.js";
import type { BindingChange } from "../../registrar/binding.js";
import type { CallIdentity, NextCallIdentity } from "../call-identity-store.js";
import { BINDING_COLUMNS, type BindingRow } from "./binding-rows.js";
import {
  CONNECTION_REQUESTS_PROFILE,
  CONNECTION_REQUESTS_TABLE,
  changeConnectionRequest,
  removeConnectionRequest,
} from "./connection-request-operations.js";
import { EVENT_MEMORY_TABLE, rememberEvent } from "./event-memory-operations.js";
import { putWatcher, removeWatcher, WATCHERS_TABLE } from "./notifier-operations.js";
import { changeOutcomes, OUTCOMES_TABLE } from "./outcome-operations.js";
import { putSubscription, removeSubscription, SUBSCRIPTIONS_TABLE } from "./subscription-operations.js";

/** "SIPb". */
export const applicationId = 0x53495062;

export const migrations: readonly Migration[] = [
  `CREATE TABLE bindings (
     address_of_record TEXT NOT NULL,
     contact TEXT NOT NULL,
     instance_id TEXT NOT NULL,
     instance_node TEXT NOT NULL,
     username TEXT NOT NULL,
     call_id TEXT NOT NULL,
     cseq INTEGER NOT NULL,
     transport TEXT NOT NULL,
     local_port INTEGER NOT NULL,
     remote_address TEXT NOT NULL,
     remote_port INTEGER NOT NULL,
     user_agent TEXT NOT NULL,
     allow_events TEXT NOT NULL,
     registered_at_ms INTEGER NOT NULL,
     last_seen_at_ms INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     PRIMARY KEY (address_of_record, contact)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX bindings_by_node ON bindings (instance_node) WHERE instance_node <> '';
   CREATE INDEX bindings_by_end ON bindings (expires_at_ms);
   CREATE TABLE accounts (
     realm TEXT NOT NULL,
     username TEXT NOT NULL,
     ha1s TEXT NOT NULL,
     addresses_of_record TEXT NOT NULL,
     changed_at_ms INTEGER NOT NULL,
     PRIMARY KEY (realm, username)
   ) STRICT, WITHOUT ROWID;`,
  // The TCP or TLS connection of the flow; '' for UDP.
  "ALTER TABLE bindings ADD COLUMN connection TEXT NOT NULL DEFAULT ''",
  `CREATE TABLE call_identities (
     device_id TEXT PRIMARY KEY,
     call_id TEXT NOT NULL,
     cseq INTEGER NOT NULL,
     requests INTEGER NOT NULL,
     used_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX call_identities_by_use ON call_identities (used_at_ms);`,
  CONNECTION_REQUESTS_TABLE,
  // Two flows of one instance may have the same contact: what names a binding is its identity (registrar/binding.ts).
  `CREATE TABLE bindings_by_identity (
     address_of_record TEXT NOT NULL,
     identity TEXT NOT NULL,
     contact TEXT NOT NULL,
     q REAL NOT NULL,
     contact_params TEXT NOT NULL,
     instance_id TEXT NOT NULL,
     instance_node TEXT NOT NULL,
     reg_id INTEGER NOT NULL,
     path TEXT NOT NULL,
     username TEXT NOT NULL,
     call_id TEXT NOT NULL,
     cseq INTEGER NOT NULL,
     transport TEXT NOT NULL,
     local_port INTEGER NOT NULL,
     remote_address TEXT NOT NULL,
     remote_port INTEGER NOT NULL,
     connection TEXT NOT NULL,
     user_agent TEXT NOT NULL,
     allow_events TEXT NOT NULL,
     registered_at_ms INTEGER NOT NULL,
     last_seen_at_ms INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     PRIMARY KEY (address_of_record, identity)
   ) STRICT, WITHOUT ROWID;
   INSERT INTO bindings_by_identity SELECT address_of_record, contact, contact, 1, '', instance_id, instance_node, 0, '[]', username,
     call_id, cseq, transport, local_port, remote_address, remote_port, connection, user_agent, allow_events,
     registered_at_ms, last_seen_at_ms, expires_at_ms FROM bindings;
   DROP TABLE bindings;
   ALTER TABLE bindings_by_identity RENAME TO bindings;
   CREATE INDEX bindings_by_node ON bindings (instance_node) WHERE instance_node <> '';
   CREATE INDEX bindings_by_end ON bindings (expires_at_ms);`,
  EVENT_MEMORY_TABLE,
  "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;",
  CONNECTION_REQUESTS_PROFILE,
  SUBSCRIPTIONS_TABLE,
  WATCHERS_TABLE,
  OUTCOMES_TABLE,
];

export const operations = {
  ...{ changeBindings, pruneBindings, putAccount, removeAccount, nextCallIdentity, useCallIdentity },
  ...{ changeConnectionRequest, removeConnectionRequest, rememberEvent, putSetting },
  ...{ putSubscription, removeSubscription, putWatcher, removeWatcher, changeOutcomes },
};

interface Known {
  readonly call_id: string;
  readonly cseq: number;
}

/** What crosses to the writer thread of a `BindingChange`. */
interface RowChange extends Omit<BindingChange, "put"> {
  readonly rows: readonly BindingRow[];
}

function changeBindings(writer: Writer) {
  const known = writer.prepare<Known>(
    "SELECT call_id, cseq FROM bindings WHERE address_of_record = ? AND identity = ? AND expires_at_ms > ?",
  );
  // The row stays for a while, so that support can see what was registered; `prune` takes it away.
  const end = writer.prepare(
    "UPDATE bindings SET expires_at_ms = ?, last_seen_at_ms = ? WHERE address_of_record = ? AND identity = ? AND expires_at_ms > ?",
  );
  const put = writer.prepare(`INSERT OR REPLACE INTO bindings (${BINDING_COLUMNS}) VALUES (${BINDING_COLUMNS.map(() => "?")})`);
  return ({ addressOfRecord, callId, cseq, nowMs, remove, rows }: RowChange): "stored" | "stale" => {
    const isOvertaken = [...remove, ...rows.map(([, identity]) => identity)].some((identity) => {
      const old = known.get(addressOfRecord, identity, nowMs);
      return old !== undefined && old.call_id === callId && old.cseq >= cseq;
    });
    if (isOvertaken) return "stale";
    for (const identity of remove) end.run(nowMs, nowMs, addressOfRecord, identity, nowMs);
    for (const row of rows) put.run(...row);
    return "stored";
  };
}

function pruneBindings(writer: Writer) {
  const prune = writer.prepare(
    `DELETE FROM bindings WHERE (address_of_record, identity) IN
       (SELECT address_of_record, identity FROM bindings WHERE expires_at_ms < ? ORDER BY expires_at_ms LIMIT ?)`,
  );
  return ({ beforeMs, limit }: { readonly beforeMs: number; readonly limit: number }): number => prune.run(beforeMs, limit);
}

function putAccount(writer: Writer) {
  const exists = writer.prepare<{ readonly found: number }>("SELECT 1 AS found FROM accounts WHERE realm = ? AND username = ?");
  const put = writer.prepare("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?)");
  return ({ realm, username, ha1s, addressesOfRecord, changedAtMs }: Account): "added" | "replaced" => {
    const outcome = exists.get(realm, username) === undefined ? "added" : "replaced";
    put.run(realm, username, JSON.stringify(ha1s), JSON.stringify(addressesOfRecord), changedAtMs);
    return outcome;
  };
}

function putSetting(writer: Writer) {
  const put = writer.prepare("INSERT OR REPLACE INTO settings VALUES (?, ?)");
  return ({ name, value }: { readonly name: string; readonly value: string }): void => {
    put.run(name, value);
  };
}

function removeAccount(writer: Writer) {
  const remove = writer.prepare("DELETE FROM accounts WHERE realm = ? AND username = ?");
  return ({ realm, username }: { readonly realm: string; readonly username: string }): "removed" | "unknown" =>
    remove.run(realm, username) === 1 ? "removed" : "unknown";
}

/** A device that was not woken for so long begins anew, so that what is removed at the ACS does not stay here for ever. */
const CALL_IDENTITY_KEPT_MS = 400 * 86_400_000;
/** Each use takes that many old ones away. */
const CALL_IDENTITIES_PRUNED = 2;

function nextCallIdentity(writer: Writer) {
  const known = writer.prepare<KnownCallIdentity>(
    "SELECT call_id AS callId, cseq, requests AS requestsReceived FROM call_identities WHERE device_id = ?",
  );
  const put = writer.prepare("INSERT OR REPLACE INTO call_identities VALUES (?, ?, ?, ?, ?)");
  const prune = writer.prepare(
    "DELETE FROM call_identities WHERE device_id IN (SELECT device_id FROM call_identities WHERE used_at_ms < ? ORDER BY used_at_ms LIMIT ?)",
  );
  return ({ deviceId, requestsReceived, freshCallId, nowMs }: NextCallIdentity): CallIdentity => {
    const next = nextIdentity(known.get(deviceId), requestsReceived, freshCallId);
    put.run(deviceId, next.callId, next.cseq, requestsReceived, nowMs);
    prune.run(nowMs - CALL_IDENTITY_KEPT_MS, CALL_IDENTITIES_PRUNED);
    return next;
  };
}

function useCallIdentity(writer: Writer) {
  const raise = writer.prepare("UPDATE call_identities SET cseq = max(cseq, ?) WHERE device_id = ?");
  return ({ deviceId, cseq }: { readonly deviceId: string; readonly cseq: number }): void => {
    raise.run(cseq, deviceId);
  };
}
