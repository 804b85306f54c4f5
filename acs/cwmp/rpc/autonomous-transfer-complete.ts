/**
 * AutonomousTransferComplete: a device tells of a file transfer that the ACS did not order.
 * Spec: TR-069 A.3.3.3 (CWMP 1.1); field quirks 27, 55. Layer: codec, pure. Golden: test/golden/cwmp/autonomous-transfer-complete*.
 */
import { type FaultStruct, readFaultStruct, writeFaultStruct } from "../fault-struct.js";
import { readBoolean, readCount, UNKNOWN_TIME, writeBoolean } from "../values.js";
import { child, type Element, el, optionalText } from "../xml.js";

export interface AutonomousTransferComplete {
  readonly kind: "AutonomousTransferComplete";
  /** Where the device heard of the file; "" if nowhere. */
  readonly announceUrl: string;
  readonly transferUrl: string;
  /** false: an upload. */
  readonly isDownload: boolean;
  readonly fileType: string;
  /** 0 if not known. */
  readonly fileSizeBytes: number;
  readonly targetFileName: string;
  readonly fault: FaultStruct;
  /** dateTime as sent; unknown time if it left it out. */
  readonly startTime: string;
  readonly completeTime: string;
}

export interface AutonomousTransferCompleteResponse {
  readonly kind: "AutonomousTransferCompleteResponse";
}

export function readAutonomousTransferComplete(body: Element): AutonomousTransferComplete {
  return {
    kind: "AutonomousTransferComplete",
    announceUrl: optionalText(body, "AnnounceURL"),
    transferUrl: optionalText(body, "TransferURL"),
    isDownload: readBoolean(optionalText(body, "IsDownload")),
    fileType: optionalText(body, "FileType"),
    fileSizeBytes: readCount(optionalText(body, "FileSize"), 0),
    targetFileName: optionalText(body, "TargetFileName"),
    fault: readFaultStruct(child(body, "FaultStruct")),
    startTime: optionalText(body, "StartTime") || UNKNOWN_TIME,
    completeTime: optionalText(body, "CompleteTime") || UNKNOWN_TIME,
  };
}

export function writeAutonomousTransferComplete(transfer: AutonomousTransferComplete): Element {
  return el(
    "cwmp:AutonomousTransferComplete",
    {},
    el("AnnounceURL", {}, transfer.announceUrl),
    el("TransferURL", {}, transfer.transferUrl),
    el("IsDownload", {}, writeBoolean(transfer.isDownload)),
    el("FileType", {}, transfer.fileType),
    el("FileSize", {}, String(transfer.fileSizeBytes)),
    el("TargetFileName", {}, transfer.targetFileName),
    writeFaultStruct("FaultStruct", transfer.fault),
    el("StartTime", {}, transfer.startTime),
    el("CompleteTime", {}, transfer.completeTime),
  );
}

export function readAutonomousTransferCompleteResponse(): AutonomousTransferCompleteResponse {
  return { kind: "AutonomousTransferCompleteResponse" };
}

export function writeAutonomousTransferCompleteResponse(): Element {
  return el("cwmp:AutonomousTransferCompleteResponse", {});
}
