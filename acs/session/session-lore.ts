/**
 * What one session learns of its device's model, and what earlier ones did: types that work, methods that are not there.
 * Spec: cwmp.md 12 rows 13, 54; docs/decisions/0014-what-a-model-taught.md. Layer: session shell.
 */
import type { Clock } from "../../common/clock.js";
import type { AcsRequest, DeviceMessage } from "../cwmp/messages.js";
import type { Inform } from "../cwmp/rpc/inform.js";
import type { Device } from "../devices/device.js";
import { learntType, mayBeMissing, missingMethods, withMethod, withMissingMethod, withType } from "../devices/model-lore.js";
import { modelOf } from "../devices/reachability.js";
import type { Relaxation } from "../devices/relaxations.js";
import type { DeviceStore } from "../stores/device-store.js";
import type { EventStore } from "../stores/event-store.js";
import type { ModelLores } from "../stores/model-lores.js";
import type { Task } from "../tasks/task.js";
import type { LearntValueType, SendContext } from "../tasks/task-step.js";

export interface LoreServices {
  readonly devices: Pick<DeviceStore, "entries">;
  readonly events: Pick<EventStore, "append">;
  readonly lores: ModelLores;
  readonly clock: Clock;
  readonly relaxed: (deviceId: string, rule: Relaxation) => void;
}

/** CWMP fault code: method not supported. */
const METHOD_UNKNOWN = 9000;
const VERSION = "DeviceInfo.SoftwareVersion";
const NOTHING_MISSING: ReadonlyMap<string, string> = new Map();

export class SessionLore {
  readonly #device: Device;
  readonly #model: string;
  readonly #services: LoreServices;
  /** undefined: the Inform did not tell; read from the tree when it is needed. */
  #version: string | undefined;

  constructor(device: Device, services: LoreServices) {
    this.#device = device;
    this.#model = modelOf(device.identity);
    this.#services = services;
  }

  hearInform({ parameters }: Inform): void {
    this.#version = parameters.find(({ name }) => name.endsWith(`.${VERSION}`))?.text;
  }

  /** The answer to a request of ours. On disk when fulfilled. */
  async hear({ kind: method }: AcsRequest, answer: DeviceMessage): Promise<void> {
    const { lores } = this.#services;
    if (answer.kind === "Fault" && answer.faultCode === METHOD_UNKNOWN && mayBeMissing(method)) return this.#learnMissing(method);
    const { methods } = await lores.get(this.#model);
    if (answer.kind !== `${method}Response` || !methods.some((known) => known.method === method)) return;
    const version = await this.#softwareVersion();
    await lores.change(this.#model, (lore) => withMethod(lore, method, version));
  }

  async #learnMissing(method: string): Promise<void> {
    const { lores, clock } = this.#services;
    const softwareVersion = await this.#softwareVersion();
    const witness = { deviceId: this.#device.id, atMs: clock.now() };
    const isNew = await lores.change(this.#model, (lore) => withMissingMethod(lore, method, softwareVersion, witness));
    if (isNew) await this.#tell({ rule: "method-missing", method, softwareVersion });
  }

  async learnTypes(types: readonly LearntValueType[], task: Task): Promise<void> {
    const { lores, clock, relaxed } = this.#services;
    const learnt = { deviceId: this.#device.id, atMs: clock.now() };
    await lores.change(this.#model, (lore) => types.reduce((all, { name, type }) => withType(all, name, { type, ...learnt }), lore));
    relaxed(this.#device.id, "type-retried");
    await this.#tell({ rule: "type-retried", taskId: task.id, parameters: types.slice(0, TYPES_TOLD_MAX) });
  }

  /** What the device does not have, each with when and from whom that was learnt. */
  async missing(): Promise<ReadonlyMap<string, string>> {
    const lore = await this.#services.lores.get(this.#model);
    if (lore.methods.length === 0) return NOTHING_MISSING;
    const version = await this.#softwareVersion();
    const found = [...missingMethods(lore, version, this.#device.id)].map(([method, { deviceId, atMs }]) => {
      const who = deviceId === this.#device.id ? "it" : deviceId;
      const why = `${who} answered fault 9000 at ${new Date(atMs).toISOString()} with software ${JSON.stringify(version)}`;
      return [method, `${why}; DELETE /api/models/${encodeURIComponent(this.#model)}/learnt has it asked again`] as const;
    });
    return new Map(found);
  }

  /** What is known of the types of the parameters that the task sets. */
  async forTask({ order }: Task): Promise<Pick<SendContext, "typesOf">> {
    if (order.kind !== "setParameterValues" && order.kind !== "provision") return { typesOf: () => [] };
    const names = order.kind === "provision" ? [] : order.values.map(({ name }) => name);
    const entries = names.length === 0 ? [] : await this.#services.devices.entries(this.#device.id, names);
    const told = new Map(entries.map(({ name, type }) => [name, type]));
    const lore = await this.#services.lores.get(this.#model);
    return { typesOf: (name) => [learntType(lore, name), told.get(name)].filter((type) => typeof type === "string") };
  }

  async #softwareVersion(): Promise<string> {
    if (this.#version !== undefined) return this.#version;
    const roots = ["InternetGatewayDevice.", "Device."].map((root) => `${root}${VERSION}`);
    const entries = await this.#services.devices.entries(this.#device.id, roots);
    this.#version = entries.find(({ value }) => value !== null)?.value ?? "";
    return this.#version;
  }

  async #tell(data: Readonly<Record<string, unknown>>): Promise<void> {
    const { events, clock } = this.#services;
    await events.append([{ atMs: clock.now(), kind: "policy-used", deviceId: this.#device.id, data: { ...data, model: this.#model } }]);
  }
}

/** Parameters named in one event. */
const TYPES_TOLD_MAX = 20;
