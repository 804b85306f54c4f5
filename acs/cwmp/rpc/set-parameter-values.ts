/**
 * SetParameterValues: change parameters of a device, all of them or none.
 * Spec: TR-069 A.3.2.1; field quirk 28. Layer: codec, pure. Golden: test/golden/cwmp/set-parameter-values*.
 */
import { type ParameterValue, readParameterList, writeParameterValues } from "../parameter-value.js";
import { CHARACTERS_MAX, sized } from "../sizes.js";
import { readKey, readStatus } from "../values.js";
import { type Element, el, optionalText } from "../xml.js";

export interface SetParameterValues {
  readonly kind: "SetParameterValues";
  readonly values: readonly ParameterValue[];
  /** At most 32 characters; the device keeps it in ManagementServer.ParameterKey if it succeeds. */
  readonly parameterKey: string;
}

export interface SetParameterValuesResponse {
  readonly kind: "SetParameterValuesResponse";
  /** 0: applied. 1: committed, but not all of it in force yet. */
  readonly status: 0 | 1;
}

export function readSetParameterValues(body: Element): SetParameterValues {
  return {
    kind: "SetParameterValues",
    values: readParameterList(body),
    parameterKey: readKey(optionalText(body, "ParameterKey")),
  };
}

/** @throws {RangeError} A key over 32 characters. */
export function writeSetParameterValues({ values, parameterKey }: SetParameterValues): Element {
  const key = sized("ParameterKey", parameterKey, CHARACTERS_MAX.parameterKey);
  return el("cwmp:SetParameterValues", {}, writeParameterValues(values), key);
}

export function readSetParameterValuesResponse(body: Element): SetParameterValuesResponse {
  return { kind: "SetParameterValuesResponse", status: readStatus(optionalText(body, "Status")) };
}

export function writeSetParameterValuesResponse({ status }: SetParameterValuesResponse): Element {
  return el("cwmp:SetParameterValuesResponse", {}, el("Status", {}, String(status)));
}
