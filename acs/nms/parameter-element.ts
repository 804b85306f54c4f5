/**
 * `body/parameter`: one parameter by name and value, in what gateways tell and in what they are told to set.
 * Spec: US 2012/0089717 A1 [0052] ("a set of configuration parameters"), [0115] (name and value). Layer: codec, pure.
 */
import { LimitExceeded, MalformedMessage } from "../cwmp/malformed-message.js";
import { children, type Element, el, optionalChild } from "../cwmp/xml.js";
import { NMS_LIMITS, textOf } from "./nms-document.js";

export interface NmsParameter {
  /** Full path, e.g. "Device.Time.NTPServer1". */
  readonly name: string;
  readonly value: string;
}

export function writeParameter({ name, value }: NmsParameter): Element {
  return el("parameter", {}, el("name", {}, name), el("value", {}, value));
}

/** @throws {MalformedMessage} One without a name. @throws {LimitExceeded} Too many. */
export function readParameters(body: Element | undefined): readonly NmsParameter[] {
  if (body === undefined) return [];
  const found = children(body, "parameter").filter(({ localName }) => localName.toLowerCase() === "parameter");
  if (found.length > NMS_LIMITS.parametersMax) throw new LimitExceeded("body/parameter", "parametersMax", NMS_LIMITS.parametersMax);
  return found.map((element) => {
    const name = textOf(element, "name");
    if (name === "") throw new MalformedMessage("body/parameter/name", "missing");
    const value = optionalChild(element, "value")?.text ?? "";
    if (value.length > NMS_LIMITS.valueCharactersMax)
      throw new LimitExceeded("body/parameter/value", "valueCharactersMax", NMS_LIMITS.valueCharactersMax);
    return { name, value };
  });
}
