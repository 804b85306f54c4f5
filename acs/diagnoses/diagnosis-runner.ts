/**
 * Leads running diagnoses on: told by the event store when a task of theirs changes, and by a restart. What is next is decided by
 * nextStep in diagnostics/diagnosis-plan.ts; each step is one durable write.
 * Spec: docs/decisions/0025-a-diagnosis-is-a-chain-of-tasks.md. Layer: diagnoses (shell).
 */
import type { Clock } from "../../common/clock.js";
import type { Logger } from "../../common/log.js";
import type { Device } from "../devices/device.js";
import type { Diagnosis, DiagnosisFailure } from "../diagnostics/diagnosis.js";
import { type NextStep, nextStep } from "../diagnostics/diagnosis-plan.js";
import { notSupported } from "../diagnostics/locate-test.js";
import type { StoredEvent } from "../events/event.js";
import type { DeviceStore } from "../stores/device-store.js";
import type { DiagnosisStep, DiagnosisStore } from "../stores/diagnosis-store.js";
import type { EventStore } from "../stores/event-store.js";
import type { TaskStore } from "../stores/task-store.js";
import type { Task, TaskChange } from "../tasks/task.js";
import { taskChanged } from "../tasks/task-event.js";
import { askToStop } from "../tasks/test-marks.js";
import { diagnosisEnded } from "./diagnosis-event.js";
import { type DiagnosisOrders, modelOf } from "./diagnosis-orders.js";

export interface DiagnosisRunnerOptions {
  readonly devices: Pick<DeviceStore, "get">;
  readonly tasks: Pick<TaskStore, "get" | "change">;
  readonly diagnoses: DiagnosisStore;
  readonly events: Pick<EventStore, "onStored">;
  readonly orders: DiagnosisOrders;
  /** Its device may have work: look at it. */
  readonly wake: (deviceId: string) => void;
  /** How long a device may take to call in and be told to stop. */
  readonly stopSettleMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const PAGE = 200;
/** After a step that could not be stored. */
const RETRY_MS = 10_000;

export class DiagnosisRunner {
  readonly #options: DiagnosisRunnerOptions;
  readonly #stopListening: () => void;
  /** The running ones by the task that each waits for: as many as there are, and no device has more than DIAGNOSIS_LIMITS.openPerDeviceMax. */
  readonly #followed = new Map<string, { readonly id: string; readonly deviceId: string }>();
  /** What is being looked at, and what comes after it. */
  readonly #looks = new Map<string, Promise<void>>();
  readonly #retries = new Map<string, () => void>();
  #isClosed = false;

  constructor(options: DiagnosisRunnerOptions) {
    this.#options = options;
    this.#stopListening = options.events.onStored((stored) => this.#hear(stored));
  }

  /** After a restart: what ended meanwhile, or in the moment of the crash, is made up for. */
  async rebuild(): Promise<void> {
    let afterId = "";
    for (;;) {
      const page = await this.#options.diagnoses.running({ afterId, limit: PAGE });
      for (const { id } of page) await this.look(id);
      if (page.length < PAGE) return;
      afterId = page.at(-1)?.id ?? afterId;
    }
  }

  /** Does all that can be done now. Fulfilled when it is done; one look at a time. */
  look(id: string): Promise<void> {
    const before = this.#looks.get(id) ?? Promise.resolve();
    const after = before.then(() => this.#lookSafely(id));
    this.#looks.set(id, after);
    return after.finally(() => {
      if (this.#looks.get(id) === after) this.#looks.delete(id);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    for (const cancel of this.#retries.values()) cancel();
    await Promise.all(this.#looks.values());
  }

  #hear(stored: readonly StoredEvent[]): void {
    for (const { kind, deviceId, data } of stored) {
      if (kind === "task-changed") {
        const followed = this.#followed.get(String(data["taskId"]));
        if (followed !== undefined) void this.look(followed.id);
      } else if (kind === "device-removed") {
        for (const [taskId, followed] of this.#followed) if (followed.deviceId === deviceId) this.#followed.delete(taskId);
      }
    }
  }

  async #lookSafely(id: string): Promise<void> {
    if (this.#isClosed) return;
    try {
      await this.#goOn(id);
    } catch (error) {
      this.#options.log.error({ err: error, diagnosis: id }, "a diagnosis could not go on: tried again soon");
      this.#retries.get(id)?.();
      this.#retries.set(
        id,
        this.#options.clock.after(RETRY_MS, () => {
          this.#retries.delete(id);
          void this.look(id);
        }),
      );
    }
  }

  async #goOn(id: string): Promise<void> {
    const { diagnoses, tasks } = this.#options;
    for (;;) {
      const diagnosis = await diagnoses.get(id);
      if (diagnosis?.state !== "running") return;
      const { taskId, deviceId } = diagnosis;
      this.#followed.set(taskId, { id, deviceId }); // before the task is read: what changes later is heard
      const task = await tasks.get(taskId);
      if ((await this.#carryOut(nextStep(diagnosis, task), diagnosis, task)) === "wait") return;
    }
  }

  /** "wait": nothing more can be done now. Else the diagnosis is to be looked at as it is then, also when the step came too late. */
  async #carryOut(step: NextStep, diagnosis: Diagnosis, task: Task | undefined): Promise<"wait" | "again"> {
    switch (step.do) {
      case "wait":
        return "wait";
      case "locate":
        await this.#locate(diagnosis);
        return "again";
      case "cancel-task":
        return this.#change(task, { to: "cancelled", reason: step.reason, atMs: this.#options.clock.now() });
      case "stop-test": {
        const { clock, stopSettleMs, wake } = this.#options;
        const stopped = await this.#change(task, askToStop("its diagnosis was cancelled: to be stopped", clock.now(), stopSettleMs));
        wake(diagnosis.deviceId);
        return stopped;
      }
      case "end":
        await this.#end(diagnosis, step);
        return "again";
    }
  }

  async #change(task: Task | undefined, change: TaskChange): Promise<"again"> {
    if (task !== undefined) await this.#options.tasks.change(task.id, task.revision, change, { events: [taskChanged(task, change)] });
    return "again";
  }

  /** The refresh has brought what there is. */
  async #locate(diagnosis: Diagnosis): Promise<void> {
    const { devices, orders, wake } = this.#options;
    const device = await devices.get(diagnosis.deviceId);
    if (device === undefined) return void this.#followed.delete(diagnosis.taskId);
    const located = await orders.locate(device, diagnosis.wish);
    if (located.kind === "look") return this.#fail(diagnosis, "not-supported", notSupported(diagnosis.wish, located, modelOf(device)));
    if (located.kind === "none") return this.#fail(diagnosis, located.code, located.detail);
    const order = await orders.diagnostic(device, diagnosis.wish, located.path);
    if ("kind" in order) await this.#begin(diagnosis, device, { path: located.path, unitPath: located.unitPath }, order);
    else await this.#fail(diagnosis, "bad-arguments", order.map(({ field, detail }) => `${field} ${detail}`).join("; "));
    wake(device.id);
  }

  async #begin(
    diagnosis: Diagnosis,
    device: Device,
    where: { readonly path: string; readonly unitPath: string | null },
    order: Parameters<DiagnosisOrders["task"]>[2],
  ): Promise<void> {
    const task = this.#options.orders.task(device, diagnosis.wish, order);
    const created = { taskId: task.id, kind: order.kind, priority: task.priority };
    const events = [{ atMs: task.createdAtMs, kind: "task-created", deviceId: device.id, data: created } as const];
    const stored = await this.#advance(diagnosis, { change: { ...where, taskId: task.id }, task, events });
    if (stored === "too-many") await this.#fail(diagnosis, "not-learnt", "the device has too many unfinished tasks for another one");
  }

  #fail(diagnosis: Diagnosis, code: DiagnosisFailure, detail: string): Promise<void> {
    return this.#end(diagnosis, { do: "end", state: "failed", outcome: { kind: "failure", code, detail } });
  }

  async #end(diagnosis: Diagnosis, { state, outcome }: NextStep & { readonly do: "end" }): Promise<void> {
    const endedAtMs = this.#options.clock.now();
    const change = { state, outcome, endedAtMs };
    await this.#advance(diagnosis, { change, events: [diagnosisEnded({ ...diagnosis, ...change }, endedAtMs)] });
  }

  async #advance(diagnosis: Diagnosis, step: DiagnosisStep): Promise<Diagnosis | "stale" | "too-many"> {
    const stored = await this.#options.diagnoses.advance(diagnosis.id, diagnosis.revision, step);
    if (typeof stored === "object") this.#followed.delete(diagnosis.taskId);
    return stored;
  }
}
