/**
 * A gateway's NMS client and non-voice processing module, wired to its memory and its clock; the voice processing module is the phone.
 * Spec: US 2012/0089717 A1 [0054-0058]. Layer: device-sim.
 */
import { type GatewayMessage, type LastAction, writeGatewayMessage } from "../../acs/nms/gateway-message.js";
import { NMS_LIMITS } from "../../acs/nms/nms-document.js";
import { openAcsConnection } from "../cpe/acs-connection.js";
import { downloadFile } from "../cpe/download-file.js";
import type { KnownChallenge } from "../cpe/http-credentials.js";
import type { Consequence } from "../device/answer-request.js";
import { setting } from "../device/device.js";
import { currentValue } from "../device/parameter-tree.js";
import { retryDelayMs } from "../device/retry-policy.js";
import { TRANSFER_LIMITS } from "../device/transfers.js";
import { NmsClient } from "../nms/nms-client.js";
import { NonVoiceProcessing } from "../nms/non-voice-processing.js";
import type { TriggerMessage, TriggerResponse } from "../phone/request-door.js";
import { localAddressTowards, resolveHost } from "../phone/resolve-host.js";
import type { Chassis } from "./chassis.js";
import { DEFAULTS, type NmsOptions } from "./options.js";

export interface NmsManagementParts {
  readonly chassis: Chassis;
  readonly options: NmsOptions;
  readonly carryOut: (consequence: Consequence) => void;
  readonly restart: (actionId: string) => void;
}

/** What TR-069 3.2.1.1 says of sessions that fail serves here, too. */
const RETRY = { minimumWaitS: 5, multiplier: 2_000 } as const;

/** What the server sends is not what it did last: so it sees what got lost, from the first time on. */
const NO_ACTION: LastAction = { id: "none", action: "none", result: "success", detail: "" };

const withoutId = (action: LastAction | null): LastAction | null => (action === null ? null : { ...action, id: "" });

export class NmsManagement {
  readonly #parts: NmsManagementParts;
  readonly #client: NmsClient;
  readonly #processing: NonVoiceProcessing;
  readonly #challenges = new Map<string, KnownChallenge>();

  constructor(parts: NmsManagementParts) {
    this.#parts = parts;
    this.#processing = this.#makeProcessing();
    this.#client = this.#makeClient();
  }

  powerOn(): void {
    this.#processing.powerOn();
    this.#client.powerOn();
  }

  powerOff(): void {
    this.#client.powerOff();
  }

  register(): void {
    this.#client.register();
  }

  trigger(message: TriggerMessage): TriggerResponse {
    return this.#client.trigger(message);
  }

  #makeClient(): NmsClient {
    const { chassis } = this.#parts;
    const scale = chassis.options.retryTimeScale ?? DEFAULTS.retryTimeScale;
    return new NmsClient({
      clock: chassis.clock,
      message: async (kind) => writeGatewayMessage(await this.#message(kind)),
      post: (text, power) => this.#post(text, power),
      process: (message, power) => this.#processing.process(message, power),
      registrationIntervalMs: () => Number(setting(chassis.box.get(), "ManagementServer.PeriodicInformInterval")) * 1_000,
      retryDelayMs: (failures) => retryDelayMs(RETRY, failures, chassis.random()) * scale,
      onEvent: (event) => chassis.tell(event),
      onError: (error) => chassis.complain(error),
    });
  }

  #makeProcessing(): NonVoiceProcessing {
    const { chassis, options, carryOut, restart } = this.#parts;
    const { ca, answerTimeoutMs } = chassis.options;
    return new NonVoiceProcessing({
      ...{ box: chassis.box, carryOut, restart },
      nowMs: () => chassis.clock.now(),
      download: (file) =>
        downloadFile({
          ...{ ...file, login: { username: "", password: "" }, fileBytesMax: TRANSFER_LIMITS.fileBytesMax, clock: chassis.clock },
          silenceMs: answerTimeoutMs ?? DEFAULTS.answerTimeoutMs,
          newCnonce: () => chassis.randomHex(8),
          ...(ca === undefined ? {} : { ca }),
          onProgress: () => undefined,
        }),
      agreedPlace: (fileName) =>
        options.filesUrl === undefined ? undefined : new URL(encodeURIComponent(fileName), options.filesUrl).href,
      log: (effect) => chassis.log(effect),
      onOutcome: (outcome) => chassis.tell({ kind: "nms-action", ...outcome }),
    });
  }

  async #post(text: string, power: AbortSignal): Promise<string> {
    const { chassis } = this.#parts;
    const { answerTimeoutMs, ca, certificate } = chassis.options;
    const device = chassis.box.get();
    const connection = openAcsConnection({
      url: setting(device, "ManagementServer.URL"),
      login: { username: setting(device, "ManagementServer.Username"), password: setting(device, "ManagementServer.Password") },
      ...{ challenges: this.#challenges, clock: chassis.clock, isSoap: false, cookies: [], flaws: chassis.behaviour },
      newCnonce: () => chassis.randomHex(8),
      answerTimeoutMs: answerTimeoutMs ?? DEFAULTS.answerTimeoutMs,
      tls: { ...certificate, ...(ca === undefined ? {} : { ca }) },
    });
    const cut = (): void => connection.close();
    power.addEventListener("abort", cut);
    try {
      return await connection.post(text);
    } finally {
      power.removeEventListener("abort", cut);
      connection.close();
    }
  }

  async #message(kind: GatewayMessage["kind"]): Promise<GatewayMessage> {
    const { chassis, options } = this.#parts;
    const device = chassis.box.get();
    const url = new URL(setting(device, "ManagementServer.URL"));
    const { oui, productClass, serialNumber } = chassis.instance;
    const { lastAction } = device;
    return {
      kind,
      identity: { oui, productClass, serialNumber },
      information: {
        manufacturer: setting(device, "DeviceInfo.Manufacturer"),
        ip: await localAddressTowards(await resolveHost(url.hostname)),
        softwareVersion: setting(device, "DeviceInfo.SoftwareVersion"),
        hardwareVersion: setting(device, "DeviceInfo.HardwareVersion"),
        fileName: `${setting(device, "DeviceInfo.ModelName").toLowerCase()}ver`,
        upgradeServer: options.filesUrl ?? "",
        downloadMethod: options.filesUrl === undefined ? "http" : new URL(options.filesUrl).protocol.slice(0, -1),
      },
      lastAction: options.format === "document" ? withoutId(lastAction) : (lastAction ?? NO_ACTION),
      parameters: this.#account(),
    };
  }

  /** Its voice line, so that the server knows where to signal it; never a password. */
  #account(): GatewayMessage["parameters"] {
    const { chassis } = this.#parts;
    const { tree } = chassis.box.get();
    const account = chassis.voice.account({ registrar: "", registrarPort: 0, transport: "UDP", domain: "", number: "", password: "" });
    return Object.keys(account)
      .filter((path) => !path.endsWith("Password"))
      .map((path) => ({ name: chassis.model.root + path, value: currentValue(tree, chassis.model.root + path) ?? "" }))
      .slice(0, NMS_LIMITS.parametersMax);
  }
}
