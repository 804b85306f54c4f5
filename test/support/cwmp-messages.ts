/**
 * Builders and a seeded generator of CWMP messages, for every message both ways.
 * Layer: test support.
 */
import type { Envelope } from "../../acs/cwmp/envelope.js";
import type { FaultStruct } from "../../acs/cwmp/fault-struct.js";
import type { Fault } from "../../acs/cwmp/faults.js";
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";
import type { ParameterValue } from "../../acs/cwmp/parameter-value.js";
import type { DuOperation } from "../../acs/cwmp/rpc/change-du-state.js";
import type { DuResult } from "../../acs/cwmp/rpc/du-state-change-complete.js";
import type { Inform } from "../../acs/cwmp/rpc/inform.js";
import type { Random } from "./seeded-random.js";

/** An Inform of an invented gateway; give what matters. */
export function inform(given: Partial<Inform> = {}): Inform {
  return {
    kind: "Inform",
    deviceId: { manufacturer: "Example Telecom", oui: "00D09E", productClass: "VoiceGate 2", serialNumber: "VG2-0000012345" },
    events: [{ code: "2 PERIODIC", commandKey: "" }],
    maxEnvelopes: 1,
    currentTime: "2026-01-01T12:00:00+01:00",
    retryCount: 0,
    parameters: [{ name: "Device.DeviceInfo.SoftwareVersion", type: "xsd:string", text: "2.0.1" }],
    ...given,
  };
}

/** A message around which only the message matters. */
export function envelope<M>(message: M, given: Partial<Envelope<M>> = {}): Envelope<M> {
  return { id: "1", namespace: "urn:dslforum-org:cwmp-1-0", message, ...given };
}

const CHARACTERS = [..."abcXYZ019._-:/<>&\"'%;#[]{}|é€𝄞 \t\n\r\u00a0\ufffd\u{10ffff}"];
const HEX = [..."0123456789abcdefABCDEF"];
const NAMESPACES = ["0", "1", "2", "3", "4"].map((minor) => `urn:dslforum-org:cwmp-1-${minor}`);
/** All that the schemas of the standard let through, from 1.0 on; "" stands for any text. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  "xsd:string": [""],
  "xsd:int": ["-1", "0", "2147483647"],
  "xsd:unsignedInt": ["0", "4294967295"],
  "xsd:boolean": ["0", "1", "true", "false"],
  "xsd:dateTime": ["0001-01-01T00:00:00Z", "2026-01-01T12:00:00.5+01:00"],
  "xsd:base64Binary": ["", "cmV2ZWlsbGU="],
  "SOAP-ENC:base64": ["cmV2ZWlsbGU="],
};
const EVENT_CODES = ["0 BOOTSTRAP", "1 BOOT", "4 VALUE CHANGE", "M Reboot", "M X_EXAMPLE-COM_Dance", "X 00D09E Something"];
const TRANSFER_FAULTS = [0, 9001, 9002, 9010, 9011, 9012];
const DU_FAULTS = [0, 9001, 9003, 9012, 9022, 9032, 9800];

export interface GeneratorOptions {
  /** Only what the schemas of the standard let through. Default: whatever a reader takes. */
  readonly isStandard?: boolean;
}

/** Messages as a codec may meet them: any legal character, blanks only where they are content. */
export class MessageGenerator {
  private readonly random: Random;
  private readonly isStandard: boolean;
  constructor(random: Random, { isStandard = false }: GeneratorOptions = {}) {
    this.random = random;
    this.isStandard = isStandard;
  }

  /** Any text that XML can carry, blanks at both ends included. */
  private text(): string {
    return this.random.list(12, () => this.random.pick(CHARACTERS)).join("");
  }

  /** Text of an argument around which blanks do not count. */
  private word(): string {
    return this.text().trim();
  }

  /** One of the standard's, or any word where the standard does not matter. */
  private oneOf<T extends string>(standard: readonly T[]): string {
    return this.isStandard ? this.random.pick(standard) : this.word();
  }

  private count(): number {
    return this.random.int(1_000_000);
  }

  private time(): string {
    return this.random.pick(["0001-01-01T00:00:00Z", "2026-01-01T12:00:00+01:00", "2026-01-01T12:00:00.123Z", "0001-01-03T03:04:05"]);
  }

  private values(): readonly ParameterValue[] {
    return this.random.list(6, () => this.value());
  }

  private value(): ParameterValue {
    const type = this.random.pick(Object.keys(VALUES));
    const standard = this.random.pick(VALUES[type] ?? []);
    return { name: this.word(), type, text: this.isStandard && type !== "xsd:string" ? standard : this.text() };
  }

  private status(): 0 | 1 {
    return this.random.bool() ? 1 : 0;
  }

  private names(): readonly string[] {
    return [this.word(), ...this.random.list(5, () => this.word())];
  }

  private downloadType(): string {
    return this.oneOf(["1 Firmware Upgrade Image", "2 Web Content", "3 Vendor Configuration File", "X 00D09E Ring Tones"]);
  }

  private transferType(): string {
    return this.oneOf(["1 Firmware Upgrade Image", "3 Vendor Configuration File", "4 Vendor Log File", "X 00D09E Ring Tones"]);
  }

  private uuid(): string {
    const group = (digits: number): string => Array.from({ length: digits }, () => this.random.pick(HEX)).join("");
    return [8, 4, 4, 4, 12].map(group).join("-");
  }

  private maybe(make: () => string): string {
    return this.random.bool() ? make() : "";
  }

  private fault(): Fault {
    const one = (): { name: string; faultCode: number; faultString: string } => ({
      name: this.word(),
      faultCode: 9_000 + this.random.int(this.isStandard ? 14 : 33),
      faultString: this.word(),
    });
    const { faultCode, faultString } = one();
    return { kind: "Fault", faultCode, faultString, setParameterValuesFaults: this.random.list(3, one) };
  }

  private faultStruct(standard: readonly number[]): FaultStruct {
    return { faultCode: this.isStandard ? this.random.pick(standard) : this.count(), faultString: this.word() };
  }

  private inform(): Inform {
    return inform({
      deviceId: { manufacturer: this.word(), oui: "00D09E", productClass: this.word(), serialNumber: this.word() },
      events: this.random.list(4, () => ({ code: this.oneOf(EVENT_CODES), commandKey: this.word() })),
      maxEnvelopes: this.random.int(3),
      currentTime: this.time(),
      retryCount: this.count(),
      parameters: this.values(),
    });
  }

  private notification(): number {
    return this.random.int(this.isStandard ? 3 : 7);
  }

  private accessList(): readonly string[] {
    return this.random.list(2, () => this.oneOf(["Subscriber"]));
  }

  private operation(): DuOperation {
    const uuid = (): string => this.uuid();
    const url = (): string => "https://files.example/units/1";
    const word = (): string => this.word();
    const access = { username: this.maybe(word), password: this.maybe(word) };
    const version = this.maybe(word);
    const executionEnvRef = this.maybe(word);
    return this.random.pick<DuOperation>([
      { operation: "Install", url: url(), uuid: this.maybe(uuid), ...access, executionEnvRef },
      { operation: "Update", uuid: this.maybe(uuid), version, url: this.maybe(url), ...access },
      { operation: "Uninstall", uuid: uuid(), version, executionEnvRef },
    ]);
  }

  private duResult(): DuResult {
    return {
      uuid: this.uuid(),
      deploymentUnitRef: this.word(),
      version: this.word(),
      currentState: this.oneOf(["Installed", "Uninstalled", "Failed"]),
      resolved: this.random.bool(),
      executionUnitRefs: this.random.list(3, () => `Device.SoftwareModules.ExecutionUnit.${this.count()}`),
      startTime: this.time(),
      completeTime: this.time(),
      fault: this.faultStruct(DU_FAULTS),
    };
  }

  private download() {
    return {
      commandKey: this.word(),
      fileType: this.downloadType(),
      url: this.word(),
      username: this.word(),
      password: this.word(),
      fileSizeBytes: this.count(),
      targetFileName: this.word(),
    };
  }

  private readonly shared: Readonly<
    Record<"GetRPCMethods" | "GetRPCMethodsResponse" | "Fault" | "UnknownMethod", () => DeviceMessage & AcsMessage>
  > = {
    GetRPCMethods: () => ({ kind: "GetRPCMethods" }),
    GetRPCMethodsResponse: () => ({ kind: "GetRPCMethodsResponse", methods: this.names() }),
    Fault: () => this.fault(),
    UnknownMethod: () => ({ kind: "UnknownMethod", name: "X_EXAMPLE_Dance" }),
  };

  /** One entry per kind, so that a new message without a law does not compile. */
  readonly device: { readonly [K in DeviceMessage["kind"]]: () => DeviceMessage } = {
    ...this.shared,
    Inform: () => this.inform(),
    TransferComplete: () => ({
      kind: "TransferComplete",
      commandKey: this.word(),
      fault: this.faultStruct(TRANSFER_FAULTS),
      startTime: this.time(),
      completeTime: this.time(),
    }),
    AutonomousTransferComplete: () => ({
      kind: "AutonomousTransferComplete",
      announceUrl: this.word(),
      transferUrl: this.word(),
      isDownload: this.random.bool(),
      fileType: this.transferType(),
      fileSizeBytes: this.count(),
      targetFileName: this.word(),
      fault: this.faultStruct(TRANSFER_FAULTS),
      startTime: this.time(),
      completeTime: this.time(),
    }),
    RequestDownload: () => ({
      kind: "RequestDownload",
      fileType: this.downloadType(),
      fileTypeArgs: this.random.list(4, () => ({ name: this.word(), value: this.word() })),
    }),
    Kicked: () => ({ kind: "Kicked", command: this.word(), referer: this.word(), arg: this.word(), next: this.word() }),
    DUStateChangeComplete: () => ({
      kind: "DUStateChangeComplete",
      results: [this.duResult(), ...this.random.list(2, () => this.duResult())],
      commandKey: this.word(),
    }),
    AutonomousDUStateChangeComplete: () => ({
      kind: "AutonomousDUStateChangeComplete",
      results: [{ ...this.duResult(), operationPerformed: this.oneOf(["Install", "Update", "Uninstall"]) }],
    }),
    GetParameterNamesResponse: () => ({
      kind: "GetParameterNamesResponse",
      parameters: this.random.list(6, () => ({ name: this.word(), writable: this.random.bool() })),
    }),
    GetParameterValuesResponse: () => ({ kind: "GetParameterValuesResponse", values: this.values() }),
    SetParameterValuesResponse: () => ({ kind: "SetParameterValuesResponse", status: this.status() }),
    SetParameterAttributesResponse: () => ({ kind: "SetParameterAttributesResponse" }),
    GetParameterAttributesResponse: () => ({
      kind: "GetParameterAttributesResponse",
      attributes: this.random.list(4, () => ({
        name: this.word(),
        notification: this.notification(),
        accessList: this.accessList(),
      })),
    }),
    AddObjectResponse: () => ({ kind: "AddObjectResponse", instanceNumber: 1 + this.count(), status: this.status() }),
    DeleteObjectResponse: () => ({ kind: "DeleteObjectResponse", status: this.status() }),
    RebootResponse: () => ({ kind: "RebootResponse" }),
    FactoryResetResponse: () => ({ kind: "FactoryResetResponse" }),
    DownloadResponse: () => ({ kind: "DownloadResponse", status: this.status(), startTime: this.time(), completeTime: this.time() }),
    UploadResponse: () => ({ kind: "UploadResponse", status: this.status(), startTime: this.time(), completeTime: this.time() }),
    ScheduleInformResponse: () => ({ kind: "ScheduleInformResponse" }),
    ScheduleDownloadResponse: () => ({ kind: "ScheduleDownloadResponse" }),
    CancelTransferResponse: () => ({ kind: "CancelTransferResponse" }),
    ChangeDUStateResponse: () => ({ kind: "ChangeDUStateResponse" }),
    SetVouchersResponse: () => ({ kind: "SetVouchersResponse" }),
    GetOptionsResponse: () => ({
      kind: "GetOptionsResponse",
      options: this.random.list(3, () => ({
        optionName: this.word(),
        voucherSerialNumber: this.count(),
        state: this.random.int(4),
        mode: this.random.int(3),
        startDate: this.time(),
        expirationDate: this.maybe(() => this.time()),
        isTransferable: this.random.bool(),
      })),
    }),
    GetQueuedTransfersResponse: () => ({
      kind: "GetQueuedTransfersResponse",
      transfers: this.random.list(4, () => ({ commandKey: this.word(), state: 1 + this.random.int(3) })),
    }),
    GetAllQueuedTransfersResponse: () => ({
      kind: "GetAllQueuedTransfersResponse",
      transfers: this.random.list(4, () => ({
        commandKey: this.word(),
        state: 1 + this.random.int(3),
        isDownload: this.random.bool(),
        fileType: this.transferType(),
        fileSizeBytes: this.count(),
        targetFileName: this.word(),
      })),
    }),
  };

  readonly acs: { readonly [K in AcsMessage["kind"]]: () => AcsMessage } = {
    ...this.shared,
    InformResponse: () => ({ kind: "InformResponse", maxEnvelopes: 1 }),
    TransferCompleteResponse: () => ({ kind: "TransferCompleteResponse" }),
    AutonomousTransferCompleteResponse: () => ({ kind: "AutonomousTransferCompleteResponse" }),
    RequestDownloadResponse: () => ({ kind: "RequestDownloadResponse" }),
    KickedResponse: () => ({ kind: "KickedResponse", nextUrl: this.word() }),
    DUStateChangeCompleteResponse: () => ({ kind: "DUStateChangeCompleteResponse" }),
    AutonomousDUStateChangeCompleteResponse: () => ({ kind: "AutonomousDUStateChangeCompleteResponse" }),
    GetParameterNames: () => ({ kind: "GetParameterNames", path: this.word(), nextLevel: this.random.bool() }),
    GetParameterValues: () => ({ kind: "GetParameterValues", names: this.names() }),
    SetParameterValues: () => ({ kind: "SetParameterValues", values: this.values(), parameterKey: this.word() }),
    SetParameterAttributes: () => ({
      kind: "SetParameterAttributes",
      parameters: this.names().map((name) => ({
        name,
        ...(this.random.bool() ? { notification: this.notification() } : {}),
        ...(this.random.bool() ? { accessList: this.accessList() } : {}),
      })),
    }),
    GetParameterAttributes: () => ({ kind: "GetParameterAttributes", names: this.names() }),
    AddObject: () => ({ kind: "AddObject", objectName: `Device.${this.count()}.`, parameterKey: this.word() }),
    DeleteObject: () => ({ kind: "DeleteObject", objectName: `Device.${this.count()}.`, parameterKey: this.word() }),
    Reboot: () => ({ kind: "Reboot", commandKey: this.word() }),
    FactoryReset: () => ({ kind: "FactoryReset" }),
    Download: () => ({
      kind: "Download",
      ...this.download(),
      delayS: this.count(),
      successUrl: this.word(),
      failureUrl: this.word(),
    }),
    ScheduleDownload: () => ({
      kind: "ScheduleDownload",
      ...this.download(),
      timeWindows: Array.from({ length: 1 + this.random.int(2) }, () => ({
        startS: this.count(),
        endS: this.count(),
        mode: this.oneOf(["1 At Any Time", "2 Immediately", "X 00D09E At Night"]),
        userMessage: this.word(),
        maxRetries: this.random.int(5) - 1,
      })),
    }),
    Upload: () => ({
      kind: "Upload",
      commandKey: this.word(),
      fileType: this.oneOf(["1 Vendor Configuration File", "2 Vendor Log File", "X 00D09E Call Records"]),
      url: this.word(),
      username: this.word(),
      password: this.word(),
      delayS: this.count(),
    }),
    ScheduleInform: () => ({ kind: "ScheduleInform", delayS: this.count(), commandKey: this.word() }),
    CancelTransfer: () => ({ kind: "CancelTransfer", commandKey: this.word() }),
    ChangeDUState: () => ({
      kind: "ChangeDUState",
      operations: [this.operation(), ...this.random.list(3, () => this.operation())],
      commandKey: this.word(),
    }),
    SetVouchers: () => ({ kind: "SetVouchers", vouchers: ["cmV2ZWlsbGU=", ...this.random.list(2, () => "dm91Y2hlcg==")] }),
    GetOptions: () => ({ kind: "GetOptions", optionName: this.word() }),
    GetQueuedTransfers: () => ({ kind: "GetQueuedTransfers" }),
    GetAllQueuedTransfers: () => ({ kind: "GetAllQueuedTransfers" }),
  };

  /** Any mixture of headers. */
  envelope<M>(message: M): Envelope<M> {
    const { random } = this;
    return {
      ...(random.bool() ? { id: this.text() } : {}),
      namespace: random.pick(NAMESPACES),
      ...(random.bool() ? { holdRequests: random.bool() } : {}),
      ...(random.bool() ? { noMoreRequests: random.bool() } : {}),
      ...(random.bool() ? { sessionTimeoutS: this.count() } : {}),
      ...(random.bool() ? { supportedCwmpVersions: ["1.0", "1.1", "1.4"] } : {}),
      ...(random.bool() ? { useCwmpVersion: "1.2" } : {}),
      message,
    };
  }
}
