/**
 * Bindings in SQLite: reads on the calling thread, writes in the group commit.
 * Layer: stores (SQLite adapter).
 */
import type { BindingChange } from "../../registrar/binding.js";
import type { BindingPage, BindingStore } from "../binding-store.js";
import { BINDING_COLUMNS, type BindingRow, bindingOf, rowOf } from "./binding-rows.js";
import type { BridgeDatabase } from "./bridge-database.js";
import { createKnownBindings } from "./known-bindings.js";

const COLUMNS = BINDING_COLUMNS.join(", ");

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
  const known = createKnownBindings((addressOfRecord, nowMs) => ofAddress.all(addressOfRecord, nowMs).map(bindingOf));

  async function change(wanted: BindingChange): Promise<"stored" | "stale"> {
    const { addressOfRecord, callId, cseq, nowMs, remove, put } = wanted;
    try {
      const outcome = await database.write("changeBindings", { addressOfRecord, callId, cseq, nowMs, remove, rows: put.map(rowOf) });
      if (outcome === "stored") known.changed(wanted);
      return outcome;
    } catch (error) {
      known.forget(addressOfRecord);
      throw error;
    }
  }

  return {
    change,
    current: (addressOfRecord, nowMs) => database.read(() => known.current(addressOfRecord, nowMs)),
    byInstanceNode: (macAddress, nowMs) => database.read(() => ofNode.all(macAddress, nowMs).map(bindingOf)),
    list: (wanted, nowMs) => database.read(() => page.all(pageParameters(wanted, nowMs)).map(bindingOf)),
    count: (nowMs) => database.read(() => count.get(nowMs)?.count ?? 0),
    async prune(beforeMs, limit) {
      const pruned = await database.write("pruneBindings", { beforeMs, limit });
      if (pruned > 0) known.pruned(beforeMs);
      return pruned;
    },
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
