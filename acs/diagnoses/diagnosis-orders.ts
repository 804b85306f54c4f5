/**
 * Makes the tasks of a diagnosis: looks the test up in the device's tree, and has its order checked as any other.
 * Layer: diagnoses (shell).
 */
import type { Clock } from "../../common/clock.js";
import type { FieldError } from "../../common/field-error.js";
import { newId } from "../../common/ids.js";
import type { Device } from "../devices/device.js";
import type { ModelPolicy } from "../devices/model-policy.js";
import type { DiagnosisWish } from "../diagnostics/diagnosis.js";
import { type Located, locateTest, subtreesOf } from "../diagnostics/locate-test.js";
import { argumentsWithin } from "../diagnostics/named-arguments.js";
import { namesAboutLines } from "../diagnostics/voice-lines.js";
import type { DeviceStore } from "../stores/device-store.js";
import type { ModelPolicies } from "../stores/model-policies.js";
import { checkOrder, namesToKnow } from "../tasks/check-order.js";
import type { NewTask, TaskOrder } from "../tasks/task.js";

export interface DiagnosisOrdersOptions {
  readonly devices: Pick<DeviceStore, "names" | "entries">;
  readonly models: Pick<ModelPolicies, "of">;
  readonly clock: Clock;
}

export const modelOf = ({ identity: { oui, productClass } }: Device): string => (productClass === "" ? oui : `${oui}-${productClass}`);

export class DiagnosisOrders {
  readonly #devices: DiagnosisOrdersOptions["devices"];
  readonly #models: DiagnosisOrdersOptions["models"];
  readonly #clock: Clock;

  constructor({ devices, models, clock }: DiagnosisOrdersOptions) {
    this.#devices = devices;
    this.#models = models;
    this.#clock = clock;
  }

  async locate(device: Device, wish: DiagnosisWish): Promise<Located> {
    const names: string[] = [];
    for (const path of subtreesOf(wish, device.root)) for (const name of await this.#devices.names(device.id, path)) names.push(name);
    const entries = await this.#devices.entries(device.id, namesAboutLines(names));
    const values = new Map(entries.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const])));
    return locateTest(wish, { root: device.root, model: modelOf(device), tree: { names, value: (name) => values.get(name) } });
  }

  /** The order of the diagnostic, or what is wrong with its arguments by what the device has told of them. */
  async diagnostic(device: Device, wish: DiagnosisWish, path: string): Promise<TaskOrder | readonly FieldError[]> {
    const within = argumentsWithin(wish.test, wish.arguments);
    const asked = { kind: "diagnostic", path, arguments: within, timeoutS: wish.timeoutS ?? undefined } as const;
    const entries = await this.#devices.entries(device.id, namesToKnow(asked));
    const { productClass } = device.identity;
    const { trustsWritable }: Pick<ModelPolicy, "trustsWritable"> = await this.#models.of(device.identity);
    const checked = checkOrder(asked, { entries, productClass, trustsWritable, file: undefined, received: undefined });
    return "order" in checked ? checked.order : checked.errors.map((error) => inTheirNames(error, Object.keys(wish.arguments)));
  }

  task(device: Device, { priority, expiresAtMs }: DiagnosisWish, order: TaskOrder): NewTask {
    const nowMs = this.#clock.now();
    return { id: newId(nowMs), deviceId: device.id, order, priority, createdAtMs: nowMs, expiresAtMs };
  }
}

/** "arguments[1].value" is "arguments.repetitions" to whoever gave it. */
function inTheirNames({ field, detail }: FieldError, names: readonly string[]): FieldError {
  const place = /^arguments\[(\d+)\]/.exec(field)?.[1];
  return { field: place === undefined ? field : `arguments.${names[Number(place)] ?? place}`, detail };
}
