/**
 * The device's answer to a request of the ACS, and what follows from it.
 * Spec: TR-069 A.3.1.1, A.3.2, A.4.1.8. Layer: device, pure.
 */
import { type CpeFaultCode, cpeFault } from "../../acs/cwmp/faults.js";
import type { AcsRequest, DeviceResponse, UnknownMethod } from "../../acs/cwmp/messages.js";
import type { Download } from "../../acs/cwmp/rpc/download.js";
import type { SetParameterValues } from "../../acs/cwmp/rpc/set-parameter-values.js";
import { UNKNOWN_TIME } from "../../acs/cwmp/values.js";
import type { Device } from "./device.js";
import { getNames, getValues, setValues } from "./parameter-tree.js";
import { RpcFault } from "./rpc-fault.js";
import { queueTransfer, transferStateNumber } from "./transfers.js";

/** What the device does because of a request. "set" has happened; a reboot and a download wait for the end of the session. */
export type Consequence =
  | { readonly kind: "set"; readonly parameterKey: string; readonly names: readonly string[]; readonly changed: readonly string[] }
  | { readonly kind: "reboot"; readonly commandKey: string }
  | { readonly kind: "download"; readonly commandKey: string };

export interface Answer {
  readonly device: Device;
  readonly response: DeviceResponse;
  readonly consequence?: Consequence;
}

export const DEVICE_METHODS = [
  "GetRPCMethods",
  "SetParameterValues",
  "GetParameterValues",
  "GetParameterNames",
  "Reboot",
  "Download",
  "GetAllQueuedTransfers",
] as const;

/** What makes a device less than faithful here. */
export interface AnswerFlaws {
  /** SetParameterValues is refused with this code. */
  readonly setFault?: CpeFaultCode;
}

/** Never throws: what can't be done is answered with a fault. */
export function answerRequest(device: Device, request: AcsRequest | UnknownMethod, nowMs: number, flaws: AnswerFlaws = {}): Answer {
  try {
    return answerOrThrow(device, request, nowMs, flaws);
  } catch (error) {
    if (error instanceof RpcFault) return { device, response: error.fault };
    throw error;
  }
}

function answerOrThrow(device: Device, request: AcsRequest | UnknownMethod, nowMs: number, flaws: AnswerFlaws): Answer {
  switch (request.kind) {
    case "GetRPCMethods":
      return { device, response: { kind: "GetRPCMethodsResponse", methods: DEVICE_METHODS } };
    case "GetParameterValues":
      return { device, response: { kind: "GetParameterValuesResponse", values: getValues(device.tree, request.names) } };
    case "GetParameterNames":
      return {
        device,
        response: { kind: "GetParameterNamesResponse", parameters: getNames(device.tree, request.path, request.nextLevel) },
      };
    case "SetParameterValues":
      if (flaws.setFault !== undefined) return { device, response: cpeFault(flaws.setFault) };
      return answerSet(device, request);
    case "Reboot":
      return { device, response: { kind: "RebootResponse" }, consequence: { kind: "reboot", commandKey: request.commandKey } };
    case "Download":
      return answerDownload(device, request, nowMs);
    case "GetAllQueuedTransfers":
      return { device, response: { kind: "GetAllQueuedTransfersResponse", transfers: device.transfers.map(describeTransfer) } };
    case "SetParameterAttributes":
    case "GetParameterAttributes":
    case "AddObject":
    case "DeleteObject":
    case "Upload":
    case "ScheduleInform":
    case "ScheduleDownload":
    case "GetQueuedTransfers":
    case "CancelTransfer":
    case "ChangeDUState":
    case "FactoryReset":
    case "GetOptions":
    case "SetVouchers":
    case "UnknownMethod":
      return { device, response: cpeFault(9000) };
  }
}

function answerSet(device: Device, { values, parameterKey }: SetParameterValues): Answer {
  const { tree, changed } = setValues(device.tree, values, parameterKey);
  const names = values.map(({ name }) => name);
  return {
    device: { ...device, tree },
    response: { kind: "SetParameterValuesResponse", status: 0 },
    consequence: { kind: "set", parameterKey, names, changed },
  };
}

/** Status 1: the end of the transfer will be told by TransferComplete (TR-069 A.3.2.8). */
function answerDownload(device: Device, request: Download, nowMs: number): Answer {
  const { commandKey, fileType, url, username, password, fileSizeBytes, targetFileName, delayS } = request;
  const order = { commandKey, fileType, url, username, password, fileSizeBytes, targetFileName, delayS };
  return {
    device: { ...device, transfers: queueTransfer(device.transfers, order, nowMs) },
    response: { kind: "DownloadResponse", status: 1, startTime: UNKNOWN_TIME, completeTime: UNKNOWN_TIME },
    consequence: { kind: "download", commandKey },
  };
}

function describeTransfer(transfer: Device["transfers"][number]) {
  const { commandKey, fileType, fileSizeBytes, targetFileName } = transfer;
  return { commandKey, fileType, fileSizeBytes, targetFileName, state: transferStateNumber(transfer), isDownload: true };
}
