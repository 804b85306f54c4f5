/**
 * The NMS server: hears the messages of voice-signalled gateways, stores what they bring, and says what is to be answered. What a response
 * carries is on disk as sent before the response exists.
 * Spec: US 2012/0089717 A1 [0049-0053], [0066], [0076-0079]. Layer: session shell; the decisions are in tasks/nms-turn.ts.
 */
import type { Clock } from "../../common/clock.js";
import type { Device, DeviceIdentity, SealedSecret } from "../devices/device.js";
import type { ModelPolicy } from "../devices/model-policy.js";
import { nmsRoot, SOFTWARE_VERSION, toldByNms } from "../devices/nms-tree.js";
import { isSecretName } from "../devices/secret-names.js";
import type { NewEvent } from "../events/event.js";
import type { GatewayMessage } from "../nms/gateway-message.js";
import type { DeviceStore } from "../stores/device-store.js";
import type { NmsMessageRecord, NmsStore } from "../stores/nms-store.js";
import type { TaskStore } from "../stores/task-store.js";
import { secretsOf, withoutSecrets } from "../tasks/hide-secrets.js";
import { type KnownVersion, wantedVersion } from "../tasks/judge-version.js";
import { actionName } from "../tasks/nms-order.js";
import { accepted, isUnderWay, lost, type NmsContext, type NmsPolicy, sending, turnOf } from "../tasks/nms-turn.js";
import { openOrder } from "../tasks/seal-order.js";
import type { Settled } from "../tasks/settle.js";
import type { NewTask, Task, TaskChange, TaskState } from "../tasks/task.js";
import { taskChanged } from "../tasks/task-event.js";
import { failed } from "../tasks/task-step.js";
import type { ComputedUpgrades } from "./computed-upgrades.js";
import type { NmsResponses } from "./nms-responses.js";

export interface NmsServiceOptions {
  readonly devices: Pick<DeviceStore, "get" | "entries">;
  readonly tasks: Pick<TaskStore, "open" | "change">;
  readonly store: NmsStore;
  readonly responses: NmsResponses;
  readonly upgrades: ComputedUpgrades;
  readonly modelPolicy: (identity: DeviceIdentity) => Promise<ModelPolicy>;
  readonly openSecret: (sealed: SealedSecret, owner: string) => string;
  readonly policy: Omit<NmsPolicy, "format">;
  readonly clock: Clock;
}

export interface NmsAnswer {
  /** The response message. */
  readonly text: string;
  /** What it carries, to be told of to `left` or `broken`. */
  readonly sent: Task | null;
}

/** Whatever else changes a device's tasks does so now and then. */
const TRIES_MAX = 5;

/** What goes into the answer to a request. */
interface Choice {
  readonly text: string;
  readonly carries?: { readonly order: Task["order"]; readonly id: string; readonly made: "pre-encapsulated" | "on-request" | "computed" };
  readonly settled: readonly Settled[];
  readonly added?: NmsMessageRecord["added"];
}

export class NmsService {
  readonly #options: NmsServiceOptions;

  constructor(options: NmsServiceOptions) {
    this.#options = options;
  }

  /** @returns "refused": the device was removed or quarantined meanwhile. "busy": its tasks keep changing. @throws what the store throws. */
  async hear({ id: deviceId }: Device, message: GatewayMessage): Promise<NmsAnswer | "refused" | "busy"> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      // A connection keeps the device as it was when it proved itself.
      const device = await this.#options.devices.get(deviceId);
      if (device === undefined || device.quarantine !== null) return "refused";
      const open = await this.#options.tasks.open(deviceId);
      const heard = withoutSecrets(message, this.#secretsOf(device, open));
      const choice = await this.#choose(device, heard, open);
      const stored = await this.#options.store.record(this.#recordOf(device, heard, choice));
      if (stored === "refused") return "refused";
      if (stored === "stale") continue;
      const id = choice.carries?.id;
      return { text: choice.text, sent: stored.tasks.find((task) => task.id === id) ?? null };
    }
    return "busy";
  }

  /** Heard, and nothing is done for it. */
  nothingFor(device: Device): Promise<string> {
    return this.#options.responses.nothing(device);
  }

  /** The response has left. */
  left(task: Task): Promise<void> {
    return this.#change(task, accepted(task, this.#timing()));
  }

  /** It has not, or not all of it. */
  broken(task: Task): Promise<void> {
    return this.#change(task, lost(this.#timing()));
  }

  /** "stale": the gateway has told more meanwhile. */
  async #change(task: Task, change: TaskChange): Promise<void> {
    await this.#options.tasks.change(task.id, task.revision, change, { events: [taskChanged(task, change)] });
  }

  #timing() {
    const { clock, policy } = this.#options;
    return { nowMs: clock.now(), policy: { ...policy, format: "extended" as const } };
  }

  /** Of what it was told: gateways repeat in their own words what they refuse. */
  #secretsOf({ id }: Device, open: readonly Task[]): readonly string[] {
    const orders = open.filter(isUnderWay).map(({ order }) => openOrder(order, (sealed) => this.#options.openSecret(sealed, id)));
    return orders.flatMap(secretsOf);
  }

  async #choose(device: Device, message: GatewayMessage, open: readonly Task[]): Promise<Choice> {
    const { responses } = this.#options;
    const context = await this.#contextOf(device, open);
    const { settled, next, isFree } = turnOf(open, message, context);
    if (next !== undefined) return this.#tell(device, next, settled, context);
    const failedNow = settled.filter(({ change }) => change.to === "failed").map(({ task }) => task);
    const upgrade = isFree ? await this.#upgradeOf(device, message, failedNow) : undefined;
    const computed = upgrade === undefined ? undefined : await this.#compute(device, upgrade, context);
    return computed === undefined ? { settled, text: await responses.nothing(device) } : { ...computed, settled };
  }

  /** A request that tells no version is judged by the one that was told last. */
  async #upgradeOf(device: Device, { information }: GatewayMessage, failedNow: readonly Task[]): Promise<NewTask | undefined> {
    const version = information.softwareVersion || ((await this.#softwareVersion(device))?.text ?? "");
    return this.#options.upgrades.taskFor(device, version, failedNow);
  }

  async #tell(device: Device, task: Task, settled: readonly Settled[], context: NmsContext): Promise<Choice> {
    const { responses } = this.#options;
    const kept = await responses.kept(device, task);
    const text = kept ?? (await responses.render(device, task));
    if (text === undefined) {
      const change = failed(context, { code: "not-possible", detail: "its file is gone, or no response can carry it" });
      return { settled: [...settled, { task, change }], text: await responses.nothing(device) };
    }
    const carries = { id: task.id, order: task.order, made: kept === undefined ? "on-request" : "pre-encapsulated" } as const;
    return { text, carries, settled: [...settled, { task, change: sending(task, context) }] };
  }

  async #compute(device: Device, task: NewTask, context: NmsContext): Promise<Omit<Choice, "settled"> | undefined> {
    const text = await this.#options.responses.render(device, task);
    if (text === undefined) return undefined;
    const change = { ...sending(asQueued(task), context), reason: "computed: the gateway runs another version" };
    return { text, carries: { id: task.id, order: task.order, made: "computed" }, added: { task, change } };
  }

  async #contextOf(device: Device, open: readonly Task[]): Promise<NmsContext> {
    const { clock, policy, modelPolicy } = this.#options;
    const { nmsFormat: format } = await modelPolicy(device.identity);
    return { nowMs: clock.now(), policy: { ...policy, format }, known: await this.#versionOf(device, open) };
  }

  async #versionOf(device: Device, open: readonly Task[]): Promise<KnownVersion> {
    return open.some((task) => isUnderWay(task) && wantedVersion(task) !== undefined) ? this.#softwareVersion(device) : null;
  }

  async #softwareVersion(device: Device): Promise<KnownVersion> {
    const [entry] = await this.#options.devices.entries(device.id, [`${device.root ?? ""}${SOFTWARE_VERSION}`]);
    return entry?.value == null ? null : { text: entry.value, changedAtMs: entry.changedAtMs ?? 0 };
  }

  #recordOf(device: Device, message: GatewayMessage, { settled, added, carries }: Choice): NmsMessageRecord {
    const atMs = this.#options.clock.now();
    const root = nmsRoot(message, device.root);
    const cause = { kind: "inform", ref: message.kind === "registration" ? "registration message" : "non-voice request" } as const;
    return {
      ...{ deviceId: device.id, atMs, root, kind: message.kind },
      manufacturer: message.information.manufacturer || device.manufacturer,
      isFirstContact: device.awaitsFirstContact || device.lastInformAtMs === null,
      tellings: [...settled.flatMap(valuesSet), { parameters: toldByNms(message, root), cause }],
      changes: settled.map(({ task, change }) => ({ id: task.id, revision: task.revision, change })),
      ...(added === undefined ? {} : { added }),
      events: [
        eventOf(device, message, carries, atMs),
        ...settled.map(({ task, change }) => taskChanged(task, change)),
        ...eventsOf(added),
      ],
    };
  }
}

/** A task that is about to be added. */
function asQueued(task: NewTask): Task {
  const state: TaskState = "queued";
  const nothing = { settleByMs: null, sentAtMs: null, failure: null, result: null, progress: null };
  return { ...task, ...nothing, state, revision: 0, sends: 0, transitions: [] };
}

/** What a gateway says it has set, it has set. */
function valuesSet({ task, change }: Settled): NmsMessageRecord["tellings"] {
  if (change.to !== "done" || task.order.kind !== "setParameterValues") return [];
  const parameters = task.order.values.map(({ name, type, value }) => ({
    name,
    value: { type, text: isSecretName(name) ? "" : value },
  }));
  return [{ parameters, cause: { kind: "set", ref: task.id } }];
}

function eventOf(device: Device, message: GatewayMessage, carries: Choice["carries"], atMs: number): NewEvent {
  const { information, lastAction } = message;
  const { ip, softwareVersion, fileName, upgradeServer, downloadMethod } = information;
  const told = Object.fromEntries(
    Object.entries({ ip, softwareVersion, fileName, upgradeServer, downloadMethod }).filter(([, text]) => text !== ""),
  );
  const action = lastAction === null ? {} : { lastAction };
  if (message.kind === "registration") return { atMs, kind: "nms-registered", deviceId: device.id, data: { ...told, ...action } };
  const answer =
    carries === undefined ? { answer: "nothing" } : { answer: actionName(carries), taskId: carries.id, response: carries.made };
  return { atMs, kind: "nms-requested", deviceId: device.id, data: { ...told, ...action, ...answer } };
}

function eventsOf(added: NmsMessageRecord["added"]): readonly NewEvent[] {
  if (added === undefined) return [];
  const { id, deviceId, order, priority, createdAtMs } = added.task;
  const created: NewEvent = { atMs: createdAtMs, kind: "task-created", deviceId, data: { taskId: id, kind: order.kind, priority } };
  return [created, taskChanged(asQueued(added.task), added.change)];
}
