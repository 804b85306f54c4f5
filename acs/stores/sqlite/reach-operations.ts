/**
 * Writes of the reach store.
 * Layer: stores (sqlite, writer thread).
 */
import { oncePerWriter, type Writer } from "../../../common/sqlite/operation.js";
import { modelOf, type UdpBinding } from "../../devices/reachability.js";
import type { NewEvent } from "../../events/event.js";
import type { RungNote } from "../reach-store.js";
import { deviceWriter } from "./device-writer.js";
import { deviceNumbers, eventWriter } from "./event-writer.js";

/** A reason comes from the wire. */
const FAILURE_CHARACTERS_MAX = 256;

const rungWriter = oncePerWriter((writer: Writer) => {
  const setter = (table: string, key: string, column: string) =>
    writer.prepare(
      `INSERT INTO ${table} (${key}, rung, ${column}) VALUES (@key, @rung, @atMs)
       ON CONFLICT (${key}, rung) DO UPDATE SET ${column} = excluded.${column}`,
    );
  return {
    device: {
      asked: setter("device_rungs", "device", "asked_at_ms"),
      woke: setter("device_rungs", "device", "woke_at_ms"),
      failed: setter("device_rungs", "device", "failed_at_ms"),
    },
    model: { woke: setter("model_rungs", "model", "woke_at_ms"), failed: setter("model_rungs", "model", "failed_at_ms") },
  };
});

export function noteRung(writer: Writer) {
  const devices = deviceWriter(writer);
  const numbers = deviceNumbers(writer);
  const append = eventWriter(writer);
  const rungs = rungWriter(writer);
  const setFailure = writer.prepare("UPDATE device_rungs SET failure = ? WHERE device = ? AND rung = ?");
  return ({ note, events }: { readonly note: RungNote; readonly events: readonly NewEvent[] }): "stored" | "unknown" => {
    const { deviceId, rung, what, atMs, detail } = note;
    const device = devices.get(deviceId);
    const number = numbers.known(deviceId);
    if (device === undefined || number === undefined) return "unknown";
    rungs.device[what].run({ key: number, rung, atMs });
    if (what === "failed") setFailure.run(detail.slice(0, FAILURE_CHARACTERS_MAX), number, rung);
    if (what !== "asked") rungs.model[what].run({ key: modelOf(device.identity), rung, atMs });
    append(events);
    return "stored";
  };
}

export interface SetUdpBinding {
  readonly deviceId: string;
  readonly binding: UdpBinding;
  readonly events: readonly NewEvent[];
}

export function setUdpBinding(writer: Writer) {
  const devices = deviceWriter(writer);
  const append = eventWriter(writer);
  const get = writer.prepare<{ host: string; port: number }>("SELECT host, port FROM udp_bindings WHERE device = ?");
  const set = writer.prepare("INSERT OR REPLACE INTO udp_bindings (device, host, port, at_ms) VALUES (?, ?, ?, ?)");
  return ({ deviceId, binding, events }: SetUdpBinding): "changed" | "same" | "unknown" => {
    const state = devices.state(deviceId);
    if (state === undefined) return "unknown";
    const known = get.get(state.number);
    if (known?.host === binding.host && known.port === binding.port) return "same";
    set.run(state.number, binding.host, binding.port, binding.atMs);
    append(events);
    return "changed";
  };
}
