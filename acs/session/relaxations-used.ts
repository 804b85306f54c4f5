/**
 * Which rules are bent by one message of a session.
 * Spec: cwmp.md 12. Layer: session, pure.
 */
import type { Envelope } from "../cwmp/envelope.js";
import type { AcsRequest, DeviceMessage } from "../cwmp/messages.js";
import { DEFAULT_MODEL_POLICY, type ModelPolicy } from "../devices/model-policy.js";
import type { Relaxation } from "../devices/relaxations.js";

/** By what the device sent. @param asked The request of ours that was outstanding, if any. */
export function relaxationsOf({ id, message }: Envelope<DeviceMessage>, asked: AcsRequest | undefined): readonly Relaxation[] {
  const rules: Relaxation[] = [];
  if (id === undefined) rules.push("no-id");
  if (message.kind === "TransferComplete" && message.commandKey === "") rules.push("no-command-key");
  const values = message.kind === "Inform" ? message.parameters : message.kind === "GetParameterValuesResponse" ? message.values : [];
  if (values.some(({ untyped }) => untyped === true)) rules.push("untyped-values");
  if (message.kind !== "GetParameterValuesResponse" || asked?.kind !== "GetParameterValues") return rules;
  const answered = new Set(values.map(({ name }) => name));
  if (asked.names.some((name) => !name.endsWith(".") && !answered.has(name))) rules.push("values-left-out");
  return rules;
}

/** By what the ACS sends to a model of this policy. */
export function relaxationsIn(request: AcsRequest, policy: ModelPolicy): readonly Relaxation[] {
  const rules: Relaxation[] = [];
  if (request.kind === "SetParameterValues") {
    const { values } = request;
    if (policy.booleans === "words" && values.some(({ type }) => type === "xsd:boolean")) rules.push("boolean-words");
    if (values.some(({ type, text }) => type === "xsd:dateTime" && text.includes("."))) rules.push("date-time-fractions");
    if (isSmall(values.length, policy.valuesPerSetMax, DEFAULT_MODEL_POLICY.valuesPerSetMax)) rules.push("small-calls");
  }
  if (request.kind === "GetParameterValues" && isSmall(request.names.length, policy.namesPerGetMax, DEFAULT_MODEL_POLICY.namesPerGetMax)) {
    rules.push("small-calls");
  }
  return rules;
}

/** As large as the model takes, which is less than usual. */
function isSmall(count: number, max: number, usual: number): boolean {
  return max < usual && count === max;
}
