/**
 * EnrolmentStore on SQLite.
 * Layer: stores (sqlite).
 */
import type { Database } from "../../../common/sqlite/database.js";
import { deviceId } from "../../devices/device.js";
import type { EnrolmentStore } from "../enrolment-store.js";
import { RULE_COLUMNS, type RuleRow, ruleOf } from "./enrolment-row.js";
import type { AcsOperations } from "./operations.js";

export function sqliteEnrolmentStore(database: Database<AcsOperations>): EnrolmentStore {
  const rules = database.queries.prepare<RuleRow>(`SELECT ${RULE_COLUMNS} FROM enrolment_rules ORDER BY id`);
  return {
    rules: () => database.read(() => rules.all().map(ruleOf)),
    addRule: (rule, events) => database.write("addEnrolmentRule", { rule, events }),
    closeRule: (id, atMs, events) => database.write("closeEnrolmentRule", { id, atMs, events }),
    removeRule: (id, events) => database.write("removeEnrolmentRule", { id, events }),
    enrol: (order) => database.write("enrolDevice", { ...order, id: deviceId(order.device.identity) }),
    reject: (id, events) => database.write("rejectDevice", { id, events }),
  };
}
