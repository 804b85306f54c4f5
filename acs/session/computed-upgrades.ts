/**
 * Whether a gateway is to be upgraded, by comparing the version that it tells with the one that its model is to have.
 * Spec: US 2012/0089717 A1 [0051], [0078]. Layer: session shell.
 */
import type { Clock } from "../../common/clock.js";
import { newId } from "../../common/ids.js";
import type { Device } from "../devices/device.js";
import { SOFTWARE_VERSION } from "../devices/nms-tree.js";
import type { DeviceStore } from "../stores/device-store.js";
import type { CatalogueFile } from "../stores/file-store.js";
import type { TaskStore } from "../stores/task-store.js";
import type { NewTask, Task, TaskOrder } from "../tasks/task.js";
import type { Catalogue } from "../upgrades/catalogue.js";

export interface ComputedUpgradesOptions {
  readonly devices: Pick<DeviceStore, "entries">;
  readonly catalogue: Pick<Catalogue, "wantedVersion" | "list">;
  readonly tasks: Pick<TaskStore, "list">;
  readonly clock: Clock;
}

const FIRMWARE = "1 Firmware Upgrade Image";
/** Below all that operators ask for. */
const PRIORITY = -1;
/** After a failure the same version is not tried again by itself for so long. */
const REST_MS = 24 * 3_600_000;
const FAILURES_LOOKED_AT = 100;

export class ComputedUpgrades {
  readonly #options: ComputedUpgradesOptions;

  constructor(options: ComputedUpgradesOptions) {
    this.#options = options;
  }

  /** Whether its tree shows a version that is to be replaced. */
  async isWanted(device: Device): Promise<boolean> {
    const [entry] = await this.#options.devices.entries(device.id, [`${device.root ?? ""}${SOFTWARE_VERSION}`]);
    return (await this.#fileFor(device, entry?.value ?? "")) !== undefined;
  }

  /**
   * The task that replaces this version; undefined: it is the wanted one, or nothing is known of it, or there is no file for it.
   * @param failedNow Tasks of the device that fail with this message.
   */
  async taskFor(device: Device, version: string, failedNow: readonly Task[]): Promise<NewTask | undefined> {
    const file = await this.#fileFor(device, version);
    if (file === undefined || failedNow.some(({ order }) => isOfVersion(order, file.version))) return undefined;
    const createdAtMs = this.#options.clock.now();
    const { id: catalogueId, sizeBytes: fileSizeBytes, version: wanted } = file;
    const order = {
      kind: "download",
      file: { fileType: FIRMWARE, catalogueId, fileSizeBytes, targetFileName: file.name, version: wanted },
    } as const;
    return { id: newId(createdAtMs), deviceId: device.id, order, priority: PRIORITY, createdAtMs, expiresAtMs: null };
  }

  async #fileFor({ id, identity }: Device, version: string): Promise<CatalogueFile | undefined> {
    const { catalogue } = this.#options;
    const { productClass } = identity;
    const wanted = await catalogue.wantedVersion(productClass);
    if (wanted === undefined || version === "" || version === wanted) return undefined;
    const files = (await catalogue.list()).filter((file) => file.fileType === FIRMWARE && file.version === wanted);
    const file = files.find(({ model }) => model === productClass) ?? files.find(({ model }) => model === "");
    return file === undefined || (await this.#hasFailed(id, wanted)) ? undefined : file;
  }

  async #hasFailed(deviceId: string, version: string): Promise<boolean> {
    const { tasks, clock } = this.#options;
    const failed = await tasks.list({ deviceId, states: ["failed"], limit: FAILURES_LOOKED_AT });
    const sinceMs = clock.now() - REST_MS;
    return failed.some(({ order, createdAtMs }) => createdAtMs > sinceMs && isOfVersion(order, version));
  }
}

function isOfVersion(order: TaskOrder, version: string): boolean {
  return order.kind === "download" && order.file.version === version;
}
