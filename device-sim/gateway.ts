/**
 * A simulated voice gateway: parameter tree, management client and phone under one power switch.
 * The phone and the client know nothing of each other; a trigger is a message between them (US 2012/0089717 A1 [0073-0074]).
 * Spec: TR-069, TR-098, TR-104, RFC 3261. Layer: device-sim.
 */
import { createHash, randomBytes as systemRandomBytes } from "node:crypto";
import type { Kicked } from "../acs/cwmp/rpc/kicked.js";
import type { RequestDownload } from "../acs/cwmp/rpc/request-download.js";
import { type Clock, systemClock } from "../common/clock.js";
import { tr098VoiceGateway } from "../schemas/data-models/tr098-voice-gateway.js";
import type { Behaviour } from "./behaviours/behaviour.js";
import { combine } from "./behaviours/behaviour.js";
import { type ConnectionRequestListener, openConnectionRequestListener } from "./cpe/connection-request-listener.js";
import type { DownloadedFile } from "./cpe/download-file.js";
import { type ClientEvent, ManagementClient } from "./cpe/management-client.js";
import { TransferRunner } from "./cpe/transfer-runner.js";
import { UnitRunner } from "./cpe/unit-runner.js";
import type { Consequence } from "./device/answer-request.js";
import { isOpenToSubscriber } from "./device/attributes.js";
import {
  changeValue,
  type Device,
  factoryReset,
  oweToAcs,
  powerDown,
  powerUp,
  raiseAll,
  raiseEvent,
  setting,
  showStatus,
} from "./device/device.js";
import { concernsPing, isPingRequested, pingFailed } from "./device/diagnostics.js";
import { writeTime } from "./device/inform.js";
import { type DeviceInstance, deviceInstance, factoryValues } from "./device/instance.js";
import { indexModel } from "./device/model-index.js";
import { currentValue } from "./device/parameter-tree.js";
import { readValue } from "./device/parameter-value.js";
import type { Report } from "./device/reports.js";
import { changeTransfer, FIRMWARE_FILE_TYPE, type Transfer, transferEvents } from "./device/transfers.js";
import { uploadContent } from "./device/upload-content.js";
import { type DeviceBox, openDeviceBox } from "./device-box.js";
import { type Effect, type EffectsLog, NO_EFFECTS_LOG } from "./effects-log.js";
import type { NotifyPolicy } from "./phone/judge-notify.js";
import { concernsLine, LINE_PATH, readLine } from "./phone/line.js";
import { Phone, type PhoneEvent } from "./phone/phone.js";
import { instanceIdOf } from "./phone/registration.js";
import { resolveHost } from "./phone/resolve-host.js";

export type GatewayEvent =
  | ClientEvent
  | PhoneEvent
  | { readonly kind: "booted"; readonly softwareVersion: string }
  | { readonly kind: "value-set"; readonly parameterKey: string; readonly changed: readonly string[] }
  | { readonly kind: "rebooting"; readonly commandKeys: readonly string[] }
  | { readonly kind: "downloading"; readonly commandKey: string; readonly bytes: number; readonly bytesExpected: number }
  | { readonly kind: "download-failed"; readonly commandKey: string; readonly faultCode: number; readonly why: string }
  | { readonly kind: "upload-failed"; readonly commandKey: string; readonly faultCode: number; readonly why: string }
  | { readonly kind: "firmware-applied"; readonly commandKey: string; readonly version: string }
  | { readonly kind: "powered-off" };

export interface SipOptions {
  /** Name or address. */
  readonly registrar: string;
  readonly registrarPort: number;
  readonly domain: string;
  readonly password: string;
  /** Local address. Default: the one that leads to the registrar. */
  readonly address?: string;
  /** Local port. Default: any. */
  readonly port?: number;
}

export interface GatewayOptions {
  /** Which device it is: the same seed and number give the same serial number, MAC address and line. */
  readonly seed: number;
  readonly number: number;
  readonly acsUrl: string;
  /** Default: OUI-ProductClass-SerialNumber. */
  readonly acsUsername?: string;
  readonly acsPassword: string;
  /** Certificates (PEM) to trust for https. Default: the system's. */
  readonly ca?: string;
  /** Absent: no phone is connected. */
  readonly sip?: SipOptions;
  /** Line number of device 0. Default 1001. */
  readonly firstLineNumber?: number;
  /** Default 300. */
  readonly periodicInformIntervalS?: number;
  /** Where HTTP connection requests are heard. Absent: nowhere, as behind a NAT. */
  readonly connectionRequest?: { readonly host: string; readonly port: number };
  readonly behaviours?: readonly Behaviour[];
  /** Default: trusts the registrar only, no digest, other events 489. */
  readonly notifyPolicy?: Partial<Omit<NotifyPolicy, "fixedAnswer">>;
  /** How long an ACS may be silent. Default 30,000, what TR-069 wants at least. */
  readonly answerTimeoutMs?: number;
  /** Waits between retries are multiplied by it. Default 1. */
  readonly retryTimeScale?: number;
  /** From the end of a reboot's session to the next start. Default 500. */
  readonly bootMs?: number;
  /** UpTime at the first power-up, seconds. Default 0. */
  readonly upTimeBaseS?: number;
  /** File of the nonvolatile memory. Absent: it lasts as long as this object. */
  readonly memoryFile?: string;
  readonly effects?: EffectsLog;
  readonly clock?: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
  readonly randomBytes?: (count: number) => Uint8Array;
  readonly onEvent?: (event: GatewayEvent) => void;
  /** Our own bug. Default: thrown, so that it ends the process. */
  readonly onError?: (error: unknown) => void;
}

export interface Gateway {
  readonly instance: DeviceInstance;
  /** `OUI-ProductClass-SerialNumber`. */
  readonly deviceId: string;
  powerOn(): Promise<void>;
  /** As a pulled plug: whatever is going on stops here. Resolves when its sockets are closed. */
  powerOff(): Promise<void>;
  /** Somebody at the device changes a value: "4 VALUE CHANGE" if it is notified. @throws {RangeError} unknown name, unusable value, access denied. */
  changeLocally(name: string, text: string): void;
  triggerPeriodic(): void;
  /** Somebody at the device installs firmware from a file of theirs: restart, then "10 AUTONOMOUS TRANSFER COMPLETE". */
  upgradeLocally(version: string): void;
  /** The device asks its ACS for a file: "9 REQUEST DOWNLOAD". @param fileTypeArgs At most 16. */
  requestDownload(fileType: string, fileTypeArgs?: RequestDownload["fileTypeArgs"]): void;
  /** A subscriber's browser opens the kick page: "5 KICKED". */
  kick(query: Omit<Kicked, "kind">): void;
  /** The value as the device uses it, passwords too. `undefined`: no such parameter. */
  read(name: string): string | undefined;
}

const MODEL = indexModel(tr098VoiceGateway);
const DEFAULTS = { firstLineNumber: 1_001, periodicInformIntervalS: 300, answerTimeoutMs: 30_000, retryTimeScale: 1, bootMs: 500 } as const;
const DEFAULT_NOTIFY_POLICY = { trustsRegistrarOnly: true, strangerAnswer: 403, asksDigest: false, otherEventAnswer: 489 } as const;
/** From a failed attempt of a ScheduleDownload to the next. */
const TRANSFER_RETRY_MS = 10_000;
const LOG_LINES_MAX = 200;
const CONNECTION_REQUEST_URL = `${MODEL.root}ManagementServer.ConnectionRequestURL`;
const SOFTWARE_VERSION = `${MODEL.root}DeviceInfo.SoftwareVersion`;

export function createGateway(options: GatewayOptions): Gateway {
  return new SimulatedGateway(options);
}

class SimulatedGateway implements Gateway {
  readonly instance: DeviceInstance;
  readonly deviceId: string;
  readonly #options: GatewayOptions;
  readonly #clock: Clock;
  readonly #randomBytes: (count: number) => Uint8Array;
  readonly #box: DeviceBox;
  readonly #behaviour: Behaviour;
  readonly #client: ManagementClient;
  readonly #transfers: TransferRunner;
  readonly #units: UnitRunner;
  /** What Upload sends as the device's log; gone with the power. */
  #logLines: string[] = [];
  #phone: Phone | undefined;
  #listener: ConnectionRequestListener | undefined;
  #isOn = false;
  #onSinceMs = 0;
  #upTimeBaseS: number;
  /** What waits for the session's end and a restart. */
  #rebootKeys: string[] = [];
  #readyFirmware: { readonly transfer: Transfer; readonly version: string }[] = [];
  #localUpgrade: string | undefined;
  #wantsFactoryReset = false;
  #isRestartPlanned = false;
  /** Goes up with each test, so that what comes late for an older one is dropped. */
  #pingRound = 0;
  #cancelBoot: () => void = () => {};

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#randomBytes = options.randomBytes ?? systemRandomBytes;
    this.#upTimeBaseS = options.upTimeBaseS ?? 0;
    this.#behaviour = combine(options.behaviours ?? []);
    this.instance = deviceInstance(MODEL, options.seed, options.number, options.firstLineNumber ?? DEFAULTS.firstLineNumber);
    const { oui, productClass, serialNumber } = this.instance;
    this.deviceId = `${oui}-${productClass}-${serialNumber}`;
    this.#box = openDeviceBox(MODEL, this.#factory(), options.memoryFile);
    this.#client = this.#makeClient();
    this.#transfers = this.#makeTransferRunner();
    this.#units = this.#makeUnitRunner();
  }

  async powerOn(): Promise<void> {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#onSinceMs = this.#clock.now();
    this.#box.change(powerUp);
    this.#log({ effect: "boot" });
    this.#tell({ kind: "booted", softwareVersion: setting(this.#box.get(), "DeviceInfo.SoftwareVersion") });
    await this.#openListener();
    if (!this.#isOn) return; // the plug was pulled meanwhile
    this.#startPhone();
    this.#client.powerOn();
    this.#transfers.powerOn();
    this.#units.powerOn();
  }

  async powerOff(): Promise<void> {
    this.#cancelBoot();
    await this.#cutPower();
    this.#tell({ kind: "powered-off" });
  }

  changeLocally(name: string, text: string): void {
    const { tree } = this.#box.get();
    const definition = tree.index.definitions.get(name);
    if (definition === undefined) throw new RangeError(`no parameter ${name}`);
    if (!isOpenToSubscriber(tree, name)) throw new RangeError(`${name}: the access list is closed to the subscriber`);
    const read = readValue(definition.type, "", text);
    if (!read.ok) throw new RangeError(`${name}: ${read.why}`);
    this.#box.change((device) => changeValue(device, name, read.text));
    this.#applyChanges([name]);
    this.#client.callInIfDue();
  }

  triggerPeriodic(): void {
    this.#client.trigger("2 PERIODIC");
  }

  upgradeLocally(version: string): void {
    if (!this.#isOn) return;
    this.#localUpgrade = version;
    this.#planRestart();
  }

  requestDownload(fileType: string, fileTypeArgs: RequestDownload["fileTypeArgs"] = []): void {
    this.#owe({ kind: "RequestDownload", fileType, fileTypeArgs });
  }

  kick(query: Omit<Kicked, "kind">): void {
    this.#owe({ kind: "Kicked", ...query });
  }

  #owe(report: Report): void {
    this.#box.change((device) => oweToAcs(device, report));
    this.#client.callInIfDue();
  }

  read(name: string): string | undefined {
    this.#refresh();
    return currentValue(this.#box.get().tree, name);
  }

  #factory(): ReadonlyMap<string, string> {
    const { acsUrl, acsUsername, acsPassword, sip, periodicInformIntervalS } = this.#options;
    return factoryValues(MODEL, this.instance, {
      acsUrl,
      acsUsername: acsUsername ?? this.deviceId,
      acsPassword,
      sipRegistrar: sip?.registrar ?? "",
      sipRegistrarPort: sip?.registrarPort ?? 5_060,
      sipDomain: sip?.domain ?? "",
      sipPassword: sip?.password ?? "",
      periodicInformIntervalS: periodicInformIntervalS ?? DEFAULTS.periodicInformIntervalS,
    });
  }

  #makeClient(): ManagementClient {
    const { answerTimeoutMs, retryTimeScale, ca, random } = this.#options;
    return new ManagementClient({
      box: this.#box,
      clock: this.#clock,
      random: random ?? Math.random,
      newCnonce: () => this.#randomHex(8),
      answerTimeoutMs: answerTimeoutMs ?? DEFAULTS.answerTimeoutMs,
      retryTimeScale: retryTimeScale ?? DEFAULTS.retryTimeScale,
      behaviour: this.#behaviour,
      ...(ca === undefined ? {} : { ca }),
      refresh: () => this.#refresh(),
      onConsequence: (consequence) => this.#carryOut(consequence),
      onEvent: (event) => this.#tell(event),
      onError: (error) => this.#complain(error),
    });
  }

  #makeUnitRunner(): UnitRunner {
    const { answerTimeoutMs, ca } = this.#options;
    return new UnitRunner({
      box: this.#box,
      clock: this.#clock,
      silenceMs: answerTimeoutMs ?? DEFAULTS.answerTimeoutMs,
      newCnonce: () => this.#randomHex(8),
      ...(ca === undefined ? {} : { ca }),
      onResult: ({ commandKey }, { operation }, { uuid, version, fault }) => {
        if (fault.faultCode === 0) this.#log({ effect: "change-unit", commandKey, operation, uuid, version });
      },
      onDone: ({ id, commandKey }, results) => {
        this.#box.change((device) => ({ ...device, unitChanges: device.unitChanges.filter((change) => change.id !== id) }));
        this.#owe({ kind: "DUStateChangeComplete", results, commandKey });
      },
      onError: (error) => this.#complain(error),
    });
  }

  #makeTransferRunner(): TransferRunner {
    const { answerTimeoutMs, ca, retryTimeScale } = this.#options;
    return new TransferRunner({
      box: this.#box,
      clock: this.#clock,
      silenceMs: answerTimeoutMs ?? DEFAULTS.answerTimeoutMs,
      newCnonce: () => this.#randomHex(8),
      ...(ca === undefined ? {} : { ca }),
      retryMs: TRANSFER_RETRY_MS * (retryTimeScale ?? DEFAULTS.retryTimeScale),
      contentOf: ({ fileType }) => uploadContent(this.#box.get().tree, fileType, [`${this.deviceId} log`, ...this.#logLines]),
      onUploaded: (transfer, content) => this.#reportUpload(transfer, content),
      onProgress: ({ commandKey, fileSizeBytes }, bytes) =>
        this.#tell({ kind: "downloading", commandKey, bytes, bytesExpected: fileSizeBytes }),
      onFile: (transfer, file, version) => this.#takeFile(transfer, file, version),
      onFailure: (transfer) => this.#reportFailure(transfer),
      onError: (error) => this.#complain(error),
    });
  }

  #carryOut(consequence: Consequence): void {
    switch (consequence.kind) {
      case "set": {
        const { parameterKey, names, changed } = consequence;
        this.#log({ effect: "set", parameterKey, names, changed });
        this.#tell({ kind: "value-set", parameterKey, changed });
        this.#applyChanges(changed);
        this.#planPing(names);
        break;
      }
      case "set-attributes":
        this.#log({ effect: "set-attributes", names: consequence.names });
        break;
      case "add-object": {
        const { objectName, instanceNumber, parameterKey } = consequence;
        this.#log({ effect: "add-object", objectName, instanceNumber, parameterKey });
        break;
      }
      case "delete-object": {
        const { objectName, parameterKey } = consequence;
        this.#log({ effect: "delete-object", objectName, parameterKey });
        this.#applyDeletion(objectName);
        break;
      }
      case "reboot":
        this.#rebootKeys.push(consequence.commandKey);
        this.#planRestart();
        break;
      case "factory-reset":
        this.#wantsFactoryReset = true;
        this.#planRestart();
        break;
      case "transfer":
        this.#client.whenIdle(() => this.#transfers.look());
        break;
      case "cancel-transfer":
        this.#log({ effect: "cancel-transfer", commandKey: consequence.commandKey, count: consequence.count });
        break;
      case "schedule-inform":
        this.#client.planScheduled();
        break;
      case "change-units":
        this.#client.whenIdle(() => this.#units.look());
        break;
    }
  }

  /** New values take effect. @param names Full names of what changed. */
  #applyChanges(names: readonly string[]): void {
    if (!this.#isOn) return;
    const paths = names.map((name) => name.slice(MODEL.root.length));
    if (paths.some((path) => path.startsWith("ManagementServer.PeriodicInform"))) this.#client.planPeriodic();
    if (paths.some(concernsLine)) this.#phone?.configure();
  }

  /** A test begins when the session has ended; a new argument, or a new request, stops the one that runs. */
  #planPing(names: readonly string[]): void {
    const { tree } = this.#box.get();
    if (!concernsPing(tree, names)) return;
    const round = ++this.#pingRound;
    if (isPingRequested(tree)) this.#client.whenIdle(() => void this.#ping(round).catch((error: unknown) => this.#complain(error)));
  }

  /** Only the name is really tested: ICMP needs rights that this program neither has nor wants, and results are never invented. */
  async #ping(round: number): Promise<void> {
    const host = setting(this.#box.get(), "IPPingDiagnostics.Host");
    const isResolved = host !== "" && (await resolveHost(host).catch(() => "")) !== "";
    if (round !== this.#pingRound) return;
    this.#box.change((device) => pingFailed(device, isResolved ? "Error_Other" : "Error_CannotResolveHostName"));
    this.#client.callIn();
  }

  #applyDeletion(objectName: string): void {
    if (this.#isOn && (MODEL.root + LINE_PATH).startsWith(objectName)) this.#phone?.configure();
  }

  /** Answer, finish the session, then act (TR-069 A.3.2.9). All that waits for the session's end is one restart. */
  #planRestart(): void {
    if (this.#isRestartPlanned) return;
    this.#isRestartPlanned = true;
    this.#client.whenIdle(() => {
      if (this.#behaviour.rebootsLate === true) this.#client.trigger("2 PERIODIC"); // and so not idle any more
      this.#client.whenIdle(() => this.#actAndRestart());
    });
  }

  /** The new version runs from the restart on; TransferComplete follows it (TR-069 A.3.2.8). */
  #actAndRestart(): void {
    this.#isRestartPlanned = false;
    if (!this.#isOn) return;
    const commandKeys = this.#rebootKeys.splice(0);
    for (const { transfer, version } of this.#readyFirmware.splice(0)) this.#applyFirmware(transfer, version);
    if (this.#localUpgrade !== undefined) this.#applyLocalFirmware(this.#localUpgrade);
    if (this.#wantsFactoryReset) this.#resetToFactory();
    this.#box.change((device) => commandKeys.reduce((changed: Device, key) => raiseEvent(changed, "M Reboot", key), device));
    for (const commandKey of commandKeys.length > 0 ? commandKeys : [""]) this.#log({ effect: "reboot", commandKey });
    this.#restart(commandKeys);
  }

  #restart(commandKeys: readonly string[]): void {
    this.#tell({ kind: "rebooting", commandKeys });
    const bootMs = this.#options.bootMs ?? DEFAULTS.bootMs;
    const off = this.#cutPower();
    this.#cancelBoot = this.#clock.after(bootMs, () => {
      off.then(() => this.powerOn()).catch((error: unknown) => this.#complain(error));
    });
  }

  async #cutPower(): Promise<void> {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#rebootKeys = [];
    this.#readyFirmware = [];
    this.#localUpgrade = undefined;
    this.#wantsFactoryReset = false;
    this.#isRestartPlanned = false;
    this.#logLines = [];
    this.#pingRound++;
    this.#upTimeBaseS = 0;
    this.#client.powerOff();
    this.#transfers.powerOff();
    this.#units.powerOff();
    const [phone, listener] = [this.#phone, this.#listener];
    this.#phone = undefined;
    this.#listener = undefined;
    this.#box.change(powerDown);
    await Promise.all([phone?.close(), listener?.close()]);
  }

  #takeFile(transfer: Transfer, { bytes, sha256 }: DownloadedFile, version: string | undefined): void {
    const { commandKey, fileType } = transfer;
    this.#log({ effect: "download", commandKey, fileType, bytes, sha256 });
    if (version === undefined) {
      this.#finishTransfer(transfer);
      return;
    }
    this.#readyFirmware.push({ transfer, version });
    this.#planRestart();
  }

  #applyFirmware(transfer: Transfer, version: string): void {
    const { commandKey } = transfer;
    this.#box.change((device) => changeValue(finished(device, transfer, this.#clock.now(), this.#behaviour), SOFTWARE_VERSION, version));
    this.#log({ effect: "apply-firmware", commandKey, version });
    this.#tell({ kind: "firmware-applied", commandKey, version });
  }

  #applyLocalFirmware(version: string): void {
    const time = writeTime(this.#clock.now());
    this.#box.change((device) =>
      oweToAcs(changeValue(device, SOFTWARE_VERSION, version), {
        kind: "AutonomousTransferComplete",
        ...{ announceUrl: "", transferUrl: "", isDownload: true, fileType: FIRMWARE_FILE_TYPE, fileSizeBytes: 0, targetFileName: "" },
        ...{ fault: { faultCode: 0, faultString: "" }, startTime: time, completeTime: time },
      }),
    );
    this.#log({ effect: "apply-firmware", commandKey: "", version });
    this.#tell({ kind: "firmware-applied", commandKey: "", version });
  }

  #resetToFactory(): void {
    this.#box.change((device) => factoryReset(device, MODEL, this.#factory()));
    this.#log({ effect: "factory-reset" });
  }

  #reportUpload(transfer: Transfer, content: Uint8Array): void {
    const { commandKey, fileType } = transfer;
    const sha256 = createHash("sha256").update(content).digest("hex");
    this.#log({ effect: "upload", commandKey, fileType, bytes: content.length, sha256 });
    this.#finishTransfer(transfer);
  }

  #finishTransfer(transfer: Transfer): void {
    this.#box.change((device) => finished(device, transfer, this.#clock.now(), this.#behaviour));
    this.#client.callIn();
  }

  #reportFailure(transfer: Transfer): void {
    const { command, commandKey, fault } = transfer;
    const kind = command === "Upload" ? "upload-failed" : "download-failed";
    this.#tell({ kind, commandKey, faultCode: fault.code, why: fault.text });
    this.#box.change((device) => ended(device, transfer, this.#behaviour));
    this.#client.callIn();
  }

  async #openListener(): Promise<void> {
    const { connectionRequest } = this.#options;
    if (connectionRequest === undefined) return;
    const path = `/${this.instance.macAddress.replaceAll(":", "").toLowerCase()}`;
    const told = setting(this.#box.get(), "ManagementServer.ConnectionRequestURL");
    const listener = await openConnectionRequestListener({
      host: connectionRequest.host,
      // The port of the last start, so that the URL which the ACS knows stays true.
      port: connectionRequest.port || (told.endsWith(path) ? Number(new URL(told).port) : 0),
      path,
      login: () => this.#connectionRequestLogin(),
      clock: this.#clock,
      randomBytes: this.#randomBytes,
      onConnectionRequest: () => this.#client.trigger("6 CONNECTION REQUEST"),
    });
    if (!this.#isOn) return listener.close();
    this.#listener = listener;
    const url = `http://${connectionRequest.host}:${listener.port}${path}`;
    this.#box.change((device) => changeValue(device, CONNECTION_REQUEST_URL, url));
  }

  #connectionRequestLogin() {
    const device = this.#box.get();
    return {
      username: setting(device, "ManagementServer.ConnectionRequestUsername"),
      password: setting(device, "ManagementServer.ConnectionRequestPassword"),
    };
  }

  #startPhone(): void {
    const { sip, notifyPolicy, random } = this.#options;
    if (sip === undefined) return;
    const phone = new Phone({
      line: () => readLine(this.#box.get()),
      instanceId: instanceIdOf(this.instance.macAddress),
      userAgent: `${setting(this.#box.get(), "DeviceInfo.ModelName")}/${setting(this.#box.get(), "DeviceInfo.SoftwareVersion")}`,
      address: sip.address ?? "",
      port: sip.port ?? Number(setting(this.#box.get(), "Services.VoiceService.1.VoiceProfile.1.SIP.UserAgentPort")),
      notifyPolicy: { ...DEFAULT_NOTIFY_POLICY, ...notifyPolicy, fixedAnswer: this.#behaviour.notifyAnswer },
      clock: this.#clock,
      random: random ?? Math.random,
      randomBytes: this.#randomBytes,
      onStatus: (status) => this.#box.change((device) => showStatus(device, { [`${LINE_PATH}Status`]: status })),
      onTrigger: () => {
        this.#client.trigger("6 CONNECTION REQUEST");
        return { accepted: this.#isOn };
      },
      onEvent: (event) => this.#tell(event),
      onError: (error) => this.#complain(error),
    });
    this.#phone = phone;
    phone.configure();
  }

  /** What counts by itself. */
  #refresh(): void {
    const nowMs = this.#clock.now();
    const upTimeS = this.#upTimeBaseS + (this.#isOn ? Math.floor((nowMs - this.#onSinceMs) / 1_000) : 0);
    this.#box.change((device) => showStatus(device, { "DeviceInfo.UpTime": String(upTimeS), "Time.CurrentLocalTime": writeTime(nowMs) }));
  }

  #log(effect: Effect): void {
    const atMs = this.#clock.now();
    (this.#options.effects ?? NO_EFFECTS_LOG).write({ atMs, device: this.deviceId, ...effect });
    this.#logLines = [...this.#logLines, `${writeTime(atMs)} ${effect.effect}`].slice(-LOG_LINES_MAX);
  }

  #tell(event: GatewayEvent): void {
    this.#options.onEvent?.(event);
  }

  #complain(error: unknown): void {
    if (this.#options.onError !== undefined) {
      this.#options.onError(error);
      return;
    }
    queueMicrotask(() => {
      throw error;
    });
  }

  #randomHex(bytes: number): string {
    return Buffer.from(this.#randomBytes(bytes)).toString("hex");
  }
}

function finished(device: Device, transfer: Transfer, nowMs: number, flaws: Behaviour): Device {
  const done = { state: "finished", startedAtMs: transfer.startedAtMs, finishedAtMs: nowMs } as const;
  return ended({ ...device, transfers: changeTransfer(device.transfers, transfer.id, done) }, transfer, flaws);
}

/** A transfer is over, and owed to the ACS: unless the device is one that does not tell, or not what. */
function ended(device: Device, transfer: Transfer, { transferReports }: Behaviour): Device {
  if (transferReports === undefined) return raiseAll(device, transferEvents(transfer));
  if (transferReports === "never") return { ...device, transfers: device.transfers.filter(({ id }) => id !== transfer.id) };
  const transfers = changeTransfer(device.transfers, transfer.id, { commandKey: "" });
  return raiseEvent({ ...device, transfers }, "7 TRANSFER COMPLETE");
}
