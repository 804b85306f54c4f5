/**
 * Secrets in an order are sealed before it is stored: a task lies in the store for as long as it waits, and longer.
 * Spec: DESIGN 12. Layer: tasks, pure.
 */
import { isSecretName } from "../devices/secret-names.js";
import type { TaskOrder } from "./task.js";

/** @param seal Encrypts for this device; called for each value whose name is a secret's. */
export function sealOrder(order: TaskOrder, seal: (plaintext: string) => string): TaskOrder {
  if (order.kind !== "setParameterValues") return order;
  const values = order.values.map((value) =>
    isSecretName(value.name) && value.sealed !== true ? { ...value, value: seal(value.value), sealed: true as const } : value,
  );
  return { ...order, values };
}
