/**
 * download, scheduleDownload and upload: the device fetches or sends a file and tells the end with TransferComplete. Never sent twice:
 * after a lost answer the device's own list of transfers tells, and of firmware the SoftwareVersion (field quirk 25). cancelTransfer and
 * getQueuedTransfers are about that list.
 * Spec: TR-069 A.3.2.8, A.4.1.3, A.4.1.5, A.4.1.7-A.4.1.9; docs/decisions/0004-tasks-are-read-back.md. Layer: tasks, pure.
 */
import type { ParameterValue } from "../../cwmp/parameter-value.js";
import { toldValue } from "../../devices/parameter-tree.js";
import { judgeVersion, wantedVersion } from "../judge-version.js";
import { awaitsFile, doneByFile, judgeByFile } from "../own-upload.js";
import { describe, heard, repeat, unlearnt } from "../read-back.js";
import type { DownloadFile, Task, TaskOrder } from "../task.js";
import {
  ask,
  awaiting,
  boundedResult,
  type DeviceFault,
  done,
  failed,
  faultOf,
  impossible,
  on,
  type RunOf,
  type SendContext,
  type Steps,
  settle,
  type TaskStep,
  told,
} from "../task-step.js";

export type TransferRun =
  | RunOf<
      | "download"
      | "schedule-download"
      | "upload"
      | "cancel-transfer"
      | "list-transfers"
      | "list-own-transfers"
      | "read-back-transfers"
      | "read-back-own-transfers",
      { readonly task: Task }
    >
  | { readonly step: "read-back-version"; readonly task: Task; readonly queue: "has-it-not" | "not-told" };

const SECOND_MS = 1_000;
/** CWMP fault code: method not supported. */
const METHOD_UNKNOWN = 9000;

export function beginDownload(task: Task, { file }: TaskOrder & { readonly kind: "download" }, context: SendContext): TaskStep {
  const fetched = argumentsOf(task, file, context);
  if (fetched === null) return noFile(file, context);
  return ask({ step: "download", task }, { kind: "Download", ...fetched, delayS: 0, successUrl: "", failureUrl: "" });
}

export function beginScheduleDownload(
  task: Task,
  order: TaskOrder & { readonly kind: "scheduleDownload" },
  context: SendContext,
): TaskStep {
  const fetched = argumentsOf(task, order.file, context);
  if (fetched === null) return noFile(order.file, context);
  return ask({ step: "schedule-download", task }, { kind: "ScheduleDownload", ...fetched, timeWindows: order.windows });
}

function argumentsOf(task: Task, file: DownloadFile, { fileUrl }: SendContext) {
  const url = file.url ?? fileUrl;
  if (url === null) return null;
  const { fileType, fileSizeBytes, targetFileName } = file;
  return { commandKey: task.id, fileType, url, username: "", password: "", fileSizeBytes, targetFileName };
}

function noFile({ receivedFileId }: DownloadFile, context: SendContext): TaskStep {
  if (receivedFileId !== undefined) return impossible(context, "the received file is no longer kept");
  return impossible(context, "the file is no longer in the catalogue, or its bytes are not those that were added");
}

export function beginUpload(task: Task, order: TaskOrder & { readonly kind: "upload" }, context: SendContext): TaskStep {
  const { fileType, username, delayS } = order;
  const { password, fileUrl } = context;
  const url = order.url ?? fileUrl;
  if (url === null) return impossible(context, "PUBLIC_FILES_URL is so long that no URL for an upload fits the 256 characters of TR-069");
  return ask({ step: "upload", task }, { kind: "Upload", commandKey: task.id, fileType, url, username, password, delayS });
}

export function beginCancelTransfer(task: Task, { commandKey }: TaskOrder & { readonly kind: "cancelTransfer" }): TaskStep {
  return ask({ step: "cancel-transfer", task }, { kind: "CancelTransfer", commandKey });
}

export function beginGetQueuedTransfers(task: Task, _order: TaskOrder, { missing, ...context }: SendContext): TaskStep {
  const learnt = missing.get("GetAllQueuedTransfers");
  if (learnt === undefined) return ask({ step: "list-transfers", task }, { kind: "GetAllQueuedTransfers" });
  if (!missing.has("GetQueuedTransfers")) return ask({ step: "list-own-transfers", task }, { kind: "GetQueuedTransfers" });
  return settle(failed(context, { code: "not-possible", detail: `the device has no method to list its transfers: ${learnt}` }));
}

/** A file that is here needs no question. */
export function readBackTransfer(task: Task, _order: TaskOrder, context: SendContext): TaskStep {
  const { nowMs, brought, missing } = context;
  if (awaitsFile(task) && brought !== null) return settle(doneByFile(nowMs, brought));
  if (!missing.has("GetAllQueuedTransfers")) return ask({ step: "read-back-transfers", task }, { kind: "GetAllQueuedTransfers" });
  if (missing.has("GetQueuedTransfers")) return askVersion(task, "not-told", context) ?? { do: "leave" };
  return ask({ step: "read-back-own-transfers", task }, { kind: "GetQueuedTransfers" });
}

/** A device takes the key of a transfer that it does not have for a success (TR-069 A.4.1.9): asking again does no harm. */
export function readBackCancelTransfer(task: Task, _order: TaskOrder, context: SendContext): TaskStep {
  return settle(repeat(task, context, "the session died; cancelling again does no harm"));
}

export const transferSteps: Steps<TransferRun> = {
  download: on("DownloadResponse", ({ task }, { status }, context) =>
    afterTransfer(task, status, "the device will fetch the file", context),
  ),
  "schedule-download": on("ScheduleDownloadResponse", ({ task }, _answer, context) =>
    afterTransfer(task, 1, "the device will fetch the file in its time window", context),
  ),
  upload: on("UploadResponse", ({ task }, { status }, context) => afterTransfer(task, status, "the device will send the file", context)),
  "cancel-transfer": on("CancelTransferResponse", (_run, _answer, context) =>
    settle(done(context, "the device has no such transfer any more")),
  ),
  "list-transfers": on(
    "GetAllQueuedTransfersResponse",
    (_run, { transfers }, context) => showTransfers(transfers, context),
    (run, fault, context) => {
      if (fault.faultCode !== METHOD_UNKNOWN) return settle(failed(context, faultOf(fault)));
      return ask({ ...run, step: "list-own-transfers" }, { kind: "GetQueuedTransfers" });
    },
  ),
  "list-own-transfers": on("GetQueuedTransfersResponse", (_run, { transfers }, context) => showTransfers(transfers, context)),
  "read-back-transfers": heard(
    "GetAllQueuedTransfersResponse",
    ({ task }, { transfers }, context) => judgeTransfers(task, transfers, context),
    // GetQueuedTransfers is of CWMP 1.0, the other of 1.1.
    (run, fault, context) => {
      if (isUnknown(fault)) return ask({ ...run, step: "read-back-own-transfers" }, { kind: "GetQueuedTransfers" });
      return askVersion(run.task, "not-told", context) ?? { do: "leave" };
    },
  ),
  "read-back-own-transfers": heard(
    "GetQueuedTransfersResponse",
    ({ task }, { transfers }, context) => judgeTransfers(task, transfers, context),
    // Both are optional.
    ({ task }, _fault, context) => askVersion(task, "not-told", context) ?? { do: "leave" },
  ),
  "read-back-version": heard("GetParameterValuesResponse", afterVersion, ({ queue }, fault, context) =>
    queue === "not-told" ? { do: "leave" } : unlearnt(context, `SoftwareVersion can't be read: ${describe(fault)}`),
  ),
};

const isUnknown = ({ faultCode }: DeviceFault): boolean => faultCode === METHOD_UNKNOWN;

/** TR-069 A.3.2.8: Status 0 is a transfer that is complete and applied; 1 owes a TransferComplete. */
function afterTransfer(task: Task, status: 0 | 1, reason: string, context: SendContext): TaskStep {
  if (status === 0) return settle(judgeByFile(task, done(context, "transferred and applied (Status 0)"), context.brought));
  return settle(awaiting(context, reason, delayMsOf(task) + context.downloadSettleMs));
}

/** How long the device may wait before it begins. */
function delayMsOf({ order }: Task): number {
  if (order.kind === "upload") return order.delayS * SECOND_MS;
  if (order.kind === "scheduleDownload") return Math.max(0, ...order.windows.map(({ endS }) => endS)) * SECOND_MS;
  return 0;
}

interface ListedTransfer {
  readonly commandKey: string;
  readonly state: number;
}

const TRANSFER_STATES = ["unknown", "not-started", "in-progress", "completed"];

function showTransfers(transfers: readonly ListedTransfer[], context: SendContext): TaskStep {
  const shown = transfers.map((transfer) => ({ ...transfer, state: TRANSFER_STATES[transfer.state] ?? "unknown" }));
  const result = boundedResult("transfers", shown, (transfer) => JSON.stringify(transfer).length);
  return settle(done(context, `${transfers.length} transfers in the device's queue`, result));
}

/** A transfer is listed until TransferCompleteResponse (TR-069 A.4.1.7). Not listed: never taken, or taken and complete. */
function judgeTransfers(task: Task, transfers: readonly ListedTransfer[], context: SendContext): TaskStep {
  if (transfers.some(({ commandKey }) => commandKey === task.id)) {
    return settle(awaiting(context, "read back: the transfer is in the device's queue", delayMsOf(task) + context.downloadSettleMs));
  }
  return (
    askVersion(task, "has-it-not", context) ?? unlearnt(context, `read back: ${NO_SUCH_TRANSFER}, so it never took it or has ended it`)
  );
}

const NO_SUCH_TRANSFER = "the device has no such transfer";

/** undefined: no version shows whether what was sent runs. */
function askVersion(task: Task, queue: "has-it-not" | "not-told", context: SendContext): TaskStep | undefined {
  if (wantedVersion(task) === undefined || context.root === null) return undefined;
  const names = [`${context.root}DeviceInfo.SoftwareVersion`];
  return ask({ step: "read-back-version", task, queue }, { kind: "GetParameterValues", names });
}

type VersionRun = Extract<TransferRun, { readonly step: "read-back-version" }>;

/** A device that does not list its transfers may have this one still before it: TransferComplete may tell, until the time is over. */
function afterVersion({ task, queue }: VersionRun, answer: { readonly values: readonly ParameterValue[] }, context: SendContext): TaskStep {
  const [value] = answer.values;
  const text = value?.text.trim() ?? "";
  const verdict = judgeVersion(task, text, context.softwareVersion);
  const what = told(task, "read", { parameters: answer.values.map(toldValue) });
  if (verdict === "runs-wanted") return settle(done(context, `read back: the device runs version ${text}`), what);
  const isOver = (task.sentAtMs ?? 0) + delayMsOf(task) + context.downloadSettleMs <= context.nowMs;
  if (queue === "not-told" && !isOver) return { do: "leave" };
  if (verdict === "ran-before") return unlearnt(context, `version ${text} ran before the firmware was sent, too`);
  const why = queue === "not-told" ? "the device told no end in time" : NO_SUCH_TRANSFER;
  const detail = `read back: ${why}, and runs version ${text}, not ${wantedVersion(task)}`;
  return settle(failed(context, { code: "not-done", detail }), what);
}
