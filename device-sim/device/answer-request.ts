/**
 * The device's answer to a request of the ACS, and what follows from it.
 * Spec: TR-069 A.3.1.1, A.3.2, A.4.1.8. Layer: device, pure.
 */
import { type CpeFaultCode, cpeFault } from "../../acs/cwmp/faults.js";
import type { AcsRequest, DeviceResponse, UnknownMethod } from "../../acs/cwmp/messages.js";
import type { AddObject } from "../../acs/cwmp/rpc/add-object.js";
import type { DeleteObject } from "../../acs/cwmp/rpc/delete-object.js";
import type { Download } from "../../acs/cwmp/rpc/download.js";
import type { GetParameterNames, ParameterInfo } from "../../acs/cwmp/rpc/get-parameter-names.js";
import type { ScheduleDownload } from "../../acs/cwmp/rpc/schedule-download.js";
import type { SetParameterAttributes } from "../../acs/cwmp/rpc/set-parameter-attributes.js";
import type { SetParameterValues } from "../../acs/cwmp/rpc/set-parameter-values.js";
import type { Upload } from "../../acs/cwmp/rpc/upload.js";
import { UNKNOWN_TIME } from "../../acs/cwmp/values.js";
import { meantPaths, takesAliases } from "./addressing.js";
import { aliasRefusal, askedFault, type Meant, meantRequest, tableAndAlias, toldResponse } from "./answer-addressed.js";
import { getAttributes, setAttributes } from "./attributes.js";
import type { Device } from "./device.js";
import { withoutStaleTests } from "./diagnostics.js";
import { urlSet } from "./discovery.js";
import { addObject, deleteObject } from "./objects.js";
import { getNames, getValues, setValues } from "./parameter-tree.js";
import { RpcFault } from "./rpc-fault.js";
import { scheduleInform } from "./scheduled-informs.js";
import { cancelTransfers, describeTransfer, queueTransfer, readWindows, type TransferOrder } from "./transfers.js";
import { queueUnitChange } from "./units.js";

/** What the device does because of a request. Changes have happened; a restart and whatever is fetched or sent wait for the end of the session. */
export type Consequence =
  | { readonly kind: "set"; readonly parameterKey: string; readonly names: readonly string[]; readonly changed: readonly string[] }
  | { readonly kind: "set-attributes"; readonly names: readonly string[] }
  | { readonly kind: "add-object"; readonly objectName: string; readonly instanceNumber: number; readonly parameterKey: string }
  | { readonly kind: "delete-object"; readonly objectName: string; readonly parameterKey: string }
  | { readonly kind: "reboot"; readonly commandKey: string }
  | { readonly kind: "factory-reset" | "schedule-inform" | "change-units" | "transfer" }
  | { readonly kind: "cancel-transfer"; readonly commandKey: string; readonly count: number };

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
  "SetParameterAttributes",
  "GetParameterAttributes",
  "AddObject",
  "DeleteObject",
  "Reboot",
  "FactoryReset",
  "Download",
  "ScheduleDownload",
  "Upload",
  "GetQueuedTransfers",
  "GetAllQueuedTransfers",
  "CancelTransfer",
  "ScheduleInform",
  "ChangeDUState",
] as const;

/** What makes a device less than faithful here. */
export interface AnswerFlaws {
  /** SetParameterValues is refused with this code. */
  readonly setFault?: CpeFaultCode;
  /** GetParameterNames tells objects without their dot. */
  readonly namesLackDots?: boolean;
  /** GetParameterNames of the empty path is refused. */
  readonly rejectsRootNames?: boolean;
  /** GetParameterNames tells that nothing can be written. */
  readonly deniesWritable?: boolean;
  /** Announced by GetRPCMethods, and answered with 9000. */
  readonly lacksMethods?: readonly AcsRequest["kind"][];
  /** A boolean is to be set as a string; as a boolean it is refused with 9006. */
  readonly booleansAreStrings?: boolean;
  /** SetParameterValues is answered with Status 0, and nothing is set. */
  readonly ignoresSets?: boolean;
}

/** Never throws: what can't be done is answered with a fault. */
export function answerRequest(device: Device, request: AcsRequest | UnknownMethod, nowMs: number, flaws: AnswerFlaws = {}): Answer {
  let asked: Meant["asked"] = new Map();
  try {
    const meant = meantRequest(device.tree, request);
    asked = meant.asked;
    const answer = answerOrThrow({ ...device, tree: meant.tree }, meant.request, nowMs, flaws);
    return { ...answer, response: toldResponse(answer.device.tree, answer.response) };
  } catch (error) {
    // What the request was about to create is not there.
    if (error instanceof RpcFault) return { device, response: askedFault(error.fault, asked) };
    throw error;
  }
}

function answerOrThrow(device: Device, request: AcsRequest | UnknownMethod, nowMs: number, flaws: AnswerFlaws): Answer {
  if (flaws.lacksMethods?.some((kind) => kind === request.kind)) return { device, response: cpeFault(9000) };
  switch (request.kind) {
    case "GetRPCMethods":
      return { device, response: { kind: "GetRPCMethodsResponse", methods: DEVICE_METHODS } };
    case "GetParameterValues":
      return { device, response: { kind: "GetParameterValuesResponse", values: getValues(device.tree, request.names) } };
    case "GetParameterNames":
      return { device, response: { kind: "GetParameterNamesResponse", parameters: tellNames(device, request, flaws) } };
    case "SetParameterValues":
      if (flaws.setFault !== undefined) return { device, response: cpeFault(flaws.setFault) };
      if (flaws.ignoresSets === true) return { device, response: { kind: "SetParameterValuesResponse", status: 0 } };
      if (flaws.booleansAreStrings === true) refuseBooleans(device, request);
      return answerSet(device, request);
    case "Reboot":
      return { device, response: { kind: "RebootResponse" }, consequence: { kind: "reboot", commandKey: request.commandKey } };
    case "Download":
      return answerDownload(device, request, nowMs);
    case "GetAllQueuedTransfers":
      return { device, response: { kind: "GetAllQueuedTransfersResponse", transfers: device.transfers.map(describeTransfer) } };
    case "GetParameterAttributes":
      return { device, response: { kind: "GetParameterAttributesResponse", attributes: getAttributes(device.tree, request.names) } };
    case "SetParameterAttributes":
      return answerSetAttributes(device, request);
    case "AddObject":
      return answerAddObject(device, request);
    case "DeleteObject":
      return answerDeleteObject(device, request);
    case "Upload":
      return answerUpload(device, request, nowMs);
    case "ScheduleDownload":
      return answerScheduleDownload(device, request, nowMs);
    case "GetQueuedTransfers":
      return { device, response: { kind: "GetQueuedTransfersResponse", transfers: device.transfers.map(describeTransfer) } };
    case "CancelTransfer":
      return answerCancel(device, request.commandKey);
    case "ScheduleInform":
      return {
        device: { ...device, scheduledInforms: scheduleInform(device.scheduledInforms, request.delayS, request.commandKey, nowMs) },
        response: { kind: "ScheduleInformResponse" },
        consequence: { kind: "schedule-inform" },
      };
    case "ChangeDUState":
      return {
        device: { ...device, unitChanges: queueUnitChange(device.unitChanges, request) },
        response: { kind: "ChangeDUStateResponse" },
        consequence: { kind: "change-units" },
      };
    case "FactoryReset":
      return { device, response: { kind: "FactoryResetResponse" }, consequence: { kind: "factory-reset" } };
    // Vouchers were never deployed; the standard has deprecated them.
    case "GetOptions":
    case "SetVouchers":
    case "UnknownMethod":
      return { device, response: cpeFault(9000) };
  }
}

function tellNames({ tree }: Device, { path, nextLevel }: GetParameterNames, flaws: AnswerFlaws): readonly ParameterInfo[] {
  if (flaws.rejectsRootNames === true && path === "") throw new RpcFault(9005, "the empty path");
  const names = meantPaths(tree, path).flatMap((meant) => getNames(tree, meant, nextLevel));
  return names.map(({ name, writable }) => ({
    name: flaws.namesLackDots === true && name.endsWith(".") ? name.slice(0, -1) : name,
    writable: writable && flaws.deniesWritable !== true,
  }));
}

/** @throws {RpcFault} 9003 with 9006 for each boolean that is not written as a string. */
function refuseBooleans({ tree }: Device, { values }: SetParameterValues): void {
  const isBoolean = (name: string): boolean => tree.index.definitions.get(name)?.type.base === "boolean";
  const wrong = values.filter(({ name, type }) => isBoolean(name) && type !== "xsd:string");
  const faults = wrong.map(({ name }) => ({ name, faultCode: 9006, faultString: "expected a string" }));
  if (faults.length > 0) throw new RpcFault(9003, "no parameter was set", faults);
}

function answerSet(device: Device, { values, parameterKey }: SetParameterValues): Answer {
  const { tree, changed } = setValues(device.tree, values, parameterKey);
  const names = values.map(({ name }) => name);
  return {
    device: urlSet({ ...device, tree: withoutStaleTests(tree, names) }, names),
    response: { kind: "SetParameterValuesResponse", status: 0 },
    consequence: { kind: "set", parameterKey, names, changed },
  };
}

function answerSetAttributes(device: Device, { parameters }: SetParameterAttributes): Answer {
  return {
    device: { ...device, tree: setAttributes(device.tree, parameters) },
    response: { kind: "SetParameterAttributesResponse" },
    consequence: { kind: "set-attributes", names: parameters.map(({ name }) => name) },
  };
}

function answerAddObject(device: Device, { objectName, parameterKey }: AddObject): Answer {
  const { table, alias } = tableAndAlias(objectName);
  if (alias !== undefined && !takesAliases(device.tree)) throw new RpcFault(9005, `${objectName} is no table`);
  const why = alias === undefined ? undefined : aliasRefusal(device.tree, table, alias);
  if (why !== undefined) throw new RpcFault(9003, why);
  const { tree, instanceNumber } = addObject(device.tree, table, parameterKey, alias);
  return {
    device: { ...device, tree },
    response: { kind: "AddObjectResponse", instanceNumber, status: 0 },
    consequence: { kind: "add-object", objectName: table, instanceNumber, parameterKey },
  };
}

function answerDeleteObject(device: Device, { objectName, parameterKey }: DeleteObject): Answer {
  return {
    device: { ...device, tree: deleteObject(device.tree, objectName, parameterKey) },
    response: { kind: "DeleteObjectResponse", status: 0 },
    consequence: { kind: "delete-object", objectName, parameterKey },
  };
}

/** Status 1: the end of the transfer will be told by TransferComplete (TR-069 A.3.2.8). */
function answerDownload(device: Device, request: Download, nowMs: number): Answer {
  const { commandKey, fileType, url, username, password, fileSizeBytes, targetFileName, delayS } = request;
  const order = { commandKey, fileType, url, username, password, fileSizeBytes, targetFileName, delayS };
  return {
    ...queued(device, { ...order, command: "Download", windows: [] }, nowMs),
    response: { kind: "DownloadResponse", status: 1, startTime: UNKNOWN_TIME, completeTime: UNKNOWN_TIME },
  };
}

function answerUpload(device: Device, request: Upload, nowMs: number): Answer {
  const { commandKey, fileType, url, username, password, delayS } = request;
  const order = { commandKey, fileType, url, username, password, delayS, fileSizeBytes: 0, targetFileName: "" };
  return {
    ...queued(device, { ...order, command: "Upload", windows: [] }, nowMs),
    response: { kind: "UploadResponse", status: 1, startTime: UNKNOWN_TIME, completeTime: UNKNOWN_TIME },
  };
}

function answerScheduleDownload(device: Device, request: ScheduleDownload, nowMs: number): Answer {
  const { commandKey, fileType, url, username, password, fileSizeBytes, targetFileName } = request;
  const order = { commandKey, fileType, url, username, password, fileSizeBytes, targetFileName, delayS: 0 };
  const windows = readWindows(request, nowMs);
  return {
    ...queued(device, { ...order, command: "ScheduleDownload", windows }, nowMs),
    response: { kind: "ScheduleDownloadResponse" },
  };
}

function queued(device: Device, order: TransferOrder, nowMs: number): Omit<Answer, "response"> {
  return { device: { ...device, transfers: queueTransfer(device.transfers, order, nowMs) }, consequence: { kind: "transfer" } };
}

function answerCancel(device: Device, commandKey: string): Answer {
  const transfers = cancelTransfers(device.transfers, commandKey);
  const count = device.transfers.length - transfers.length;
  return {
    device: count === 0 ? device : { ...device, transfers },
    response: { kind: "CancelTransferResponse" },
    ...(count === 0 ? {} : { consequence: { kind: "cancel-transfer", commandKey, count } }),
  };
}
