/**
 * A simulated voice gateway: parameter tree, management client and phone under one power switch.
 * The phone and the client know nothing of each other; a trigger is a message between them (US 2012/0089717 A1 [0073-0074]).
 * Spec: TR-069, TR-098, TR-104, RFC 3261. Layer: device-sim.
 */
import { randomBytes as systemRandomBytes } from "node:crypto";
import { type Clock, systemClock } from "../common/clock.js";
import { tr098VoiceGateway } from "../schemas/data-models/tr098-voice-gateway.js";
import type { Behaviour } from "./behaviours/behaviour.js";
import { combine } from "./behaviours/behaviour.js";
import { type ConnectionRequestListener, openConnectionRequestListener } from "./cpe/connection-request-listener.js";
import type { DownloadedFile } from "./cpe/download-file.js";
import { type ClientEvent, ManagementClient } from "./cpe/management-client.js";
import { TransferRunner } from "./cpe/transfer-runner.js";
import type { Consequence } from "./device/answer-request.js";
import { changeValue, type Device, powerDown, powerUp, raiseEvent, setting, showStatus } from "./device/device.js";
import { writeTime } from "./device/inform.js";
import { type DeviceInstance, deviceInstance, factoryValues } from "./device/instance.js";
import { currentValue, indexModel } from "./device/parameter-tree.js";
import { readValue } from "./device/parameter-value.js";
import { changeTransfer, type Transfer } from "./device/transfers.js";
import { type DeviceBox, openDeviceBox } from "./device-box.js";
import { type Effect, type EffectsLog, NO_EFFECTS_LOG } from "./effects-log.js";
import type { NotifyPolicy } from "./phone/judge-notify.js";
import { concernsLine, LINE_PATH, readLine } from "./phone/line.js";
import { Phone, type PhoneEvent } from "./phone/phone.js";
import { instanceIdOf } from "./phone/registration.js";

export type GatewayEvent =
  | ClientEvent
  | PhoneEvent
  | { readonly kind: "booted"; readonly softwareVersion: string }
  | { readonly kind: "value-set"; readonly parameterKey: string; readonly changed: readonly string[] }
  | { readonly kind: "rebooting"; readonly commandKeys: readonly string[] }
  | { readonly kind: "downloading"; readonly commandKey: string; readonly bytes: number; readonly bytesExpected: number }
  | { readonly kind: "download-failed"; readonly commandKey: string; readonly faultCode: number; readonly why: string }
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
  /** Somebody at the device changes a value: "4 VALUE CHANGE" if it is notified. @throws {RangeError} unknown name or unusable value. */
  changeLocally(name: string, text: string): void;
  triggerPeriodic(): void;
  /** The value as the device uses it, passwords too. `undefined`: no such parameter. */
  read(name: string): string | undefined;
}

const MODEL = indexModel(tr098VoiceGateway);
const DEFAULTS = { firstLineNumber: 1_001, periodicInformIntervalS: 300, answerTimeoutMs: 30_000, retryTimeScale: 1, bootMs: 500 } as const;
const DEFAULT_NOTIFY_POLICY = { trustsRegistrarOnly: true, strangerAnswer: 403, asksDigest: false, otherEventAnswer: 489 } as const;
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
  #phone: Phone | undefined;
  #listener: ConnectionRequestListener | undefined;
  #isOn = false;
  #onSinceMs = 0;
  #upTimeBaseS: number;
  /** What waits for the session's end and a restart. */
  #rebootKeys: string[] = [];
  #readyFirmware: { readonly transfer: Transfer; readonly version: string }[] = [];
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
  }

  async powerOff(): Promise<void> {
    this.#cancelBoot();
    await this.#cutPower();
    this.#tell({ kind: "powered-off" });
  }

  changeLocally(name: string, text: string): void {
    const definition = MODEL.definitions.get(name);
    if (definition === undefined) throw new RangeError(`no parameter ${name}`);
    const read = readValue(definition.type, "", text);
    if (!read.ok) throw new RangeError(`${name}: ${read.why}`);
    this.#box.change((device) => changeValue(device, name, read.text));
    this.#applyChanges([name]);
    if (this.#box.get().changed.waiting.includes(name)) this.#client.callIn();
  }

  triggerPeriodic(): void {
    this.#client.trigger("2 PERIODIC");
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

  #makeTransferRunner(): TransferRunner {
    const { answerTimeoutMs, ca } = this.#options;
    return new TransferRunner({
      box: this.#box,
      clock: this.#clock,
      silenceMs: answerTimeoutMs ?? DEFAULTS.answerTimeoutMs,
      newCnonce: () => this.#randomHex(8),
      ...(ca === undefined ? {} : { ca }),
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
        break;
      }
      case "reboot":
        this.#rebootKeys.push(consequence.commandKey);
        this.#planRestart();
        break;
      case "download":
        this.#client.whenIdle(() => this.#transfers.look());
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

  /** Answer, finish the session, then act (TR-069 A.3.2.9). All that waits for the session's end is one restart. */
  #planRestart(): void {
    if (this.#rebootKeys.length + this.#readyFirmware.length === 1) this.#client.whenIdle(() => this.#actAndRestart());
  }

  /** The new version runs from the restart on; TransferComplete follows it (TR-069 A.3.2.8). */
  #actAndRestart(): void {
    if (!this.#isOn) return;
    const commandKeys = this.#rebootKeys.splice(0);
    for (const { transfer, version } of this.#readyFirmware.splice(0)) this.#applyFirmware(transfer, version);
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
    this.#upTimeBaseS = 0;
    this.#client.powerOff();
    this.#transfers.powerOff();
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
    this.#box.change((device) => changeValue(finished(device, transfer, this.#clock.now()), SOFTWARE_VERSION, version));
    this.#log({ effect: "apply-firmware", commandKey, version });
    this.#tell({ kind: "firmware-applied", commandKey, version });
  }

  #finishTransfer(transfer: Transfer): void {
    this.#box.change((device) => finished(device, transfer, this.#clock.now()));
    this.#client.callIn();
  }

  #reportFailure(transfer: Transfer): void {
    const { commandKey, fault } = transfer;
    this.#tell({ kind: "download-failed", commandKey, faultCode: fault.code, why: fault.text });
    this.#box.change((device) => transferEvents(device, commandKey));
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
    (this.#options.effects ?? NO_EFFECTS_LOG).write({ atMs: this.#clock.now(), device: this.deviceId, ...effect });
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

const transferEvents = (device: Device, commandKey: string): Device =>
  raiseEvent(raiseEvent(device, "7 TRANSFER COMPLETE"), "M Download", commandKey);

function finished(device: Device, { id, startedAtMs, commandKey }: Transfer, nowMs: number): Device {
  const done = { state: "finished", startedAtMs, finishedAtMs: nowMs } as const;
  return transferEvents({ ...device, transfers: changeTransfer(device.transfers, id, done) }, commandKey);
}
