/**
 * GetParameterValues: ask a device for current parameter values.
 * Spec: TR-069 A.3.2.2; field quirks 11, 12, 17, 19. Layer: codec, pure. Golden: test/golden/cwmp/get-parameter-values*.
 */
import { type ParameterValue, readParameterList, writeParameterValues } from "../parameter-value.js";
import { readStrings, writeStrings } from "../values.js";
import { child, type Element, el } from "../xml.js";

export interface GetParameterValues {
  readonly kind: "GetParameterValues";
  /** Full paths, or partial paths ending in "." for a subtree; "" is the whole tree. */
  readonly names: readonly string[];
}

export interface GetParameterValuesResponse {
  readonly kind: "GetParameterValuesResponse";
  readonly values: readonly ParameterValue[];
}

export function readGetParameterValues(body: Element): GetParameterValues {
  return { kind: "GetParameterValues", names: readStrings(child(body, "ParameterNames")) };
}

export function writeGetParameterValues({ names }: GetParameterValues): Element {
  return el("cwmp:GetParameterValues", {}, writeStrings("ParameterNames", names));
}

export function readGetParameterValuesResponse(body: Element): GetParameterValuesResponse {
  return { kind: "GetParameterValuesResponse", values: readParameterList(body) };
}

export function writeGetParameterValuesResponse({ values }: GetParameterValuesResponse): Element {
  return el("cwmp:GetParameterValuesResponse", {}, writeParameterValues(values));
}
