/**
 * GetAllQueuedTransfers: which transfers a device still has to do, or is doing.
 * Spec: TR-069 A.4.1.7. Layer: codec, pure. Golden: test/golden/cwmp/get-all-queued-transfers*.
 */
import { arrayOf } from "../parameter-value.js";
import { readBoolean, readCount, readKey, writeBoolean } from "../values.js";
import { child, children, type Element, el, optionalText } from "../xml.js";

export interface GetAllQueuedTransfers {
  readonly kind: "GetAllQueuedTransfers";
}

export interface GetAllQueuedTransfersResponse {
  readonly kind: "GetAllQueuedTransfersResponse";
  readonly transfers: readonly QueuedTransfer[];
}

export interface QueuedTransfer {
  readonly commandKey: string;
  /** 1: not yet started. 2: in progress. 3: completed, finishing up. 0: the device did not say. */
  readonly state: number;
  /** false: an upload. */
  readonly isDownload: boolean;
  readonly fileType: string;
  readonly fileSizeBytes: number;
  readonly targetFileName: string;
}

export function readGetAllQueuedTransfers(): GetAllQueuedTransfers {
  return { kind: "GetAllQueuedTransfers" };
}

export function writeGetAllQueuedTransfers(): Element {
  return el("cwmp:GetAllQueuedTransfers", {});
}

export function readGetAllQueuedTransfersResponse(body: Element): GetAllQueuedTransfersResponse {
  const transfers = children(child(body, "TransferList"), "AllQueuedTransferStruct").map((item) => ({
    commandKey: readKey(optionalText(item, "CommandKey")),
    state: readCount(optionalText(item, "State"), 0),
    isDownload: readBoolean(optionalText(item, "IsDownload")),
    fileType: optionalText(item, "FileType"),
    fileSizeBytes: readCount(optionalText(item, "FileSize"), 0),
    targetFileName: optionalText(item, "TargetFileName"),
  }));
  return { kind: "GetAllQueuedTransfersResponse", transfers };
}

export function writeGetAllQueuedTransfersResponse({ transfers }: GetAllQueuedTransfersResponse): Element {
  const items = transfers.map((transfer) =>
    el(
      "AllQueuedTransferStruct",
      {},
      el("CommandKey", {}, transfer.commandKey),
      el("State", {}, String(transfer.state)),
      el("IsDownload", {}, writeBoolean(transfer.isDownload)),
      el("FileType", {}, transfer.fileType),
      el("FileSize", {}, String(transfer.fileSizeBytes)),
      el("TargetFileName", {}, transfer.targetFileName),
    ),
  );
  return el("cwmp:GetAllQueuedTransfersResponse", {}, el("TransferList", arrayOf("cwmp:AllQueuedTransferStruct", transfers.length), items));
}
