/**
 * Attributes that a device is asked to set, judged before the task is stored.
 * Spec: TR-069 A.3.2.4. Layer: tasks, pure.
 */
import { type FieldError, fieldError } from "../../common/field-error.js";
import { TREE_LIMITS } from "../devices/parameter-tree.js";
import { countFault, duplicates, nameFault, textFault } from "./check-names.js";
import type { AskedAttribute, CheckedOrder } from "./check-order.js";
import { TASK_LIMITS } from "./task.js";

/** 3 to 6 are lightweight notifications (CWMP 1.4). */
const NOTIFICATION_MAX = 6;

export function checkAttributes(attributes: readonly AskedAttribute[]): CheckedOrder {
  const count = countFault("attributes", attributes.length, TASK_LIMITS.namesPerTaskMax);
  if (count !== undefined) return { errors: count };
  const names = attributes.map(({ name }) => name);
  const errors = [
    ...attributes.flatMap((attribute, at) => attributeErrors(attribute, `attributes[${at}]`)),
    ...duplicates(names, (at) => `attributes[${at}].name`),
  ];
  if (errors.length > 0) return { errors };
  const changes = attributes.map(({ name, notification, accessList }) => ({
    name,
    ...(notification === undefined ? {} : { notification }),
    ...(accessList === undefined ? {} : { accessList }),
  }));
  return { order: { kind: "setParameterAttributes", attributes: changes } };
}

function attributeErrors({ name, notification, accessList }: AskedAttribute, field: string): readonly FieldError[] {
  const isLegal = notification === undefined || (Number.isInteger(notification) && notification >= 0 && notification <= NOTIFICATION_MAX);
  const nothing = notification === undefined && accessList === undefined ? "changes nothing: give notification or accessList" : undefined;
  const tooMany =
    (accessList?.length ?? 0) > TREE_LIMITS.accessListEntriesMax ? `has more than ${TREE_LIMITS.accessListEntriesMax} entries` : undefined;
  const entryFault = (entry: string): string | undefined =>
    entry === "" ? "is empty" : textFault(entry, TREE_LIMITS.accessListEntryCharactersMax);
  return [
    ...fieldError(`${field}.name`, nameFault(name)),
    ...fieldError(field, nothing),
    ...fieldError(`${field}.notification`, isLegal ? undefined : `must be an integer from 0 to ${NOTIFICATION_MAX}`),
    ...fieldError(`${field}.accessList`, tooMany),
    ...(accessList ?? []).flatMap((entry, at) => fieldError(`${field}.accessList[${at}]`, entryFault(entry))),
  ];
}
