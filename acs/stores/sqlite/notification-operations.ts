/**
 * Stores what a device told in a lightweight notification: outside a session, hence without its lease.
 * Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import { type NotificationMark, nextMark } from "../../devices/notification-mark.js";
import type { NotifiedRecord } from "../device-store.js";
import { deviceWriter } from "./device-writer.js";
import { eventWriter } from "./event-writer.js";
import { withChanged } from "./inform-operations.js";
import { treeWriter } from "./tree-writer.js";

const UNTOLD_TYPE = "xsd:string";

export function recordNotified(writer: Writer) {
  const devices = deviceWriter(writer);
  const tree = treeWriter(writer);
  const append = eventWriter(writer);
  const getMark = writer.prepare<{ ts: number; cnonces: string }>("SELECT ts, cnonces FROM notification_marks WHERE device = ?");
  const setMark = writer.prepare("INSERT OR REPLACE INTO notification_marks (device, ts, cnonces) VALUES (?, ?, ?)");
  const known = (device: number): NotificationMark | undefined => {
    const row = getMark.get(device);
    return row === undefined ? undefined : { ts: row.ts, cnonces: JSON.parse(row.cnonces) as readonly string[] };
  };
  return (record: NotifiedRecord): { readonly changed: number; readonly dropped: number } | "replayed" | "unknown" => {
    const state = devices.state(record.deviceId);
    if (state === undefined || state.isQuarantined) return "unknown";
    const mark = nextMark(known(state.number), record);
    if (mark === undefined) return "replayed";
    setMark.run(state.number, mark.ts, JSON.stringify(mark.cnonces));
    const parameters = record.parameters.map(({ name, text }) => ({ name, value: { type: UNTOLD_TYPE, text, untyped: true } as const }));
    const merged = tree.merge(state, { ...record, parameters, readTimes: "exact" });
    devices.save(state);
    append(withChanged(record.events, merged.changed));
    return merged;
  };
}
