/**
 * The session of a quarantined device: its Inform is answered, and nothing is done for it. It shares no code with the sessions that run
 * tasks, so that none can reach it.
 * Spec: DESIGN 4 (devices we don't know); TR-069 3.7.1.1. Layer: session shell.
 */
import type { Envelope } from "../cwmp/envelope.js";
import { acsFault, RefusedRequest } from "../cwmp/faults.js";
import type { AcsMessage, DeviceMessage } from "../cwmp/messages.js";
import type { Inform } from "../cwmp/rpc/inform.js";
import { type CwmpVersion, chooseVersion } from "../cwmp/version.js";
import type { ModelPolicy } from "../devices/model-policy.js";
import type { NewEvent } from "../events/event.js";
import { isDeviceRequest } from "./session.js";
import type { Heard, SessionAnswer } from "./session-services.js";

export interface QuarantinedSessionParts {
  readonly deviceId: string;
  /** How devices of its model want to be spoken to. */
  readonly modelPolicy: () => Promise<Pick<ModelPolicy, "xmlDeclaration">>;
  /** Stores that the device called, and no more of it. "unknown": it was removed. */
  readonly recordCall: (events: readonly NewEvent[]) => Promise<"stored" | "free" | "unknown">;
  /** What to tell of this call; [] if one was told lately. */
  readonly eventsOf: (codes: readonly string[]) => readonly NewEvent[];
}

export class QuarantinedSession {
  readonly deviceId: string;
  /** It does not look at them. */
  readonly leavesTasks = true;
  readonly #parts: QuarantinedSessionParts;
  #phase: "awaiting-inform" | "device-speaks" | "acs-done" | "ended" = "awaiting-inform";
  #why = "";
  #namespace = "";
  #declaration = false;

  constructor(parts: QuarantinedSessionParts) {
    this.deviceId = parts.deviceId;
    this.#parts = parts;
  }

  get over(): boolean {
    return this.#phase === "ended";
  }

  get done(): boolean {
    return this.#phase === "acs-done";
  }

  get why(): string {
    return this.#why;
  }

  /** One request of the device to the answer for it. @throws what the store throws. */
  async turn(heard: Heard, _isOverTls = false): Promise<SessionAnswer> {
    if (this.over) return { kind: "refused", why: this.#why };
    if (heard.kind === "malformed") return this.#refuse(heard.why);
    if (heard.kind === "message") return this.#onMessage(heard.envelope);
    return this.#phase === "awaiting-inform" ? this.#refuse("an empty POST before Inform") : this.#finish();
  }

  async #onMessage(envelope: Envelope<DeviceMessage>): Promise<SessionAnswer> {
    const { id, message } = envelope;
    if (message.kind === "Inform") return this.#onInform(envelope, message);
    if (this.#phase === "awaiting-inform") return this.#refuse(`${message.kind} before Inform`);
    // Refused, not confirmed: the device tells it again when it is released.
    if (isDeviceRequest(message)) return this.#envelope(id, acsFault(message.kind === "UnknownMethod" ? 8000 : 8001));
    return this.#finish();
  }

  #finish(): SessionAnswer {
    this.#phase = "acs-done";
    return { kind: "empty" };
  }

  async abandon(why: string): Promise<void> {
    this.#refuse(why);
  }

  async #onInform(envelope: Envelope<DeviceMessage>, { events }: Inform): Promise<SessionAnswer> {
    const { id, namespace } = envelope;
    this.#namespace = namespace;
    try {
      const { version, isOffered } = chooseVersion(envelope);
      this.#declaration = (await this.#parts.modelPolicy()).xmlDeclaration;
      const codes = events.map(({ code }) => code);
      if ((await this.#parts.recordCall(this.#parts.eventsOf(codes))) === "unknown") return this.#refuse("the device was removed");
      this.#phase = "device-speaks";
      return this.#envelope(id, { kind: "InformResponse", maxEnvelopes: 1 }, isOffered ? version : undefined);
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      this.#refuse(error.message);
      return this.#envelope(id, acsFault(error.faultCode));
    }
  }

  #envelope(id: string | undefined, message: AcsMessage, use?: CwmpVersion): SessionAnswer {
    const headers = { ...(id === undefined ? {} : { id }), ...(use === undefined ? {} : { useCwmpVersion: use }) };
    return { kind: "envelope", envelope: { namespace: this.#namespace, message, ...headers }, declaration: this.#declaration };
  }

  #refuse(why: string): SessionAnswer {
    this.#phase = "ended";
    this.#why = why;
    return { kind: "refused", why };
  }
}
