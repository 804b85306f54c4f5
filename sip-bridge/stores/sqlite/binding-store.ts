/**
 * Bindings in SQLite: reads on the calling thread, writes in the group commit.
 * Layer: stores (SQLite adapter).
 */
import type { Binding } from "../../registrar/binding.js";
import type { BindingPage, BindingStore } from "../binding-store.js";
import type { BridgeDatabase } from "./bridge-database.js";

interface BindingRow {
  readonly address_of_record: string;
  readonly contact: string;
  readonly q: number;
  readonly contact_params: string;
  readonly instance_id: string;
  readonly reg_id: number;
  readonly path: string;
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
  const oldestFirst = "ORDER BY registered_at_ms, identity";
  const ofAddress = queries.prepare<BindingRow>(`SELECT * FROM bindings WHERE address_of_record = ? AND expires_at_ms > ? ${oldestFirst}`);
  // The first condition is that of the partial index, which is used only if it is spelt out.
  const ofNode = queries.prepare<BindingRow>(
    `SELECT * FROM bindings WHERE instance_node <> '' AND instance_node = ? AND expires_at_ms > ? ${oldestFirst}`,
  );
  const page = queries.prepare<BindingRow>(
    `SELECT * FROM bindings WHERE (address_of_record, identity) > (:afterAddress, :afterIdentity) AND (expires_at_ms > :nowMs) = :isRegistered
       AND (:addressOfRecord IS NULL OR address_of_record = :addressOfRecord) AND (:username IS NULL OR username = :username)
       AND (:transport IS NULL OR transport = :transport) AND (:remoteAddress IS NULL OR remote_address = :remoteAddress)
       AND (:instanceNode IS NULL OR instance_node = :instanceNode)
     ORDER BY address_of_record, identity LIMIT :limit`,
  );
  const count = queries.prepare<{ readonly count: number }>("SELECT count(*) AS count FROM bindings WHERE expires_at_ms > ?");
  return {
    change: (change) => database.write("changeBindings", change),
    current: (addressOfRecord, nowMs) => database.read(() => ofAddress.all(addressOfRecord, nowMs).map(bindingOf)),
    byInstanceNode: (macAddress, nowMs) => database.read(() => ofNode.all(macAddress, nowMs).map(bindingOf)),
    list: (wanted, nowMs) => database.read(() => page.all(pageParameters(wanted, nowMs)).map(bindingOf)),
    count: (nowMs) => database.read(() => count.get(nowMs)?.count ?? 0),
    prune: (beforeMs, limit) => database.write("pruneBindings", { beforeMs, limit }),
  };
}

/** A page of one address starts there, so that it costs one page. */
function pageParameters({ filter, after, limit }: BindingPage, nowMs: number) {
  const {
    state = "registered",
    addressOfRecord = null,
    username = null,
    transport = null,
    remoteAddress = null,
    instanceNode = null,
  } = filter ?? {};
  return {
    ...{ addressOfRecord, username, transport, remoteAddress, instanceNode, limit, nowMs, isRegistered: state === "registered" ? 1 : 0 },
    ...{ afterAddress: after?.addressOfRecord ?? addressOfRecord ?? "", afterIdentity: after?.identity ?? "" },
  };
}

function bindingOf(row: BindingRow): Binding {
  const { transport, local_port: localPort, remote_address: remoteAddress, remote_port: remotePort, connection } = row;
  return {
    addressOfRecord: row.address_of_record,
    contact: row.contact,
    q: row.q,
    contactParams: row.contact_params,
    instanceId: row.instance_id,
    regId: row.reg_id,
    path: JSON.parse(row.path) as readonly string[], // our own: `changeBindings` wrote it
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
