/**
 * A gateway's file transfers: what it sends, what becomes of a file that has come, and what the ACS is told at the end.
 * Spec: TR-069 A.3.2.8, A.3.3.2, A.4.1.5. Layer: device-sim.
 */
import { createHash } from "node:crypto";
import type { DownloadedFile } from "../cpe/download-file.js";
import type { ManagementClient } from "../cpe/management-client.js";
import { TransferRunner } from "../cpe/transfer-runner.js";
import { type Device, raiseAll, raiseEvent } from "../device/device.js";
import { changeTransfer, type Transfer, transferEvents } from "../device/transfers.js";
import { uploadContent } from "../device/upload-content.js";
import type { Chassis } from "./chassis.js";
import { DEFAULTS } from "./options.js";
import type { Restart } from "./restart.js";

/** From a failed attempt of a ScheduleDownload to the next. */
const RETRY_MS = 10_000;

export interface FileTransferParts {
  readonly chassis: Chassis;
  readonly client: ManagementClient;
  readonly restart: Restart;
}

export function makeTransferRunner(parts: FileTransferParts): TransferRunner {
  const { chassis } = parts;
  const { answerTimeoutMs, ca, retryTimeScale } = chassis.options;
  return new TransferRunner({
    box: chassis.box,
    clock: chassis.clock,
    silenceMs: answerTimeoutMs ?? DEFAULTS.answerTimeoutMs,
    newCnonce: () => chassis.randomHex(8),
    ...(ca === undefined ? {} : { ca }),
    flaw: chassis.behaviour.downloads,
    retryMs: RETRY_MS * (retryTimeScale ?? DEFAULTS.retryTimeScale),
    contentOf: ({ fileType }) => uploadContent(chassis.box.get().tree, fileType, [`${chassis.deviceId} log`, ...chassis.logLines]),
    onUploaded: (transfer, content) => reportUpload(parts, transfer, content),
    onProgress: ({ commandKey, fileSizeBytes }, bytes) =>
      chassis.tell({ kind: "downloading", commandKey, bytes, bytesExpected: fileSizeBytes }),
    onFile: (transfer, file, version) => takeFile(parts, transfer, file, version),
    onFailure: (transfer) => reportFailure(parts, transfer),
    onError: (error) => chassis.complain(error),
  });
}

function takeFile(parts: FileTransferParts, transfer: Transfer, { bytes, sha256 }: DownloadedFile, version: string | undefined): void {
  const { commandKey, fileType } = transfer;
  parts.chassis.log({ effect: "download", commandKey, fileType, bytes, sha256 });
  if (version === undefined) finish(parts, transfer);
  else parts.restart.firmware(transfer, version);
}

function reportUpload(parts: FileTransferParts, transfer: Transfer, content: Uint8Array): void {
  const { commandKey, fileType } = transfer;
  const sha256 = createHash("sha256").update(content).digest("hex");
  parts.chassis.log({ effect: "upload", commandKey, fileType, bytes: content.length, sha256 });
  finish(parts, transfer);
}

function finish({ chassis, client }: FileTransferParts, transfer: Transfer): void {
  chassis.box.change((device) => transferFinished(device, transfer, chassis));
  client.callIn();
}

function reportFailure({ chassis, client }: FileTransferParts, transfer: Transfer): void {
  const { command, commandKey, fault } = transfer;
  const kind = command === "Upload" ? "upload-failed" : "download-failed";
  chassis.tell({ kind, commandKey, faultCode: fault.code, why: fault.text });
  chassis.box.change((device) => transferEnded(device, transfer, chassis));
  client.callIn();
}

/** A transfer has succeeded now. */
export function transferFinished(device: Device, transfer: Transfer, chassis: Chassis): Device {
  const done = { state: "finished", startedAtMs: transfer.startedAtMs, finishedAtMs: chassis.clock.now() } as const;
  return transferEnded({ ...device, transfers: changeTransfer(device.transfers, transfer.id, done) }, transfer, chassis);
}

/** A transfer is over, and owed to the ACS: unless the device is one that does not tell, or not what. */
function transferEnded(device: Device, transfer: Transfer, { behaviour: { transferReports } }: Chassis): Device {
  if (transferReports === undefined) return raiseAll(device, transferEvents(transfer));
  if (transferReports === "never") return { ...device, transfers: device.transfers.filter(({ id }) => id !== transfer.id) };
  const transfers = changeTransfer(device.transfers, transfer.id, { commandKey: "" });
  return raiseEvent({ ...device, transfers }, "7 TRANSFER COMPLETE");
}
