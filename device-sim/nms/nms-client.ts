/**
 * The gateway's NMS client: registers at once and then regularly, answers the voice processing module's trigger, asks the NMS server what is
 * to be done, and hands that to the non-voice processing module. One exchange after another.
 * Spec: US 2012/0089717 A1 [0056], [0058], [0061-0062], [0069-0081]. Layer: device-sim.
 */
import { MalformedMessage } from "../../acs/cwmp/malformed-message.js";
import type { GatewayMessage } from "../../acs/nms/gateway-message.js";
import { type NonVoiceAction, readNonVoiceResponse, SUCCESS } from "../../acs/nms/non-voice-response.js";
import type { Clock } from "../../common/clock.js";
import { SessionFailure } from "../cpe/acs-connection.js";
import type { TriggerMessage, TriggerResponse } from "../phone/request-door.js";

/** What it instructs the non-voice processing module with [0080-0081]. */
export interface NonVoiceProcessingMessage {
  readonly kind: "non-voice-processing";
  /** "": the response has none. */
  readonly actionId: string;
  readonly action: NonVoiceAction;
}

export type NmsEvent =
  | { readonly kind: "nms-registered" }
  /** `action`: what the response asks for; "nothing". */
  | { readonly kind: "nms-requested"; readonly action: string }
  | { readonly kind: "nms-action"; readonly id: string; readonly action: string; readonly result: string; readonly detail: string }
  | { readonly kind: "nms-failed"; readonly what: Kind; readonly why: string; readonly retryInMs: number };

type Kind = GatewayMessage["kind"];

export interface NmsClientOptions {
  readonly clock: Clock;
  /** The message as it is to be sent now. */
  readonly message: (kind: Kind) => Promise<string>;
  /** Posts it. @returns the response. @throws {SessionFailure} */
  readonly post: (text: string, power: AbortSignal) => Promise<string>;
  /** Resolves when the module has done it, or never, when the gateway restarts for it. */
  readonly process: (message: NonVoiceProcessingMessage, power: AbortSignal) => Promise<void>;
  readonly registrationIntervalMs: () => number;
  /** @param failures One after another, at least 1. */
  readonly retryDelayMs: (failures: number) => number;
  readonly onEvent: (event: NmsEvent) => void;
  readonly onError: (error: unknown) => void;
}

export class NmsClient {
  readonly #options: NmsClientOptions;
  #power = new AbortController();
  #line: Promise<void> = Promise.resolve();
  readonly #queued = new Set<Kind>();
  readonly #failures: Record<Kind, number> = { registration: 0, request: 0 };
  readonly #cancels: Record<Kind, () => void> = { registration: () => {}, request: () => {} };

  constructor(options: NmsClientOptions) {
    this.#options = options;
    this.#power.abort();
  }

  powerOn(): void {
    this.#power = new AbortController();
    this.#line = Promise.resolve();
    this.#queued.clear();
    this.#failures.registration = 0;
    this.#failures.request = 0;
    this.register();
  }

  powerOff(): void {
    this.#power.abort();
    this.#cancels.registration();
    this.#cancels.request();
  }

  /** "Ready to receive messages at any time" [0061]. */
  register(): void {
    this.#enqueue("registration");
  }

  /** The voice processing module has found the non-voice triggering identifier [0073]; the response to it [0074]. */
  trigger(_message: TriggerMessage): TriggerResponse {
    if (this.#power.signal.aborted) return { accepted: false };
    this.#enqueue("request");
    return { accepted: true };
  }

  /** After this turn of the event loop: the trigger response, and with it the answer to the NOTIFY, leaves first. */
  #enqueue(kind: Kind): void {
    const power = this.#power.signal;
    if (power.aborted || this.#queued.has(kind)) return;
    this.#queued.add(kind);
    this.#cancels[kind]();
    this.#cancels[kind] = this.#options.clock.after(0, () => {
      this.#line = this.#line.then(() => this.#exchange(kind, power)).catch(this.#options.onError);
    });
  }

  async #exchange(kind: Kind, power: AbortSignal): Promise<void> {
    if (power.aborted) return;
    this.#queued.delete(kind);
    try {
      const response = readNonVoiceResponse(Buffer.from(await this.#options.post(await this.#options.message(kind), power), "utf8"));
      if (power.aborted) return;
      if (response.status.toLowerCase() !== SUCCESS) throw new SessionFailure(`the NMS server answered: ${response.status}`);
      this.#failures[kind] = 0;
      if (kind === "registration") this.#registered();
      else await this.#requested(response.actionId ?? "", response.action, power);
    } catch (error) {
      if (!(error instanceof SessionFailure) && !(error instanceof MalformedMessage)) throw error;
      this.#failed(kind, error.message, power);
    }
  }

  #registered(): void {
    const { clock, registrationIntervalMs, onEvent } = this.#options;
    onEvent({ kind: "nms-registered" });
    if (!this.#queued.has("registration")) this.#cancels.registration = clock.after(registrationIntervalMs(), () => this.register());
  }

  /** The outcome is told at once. */
  async #requested(actionId: string, action: NonVoiceAction | null, power: AbortSignal): Promise<void> {
    this.#options.onEvent({ kind: "nms-requested", action: action?.kind ?? "nothing" });
    if (action === null) return;
    await this.#options.process({ kind: "non-voice-processing", actionId, action }, power);
    if (!power.aborted) this.register();
  }

  #failed(kind: Kind, why: string, power: AbortSignal): void {
    if (power.aborted) return;
    const { clock, retryDelayMs, onEvent } = this.#options;
    const retryInMs = retryDelayMs(++this.#failures[kind]);
    onEvent({ kind: "nms-failed", what: kind, why, retryInMs });
    if (!this.#queued.has(kind)) this.#cancels[kind] = clock.after(retryInMs, () => this.#enqueue(kind));
  }
}
