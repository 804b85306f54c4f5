/**
 * File transfers that a device owes: kept over reboots until the ACS has confirmed their end.
 * Spec: TR-069 A.3.2.8 (Download), A.4.1.5 (Upload), A.4.1.8 (GetAllQueuedTransfers, ScheduleDownload), A.4.1.9 (CancelTransfer),
 *   A.3.3.2 (TransferComplete). Layer: device, pure.
 */
import type { CpeFaultCode } from "../../acs/cwmp/faults.js";
import type { ScheduleDownload } from "../../acs/cwmp/rpc/schedule-download.js";
import type { DeviceEvent } from "./events.js";
import { RpcFault } from "./rpc-fault.js";

/** What the ACS asked for. */
export interface TransferOrder {
  readonly command: TransferCommand;
  readonly commandKey: string;
  readonly fileType: string;
  readonly url: string;
  /** "" for both: no authentication. */
  readonly username: string;
  readonly password: string;
  /** 0: not known. */
  readonly fileSizeBytes: number;
  readonly targetFileName: string;
  readonly delayS: number;
  /** When a ScheduleDownload may run: the present window and what is left of those after it. [] for the other commands. */
  readonly windows: readonly TransferWindow[];
}

export const TRANSFER_COMMANDS = ["Download", "Upload", "ScheduleDownload"] as const;
export type TransferCommand = (typeof TRANSFER_COMMANDS)[number];

export interface TransferWindow {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Negative: as many as fit in. */
  readonly maxRetries: number;
}

export interface Transfer extends TransferOrder {
  /** Goes up by one with each transfer of the device. */
  readonly id: number;
  /** "finished": over, well or not; waits for TransferCompleteResponse. */
  readonly state: "waiting" | "running" | "finished";
  /** Not before this time. */
  readonly dueAtMs: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
  /** Failed attempts in the present window. */
  readonly failures: number;
  readonly fault: TransferFault;
}

/** `code` 0: success. */
export interface TransferFault {
  readonly code: 0 | CpeFaultCode;
  readonly text: string;
}

export const TRANSFER_LIMITS = {
  /** A device must be able to queue three; this one takes what GetAllQueuedTransfers can tell. */
  transfersMax: 16,
  fileBytesMax: 268_435_456,
  windowsMax: 2,
} as const;

export const FIRMWARE_FILE_TYPE = "1 Firmware Upgrade Image";
const DOWNLOAD_TYPE = /^([1-5] [A-Z].*|X [0-9A-F]{6} .+|X \S+ .+)$/;
/** Each with the name that GetAllQueuedTransfers has for it. This device has one configuration file and one log. */
const UPLOAD_TYPES: ReadonlyMap<string, string> = new Map([
  ["1 Vendor Configuration File", "3 Vendor Configuration File"],
  ["2 Vendor Log File", "4 Vendor Log File"],
  ["3 Vendor Configuration File 1", "6 Vendor Configuration File 1"],
  ["4 Vendor Log File 1", "7 Vendor Log File 1"],
]);
/** "4 Confirmation Needed" is not among them: the device has nobody to ask. */
const WINDOW_MODES: readonly string[] = ["1 At Any Time", "2 Immediately", "3 When Idle"];

/**
 * Takes an order, or refuses at once what can be seen to fail at once.
 * @throws {RpcFault} 9003: unusable arguments. 9004: queue full. 9013: a protocol that is not HTTP.
 */
export function queueTransfer(transfers: readonly Transfer[], order: TransferOrder, nowMs: number): readonly Transfer[] {
  const isKnown = order.command === "Upload" ? UPLOAD_TYPES.has(order.fileType) : DOWNLOAD_TYPE.test(order.fileType);
  if (!isKnown) throw new RpcFault(9003, `file type ${order.fileType}`);
  checkUrl(order.url);
  if (order.fileSizeBytes > TRANSFER_LIMITS.fileBytesMax) throw new RpcFault(9004, "file too large");
  if (transfers.length >= TRANSFER_LIMITS.transfersMax) throw new RpcFault(9004, "too many transfers");
  const id = 1 + Math.max(0, ...transfers.map((transfer) => transfer.id));
  const dueAtMs = order.windows[0]?.fromMs ?? nowMs + order.delayS * 1_000;
  const fresh = { id, state: "waiting", dueAtMs, startedAtMs: null, finishedAtMs: null, failures: 0 } as const;
  return [...transfers, { ...order, ...fresh, fault: { code: 0, text: "" } }];
}

/** @throws {RpcFault} 9003: no URL, or one with user information. 9013: not HTTP. */
export function checkUrl(text: string): void {
  if (!URL.canParse(text)) throw new RpcFault(9003, "URL can't be read");
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new RpcFault(9013, url.protocol);
  // TR-069 A.3.2.8: the URL MUST NOT include the "userinfo" component.
  if (url.username !== "" || url.password !== "") throw new RpcFault(9003, "URL with user information");
}

/** Windows as points in time. @throws {RpcFault} 9003: none or more than two, out of order, or of a mode that is not built in. */
export function readWindows({ timeWindows }: ScheduleDownload, nowMs: number): readonly TransferWindow[] {
  const { windowsMax } = TRANSFER_LIMITS;
  if (timeWindows.length < 1 || timeWindows.length > windowsMax) throw new RpcFault(9003, `${timeWindows.length} time windows`);
  let endS = 0;
  return timeWindows.map((window) => {
    if (!WINDOW_MODES.includes(window.mode)) throw new RpcFault(9003, `window mode ${window.mode}`);
    if (window.startS < endS || window.endS <= window.startS) throw new RpcFault(9003, "time windows overlap or have no length");
    endS = window.endS;
    return { fromMs: nowMs + window.startS * 1_000, untilMs: nowMs + window.endS * 1_000, maxRetries: window.maxRetries };
  });
}

export function changeTransfer(transfers: readonly Transfer[], id: number, change: Partial<Transfer>): readonly Transfer[] {
  return transfers.map((transfer) => (transfer.id === id ? { ...transfer, ...change } : transfer));
}

/** Whether the present window has closed before the transfer could begin. */
export const hasMissedWindow = ({ windows: [present] }: Transfer, nowMs: number): boolean =>
  present !== undefined && nowMs >= present.untilMs;

export const MISSED_WINDOW: TransferFault = { code: 9020, text: "no success within the time windows" };

/**
 * What becomes of a transfer whose attempt failed: another one in this window, or the first in the next window, or the end.
 * @param retryMs From a failure to the next attempt.
 */
export function afterFailure(transfer: Transfer, fault: TransferFault, nowMs: number, retryMs: number): Partial<Transfer> {
  const [present, ...later] = transfer.windows;
  const [next] = later;
  const mayRetry = present !== undefined && (present.maxRetries < 0 || transfer.failures < present.maxRetries);
  if (mayRetry && nowMs + retryMs < present.untilMs) return { state: "waiting", failures: transfer.failures + 1, dueAtMs: nowMs + retryMs };
  // MaxRetries "refers only to this time window".
  if (next !== undefined) return { state: "waiting", failures: 0, windows: later, dueAtMs: Math.max(next.fromMs, nowMs) };
  return { state: "finished", finishedAtMs: nowMs, fault };
}

/** CancelTransfer: all transfers of this key, or none. An unknown key is no fault. @throws {RpcFault} 9021: one of them has begun. */
export function cancelTransfers(transfers: readonly Transfer[], commandKey: string): readonly Transfer[] {
  const meant = transfers.filter((transfer) => transfer.commandKey === commandKey);
  if (meant.some(({ state }) => state !== "waiting")) throw new RpcFault(9021, commandKey);
  return transfers.filter((transfer) => !meant.includes(transfer));
}

/** What a loss of power cut short starts again: nothing of it was applied. */
export function restartInterrupted(transfers: readonly Transfer[]): readonly Transfer[] {
  return transfers.map((transfer) => (transfer.state === "running" ? { ...transfer, state: "waiting" } : transfer));
}

/** TransferStateType: 1 not yet started, 2 in progress, 3 completed, finishing clean-up. */
export function transferStateNumber({ state }: Transfer): 1 | 2 | 3 {
  return state === "waiting" ? 1 : state === "running" ? 2 : 3;
}

/** As GetAllQueuedTransfers tells it: there, upload types have numbers of their own. */
export function describeTransfer(transfer: Transfer) {
  const { command, commandKey, fileType, fileSizeBytes, targetFileName } = transfer;
  const isDownload = command !== "Upload";
  const told = isDownload ? fileType : (UPLOAD_TYPES.get(fileType) ?? fileType);
  return { commandKey, fileType: told, fileSizeBytes, targetFileName, state: transferStateNumber(transfer), isDownload };
}

/** What the Inform lists before TransferComplete of this transfer. */
export function transferEvents({ command, commandKey }: Transfer): readonly DeviceEvent[] {
  return [
    { code: "7 TRANSFER COMPLETE", commandKey: "" },
    { code: `M ${command}`, commandKey },
  ];
}
