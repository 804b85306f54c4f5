/**
 * Writes of the quarantine store.
 * Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { Device, Quarantine, QuarantineReason, SharedIdentity } from "../../devices/device.js";
import type { NewEvent } from "../../events/event.js";
import { deviceWriter } from "./device-writer.js";
import { deviceNumbers, eventWriter } from "./event-writer.js";

interface Noted {
  readonly id: string;
  readonly events: readonly NewEvent[];
}

export function quarantineDevice(writer: Writer) {
  const devices = deviceWriter(writer);
  const numbers = deviceNumbers(writer);
  const append = eventWriter(writer);
  const begin = writer.prepare(
    `UPDATE devices SET quarantine = @reason, quarantined_at_ms = @sinceMs, claimed = @claimed, lease = lease + 1, wake_state = 'idle',
       wake_attempts = 0, wake_reason = '', wake_next_try_at_ms = NULL WHERE number = @number AND quarantine IS NULL`,
  );
  const claim = writer.prepare("UPDATE devices SET claimed = ? WHERE number = ? AND claimed IS NULL");
  return ({ id, quarantine, events }: Noted & { readonly quarantine: Quarantine }): Device | undefined => {
    const number = numbers.known(id) ?? null;
    const { reason, sinceMs, claimed } = quarantine;
    if (begin.run({ reason, sinceMs, claimed, number }) > 0) append(events);
    else claim.run(claimed, number);
    return devices.get(id);
  };
}

export function recordQuarantinedCall(writer: Writer) {
  const devices = deviceWriter(writer);
  const append = eventWriter(writer);
  const set = writer.prepare("UPDATE devices SET last_inform_at_ms = ? WHERE number = ?");
  return ({ id, atMs, events }: Noted & { readonly atMs: number }): "stored" | "free" | "unknown" => {
    const state = devices.state(id);
    if (state === undefined) return "unknown";
    if (!state.isQuarantined) return "free";
    set.run(atMs, state.number);
    append(events);
    return "stored";
  };
}

export function releaseDevice(writer: Writer) {
  const devices = deviceWriter(writer);
  const numbers = deviceNumbers(writer);
  const append = eventWriter(writer);
  // What it told in quarantine was not kept, 0 BOOTSTRAP neither: it is met anew.
  const release = writer.prepare(
    `UPDATE devices SET quarantine = NULL, quarantined_at_ms = NULL, claimed = NULL, awaits_first_contact = 1
     WHERE number = ? AND quarantine = ?`,
  );
  return ({ id, reason, events }: Noted & { readonly reason: QuarantineReason }): Device | "stale" | "unknown" => {
    if (devices.state(id) === undefined) return "unknown";
    if (release.run(numbers.known(id) ?? null, reason) === 0) return "stale";
    append(events);
    return devices.get(id) ?? "unknown";
  };
}

export function setSharedIdentity(writer: Writer) {
  const devices = deviceWriter(writer);
  const append = eventWriter(writer);
  const set = writer.prepare("UPDATE devices SET shared_identity = ? WHERE number = ?");
  return ({ id, shared, events }: Noted & { readonly shared: SharedIdentity | null }): Device | undefined => {
    const state = devices.state(id);
    if (state === undefined) return undefined;
    set.run(shared === null ? null : JSON.stringify(shared), state.number);
    append(events);
    return devices.get(id);
  };
}
