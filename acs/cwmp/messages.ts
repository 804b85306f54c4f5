/**
 * All messages that this ACS knows, by direction, and which reader and writer each has.
 * Spec: TR-069 A.3, A.4; an unknown method must be answered, 3.5. Layer: codec, pure.
 */
import { type Fault, readFault, writeFault } from "./faults.js";
import * as addObject from "./rpc/add-object.js";
import * as autonomousDuState from "./rpc/autonomous-du-state-change-complete.js";
import * as autonomousTransfer from "./rpc/autonomous-transfer-complete.js";
import * as cancel from "./rpc/cancel-transfer.js";
import * as changeDuState from "./rpc/change-du-state.js";
import * as deleteObject from "./rpc/delete-object.js";
import * as download from "./rpc/download.js";
import * as duState from "./rpc/du-state-change-complete.js";
import * as factoryReset from "./rpc/factory-reset.js";
import * as queued from "./rpc/get-all-queued-transfers.js";
import * as options from "./rpc/get-options.js";
import * as attributes from "./rpc/get-parameter-attributes.js";
import * as names from "./rpc/get-parameter-names.js";
import * as values from "./rpc/get-parameter-values.js";
import * as ordered from "./rpc/get-queued-transfers.js";
import * as methods from "./rpc/get-rpc-methods.js";
import * as inform from "./rpc/inform.js";
import * as kicked from "./rpc/kicked.js";
import * as reboot from "./rpc/reboot.js";
import * as requestDownload from "./rpc/request-download.js";
import * as scheduleDownload from "./rpc/schedule-download.js";
import * as scheduleInform from "./rpc/schedule-inform.js";
import * as setAttributes from "./rpc/set-parameter-attributes.js";
import * as set from "./rpc/set-parameter-values.js";
import * as vouchers from "./rpc/set-vouchers.js";
import * as transfer from "./rpc/transfer-complete.js";
import * as upload from "./rpc/upload.js";
import { type Element, el } from "./xml.js";

/** A method, or a response to one, that this codec does not know. The session answers a method with 8000, the simulator with 9000. */
export interface UnknownMethod {
  readonly kind: "UnknownMethod";
  /** Without prefix: "X_EXAMPLE_Dance", "X_EXAMPLE_DanceResponse". */
  readonly name: string;
}

/** What a device asks of the ACS. */
export type DeviceRequest =
  | inform.Inform
  | transfer.TransferComplete
  | autonomousTransfer.AutonomousTransferComplete
  | methods.GetRPCMethods
  | requestDownload.RequestDownload
  | kicked.Kicked
  | duState.DUStateChangeComplete
  | autonomousDuState.AutonomousDUStateChangeComplete;

/** What a device answers to the ACS, faults included. */
export type DeviceResponse =
  | methods.GetRPCMethodsResponse
  | names.GetParameterNamesResponse
  | values.GetParameterValuesResponse
  | set.SetParameterValuesResponse
  | reboot.RebootResponse
  | download.DownloadResponse
  | queued.GetAllQueuedTransfersResponse
  | setAttributes.SetParameterAttributesResponse
  | attributes.GetParameterAttributesResponse
  | addObject.AddObjectResponse
  | deleteObject.DeleteObjectResponse
  | upload.UploadResponse
  | scheduleInform.ScheduleInformResponse
  | scheduleDownload.ScheduleDownloadResponse
  | ordered.GetQueuedTransfersResponse
  | cancel.CancelTransferResponse
  | changeDuState.ChangeDUStateResponse
  | factoryReset.FactoryResetResponse
  | options.GetOptionsResponse
  | vouchers.SetVouchersResponse
  | Fault;

export type DeviceMessage = DeviceRequest | DeviceResponse | UnknownMethod;

/** What the ACS asks of a device. */
export type AcsRequest =
  | methods.GetRPCMethods
  | names.GetParameterNames
  | values.GetParameterValues
  | set.SetParameterValues
  | reboot.Reboot
  | download.Download
  | queued.GetAllQueuedTransfers
  | setAttributes.SetParameterAttributes
  | attributes.GetParameterAttributes
  | addObject.AddObject
  | deleteObject.DeleteObject
  | upload.Upload
  | scheduleInform.ScheduleInform
  | scheduleDownload.ScheduleDownload
  | ordered.GetQueuedTransfers
  | cancel.CancelTransfer
  | changeDuState.ChangeDUState
  | factoryReset.FactoryReset
  | options.GetOptions
  | vouchers.SetVouchers;

/** What the ACS answers to a device, faults included. */
export type AcsResponse =
  | inform.InformResponse
  | transfer.TransferCompleteResponse
  | autonomousTransfer.AutonomousTransferCompleteResponse
  | methods.GetRPCMethodsResponse
  | requestDownload.RequestDownloadResponse
  | kicked.KickedResponse
  | duState.DUStateChangeCompleteResponse
  | autonomousDuState.AutonomousDUStateChangeCompleteResponse
  | Fault;

export type AcsMessage = AcsRequest | AcsResponse | UnknownMethod;

type Codec<M> = { readonly [K in Exclude<M, UnknownMethod> as K extends { readonly kind: infer N extends string } ? N : never]: Entry<K> };
interface Entry<M> {
  readonly read: (body: Element) => M;
  readonly write: (message: M) => Element;
}

const FAULT: Entry<Fault> = { read: readFault, write: writeFault };
const GET_RPC_METHODS: Entry<methods.GetRPCMethods> = { read: methods.readGetRPCMethods, write: methods.writeGetRPCMethods };
const GET_RPC_METHODS_RESPONSE: Entry<methods.GetRPCMethodsResponse> = {
  read: methods.readGetRPCMethodsResponse,
  write: methods.writeGetRPCMethodsResponse,
};

const DEVICE_CODEC: Codec<DeviceMessage> = {
  Inform: { read: inform.readInform, write: inform.writeInform },
  TransferComplete: { read: transfer.readTransferComplete, write: transfer.writeTransferComplete },
  GetRPCMethods: GET_RPC_METHODS,
  GetRPCMethodsResponse: GET_RPC_METHODS_RESPONSE,
  GetParameterNamesResponse: { read: names.readGetParameterNamesResponse, write: names.writeGetParameterNamesResponse },
  GetParameterValuesResponse: { read: values.readGetParameterValuesResponse, write: values.writeGetParameterValuesResponse },
  SetParameterValuesResponse: { read: set.readSetParameterValuesResponse, write: set.writeSetParameterValuesResponse },
  RebootResponse: { read: reboot.readRebootResponse, write: reboot.writeRebootResponse },
  DownloadResponse: { read: download.readDownloadResponse, write: download.writeDownloadResponse },
  GetAllQueuedTransfersResponse: { read: queued.readGetAllQueuedTransfersResponse, write: queued.writeGetAllQueuedTransfersResponse },
  AutonomousTransferComplete: {
    read: autonomousTransfer.readAutonomousTransferComplete,
    write: autonomousTransfer.writeAutonomousTransferComplete,
  },
  RequestDownload: { read: requestDownload.readRequestDownload, write: requestDownload.writeRequestDownload },
  Kicked: { read: kicked.readKicked, write: kicked.writeKicked },
  DUStateChangeComplete: { read: duState.readDUStateChangeComplete, write: duState.writeDUStateChangeComplete },
  AutonomousDUStateChangeComplete: {
    read: autonomousDuState.readAutonomousDUStateChangeComplete,
    write: autonomousDuState.writeAutonomousDUStateChangeComplete,
  },
  SetParameterAttributesResponse: {
    read: setAttributes.readSetParameterAttributesResponse,
    write: setAttributes.writeSetParameterAttributesResponse,
  },
  GetParameterAttributesResponse: {
    read: attributes.readGetParameterAttributesResponse,
    write: attributes.writeGetParameterAttributesResponse,
  },
  AddObjectResponse: { read: addObject.readAddObjectResponse, write: addObject.writeAddObjectResponse },
  DeleteObjectResponse: { read: deleteObject.readDeleteObjectResponse, write: deleteObject.writeDeleteObjectResponse },
  UploadResponse: { read: upload.readUploadResponse, write: upload.writeUploadResponse },
  ScheduleInformResponse: { read: scheduleInform.readScheduleInformResponse, write: scheduleInform.writeScheduleInformResponse },
  ScheduleDownloadResponse: { read: scheduleDownload.readScheduleDownloadResponse, write: scheduleDownload.writeScheduleDownloadResponse },
  GetQueuedTransfersResponse: { read: ordered.readGetQueuedTransfersResponse, write: ordered.writeGetQueuedTransfersResponse },
  CancelTransferResponse: { read: cancel.readCancelTransferResponse, write: cancel.writeCancelTransferResponse },
  ChangeDUStateResponse: { read: changeDuState.readChangeDUStateResponse, write: changeDuState.writeChangeDUStateResponse },
  FactoryResetResponse: { read: factoryReset.readFactoryResetResponse, write: factoryReset.writeFactoryResetResponse },
  GetOptionsResponse: { read: options.readGetOptionsResponse, write: options.writeGetOptionsResponse },
  SetVouchersResponse: { read: vouchers.readSetVouchersResponse, write: vouchers.writeSetVouchersResponse },
  Fault: FAULT,
};

const ACS_CODEC: Codec<AcsMessage> = {
  InformResponse: { read: inform.readInformResponse, write: inform.writeInformResponse },
  TransferCompleteResponse: { read: transfer.readTransferCompleteResponse, write: transfer.writeTransferCompleteResponse },
  GetRPCMethods: GET_RPC_METHODS,
  GetRPCMethodsResponse: GET_RPC_METHODS_RESPONSE,
  GetParameterNames: { read: names.readGetParameterNames, write: names.writeGetParameterNames },
  GetParameterValues: { read: values.readGetParameterValues, write: values.writeGetParameterValues },
  SetParameterValues: { read: set.readSetParameterValues, write: set.writeSetParameterValues },
  Reboot: { read: reboot.readReboot, write: reboot.writeReboot },
  Download: { read: download.readDownload, write: download.writeDownload },
  GetAllQueuedTransfers: { read: queued.readGetAllQueuedTransfers, write: queued.writeGetAllQueuedTransfers },
  AutonomousTransferCompleteResponse: {
    read: autonomousTransfer.readAutonomousTransferCompleteResponse,
    write: autonomousTransfer.writeAutonomousTransferCompleteResponse,
  },
  RequestDownloadResponse: { read: requestDownload.readRequestDownloadResponse, write: requestDownload.writeRequestDownloadResponse },
  KickedResponse: { read: kicked.readKickedResponse, write: kicked.writeKickedResponse },
  DUStateChangeCompleteResponse: { read: duState.readDUStateChangeCompleteResponse, write: duState.writeDUStateChangeCompleteResponse },
  AutonomousDUStateChangeCompleteResponse: {
    read: autonomousDuState.readAutonomousDUStateChangeCompleteResponse,
    write: autonomousDuState.writeAutonomousDUStateChangeCompleteResponse,
  },
  SetParameterAttributes: { read: setAttributes.readSetParameterAttributes, write: setAttributes.writeSetParameterAttributes },
  GetParameterAttributes: { read: attributes.readGetParameterAttributes, write: attributes.writeGetParameterAttributes },
  AddObject: { read: addObject.readAddObject, write: addObject.writeAddObject },
  DeleteObject: { read: deleteObject.readDeleteObject, write: deleteObject.writeDeleteObject },
  Upload: { read: upload.readUpload, write: upload.writeUpload },
  ScheduleInform: { read: scheduleInform.readScheduleInform, write: scheduleInform.writeScheduleInform },
  ScheduleDownload: { read: scheduleDownload.readScheduleDownload, write: scheduleDownload.writeScheduleDownload },
  GetQueuedTransfers: { read: ordered.readGetQueuedTransfers, write: ordered.writeGetQueuedTransfers },
  CancelTransfer: { read: cancel.readCancelTransfer, write: cancel.writeCancelTransfer },
  ChangeDUState: { read: changeDuState.readChangeDUState, write: changeDuState.writeChangeDUState },
  FactoryReset: { read: factoryReset.readFactoryReset, write: factoryReset.writeFactoryReset },
  GetOptions: { read: options.readGetOptions, write: options.writeGetOptions },
  SetVouchers: { read: vouchers.readSetVouchers, write: vouchers.writeSetVouchers },
  Fault: FAULT,
};

const deviceReaders = readersByName<DeviceMessage>(DEVICE_CODEC);
const acsReaders = readersByName<AcsMessage>(ACS_CODEC);

type Reader<M> = (body: Element) => M;

/** Readers by name as it should be written, and by its lower-case form for devices that write it so (field quirk 45). */
function readersByName<M>(codec: Readonly<Record<string, { readonly read: Reader<M> }>>): ReadonlyMap<string, Reader<M>> {
  const exact = Object.entries(codec).map(([name, { read }]) => [name, read] as const);
  return new Map([...exact.map(([name, read]) => [name.toLowerCase(), read] as const), ...exact]);
}

function readMessage<M>(readers: ReadonlyMap<string, Reader<M>>, body: Element): M | UnknownMethod {
  const read = readers.get(body.localName) ?? readers.get(body.localName.toLowerCase());
  return read === undefined ? { kind: "UnknownMethod", name: body.localName } : read(body);
}

/** @throws {MalformedMessage} Something is missing that the standard makes mandatory and no known device leaves out. */
export function readDeviceMessage(body: Element): DeviceMessage {
  return readMessage(deviceReaders, body);
}

/** The device's side of readDeviceMessage. */
export function readAcsMessage(body: Element): AcsMessage {
  return readMessage(acsReaders, body);
}

/** An unknown method is written as an empty element of its name: how a test asks for what does not exist. */
export function writeDeviceMessage(message: DeviceMessage): Element {
  if (message.kind === "UnknownMethod") return el(`cwmp:${message.name}`, {});
  const entry: { readonly write: (message: never) => Element } = DEVICE_CODEC[message.kind];
  return entry.write(message as never); // the entry of its own kind: the types of the table say so
}

export function writeAcsMessage(message: AcsMessage): Element {
  if (message.kind === "UnknownMethod") return el(`cwmp:${message.name}`, {});
  const entry: { readonly write: (message: never) => Element } = ACS_CODEC[message.kind];
  return entry.write(message as never);
}
