/**
 * Carries one session through: performs what cpe-session.ts decides, and what the ACS asks, in order.
 * Spec: TR-069 3.7.1. Layer: cpe.
 */
import { type Envelope, readAcsEnvelope, writeDeviceEnvelope } from "../../acs/cwmp/envelope.js";
import { MalformedMessage } from "../../acs/cwmp/malformed-message.js";
import type { AcsMessage, AcsRequest, DeviceMessage, DeviceRequest, UnknownMethod } from "../../acs/cwmp/messages.js";
import type { SessionMessage } from "../behaviours/behaviour.js";
import { type AnswerFlaws, answerRequest, type Consequence } from "../device/answer-request.js";
import { type Device, informConfirmed, listForInform, transferConfirmed } from "../device/device.js";
import { makeInform, makeTransferComplete } from "../device/inform.js";
import type { DeviceBox } from "../device-box.js";
import { type AcsConnection, SessionFailure } from "./acs-connection.js";
import { begin, type CpeEffect, type CpeStep, step } from "./cpe-session.js";

export interface SessionContext {
  readonly box: DeviceBox;
  readonly connection: AcsConnection;
  readonly retryCount: number;
  readonly now: () => number;
  readonly flaws: AnswerFlaws;
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

/** @throws {SessionFailure} The session did not end well, or the power is off. */
export async function runSession(context: SessionContext): Promise<void> {
  const { box, refresh, now, retryCount } = context;
  refresh();
  box.change(listForInform);
  const finished = box.get().transfers.filter((transfer) => transfer.state === "finished");
  const completes = new Map(finished.map((transfer) => [makeTransferComplete(transfer), transfer.id] as const));
  const talk = new Talk(context, new Map(completes));
  let current = begin(makeInform(box.get(), now(), retryCount), [...completes.keys()]);
  while (current.session.phase !== "done") {
    if (current.session.phase === "failed") throw new SessionFailure(current.session.why);
    current = await talk.perform(current);
  }
}

/** The exchange of envelopes: message IDs, and the last bytes in case they are asked for again. */
class Talk {
  readonly #context: SessionContext;
  /** TransferComplete messages not yet confirmed, with the transfer each reports. */
  readonly #owed: Map<DeviceRequest, number>;
  #lastId = 0;
  #lastPosted = "";

  constructor(context: SessionContext, owed: Map<DeviceRequest, number>) {
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
        return this.#postMessage(effect.request, String(++this.#lastId));
      case "post-answer":
        return this.#postMessage(this.#answer(effect.request), effect.id);
    }
  }

  #answer(request: AcsRequest | UnknownMethod): DeviceMessage {
    const { box, now, flaws, refresh, onConsequence } = this.#context;
    refresh();
    const { device, response, consequence } = answerRequest(box.get(), request, now(), flaws);
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
    const id = this.#owed.get(request);
    if (id === undefined) return;
    this.#owed.delete(request);
    box.change((device: Device) => transferConfirmed(device, id, [...this.#owed.values()]));
    this.#dropIfAsked("TransferCompleteResponse");
  }

  #postMessage(message: DeviceMessage, id: string | undefined): Promise<string> {
    const envelope = { namespace: NAMESPACE, message, ...(id === undefined ? {} : { id }) };
    return this.#post(writeDeviceEnvelope(envelope), message.kind);
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
