/**
 * CancelTransfer: a device forgets transfers that it has not finished; they end without a TransferComplete.
 * Spec: TR-069 A.4.1.9 (CWMP 1.2). Layer: codec, pure. Golden: test/golden/cwmp/cancel-transfer*.
 */
import { CHARACTERS_MAX, sized } from "../sizes.js";
import { readKey } from "../values.js";
import { type Element, el, optionalText } from "../xml.js";

export interface CancelTransfer {
  readonly kind: "CancelTransfer";
  /** Every transfer of this key is meant. One that is unknown is no fault; one that can't be stopped any more is 9021. */
  readonly commandKey: string;
}

export interface CancelTransferResponse {
  readonly kind: "CancelTransferResponse";
}

export function readCancelTransfer(body: Element): CancelTransfer {
  return { kind: "CancelTransfer", commandKey: readKey(optionalText(body, "CommandKey")) };
}

/** @throws {RangeError} A key over 32 characters. */
export function writeCancelTransfer({ commandKey }: CancelTransfer): Element {
  return el("cwmp:CancelTransfer", {}, sized("CommandKey", commandKey, CHARACTERS_MAX.commandKey));
}

export function readCancelTransferResponse(): CancelTransferResponse {
  return { kind: "CancelTransferResponse" };
}

export function writeCancelTransferResponse(): Element {
  return el("cwmp:CancelTransferResponse", {});
}
