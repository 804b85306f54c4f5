/**
 * All messages that this ACS knows, by direction, and which reader and writer each has.
 * Spec: TR-069 A.3, A.4; an unknown method must be answered, 3.5. Layer: codec, pure.
 */
import { type Fault, readFault, writeFault } from "./faults.js";
import * as download from "./rpc/download.js";
import * as queued from "./rpc/get-all-queued-transfers.js";
import * as names from "./rpc/get-parameter-names.js";
import * as values from "./rpc/get-parameter-values.js";
import * as methods from "./rpc/get-rpc-methods.js";
import * as inform from "./rpc/inform.js";
import * as reboot from "./rpc/reboot.js";
import * as set from "./rpc/set-parameter-values.js";
import * as transfer from "./rpc/transfer-complete.js";
import { type Element, el } from "./xml.js";

/** A method, or a response to one, that this codec does not know. The session answers a method with 8000, the simulator with 9000. */
export interface UnknownMethod {
  readonly kind: "UnknownMethod";
  /** Without prefix: "X_EXAMPLE_Dance", "AddObjectResponse". */
  readonly name: string;
}

/** What a device asks of the ACS. */
export type DeviceRequest = inform.Inform | transfer.TransferComplete | methods.GetRPCMethods;

/** What a device answers to the ACS, faults included. */
export type DeviceResponse =
  | methods.GetRPCMethodsResponse
  | names.GetParameterNamesResponse
  | values.GetParameterValuesResponse
  | set.SetParameterValuesResponse
  | reboot.RebootResponse
  | download.DownloadResponse
  | queued.GetAllQueuedTransfersResponse
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
  | queued.GetAllQueuedTransfers;

/** What the ACS answers to a device, faults included. */
export type AcsResponse = inform.InformResponse | transfer.TransferCompleteResponse | methods.GetRPCMethodsResponse | Fault;

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
