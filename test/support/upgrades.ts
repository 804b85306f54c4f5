/**
 * Upgrades for tests, and one that is played without a store: what a test says of the device and of its task is all that a step knows.
 * Layer: test support.
 */
import type { Task, TaskFailure } from "../../acs/tasks/task.js";
import { DEFAULT_UPGRADE_POLICY, newUpgrade, type Upgrade, type UpgradePolicy } from "../../acs/upgrades/upgrade.js";
import type { Facts } from "../../acs/upgrades/upgrade-moves.js";
import { abort, step } from "../../acs/upgrades/upgrade-step.js";
import { newId } from "../../common/ids.js";
import { aTask, DEVICE_ID, NOW_MS } from "./builders.js";

export const UPGRADE_FILE = { id: "01file", name: "fw.bin", version: "2.0", sizeBytes: 1_000, sha256: "a".repeat(64) };
export const ROOT = "InternetGatewayDevice.";
export const LINE = `${ROOT}Services.VoiceService.1.VoiceProfile.1.Line.1.Status`;
const HOUR_MS = 3_600_000;

export function anUpgrade(more: Partial<Upgrade> = {}, policy: Partial<UpgradePolicy> = {}): Upgrade {
  const ordered = { id: newId(NOW_MS), deviceId: DEVICE_ID, file: UPGRADE_FILE, causedBy: null };
  return { ...newUpgrade({ ...ordered, policy: { ...DEFAULT_UPGRADE_POLICY, ...policy } }, NOW_MS), ...more };
}

export class UpgradePlay {
  upgrade: Upgrade;
  task: Task | null = null;
  facts: Facts;
  /** Kinds of the tasks that were ordered. */
  readonly ordered: string[] = [];

  constructor(policy: Partial<UpgradePolicy> = {}, facts: Partial<Facts> = {}) {
    this.upgrade = anUpgrade({}, policy);
    this.facts = {
      ...{
        nowMs: NOW_MS,
        servesSinceMs: NOW_MS,
        device: { productClass: "VG2000", root: ROOT },
        task: null,
        otherTransfers: [],
        version: null,
      },
      ...{ file: { condition: "intact", model: "", appliesTo: [] }, lineNames: [LINE], informs: [], ...facts },
    };
  }

  /** Steps until nothing is to be done. */
  look(decide = step): this {
    for (let steps = 0; steps < 20; steps++) {
      const decision = decide(this.upgrade, { ...this.facts, task: this.task });
      if (decision === null) return this;
      this.upgrade = { ...decision.upgrade, revision: this.upgrade.revision + 1 };
      if (decision.settles !== null && this.task !== null) this.task = { ...this.task, state: decision.settles.change.to };
      if (decision.order !== null) {
        this.ordered.push(decision.order.order.kind);
        this.task = aTask(decision.order.order, { id: decision.order.id, state: "queued", sentAtMs: null });
      }
    }
    throw new Error(`no rest in ${this.upgrade.phase}`);
  }

  abort(): this {
    return this.look(abort);
  }

  later(ms: number): this {
    this.facts = { ...this.facts, nowMs: this.facts.nowMs + ms };
    return this.look();
  }

  /** The device begins a session a second later. */
  informs(...events: readonly string[]): this {
    const atMs = this.facts.nowMs + 1_000;
    this.facts = { ...this.facts, nowMs: atMs, informs: [{ atMs, events }, ...this.facts.informs] };
    return this.look();
  }

  /** The task goes on, a second later. */
  taskIs(state: Task["state"], more: Partial<Task> = {}): this {
    const atMs = this.facts.nowMs + 1_000;
    this.facts = { ...this.facts, nowMs: atMs };
    if (this.task === null) throw new Error("no task was ordered");
    const sentAtMs = state === "sent" ? atMs : this.task.sentAtMs;
    this.task = { ...this.task, state, sentAtMs, transitions: [{ atMs, to: state, reason: "" }], ...more };
    return this.look();
  }

  failsWith(code: TaskFailure["code"], faultCode?: number): this {
    const fault = faultCode === undefined ? {} : { fault: { faultCode, faultString: "", parameters: [] } };
    return this.taskIs("failed", { failure: { code, detail: "so it is", ...fault } });
  }

  /** @param status Of the line; undefined: it is not told. */
  reads(version: string, status?: string): this {
    const line = status === undefined ? [] : [{ name: LINE, type: "xsd:string", value: status }];
    const values = [{ name: `${ROOT}DeviceInfo.SoftwareVersion`, type: "xsd:string", value: version }, ...line];
    return this.taskIs("sent").taskIs("done", { result: { values } });
  }

  /** It was read, and has taken the download. */
  untilTaken(status?: string): this {
    this.informs("2 PERIODIC").reads("1.0", status);
    return this.taskIs("sent").taskIs("awaiting-device");
  }

  /** It has restarted, and told that the download has ended well. */
  untilTold(status?: string): this {
    return this.untilTaken(status).informs("1 BOOT", "7 TRANSFER COMPLETE", "M Download").taskIs("done");
  }

  get end(): readonly [string, string | null] {
    return [this.upgrade.state, this.upgrade.reason];
  }
}

export const HOURS = (hours: number): number => hours * HOUR_MS;
