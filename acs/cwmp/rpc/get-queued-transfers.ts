/**
 * GetQueuedTransfers: the older, shorter form of GetAllQueuedTransfers; only transfers that the ACS ordered. Deprecated.
 * Spec: TR-069 A.4.1.1. Layer: codec, pure. Golden: test/golden/cwmp/get-queued-transfers*.
 */
import { arrayOf } from "../parameter-value.js";
import { readCount, readKey } from "../values.js";
import { child, children, type Element, el, optionalText } from "../xml.js";

export interface GetQueuedTransfers {
  readonly kind: "GetQueuedTransfers";
}

export interface GetQueuedTransfersResponse {
  readonly kind: "GetQueuedTransfersResponse";
  readonly transfers: readonly OrderedTransfer[];
}

export interface OrderedTransfer {
  readonly commandKey: string;
  /** 1: not yet started. 2: in progress. 3: completed, finishing up. 0: the device did not say. */
  readonly state: number;
}

export function readGetQueuedTransfers(): GetQueuedTransfers {
  return { kind: "GetQueuedTransfers" };
}

export function writeGetQueuedTransfers(): Element {
  return el("cwmp:GetQueuedTransfers", {});
}

export function readGetQueuedTransfersResponse(body: Element): GetQueuedTransfersResponse {
  const transfers = children(child(body, "TransferList"), "QueuedTransferStruct").map((item) => ({
    commandKey: readKey(optionalText(item, "CommandKey")),
    state: readCount(optionalText(item, "State"), 0),
  }));
  return { kind: "GetQueuedTransfersResponse", transfers };
}

export function writeGetQueuedTransfersResponse({ transfers }: GetQueuedTransfersResponse): Element {
  const items = transfers.map(({ commandKey, state }) =>
    el("QueuedTransferStruct", {}, el("CommandKey", {}, commandKey), el("State", {}, String(state))),
  );
  return el("cwmp:GetQueuedTransfersResponse", {}, el("TransferList", arrayOf("cwmp:QueuedTransferStruct", items.length), items));
}
