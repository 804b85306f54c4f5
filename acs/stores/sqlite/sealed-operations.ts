/**
 * Writes of the sealed store.
 * Layer: stores (sqlite, writer thread).
 */
import type { Writer } from "../../../common/sqlite/operation.js";
import type { Resealed } from "../sealed-store.js";
import { deviceNumbers } from "./event-writer.js";

export function replaceSealed(writer: Writer) {
  const numbers = deviceNumbers(writer);
  const setDevice = writer.prepare(
    "UPDATE devices SET password = ?, connection_password = ?, pending_password = ?, factory_password = ? WHERE number = ?",
  );
  const setTask = writer.prepare("UPDATE tasks SET task_order = ?, progress = ? WHERE id = ?");
  const setRule = writer.prepare("UPDATE enrolment_rules SET password = ? WHERE id = ?");
  const setGroup = writer.prepare("UPDATE device_groups SET sealed_order = ? WHERE id = ?");
  return ({ devices, tasks, rules, groups }: Resealed): void => {
    for (const { id, password, connectionPassword, pendingPassword, factoryPassword } of devices)
      setDevice.run(password, connectionPassword, pendingPassword, factoryPassword, numbers.known(id) ?? null);
    for (const { id, order, progress } of tasks)
      setTask.run(JSON.stringify(order), progress === null ? null : JSON.stringify(progress), id);
    for (const { id, password } of rules) setRule.run(password, id);
    for (const { id, order } of groups) setGroup.run(order, id);
  };
}
