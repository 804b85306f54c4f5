/**
 * Makes the responses for voice-signalled gateways: in advance, when a task is queued, and then kept as the bytes that will be sent; or anew,
 * when there are none, when its link would end too soon, or when the gateways of the model read another format now.
 * Spec: US 2012/0089717 A1 [0052], [0079], [0098] (pre-encapsulated, in the format that the gateway supports). Layer: session shell.
 */
import type { Clock } from "../../common/clock.js";
import { SecretBoxError } from "../../common/secret-box.js";
import type { Device, DeviceIdentity, SealedSecret } from "../devices/device.js";
import type { ModelPolicy } from "../devices/model-policy.js";
import { SUCCESS, writeNonVoiceResponse } from "../nms/non-voice-response.js";
import { actionOf, type FilePlace } from "../tasks/nms-order.js";
import { preparedOf, withPrepared } from "../tasks/nms-prepared.js";
import { openOrder } from "../tasks/seal-order.js";
import type { NewTask, Task, TaskOrder } from "../tasks/task.js";

export interface NmsResponsesOptions {
  readonly clock: Clock;
  readonly modelPolicy: (identity: DeviceIdentity) => Promise<ModelPolicy>;
  readonly seal: (secret: string, owner: string) => SealedSecret;
  readonly openSecret: (sealed: SealedSecret, owner: string) => string;
  /** Signed URL of our file server; null: the order has no file of ours. */
  readonly urlFor: (task: Pick<Task, "id" | "order">) => Promise<string | null>;
  readonly checksumOf: (catalogueId: string) => Promise<string | null>;
  /** How long such a URL serves. */
  readonly urlLifetimeMs: number;
}

type Orders = Pick<Task, "id" | "order">;

export class NmsResponses {
  readonly #options: NmsResponsesOptions;

  constructor(options: NmsResponsesOptions) {
    this.#options = options;
  }

  /** The same task with its response, as far as one can be made now. */
  async prepared(device: Device, task: NewTask): Promise<NewTask> {
    const { seal, clock, urlLifetimeMs } = this.#options;
    const text = await this.render(device, task);
    if (text === undefined) return task;
    const { nmsFormat: format } = await this.#options.modelPolicy(device.identity);
    const hasLink = task.order.kind === "download" && task.order.file.url === undefined;
    // The gateway needs time to fetch it, too.
    const goodUntilMs = hasLink ? clock.now() + urlLifetimeMs / 2 : null;
    return { ...task, progress: withPrepared({ sealed: seal(text, device.id), format, goodUntilMs }) };
  }

  /** The bytes that were made in advance, as text; undefined: there are none that serve. */
  async kept(device: Device, task: Task): Promise<string | undefined> {
    const prepared = preparedOf(task.progress);
    if (prepared === undefined) return undefined;
    const { nmsFormat } = await this.#options.modelPolicy(device.identity);
    const isGood = prepared.goodUntilMs === null || prepared.goodUntilMs > this.#options.clock.now();
    return isGood && prepared.format === nmsFormat ? this.#opened(prepared.sealed, device) : undefined;
  }

  /** What is damaged is made anew. */
  #opened(sealed: SealedSecret, { id }: Device): string | undefined {
    try {
      return this.#options.openSecret(sealed, id);
    } catch (error) {
      if (error instanceof SecretBoxError) return undefined;
      throw error;
    }
  }

  /** undefined: no response can carry it, or its file is gone. */
  async render(device: Device, task: Orders): Promise<string | undefined> {
    const { nmsFormat } = await this.#options.modelPolicy(device.identity);
    const isExtended = nmsFormat === "extended";
    const place = await this.#placeOf(task);
    if (place === "gone") return undefined;
    const { values } = openOrder(task.order, (sealed) => this.#options.openSecret(sealed, device.id));
    const action = actionOf(task.order, { values, place, isExtended });
    if (action === undefined) return undefined;
    return writeNonVoiceResponse({ ...this.#header(device, isExtended), actionId: isExtended ? task.id : null, action });
  }

  /** Success without an action. */
  async nothing(device: Device): Promise<string> {
    const { nmsFormat } = await this.#options.modelPolicy(device.identity);
    return writeNonVoiceResponse({ ...this.#header(device, nmsFormat === "extended"), actionId: null, action: null });
  }

  #header({ identity }: Device, isExtended: boolean) {
    return { serialNumber: isExtended ? identity.serialNumber : null, status: SUCCESS };
  }

  async #placeOf(task: Orders): Promise<FilePlace | "gone" | null> {
    const file = fileOf(task.order);
    if (file === undefined) return null;
    if (file.url !== undefined) return { url: file.url, checksum: null };
    if (file.catalogueId === undefined && file.receivedFileId === undefined) return null;
    const url = await this.#options.urlFor(task);
    if (url === null) return "gone";
    return { url, checksum: file.catalogueId === undefined ? null : await this.#options.checksumOf(file.catalogueId) };
  }
}

const fileOf = (order: TaskOrder) => (order.kind === "download" ? order.file : undefined);
