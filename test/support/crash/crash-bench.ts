/**
 * A crash test's bench: one ACS that is killed and comes back, gateways that call it, tasks given and followed over REST through all of it.
 * Layer: test support.
 */
import type { DevicesProcess } from "./devices-process.js";
import { type Judgement, judge, type TaskShown, tellTask } from "./judge.js";
import type { SupervisedAcs } from "./supervised-acs.js";

export interface BenchGateway {
  readonly number: number;
  readonly deviceId: string;
}

export type Order = Readonly<Record<string, unknown>> & { readonly kind: string };

const FINAL = ["done", "failed", "expired", "cancelled"];
const END_WAIT_MS = 15_000;
const WAIT_S = 2;
/** Enough for UpTime to tell that no reboot has happened. */
const AN_HOUR_S = 3_600;
const PASSWORD = "acs-password";

export class CrashBench {
  readonly acs: SupervisedAcs;
  readonly #devices: DevicesProcess;
  readonly #on = new Set<BenchGateway>();

  constructor(acs: SupervisedAcs, devices: DevicesProcess) {
    this.acs = acs;
    this.#devices = devices;
    acs.onRestarted = () => void this.callIn();
  }

  /**
   * Known to the ACS, and switched off.
   * @param upTimeBaseS How long it will seem to be up when it is switched on.
   * @param more Of its registration.
   */
  async register(upTimeBaseS = AN_HOUR_S, more: Readonly<Record<string, unknown>> = {}): Promise<BenchGateway> {
    const { number, identity: known } = await this.#devices.add({ acsUrl: this.acs.cwmpUrl, acsPassword: PASSWORD, upTimeBaseS });
    const { lineNumber: _, ...identity } = known;
    const { id } = (await this.acs.call("POST", "/api/devices", { ...identity, password: PASSWORD, ...more })) as { readonly id: string };
    return { number, deviceId: id };
  }

  /** Fulfilled when a session has ended well. */
  async switchOn(gateway: BenchGateway): Promise<void> {
    this.#on.add(gateway);
    await this.#devices.powerOn(gateway.number);
    await this.#devices.wholeSession(gateway.number);
  }

  /** Registered, bootstrapped, provisioned, its tree read, and its session over. */
  async addGateway(upTimeBaseS = AN_HOUR_S): Promise<BenchGateway> {
    const gateway = await this.register(upTimeBaseS);
    await this.switchOn(gateway);
    for (const { id } of await this.tasksOf(gateway)) await this.untilEnded(id);
    await this.#devices.untilQuiet(gateway.number);
    return gateway;
  }

  async switchOff(gateway: BenchGateway): Promise<void> {
    this.#on.delete(gateway);
    await this.#devices.powerOff(gateway.number);
  }

  /** All gateways that are switched on call in. */
  async callIn(): Promise<void> {
    await Promise.all([...this.#on].map(({ number }) => this.#devices.callIn(number)));
  }

  /** As a careful client does it: when the ACS dies over the order, it looks afterwards whether the task exists. @returns its id. */
  async order(gateway: BenchGateway, order: Order): Promise<string> {
    const known = new Set((await this.tasksOf(gateway)).map(({ id }) => id));
    for (;;) {
      const created = await this.attempt(() => this.acs.call("POST", `${pathOf(gateway)}/tasks`, order));
      if (created !== undefined) return (created as TaskShown).id;
      const found = (await this.tasksOf(gateway)).find(({ id, kind }) => kind === order.kind && !known.has(id));
      if (found !== undefined) return found.id;
    }
  }

  /** @throws when the task has no end in time. */
  async untilEnded(taskId: string): Promise<TaskShown> {
    const deadlineMs = Date.now() + END_WAIT_MS;
    for (;;) {
      const task = (await this.insist(() => this.acs.call("GET", `/api/tasks/${taskId}?wait=${WAIT_S}`))) as TaskShown;
      if (FINAL.includes(task.state)) return task;
      if (Date.now() > deadlineMs) throw new Error(`no end within ${END_WAIT_MS} ms: ${tellTask(task)}`);
      await this.callIn();
    }
  }

  /** Waits for the tasks' ends and for one more session, in which nothing of them may happen again; then the devices are asked what they did. */
  async judgeAll(tasks: readonly { readonly gateway: BenchGateway; readonly id: string }[]): Promise<readonly Judgement[]> {
    await Promise.all(tasks.map(({ id }) => this.untilEnded(id)));
    await Promise.all([...new Set(tasks.map(({ gateway }) => gateway.number))].map((number) => this.#devices.wholeSession(number)));
    return Promise.all(tasks.map(async ({ gateway, id }) => judge(await this.untilEnded(id), await this.#devices.effects(gateway.number))));
  }

  /** All of them, newest first. */
  async tasksOf(gateway: BenchGateway): Promise<readonly TaskShown[]> {
    const page = await this.insist(() => this.acs.call("GET", `${pathOf(gateway)}/tasks?limit=1000`));
    return (page as { readonly tasks: readonly TaskShown[] }).tasks;
  }

  async insist(work: () => Promise<unknown>): Promise<unknown> {
    for (;;) {
      const result = await this.attempt(work);
      if (result !== undefined) return result;
    }
  }

  /** @returns undefined when the ACS died meanwhile: whether it did what was asked is not known. It is back then. */
  async attempt(work: () => Promise<unknown>): Promise<unknown> {
    await this.acs.ready();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch's word for a broken connection
      await this.acs.recovered();
      return undefined;
    }
  }
}

function pathOf({ deviceId }: BenchGateway): string {
  return `/api/devices/${encodeURIComponent(deviceId)}`;
}
