/**
 * What a device says of a task, without the secrets that the task has told it: faults repeat what was refused, in words of the device's own.
 * Spec: DESIGN 12. Layer: tasks, pure.
 */
import { isSecretName } from "../devices/secret-names.js";
import type { OpenOrder } from "./seal-order.js";

/** Shorter ones are part of too many words: "on" would take half of a sentence. */
const CHARACTERS_MIN = 4;
const HIDDEN = "[hidden]";

/** The secrets of an order, open. */
export function secretsOf({ values, password, operations }: OpenOrder): readonly string[] {
  const passwords = operations.map((operation) => ("password" in operation ? operation.password : ""));
  return [...values.filter(({ name }) => isSecretName(name)).map(({ value }) => value), password, ...passwords].filter(isLongEnough);
}

const isLongEnough = (secret: string): boolean => secret.length >= CHARACTERS_MIN;

/** The same plain JSON; where a text of it holds a secret, something else stands for it. */
export function withoutSecrets<T>(json: T, secrets: readonly string[]): T {
  const told = secrets.filter(isLongEnough);
  return told.length === 0 ? json : (hide(json, told) as T);
}

function hide(json: unknown, secrets: readonly string[]): unknown {
  if (typeof json === "string") return secrets.reduce((text, secret) => text.replaceAll(secret, HIDDEN), json);
  if (Array.isArray(json)) return json.map((one) => hide(one, secrets));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, hide(value, secrets)]));
}
