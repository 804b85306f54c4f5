/**
 * TransferComplete: a device tells how a file transfer ended.
 * Spec: TR-069 A.3.3.2; field quirks 26, 27, 28. Layer: codec, pure. Golden: test/golden/cwmp/transfer-complete*.
 */
import { MalformedMessage } from "../malformed-message.js";
import { readCount, readKey, UNKNOWN_TIME } from "../values.js";
import { child, childText, type Element, el, optionalText } from "../xml.js";

export interface TransferComplete {
  readonly kind: "TransferComplete";
  /** "" happens: then the sole pending transfer of the device is meant. */
  readonly commandKey: string;
  readonly fault: FaultStruct;
  /** dateTime as sent; unknown time if it left it out. */
  readonly startTime: string;
  readonly completeTime: string;
}

export interface FaultStruct {
  /** 0 is success, whatever the text says (field quirk 27). */
  readonly faultCode: number;
  readonly faultString: string;
}

export interface TransferCompleteResponse {
  readonly kind: "TransferCompleteResponse";
}

export function readTransferComplete(body: Element): TransferComplete {
  return {
    kind: "TransferComplete",
    commandKey: readKey(optionalText(body, "CommandKey")),
    fault: readFaultStruct(child(body, "FaultStruct")),
    startTime: optionalText(body, "StartTime") || UNKNOWN_TIME,
    completeTime: optionalText(body, "CompleteTime") || UNKNOWN_TIME,
  };
}

function readFaultStruct(fault: Element): FaultStruct {
  const faultCode = readCount(childText(fault, "FaultCode"), -1);
  if (faultCode < 0) throw new MalformedMessage("TransferComplete/FaultStruct/FaultCode", "not a number");
  return { faultCode, faultString: optionalText(fault, "FaultString") };
}

export function writeTransferComplete({ commandKey, fault, startTime, completeTime }: TransferComplete): Element {
  return el(
    "cwmp:TransferComplete",
    {},
    el("CommandKey", {}, commandKey),
    el("FaultStruct", {}, el("FaultCode", {}, String(fault.faultCode)), el("FaultString", {}, fault.faultString)),
    el("StartTime", {}, startTime),
    el("CompleteTime", {}, completeTime),
  );
}

export function readTransferCompleteResponse(): TransferCompleteResponse {
  return { kind: "TransferCompleteResponse" };
}

export function writeTransferCompleteResponse(): Element {
  return el("cwmp:TransferCompleteResponse", {});
}
