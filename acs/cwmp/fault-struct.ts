/**
 * FaultStruct: how a transfer, or an operation on a deployment unit, ended.
 * Spec: TR-069 A.3.3.2, A.3.3.3, A.4.2.3; field quirks 27, 50. Layer: codec, pure.
 */
import { MalformedMessage } from "./malformed-message.js";
import { readCount, readShortText } from "./values.js";
import { childText, type Element, el, optionalText } from "./xml.js";

export interface FaultStruct {
  /**
   * 0 is success, whatever the text says (field quirk 27). Otherwise a class of failure at best: devices use codes of each other's
   * meaning, such as 9031 for 9032 (field quirk 50).
   */
  readonly faultCode: number;
  readonly faultString: string;
}

/** @throws {MalformedMessage} No code: without it nobody knows whether it was a success. */
export function readFaultStruct(fault: Element): FaultStruct {
  const faultCode = readCount(childText(fault, "FaultCode"), -1);
  if (faultCode < 0) throw new MalformedMessage(`${fault.localName}/FaultCode`, "not a number");
  return { faultCode, faultString: readShortText(optionalText(fault, "FaultString")) };
}

export function writeFaultStruct(name: string, { faultCode, faultString }: FaultStruct): Element {
  return el(name, {}, el("FaultCode", {}, String(faultCode)), el("FaultString", {}, faultString));
}
