/**
 * Writes of the devices that existing ACSs wake, inside the group commit.
 * Layer: stores (SQLite adapter, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { TargetChange } from "../../connection-requests/target.js";

/** WakeProfile as JSON; no event of its own, unless it is another than all had. */
export const CONNECTION_REQUESTS_PROFILE = `
  ALTER TABLE connection_requests ADD COLUMN profile TEXT NOT NULL DEFAULT 'null';
  UPDATE connection_requests SET event = '' WHERE event = 'resync';`;

export const CONNECTION_REQUESTS_TABLE = `
  CREATE TABLE connection_requests (
    id TEXT NOT NULL PRIMARY KEY,
    device TEXT NOT NULL UNIQUE,
    target TEXT NOT NULL,
    target_by TEXT NOT NULL,
    target_key TEXT NOT NULL,
    username TEXT NOT NULL,
    sealed_ha1s TEXT NOT NULL,
    event TEXT NOT NULL,
    original_url TEXT NOT NULL,
    changed_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX connection_requests_by_target ON connection_requests (target_key) WHERE target_key <> '';`;

export function changeConnectionRequest(writer: Writer) {
  const byDevice = writer.prepare<{ readonly id: string }>("SELECT id FROM connection_requests WHERE device = ?");
  const byId = writer.prepare<{ readonly id: string }>("SELECT id FROM connection_requests WHERE id = ?");
  const count = writer.prepare<{ readonly count: number }>("SELECT count(*) AS count FROM connection_requests");
  const add = writer.prepare(`INSERT INTO connection_requests VALUES (?, ?, 'null', 'relay', '', '', '', '', '', 0, 'null')`);
  const change = writer.prepare(
    `UPDATE connection_requests SET target = coalesce(?, target), target_by = coalesce(?, target_by), target_key = coalesce(?, target_key),
       username = coalesce(?, username), sealed_ha1s = coalesce(?, sealed_ha1s), event = coalesce(?, event),
       original_url = coalesce(?, original_url), profile = coalesce(?, profile), changed_at_ms = ? WHERE device = ?`,
  );
  return (asked: TargetChange): "added" | "changed" | "taken" | "full" => {
    const { id, device, target, targetBy, targetKey, username, sealedHa1s, event, originalUrl, profile, changedAtMs, knownMax } = asked;
    const isKnown = byDevice.get(device) !== undefined;
    if (!isKnown && byId.get(id) !== undefined) return "taken";
    if (!isKnown && knownMax !== undefined && (count.get()?.count ?? 0) >= knownMax) return "full";
    if (!isKnown) add.run(id, device);
    const targetJson = target === undefined ? null : JSON.stringify(target);
    const texts = [targetBy, targetKey, username, sealedHa1s, event, originalUrl].map((text) => text ?? null);
    const profileJson = profile === undefined ? null : JSON.stringify(profile);
    change.run(targetJson, ...texts, profileJson, changedAtMs, device);
    return isKnown ? "changed" : "added";
  };
}

export function removeConnectionRequest(writer: Writer) {
  const remove = writer.prepare("DELETE FROM connection_requests WHERE id = ?");
  return (id: string): "removed" | "unknown" => (remove.run(id) === 1 ? "removed" : "unknown");
}
