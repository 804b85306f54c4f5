/**
 * Bindings in SQLite: reads on the calling thread, writes in the group commit.
 * Layer: stores (SQLite adapter).
 */
import type { Binding } from "../../registrar/binding.js";
import type { BindingStore } from "../binding-store.js";
import type { BridgeDatabase } from "./bridge-database.js";

interface BindingRow {
  readonly address_of_record: string;
  readonly contact: string;
  readonly instance_id: string;
  readonly username: string;
  readonly call_id: string;
  readonly cseq: number;
  readonly transport: "udp" | "tcp" | "tls";
  readonly local_port: number;
  readonly remote_address: string;
  readonly remote_port: number;
  readonly connection: string;
  readonly user_agent: string;
  readonly allow_events: string;
  readonly registered_at_ms: number;
  readonly last_seen_at_ms: number;
  readonly expires_at_ms: number;
}

export function createBindingStore(database: BridgeDatabase): BindingStore {
  const { queries } = database;
  const oldestFirst = "ORDER BY registered_at_ms, contact";
  const ofAddress = queries.prepare<BindingRow>(`SELECT * FROM bindings WHERE address_of_record = ? AND expires_at_ms > ? ${oldestFirst}`);
  // The first condition is that of the partial index, which is used only if it is spelt out.
  const ofNode = queries.prepare<BindingRow>(
    `SELECT * FROM bindings WHERE instance_node <> '' AND instance_node = ? AND expires_at_ms > ? ${oldestFirst}`,
  );
  const page = queries.prepare<BindingRow>(
    `SELECT * FROM bindings WHERE (address_of_record, contact) > (?, ?) AND expires_at_ms > ? ORDER BY address_of_record, contact LIMIT ?`,
  );
  const count = queries.prepare<{ readonly count: number }>("SELECT count(*) AS count FROM bindings WHERE expires_at_ms > ?");
  return {
    change: (change) => database.write("changeBindings", change),
    current: (addressOfRecord, nowMs) => database.read(() => ofAddress.all(addressOfRecord, nowMs).map(bindingOf)),
    byInstanceNode: (macAddress, nowMs) => database.read(() => ofNode.all(macAddress, nowMs).map(bindingOf)),
    list: ({ after, limit }, nowMs) =>
      database.read(() => page.all(after?.addressOfRecord ?? "", after?.contact ?? "", nowMs, limit).map(bindingOf)),
    count: (nowMs) => database.read(() => count.get(nowMs)?.count ?? 0),
    prune: (beforeMs, limit) => database.write("pruneBindings", { beforeMs, limit }),
  };
}

function bindingOf(row: BindingRow): Binding {
  const { transport, local_port: localPort, remote_address: remoteAddress, remote_port: remotePort, connection } = row;
  return {
    addressOfRecord: row.address_of_record,
    contact: row.contact,
    instanceId: row.instance_id,
    username: row.username,
    callId: row.call_id,
    cseq: row.cseq,
    flow: { transport, localPort, remoteAddress, remotePort, ...(connection === "" ? {} : { connection }) },
    userAgent: row.user_agent,
    allowEvents: row.allow_events,
    registeredAtMs: row.registered_at_ms,
    lastSeenAtMs: row.last_seen_at_ms,
    expiresAtMs: row.expires_at_ms,
  };
}
