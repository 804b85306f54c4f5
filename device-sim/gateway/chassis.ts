/**
 * What all parts of a simulated gateway stand on: who it is, its memory, clock and dice, and the books it keeps of itself.
 * Layer: device-sim.
 */
import { randomBytes as systemRandomBytes } from "node:crypto";
import { type Clock, systemClock } from "../../common/clock.js";
import { tr098VoiceGateway } from "../../schemas/data-models/tr098-voice-gateway.js";
import { tr181VoiceGateway } from "../../schemas/data-models/tr181-voice-gateway.js";
import { type Behaviour, combine } from "../behaviours/behaviour.js";
import { aliasedModel } from "../device/aliased-model.js";
import { showStatus } from "../device/device.js";
import { writeTime } from "../device/inform.js";
import { type DeviceInstance, deviceInstance, factoryValues } from "../device/instance.js";
import { indexModel, type ModelIndex } from "../device/model-index.js";
import { type DeviceBox, openDeviceBox } from "../device-box.js";
import { type Effect, NO_EFFECTS_LOG } from "../effects-log.js";
import type { Phone } from "../phone/phone.js";
import { VOICE_SERVICES, type VoiceService } from "../phone/voice-service.js";
import { DEFAULTS, type GatewayEvent, type GatewayOptions } from "./options.js";

const MODELS = { tr098: indexModel(tr098VoiceGateway), tr181: indexModel(tr181VoiceGateway) } as const;
const ALIASED_MODELS = { tr098: indexModel(aliasedModel(tr098VoiceGateway)), tr181: indexModel(aliasedModel(tr181VoiceGateway)) } as const;
const LOG_LINES_MAX = 200;

export class Chassis {
  readonly options: GatewayOptions;
  readonly model: ModelIndex;
  readonly voice: VoiceService;
  readonly instance: DeviceInstance;
  /** `OUI-ProductClass-SerialNumber`. */
  readonly deviceId: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly behaviour: Behaviour;
  readonly box: DeviceBox;
  /** undefined: none is connected, or the power is off. */
  phone: () => Phone | undefined = () => undefined;
  /** What Upload sends as the device's log; gone with the power. */
  #logLines: readonly string[] = [];
  readonly #shows: (() => Readonly<Record<string, string>>)[] = [];
  #isOn = false;
  #onSinceMs = 0;
  #upTimeBaseS: number;

  constructor(options: GatewayOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    this.randomBytes = options.randomBytes ?? systemRandomBytes;
    this.behaviour = combine(options.behaviours ?? []);
    this.model = (this.behaviour.takesAliases === true ? ALIASED_MODELS : MODELS)[options.model ?? "tr098"];
    this.voice = VOICE_SERVICES[this.model.places.voice];
    this.instance = deviceInstance(this.model, options.seed, options.number, options.firstLineNumber ?? DEFAULTS.firstLineNumber);
    const { oui, productClass, serialNumber } = this.instance;
    this.deviceId = `${oui}-${productClass}-${serialNumber}`;
    this.box = openDeviceBox(this.model, this.factory(), options.memoryFile);
    this.#upTimeBaseS = options.upTimeBaseS ?? 0;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  get logLines(): readonly string[] {
    return this.#logLines;
  }

  powerOn(): void {
    this.#isOn = true;
    this.#onSinceMs = this.clock.now();
  }

  powerOff(): void {
    this.#isOn = false;
    this.#logLines = [];
    this.#upTimeBaseS = 0;
  }

  /** Values that it leaves the factory with. */
  factory(): ReadonlyMap<string, string> {
    const { acsUrl, acsUsername, acsPassword, sip, periodicInformIntervalS } = this.options;
    const general = factoryValues(this.model, this.instance, {
      acsUrl,
      acsUsername: acsUsername ?? this.deviceId,
      acsPassword,
      periodicInformIntervalS: periodicInformIntervalS ?? DEFAULTS.periodicInformIntervalS,
    });
    const account = this.voice.account({
      registrar: sip?.registrar ?? "",
      registrarPort: sip?.registrarPort ?? 5_060,
      transport: sip?.transport ?? "UDP",
      domain: sip?.domain ?? "",
      number: this.instance.lineNumber,
      password: sip?.password ?? "",
    });
    return new Map([...general, ...Object.entries(account).map(([path, text]) => [this.model.root + path, text] as const)]);
  }

  /** What a part of the device counts, shown with each refresh. @param entries By path, without the root. */
  alsoShow(entries: () => Readonly<Record<string, string>>): void {
    this.#shows.push(entries);
  }

  /** What counts by itself: up time, clock, and what the parts count. */
  refresh(): void {
    const nowMs = this.clock.now();
    const upTimeS = this.#upTimeBaseS + (this.#isOn ? Math.floor((nowMs - this.#onSinceMs) / 1_000) : 0);
    const general = { "DeviceInfo.UpTime": String(upTimeS), "Time.CurrentLocalTime": writeTime(nowMs) };
    const entries = Object.assign(general, ...this.#shows.map((show) => show()));
    this.box.change((device) => showStatus(device, entries));
  }

  log(effect: Effect): void {
    const atMs = this.clock.now();
    (this.options.effects ?? NO_EFFECTS_LOG).write({ atMs, device: this.deviceId, ...effect });
    this.#logLines = [...this.#logLines, `${writeTime(atMs)} ${effect.effect}`].slice(-LOG_LINES_MAX);
  }

  tell(event: GatewayEvent): void {
    this.options.onEvent?.(event);
  }

  complain(error: unknown): void {
    if (this.options.onError !== undefined) {
      this.options.onError(error);
      return;
    }
    queueMicrotask(() => {
      throw error;
    });
  }

  randomHex(bytes: number): string {
    return Buffer.from(this.randomBytes(bytes)).toString("hex");
  }
}
