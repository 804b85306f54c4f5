/**
 * Carries one session through: performs what cpe-session.ts decides, and what the ACS asks, in order.
 * Spec: TR-069 3.7.1. Layer: cpe.
 */
import { type Envelope, readAcsEnvelope, writeDeviceEnvelope } from "../../acs/cwmp/envelope.js";
import { cpeFault } from "../../acs/cwmp/faults.js";
import { MalformedMessage } from "../../acs/cwmp/malformed-message.js";
import type { AcsMessage, AcsRequest, DeviceMessage, DeviceRequest, UnknownMethod } from "../../acs/cwmp/messages.js";
import type { Behaviour, SessionMessage } from "../behaviours/behaviour.js";
import { answerRequest, type Consequence } from "../device/answer-request.js";
import { type Device, informConfirmed, listForInform, reportConfirmed } from "../device/device.js";
import { type Announced, announcedMessages, makeInform } from "../device/inform.js";
import type { DeviceBox } from "../device-box.js";
import { type AcsConnection, SessionFailure } from "./acs-connection.js";
import { begin, type CpeEffect, type CpeStep, step } from "./cpe-session.js";

export interface SessionContext {
  readonly box: DeviceBox;
  readonly connection: AcsConnection;
  readonly retryCount: number;
  readonly now: () => number;
  readonly behaviour: Behaviour;
  /** Puts what counts by itself (up time, clock) into the device before it is asked. */
  readonly refresh: () => void;
  /** Called when a request of the ACS has been carried out or accepted, before it is answered. */
  readonly onConsequence: (consequence: Consequence) => void;
  /** Called with each message of either side; true: the session dies here (behaviours/drops-connection-after.ts). */
  readonly isDroppedAfter: (message: SessionMessage) => boolean;
  /** Aborted when the device loses power: nothing more is done. */
  readonly power: AbortSignal;
}

/** The namespace that CWMP 1.2 to 1.4 share (TR-069 A.6). */
const NAMESPACE = "urn:dslforum-org:cwmp-1-2";
/** Requests that fail for a name (field quirk 24). */
const NAMING: readonly string[] = ["GetParameterValues", "SetParameterValues", "GetParameterNames", "GetParameterAttributes"];
const asItIs = (envelope: string): string => envelope;

/** @throws {SessionFailure} The session did not end well, or the power is off. */
export async function runSession(context: SessionContext): Promise<void> {
  const { box, refresh, now, retryCount, behaviour } = context;
  refresh();
  box.change(listForInform);
  const owed = new Map(announcedMessages(box.get()).map((announced) => [announced.message, announced] as const));
  const talk = new Talk(context, new Map(owed));
  const inform = makeInform(box.get(), now(), retryCount);
  const told = behaviour.currentTime === undefined ? inform : { ...inform, currentTime: behaviour.currentTime(now()) };
  let current = begin(told, [...(behaviour.informsTwice === true ? [told] : []), ...owed.keys()]);
  while (current.session.phase !== "done") {
    if (current.session.phase === "failed") throw new SessionFailure(current.session.why);
    current = await talk.perform(current);
  }
}

/** The exchange of envelopes: message IDs, and the last bytes in case they are asked for again. */
class Talk {
  readonly #context: SessionContext;
  /** Requests after the Inform that are not yet confirmed. */
  readonly #owed: Map<DeviceRequest, Announced>;
  #lastId = 0;
  #lastPosted = "";
  /** Kinds of requests that were answered in this session; only for behaviours that forget. */
  readonly #asked = new Set<string>();

  constructor(context: SessionContext, owed: Map<DeviceRequest, Announced>) {
    this.#context = context;
    this.#owed = owed;
  }

  async perform({ session, effects }: CpeStep): Promise<CpeStep> {
    let reply = "";
    for (const effect of effects) reply = await this.#do(effect);
    return step(session, this.#read(reply));
  }

  async #do(effect: CpeEffect): Promise<string> {
    switch (effect.do) {
      case "confirm":
        this.#confirm(effect.request);
        return "";
      case "post-empty":
        return this.#post("", "empty");
      case "post-again":
        return this.#post(this.#lastPosted, "Inform");
      case "post-request":
        return this.#postMessage(effect.request, this.#newId());
      case "post-answer":
        return this.#postMessage(this.#answer(effect.request), effect.id);
    }
  }

  #answer(request: AcsRequest | UnknownMethod): DeviceMessage {
    const { box, now, behaviour, refresh, onConsequence } = this.#context;
    refresh();
    if (behaviour.forgetsNames === true && NAMING.includes(request.kind) && !this.#asked.has(request.kind)) {
      this.#asked.add(request.kind);
      return cpeFault(9005);
    }
    const { device, response, consequence } = answerRequest(box.get(), request, now(), behaviour);
    box.change(() => device);
    if (consequence !== undefined) onConsequence(consequence);
    this.#dropIfAsked(request.kind);
    return response;
  }

  #confirm(request: DeviceRequest): void {
    const { box } = this.#context;
    if (request.kind === "Inform") {
      box.change(informConfirmed);
      this.#dropIfAsked("InformResponse");
    }
    const announced = this.#owed.get(request);
    if (announced === undefined) return;
    this.#owed.delete(request);
    const left = [...this.#owed.values()].flatMap(({ events }) => events);
    box.change((device: Device) => reportConfirmed(announced.settle(device), announced.events, left));
    this.#dropIfAsked(`${announced.message.kind}Response`);
  }

  #postMessage(message: DeviceMessage, id: string | undefined): Promise<string> {
    const { namespace = NAMESPACE, rewrite = asItIs } = this.#context.behaviour;
    const envelope = { namespace, message, ...(id === undefined ? {} : { id }) };
    return this.#post(rewrite(writeDeviceEnvelope(envelope)), message.kind);
  }

  #newId(): string | undefined {
    const { requestId = String } = this.#context.behaviour;
    return requestId(++this.#lastId);
  }

  async #post(text: string, kind: SessionMessage): Promise<string> {
    const { connection, power } = this.#context;
    this.#lastPosted = text;
    const reply = await connection.post(text);
    if (power.aborted) throw new SessionFailure("power is off");
    this.#dropIfAsked(kind);
    return reply;
  }

  #dropIfAsked(kind: SessionMessage): void {
    if (this.#context.isDroppedAfter(kind)) throw new SessionFailure(`the device drops its connection after ${kind}`);
  }

  #read(text: string): Envelope<AcsMessage> | undefined {
    if (text === "") return undefined;
    try {
      return readAcsEnvelope(text);
    } catch (error) {
      if (error instanceof MalformedMessage) throw new SessionFailure(error.message, { cause: error });
      throw error;
    }
  }
}
