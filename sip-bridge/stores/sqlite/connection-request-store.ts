/**
 * Devices that existing ACSs wake, in SQLite.
 * Layer: stores (SQLite adapter).
 */
import type { WakeProfile, WakeTarget } from "../../../schemas/wake-contract.js";
import type { ConnectionRequestTarget, TargetOrigin } from "../../connection-requests/target.js";
import type { ConnectionRequestStore } from "../connection-request-store.js";
import type { BridgeDatabase } from "./bridge-database.js";

interface TargetRow {
  readonly id: string;
  readonly device: string;
  readonly target: string;
  readonly target_by: TargetOrigin;
  readonly username: string;
  readonly sealed_ha1s: string;
  readonly event: string;
  readonly original_url: string;
  readonly changed_at_ms: number;
  readonly profile: string;
}

export function createConnectionRequestStore(database: BridgeDatabase): ConnectionRequestStore {
  const { queries } = database;
  const byId = queries.prepare<TargetRow>("SELECT * FROM connection_requests WHERE id = ?");
  const byDevice = queries.prepare<TargetRow>("SELECT * FROM connection_requests WHERE device = ?");
  // The first condition is that of the partial index, which is used only if it is spelt out.
  const byTarget = queries.prepare<TargetRow>("SELECT * FROM connection_requests WHERE target_key <> '' AND target_key = ? LIMIT ?");
  const page = queries.prepare<TargetRow>("SELECT * FROM connection_requests WHERE id > ? ORDER BY id LIMIT ?");
  const count = queries.prepare<{ readonly count: number }>("SELECT count(*) AS count FROM connection_requests");
  const one = (row: TargetRow | undefined) => (row === undefined ? undefined : targetOf(row));
  return {
    change: (change) => database.write("changeConnectionRequest", change),
    get: (id) => database.read(() => one(byId.get(id))),
    ofDevice: (device) => database.read(() => one(byDevice.get(device))),
    withTarget: (targetKey, limit) => database.read(() => byTarget.all(targetKey, limit).map(targetOf)),
    list: ({ after, limit }) => database.read(() => page.all(after ?? "", limit).map(targetOf)),
    count: () => database.read(() => count.get()?.count ?? 0),
    remove: (id) => database.write("removeConnectionRequest", id),
  };
}

/** The JSON is our own: `changeConnectionRequest` wrote it. */
function targetOf(row: TargetRow): ConnectionRequestTarget {
  return {
    id: row.id,
    device: row.device,
    target: JSON.parse(row.target) as WakeTarget | null,
    targetBy: row.target_by,
    username: row.username,
    sealedHa1s: row.sealed_ha1s,
    event: row.event,
    profile: JSON.parse(row.profile) as WakeProfile | null,
    originalUrl: row.original_url,
    changedAtMs: row.changed_at_ms,
  };
}
