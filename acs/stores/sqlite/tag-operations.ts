/**
 * Writes of the tag store.
 * Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import { deviceWriter } from "./device-writer.js";

export function setTags(writer: Writer) {
  const devices = deviceWriter(writer);
  const clear = writer.prepare("DELETE FROM device_tags WHERE device = ?");
  const add = writer.prepare("INSERT OR IGNORE INTO device_tags (tag, id, device) VALUES (?, ?, ?)");
  return ({ deviceId, tags }: { readonly deviceId: string; readonly tags: readonly string[] }): "stored" | "unknown" => {
    const state = devices.state(deviceId);
    if (state === undefined) return "unknown";
    clear.run(state.number);
    for (const tag of tags) add.run(tag, deviceId, state.number);
    return "stored";
  };
}
