/**
 * An enrolment rule as a row.
 * Layer: stores (sqlite).
 */
import type { SqlValue } from "../../../common/sqlite/queries.js";
import type { EnrolmentRule } from "../../devices/enrolment.js";

export interface RuleRow {
  readonly id: string;
  readonly kind: EnrolmentRule["kind"];
  readonly name: string;
  readonly created_at_ms: number;
  readonly until_ms: number | null;
  readonly closed_at_ms: number | null;
  readonly devices_max: number;
  readonly enrolled: number;
  readonly ouis: string;
  readonly product_classes: string;
  readonly approval: 0 | 1;
  readonly username: string | null;
  readonly password: string | null;
}

export const RULE_COLUMNS = `id, kind, name, created_at_ms, until_ms, closed_at_ms, devices_max, enrolled, ouis, product_classes, approval,
  username, password`;

export const ruleOf = (row: RuleRow): EnrolmentRule => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  createdAtMs: row.created_at_ms,
  untilMs: row.until_ms,
  closedAtMs: row.closed_at_ms,
  devicesMax: row.devices_max,
  enrolled: row.enrolled,
  ouis: JSON.parse(row.ouis),
  productClasses: JSON.parse(row.product_classes),
  approval: row.approval === 1,
  username: row.username,
  password: row.password,
});

/** Values in the order of RULE_COLUMNS. */
export const ruleValues = (rule: EnrolmentRule): readonly SqlValue[] => [
  ...[rule.id, rule.kind, rule.name, rule.createdAtMs, rule.untilMs, rule.closedAtMs, rule.devicesMax, rule.enrolled],
  ...[JSON.stringify(rule.ouis), JSON.stringify(rule.productClasses), Number(rule.approval), rule.username, rule.password],
];
