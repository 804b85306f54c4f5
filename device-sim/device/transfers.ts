/**
 * File transfers that a device owes: kept over reboots until the ACS has confirmed their end.
 * Spec: TR-069 A.3.2.8 (Download), A.3.3.2 (TransferComplete), A.4.1.8 (GetAllQueuedTransfers). Layer: device, pure.
 */
import type { CpeFaultCode } from "../../acs/cwmp/faults.js";
import { RpcFault } from "./rpc-fault.js";

/** What the ACS asked for. */
export interface DownloadOrder {
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
}

export interface Transfer extends DownloadOrder {
  /** Goes up by one with each transfer of the device. */
  readonly id: number;
  /** "finished": over, well or not; waits for TransferCompleteResponse. */
  readonly state: "waiting" | "running" | "finished";
  /** Not before this time. */
  readonly dueAtMs: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
  /** `code` 0: success. */
  readonly fault: { readonly code: 0 | CpeFaultCode; readonly text: string };
}

export const TRANSFER_LIMITS = {
  /** A device must be able to queue three; this one takes what GetAllQueuedTransfers can tell. */
  transfersMax: 16,
  fileBytesMax: 268_435_456,
} as const;

export const FIRMWARE_FILE_TYPE = "1 Firmware Upgrade Image";
const FILE_TYPE = /^([1-5] [A-Z].*|X [0-9A-F]{6} .+|X \S+ .+)$/;

/**
 * Takes an order, or refuses at once what can be seen to fail at once.
 * @throws {RpcFault} 9003: unusable arguments. 9004: queue full. 9013: a protocol that is not HTTP.
 */
export function queueTransfer(transfers: readonly Transfer[], order: DownloadOrder, nowMs: number): readonly Transfer[] {
  if (!FILE_TYPE.test(order.fileType)) throw new RpcFault(9003, `file type ${order.fileType}`);
  if (!URL.canParse(order.url)) throw new RpcFault(9003, "URL can't be read");
  const url = new URL(order.url);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new RpcFault(9013, url.protocol);
  // TR-069 A.3.2.8: the URL MUST NOT include the "userinfo" component.
  if (url.username !== "" || url.password !== "") throw new RpcFault(9003, "URL with user information");
  if (order.fileSizeBytes > TRANSFER_LIMITS.fileBytesMax) throw new RpcFault(9004, "file too large");
  if (transfers.length >= TRANSFER_LIMITS.transfersMax) throw new RpcFault(9004, "too many transfers");
  const id = 1 + Math.max(0, ...transfers.map((transfer) => transfer.id));
  const fresh = { id, state: "waiting", dueAtMs: nowMs + order.delayS * 1_000, startedAtMs: null, finishedAtMs: null } as const;
  return [...transfers, { ...order, ...fresh, fault: { code: 0, text: "" } }];
}

export function changeTransfer(transfers: readonly Transfer[], id: number, change: Partial<Transfer>): readonly Transfer[] {
  return transfers.map((transfer) => (transfer.id === id ? { ...transfer, ...change } : transfer));
}

/** What a loss of power cut short starts again: nothing of it was applied. */
export function restartInterrupted(transfers: readonly Transfer[]): readonly Transfer[] {
  return transfers.map((transfer) => (transfer.state === "running" ? { ...transfer, state: "waiting" } : transfer));
}

/** TransferStateType: 1 not yet started, 2 in progress, 3 completed, finishing clean-up. */
export function transferStateNumber({ state }: Transfer): 1 | 2 | 3 {
  return state === "waiting" ? 1 : state === "running" ? 2 : 3;
}
