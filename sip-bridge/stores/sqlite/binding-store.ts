/**
 * Bindings in SQLite: reads on the calling thread, writes in the group commit.
 * Layer: stores (SQLite adapter).
 */
import type { Binding } from "../../registrar/binding.js";
import type { BindingPage, BindingStore } from "../binding-store.js";
import type { BridgeDatabase } from "./bridge-database.js";

/** As arrays: each REGISTER and each wake reads some. */
type BindingRow = readonly [
  addressOfRecord: string,
  contact: string,
  q: number,
  contactParams: string,
  instanceId: string,
  regId: number,
  path: string,
  username: string,
  callId: string,
  cseq: number,
  transport: "udp" | "tcp" | "tls",
  localPort: number,
  remoteAddress: string,
  remotePort: number,
  connection: string,
  userAgent: string,
  allowEvents: string,
  registeredAtMs: number,
  lastSeenAtMs: number,
  expiresAtMs: number,
];

/** In the order of `BindingRow`. */
const COLUMNS = `address_of_record, contact, q, contact_params, instance_id, reg_id, path, username, call_id, cseq,
  transport, local_port, remote_address, remote_port, connection, user_agent, allow_events, registered_at_ms, last_seen_at_ms, expires_at_ms`;

export function createBindingStore(database: BridgeDatabase): BindingStore {
  const { queries } = database;
  const oldestFirst = "ORDER BY registered_at_ms, identity";
  const ofAddress = queries.prepareTuples<BindingRow>(
    `SELECT ${COLUMNS} FROM bindings WHERE address_of_record = ? AND expires_at_ms > ? ${oldestFirst}`,
  );
  // The first condition is that of the partial index, which is used only if it is spelt out.
  const ofNode = queries.prepareTuples<BindingRow>(
    `SELECT ${COLUMNS} FROM bindings WHERE instance_node <> '' AND instance_node = ? AND expires_at_ms > ? ${oldestFirst}`,
  );
  const page = queries.prepareTuples<BindingRow>(
    `SELECT ${COLUMNS} FROM bindings WHERE (address_of_record, identity) > (:afterAddress, :afterIdentity) AND (expires_at_ms > :nowMs) = :isRegistered
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

const NO_PATH: readonly string[] = [];

function bindingOf(row: BindingRow): Binding {
  const connection = row[14];
  return {
    addressOfRecord: row[0],
    contact: row[1],
    q: row[2],
    contactParams: row[3],
    instanceId: row[4],
    regId: row[5],
    path: row[6] === "[]" ? NO_PATH : (JSON.parse(row[6]) as readonly string[]), // our own: `changeBindings` wrote it
    username: row[7],
    callId: row[8],
    cseq: row[9],
    flow: {
      transport: row[10],
      localPort: row[11],
      remoteAddress: row[12],
      remotePort: row[13],
      ...(connection === "" ? {} : { connection }),
    },
    userAgent: row[15],
    allowEvents: row[16],
    registeredAtMs: row[17],
    lastSeenAtMs: row[18],
    expiresAtMs: row[19],
  };
}
