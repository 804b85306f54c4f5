/**
 * Writes of the enrolment store.
 * Layer: stores (sqlite, writer thread).
 */
import { oncePerWriter, type Writer } from "../../../common/sqlite/operation.js";
import { type Device, deviceId } from "../../devices/device.js";
import { ENROLMENT_LIMITS, type EnrolmentRefusal, type EnrolmentRule, ruleChanged, ruleState } from "../../devices/enrolment.js";
import type { NewEvent } from "../../events/event.js";
import type { Enrolment } from "../enrolment-store.js";
import { registerDevice, removeDevice } from "./device-operations.js";
import { deviceWriter } from "./device-writer.js";
import { RULE_COLUMNS, type RuleRow, ruleOf, ruleValues } from "./enrolment-row.js";
import { eventWriter } from "./event-writer.js";

const ruleReader = oncePerWriter((writer: Writer) => {
  const get = writer.prepare<RuleRow>(`SELECT ${RULE_COLUMNS} FROM enrolment_rules WHERE id = ?`);
  return (id: string): EnrolmentRule | undefined => {
    const row = get.get(id);
    return row === undefined ? undefined : ruleOf(row);
  };
});

interface Noted {
  readonly id: string;
  readonly events: readonly NewEvent[];
}

export function addEnrolmentRule(writer: Writer) {
  const append = eventWriter(writer);
  const count = writer.prepare<{ rules: number }>("SELECT count(*) AS rules FROM enrolment_rules");
  const insert = writer.prepare(`INSERT INTO enrolment_rules (${RULE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return ({ rule, events }: { readonly rule: EnrolmentRule; readonly events: readonly NewEvent[] }): "added" | "too-many" => {
    if ((count.get()?.rules ?? 0) >= ENROLMENT_LIMITS.rulesMax) return "too-many";
    insert.run(...ruleValues(rule));
    append(events);
    return "added";
  };
}

export function closeEnrolmentRule(writer: Writer) {
  const append = eventWriter(writer);
  const rule = ruleReader(writer);
  const close = writer.prepare("UPDATE enrolment_rules SET closed_at_ms = ? WHERE id = ? AND closed_at_ms IS NULL");
  return ({ id, atMs, events }: Noted & { readonly atMs: number }): EnrolmentRule | undefined => {
    if (close.run(atMs, id) > 0) append(events);
    return rule(id);
  };
}

export function removeEnrolmentRule(writer: Writer) {
  const append = eventWriter(writer);
  const remove = writer.prepare("DELETE FROM enrolment_rules WHERE id = ?");
  const forget = writer.prepare("DELETE FROM enrolment_rejections WHERE rule = ?");
  return ({ id, events }: Noted): "removed" | "unknown" => {
    if (remove.run(id) === 0) return "unknown";
    forget.run(id);
    append(events);
    return "removed";
  };
}

export interface EnrolDevice extends Enrolment {
  readonly id: string;
}

export function enrolDevice(writer: Writer) {
  const rule = ruleReader(writer);
  const devices = deviceWriter(writer);
  const register = registerDevice(writer);
  const append = eventWriter(writer);
  const isRejected = writer.prepare("SELECT 1 FROM enrolment_rejections WHERE rule = ? AND device = ?");
  const isUsed = writer.prepare("SELECT 1 FROM devices WHERE certificate = ?");
  const count = writer.prepare("UPDATE enrolment_rules SET enrolled = enrolled + 1 WHERE id = ?");
  const mark = writer.prepare(
    `UPDATE devices SET enrolled_by = @ruleId, certificate = @certificate, awaits_first_contact = 1, quarantine = @quarantine,
       quarantined_at_ms = @quarantinedAtMs WHERE number = @number`,
  );
  return ({ id, ruleId, device, certificate, needsApproval, events }: EnrolDevice): Device | EnrolmentRefusal => {
    const atMs = device.registeredAtMs;
    const found = rule(ruleId);
    // What was open when the device called may be over by now; only here is it sure.
    if (found === undefined || ruleState(found, atMs) !== "open") return "not-open";
    if (isRejected.get(ruleId, id) !== undefined) return "rejected";
    if (certificate !== null && isUsed.get(certificate) !== undefined) return "certificate-used";
    if (register({ id, device, events }) === "exists") return "exists";
    const quarantine = needsApproval
      ? { quarantine: "approval-pending", quarantinedAtMs: atMs }
      : { quarantine: null, quarantinedAtMs: null };
    mark.run({ ruleId, certificate, ...quarantine, number: devices.state(id)?.number ?? null });
    count.run(ruleId);
    if (found.enrolled + 1 === found.devicesMax) append([ruleChanged(found, "full", atMs)]);
    return devices.get(id) ?? "exists";
  };
}

export function rejectDevice(writer: Writer) {
  const devices = deviceWriter(writer);
  const rule = ruleReader(writer);
  const remove = removeDevice(writer);
  const keepOut = writer.prepare("INSERT OR IGNORE INTO enrolment_rejections (rule, device) VALUES (?, ?)");
  return ({ id, events }: Noted): "rejected" | "stale" | "unknown" => {
    const device = devices.get(id);
    if (device === undefined) return "unknown";
    if (device.quarantine?.reason !== "approval-pending") return "stale";
    if (device.enrolledBy !== null && rule(device.enrolledBy) !== undefined) keepOut.run(device.enrolledBy, deviceId(device.identity));
    remove({ id, events });
    return "rejected";
  };
}
