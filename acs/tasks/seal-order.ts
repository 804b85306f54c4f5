/**
 * Secrets in an order are sealed before it is stored: a task lies in the store for as long as it waits, and longer.
 * Spec: DESIGN 12. Layer: tasks, pure.
 */
import type { DuOperation } from "../cwmp/rpc/change-du-state.js";
import { isSecretName } from "../devices/secret-names.js";
import type { TaskOrder, WantedValue } from "./task.js";

/** @param seal Encrypts for this device; called for each value whose name is a secret's, and for each password. */
export function sealOrder(order: TaskOrder, seal: (plaintext: string) => string): TaskOrder {
  switch (order.kind) {
    case "setParameterValues":
      return { ...order, values: order.values.map((value) => sealValue(value, seal)) };
    case "diagnostic":
      return { ...order, arguments: order.arguments.map((value) => sealValue(value, seal)) };
    case "upload":
      return order.sealed === true || order.password === "" ? order : { ...order, password: seal(order.password), sealed: true };
    case "changeDUState":
      return order.sealed === true ? order : { ...order, operations: withPasswords(order.operations, seal), sealed: true };
    default:
      return order;
  }
}

function sealValue(value: WantedValue, seal: (plaintext: string) => string): WantedValue {
  return isSecretName(value.name) && value.sealed !== true ? { ...value, value: seal(value.value), sealed: true } : value;
}

/** Whoever listens in when it is sent learns a secret. Connection-request credentials are none of these: they only let a device be called. */
export function carriesSecret(order: TaskOrder): boolean {
  switch (order.kind) {
    case "rotatePassword":
      return true;
    case "setParameterValues":
      return order.values.some(isSealed);
    case "diagnostic":
      return order.arguments.some(isSealed);
    case "upload":
    case "changeDUState":
      return order.sealed === true;
    default:
      return false;
  }
}

/** What a device is sent of an order, secrets open. */
export interface OpenOrder {
  readonly values: readonly WantedValue[];
  readonly password: string;
  readonly operations: readonly DuOperation[];
}

/** @param open The inverse of `seal`. */
export function openOrder(order: TaskOrder, open: (sealed: string) => string): OpenOrder {
  const nothing: OpenOrder = { values: [], password: "", operations: [] };
  switch (order.kind) {
    case "setParameterValues":
      return { ...nothing, values: openValues(order.values, open) };
    case "diagnostic":
      return { ...nothing, values: openValues(order.arguments, open) };
    case "upload":
      return { ...nothing, password: order.sealed === true ? open(order.password) : order.password };
    case "changeDUState":
      return { ...nothing, operations: order.sealed === true ? withPasswords(order.operations, open) : order.operations };
    default:
      return nothing;
  }
}

/** The same order, its sealed secrets sealed otherwise; the very same object if it has none. @param reseal From sealed to sealed. */
export function resealOrder(order: TaskOrder, reseal: (sealed: string) => string): TaskOrder {
  switch (order.kind) {
    case "setParameterValues":
      return order.values.some(isSealed) ? { ...order, values: resealValues(order.values, reseal) } : order;
    case "diagnostic":
      return order.arguments.some(isSealed) ? { ...order, arguments: resealValues(order.arguments, reseal) } : order;
    case "upload":
      return order.sealed === true ? { ...order, password: reseal(order.password) } : order;
    case "changeDUState":
      return order.sealed === true ? { ...order, operations: withPasswords(order.operations, reseal) } : order;
    default:
      return order;
  }
}

const isSealed = ({ sealed }: WantedValue): boolean => sealed === true;

function resealValues(values: readonly WantedValue[], reseal: (sealed: string) => string): readonly WantedValue[] {
  return values.map((value) => (isSealed(value) ? { ...value, value: reseal(value.value) } : value));
}

function openValues(values: readonly WantedValue[], open: (sealed: string) => string): readonly WantedValue[] {
  return values.map((value) => (value.sealed === true ? { ...value, value: open(value.value) } : value));
}

/** An empty password is none. */
function withPasswords(operations: readonly DuOperation[], change: (password: string) => string): readonly DuOperation[] {
  return operations.map((operation) =>
    "password" in operation && operation.password !== "" ? { ...operation, password: change(operation.password) } : operation,
  );
}
