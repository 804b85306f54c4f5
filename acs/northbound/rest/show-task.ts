/**
 * A task as REST shows it. Values of secret parameters, wanted or read, are hidden.
 * Layer: northbound.
 */
import { isSecretName } from "../../devices/secret-names.js";
import { addressingOf } from "../../tasks/addressed-step.js";
import type { Task, TaskOrder, WantedValue } from "../../tasks/task.js";
import { showTime } from "./fields.js";

export function showTask(task: Task) {
  const { id, deviceId, state, priority, sends, failure } = task;
  return {
    id,
    device: deviceId,
    ...showOrder(task.order),
    ...showAddressing(task),
    state,
    reason: task.transitions.at(-1)?.reason ?? "",
    priority,
    createdAt: showTime(task.createdAtMs),
    expiresAt: showTime(task.expiresAtMs),
    settleBy: showTime(task.settleByMs),
    sends,
    sentAt: showTime(task.sentAtMs),
    failure,
    result: hideSecrets(task.result ?? null),
    transitions: task.transitions.map(({ atMs, to, reason }) => ({ at: showTime(atMs), to, reason })),
  };
}

/** How it is kept which rows are meant is nobody's business. */
function showAddressing(task: Task) {
  const addressing = addressingOf(task);
  return addressing === undefined ? {} : { addressing: { by: addressing.by, asked: addressing.asked } };
}

/** What is sealed is a secret, and how it is sealed is nobody's business. */
function showOrder(order: TaskOrder) {
  switch (order.kind) {
    case "setParameterValues":
      return { ...order, values: order.values.map(showValue) };
    case "diagnostic":
      return { ...order, arguments: order.arguments.map(showValue) };
    case "upload": {
      const { sealed: _, password, ...shown } = order;
      return { ...shown, ...hidePassword(password) };
    }
    case "changeDUState": {
      const operations = order.operations.map((operation) =>
        "password" in operation ? { ...operation, ...hidePassword(operation.password) } : operation,
      );
      return { kind: order.kind, operations };
    }
    default:
      return order;
  }
}

const showValue = ({ name, value, type }: WantedValue) => hideSecret({ name, value, type });

/** "" is no password: nothing to hide. */
function hidePassword(password: string) {
  return password === "" ? { password } : { password: null, hidden: true };
}

/** A result is plain JSON; wherever in it a parameter is named beside its value, the name decides. */
export function hideSecrets(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(hideSecrets);
  if (typeof json !== "object" || json === null) return json;
  const shown = Object.fromEntries(Object.entries(json).map(([key, value]) => [key, hideSecrets(value)]));
  return "name" in shown && "value" in shown && typeof shown["name"] === "string" ? hideSecret({ ...shown, name: shown["name"] }) : shown;
}

/** `hidden` is there only when it is true. */
export function hideSecret<T extends { readonly name: string }>(parameter: T): T | (Omit<T, "value"> & { value: null; hidden: true }) {
  return isSecretName(parameter.name) ? { ...parameter, value: null, hidden: true } : parameter;
}
