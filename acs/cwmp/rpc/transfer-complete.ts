/**
 * TransferComplete: a device tells how a file transfer ended.
 * Spec: TR-069 A.3.3.2; field quirks 26, 27, 28. Layer: codec, pure. Golden: test/golden/cwmp/transfer-complete*.
 */
import { type FaultStruct, readFaultStruct, writeFaultStruct } from "../fault-struct.js";
import { readKey, readShortText, UNKNOWN_TIME } from "../values.js";
import { child, type Element, el, optionalText } from "../xml.js";

export interface TransferComplete {
  readonly kind: "TransferComplete";
  /** "" happens: then the sole pending transfer of the device is meant. */
  readonly commandKey: string;
  readonly fault: FaultStruct;
  /** dateTime as sent; unknown time if it left it out. */
  readonly startTime: string;
  readonly completeTime: string;
}

export interface TransferCompleteResponse {
  readonly kind: "TransferCompleteResponse";
}

export function readTransferComplete(body: Element): TransferComplete {
  return {
    kind: "TransferComplete",
    commandKey: readKey(optionalText(body, "CommandKey")),
    fault: readFaultStruct(child(body, "FaultStruct")),
    startTime: readShortText(optionalText(body, "StartTime")) || UNKNOWN_TIME,
    completeTime: readShortText(optionalText(body, "CompleteTime")) || UNKNOWN_TIME,
  };
}

export function writeTransferComplete({ commandKey, fault, startTime, completeTime }: TransferComplete): Element {
  return el(
    "cwmp:TransferComplete",
    {},
    el("CommandKey", {}, commandKey),
    writeFaultStruct("FaultStruct", fault),
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
