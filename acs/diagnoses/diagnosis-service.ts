/**
 * Diagnoses for whoever wants one: an operator over REST, a group. Started by an id of the caller's, so that a second start after a crash
 * is the same diagnosis; led on by the runner; cancelled.
 * Spec: docs/decisions/0025-a-diagnosis-is-a-chain-of-tasks.md. Layer: diagnoses (shell).
 */
import type { Clock } from "../../common/clock.js";
import type { FieldError } from "../../common/field-error.js";
import type { Device } from "../devices/device.js";
import type { Diagnosis, DiagnosisWish, NewDiagnosis } from "../diagnostics/diagnosis.js";
import type { Located } from "../diagnostics/locate-test.js";
import { type AskedDiagnosis, readWish } from "../diagnostics/read-wish.js";
import type { DeviceStore } from "../stores/device-store.js";
import type { DiagnosisFilter, DiagnosisStarted, DiagnosisStore } from "../stores/diagnosis-store.js";
import { nmsKindFault } from "../tasks/nms-order.js";
import type { TaskOrder } from "../tasks/task.js";
import { diagnosisStarted } from "./diagnosis-event.js";
import type { DiagnosisOrders } from "./diagnosis-orders.js";
import type { DiagnosisRunner } from "./diagnosis-runner.js";

export interface DiagnosisServiceOptions {
  readonly devices: Pick<DeviceStore, "get">;
  readonly diagnoses: DiagnosisStore;
  readonly orders: DiagnosisOrders;
  readonly runner: DiagnosisRunner;
  /** Its device may have work: look at it. */
  readonly wake: (deviceId: string) => void;
  readonly clock: Clock;
}

/** "refused": it can't be right, field by field. */
export type StartOutcome = DiagnosisStarted | { readonly kind: "refused"; readonly errors: readonly FieldError[] };

const CANCEL_TRIES_MAX = 5;

export class DiagnosisService {
  readonly #options: DiagnosisServiceOptions;

  constructor(options: DiagnosisServiceOptions) {
    this.#options = options;
  }

  /** On disk when fulfilled. The id decides: one that is known is given back as it is, whatever else is asked. */
  async start(asked: AskedDiagnosis): Promise<StartOutcome> {
    const { devices, diagnoses, orders, clock } = this.#options;
    const known = await diagnoses.get(asked.id);
    if (known !== undefined) return { kind: "known", diagnosis: known };
    const device = await devices.get(asked.deviceId);
    if (device === undefined) return { kind: "unknown-device" };
    const fault = device.protocol === "nms" ? nmsKindFault("diagnostic") : undefined;
    if (fault !== undefined) return refused("test", fault);
    const read = readWish(asked, device.root, clock.now());
    if ("errors" in read) return { kind: "refused", errors: read.errors };
    const located = await orders.locate(device, read.wish);
    return this.#startAt(asked, device, read.wish, located);
  }

  /** Running, done, failed or canceled; undefined: there is none, or it is forgotten (DIAGNOSIS_LIMITS). */
  get(id: string): Promise<Diagnosis | undefined> {
    return this.#options.diagnoses.get(id);
  }

  /** Newest first. @param unit A line or port, by number or path. */
  async list(filter: Omit<DiagnosisFilter, "unit">, unit?: string): Promise<readonly Diagnosis[]> {
    const { diagnoses } = this.#options;
    if (unit === undefined) return diagnoses.list(filter);
    const path = unit.includes(".") ? unit : await this.#pathOf(filter, unit);
    return diagnoses.list({ ...filter, unit: { asked: unit, path } });
  }

  /**
   * It ends as canceled at once if nothing has begun at the device, else when the device was told to stop; as it ended, if it ended
   * before. "ended": it was over.
   */
  async cancel(id: string): Promise<Diagnosis | "unknown" | "ended"> {
    const { diagnoses, runner, clock } = this.#options;
    for (let tries = 0; tries < CANCEL_TRIES_MAX; tries++) {
      const diagnosis = await diagnoses.get(id);
      if (diagnosis === undefined) return "unknown";
      if (diagnosis.state !== "running") return "ended";
      const change = { cancelAskedAtMs: diagnosis.cancelAskedAtMs ?? clock.now() };
      const stored = await diagnoses.advance(id, diagnosis.revision, { change, events: [] });
      if (typeof stored === "string") continue;
      await runner.look(id);
      return (await diagnoses.get(id)) ?? "unknown";
    }
    throw new Error(`diagnosis ${id} changes faster than it can be cancelled`);
  }

  async #startAt(asked: AskedDiagnosis, device: Device, wish: DiagnosisWish, located: Located): Promise<StartOutcome> {
    if (located.kind === "none") return refused(located.field, located.detail);
    const { path, unitPath } = located;
    if (located.kind === "look") return this.#store(asked, device, { wish, unitPath, path: null }, { kind: "refresh", path });
    const order = await this.#options.orders.diagnostic(device, wish, path);
    return "kind" in order ? this.#store(asked, device, { wish, unitPath, path }, order) : { kind: "refused", errors: order };
  }

  async #store(
    { id, causedBy }: AskedDiagnosis,
    device: Device,
    what: Pick<NewDiagnosis, "wish" | "unitPath" | "path">,
    order: TaskOrder,
  ): Promise<StartOutcome> {
    const { diagnoses, orders, runner, wake, clock } = this.#options;
    const createdAtMs = clock.now();
    const task = orders.task(device, what.wish, order);
    const diagnosis = { id, deviceId: device.id, ...what, taskId: task.id, causedBy: causedBy ?? null, createdAtMs };
    const created = { taskId: task.id, kind: order.kind, priority: task.priority };
    const events = [
      diagnosisStarted(diagnosis, createdAtMs),
      { atMs: createdAtMs, kind: "task-created", deviceId: device.id, data: created } as const,
    ];
    const started = await diagnoses.start({ diagnosis, task, events });
    if (started.kind !== "started") return started;
    await runner.look(id);
    wake(device.id);
    return started;
  }

  /** Of the line or port that has this number now. */
  async #pathOf({ deviceId, test }: Omit<DiagnosisFilter, "unit">, unit: string): Promise<string | null> {
    const { devices, orders } = this.#options;
    const device = await devices.get(deviceId);
    if (device === undefined || test === undefined) return null;
    const wish = { test, unit, path: null, arguments: {}, timeoutS: null, priority: 0, expiresAtMs: null };
    const located = await orders.locate(device, wish);
    return located.kind === "none" ? null : located.unitPath;
  }
}

const refused = (field: string, detail: string): StartOutcome => ({ kind: "refused", errors: [{ field, detail }] });
