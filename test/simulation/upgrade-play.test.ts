/**
 * Upgrades played at random: devices that lie, fall silent and fall back, tasks that end in every way, an ACS that is away meanwhile.
 * Whatever happens, each ends, and none is done without proof. A failure prints its seed.
 * Spec: docs/decisions/0026-upgrades-prove-themselves.md. Layer: simulation.
 */
import { expect } from "chai";
import type { TaskState } from "../../acs/tasks/task.js";
import { afterOutage } from "../../acs/upgrades/upgrade-outage.js";
import { type Random, seededRandom } from "../support/seeded-random.js";
import { HOURS, LINE, ROOT, UPGRADE_FILE, UpgradePlay } from "../support/upgrades.js";

const STORIES = 10_000;
const EVENTS_MAX = 30;
const OUTAGE_MS = 600_000;
const OPEN: readonly TaskState[] = ["queued", "sent", "awaiting-device", "unknown"];
/** How often nothing is heard, one deadline after the other, before an upgrade has ended. */
const SILENCES_MAX = 60;

class Story extends UpgradePlay {
  readonly #random: Random;
  /** What the device runs, and whether its line is registered. */
  #version = "1.0";
  #isUp = true;
  #isAway = false;
  /** What the ACS has read last. */
  lastRead = { version: "", isUp: false };

  constructor(random: Random) {
    const deadlines = { callInMs: HOURS(100), returnMs: HOURS(0.5), sipMs: random.pick([1_500, HOURS(0.1)]), retryAfterMs: 60_000 };
    super({ attemptsMax: random.pick([1, 2, 3]), backup: random.int(4) === 0, verifySip: random.int(5) > 0, ...deadlines });
    this.#random = random;
    this.look();
    if (random.bool() && !this.upgrade.policy.backup) this.untilTaken("Up");
  }

  /** Nobody looks while the ACS is away. */
  override look(...given: Parameters<UpgradePlay["look"]>): this {
    return this.#isAway ? this : super.look(...given);
  }

  play(): void {
    for (let events = this.#random.int(EVENTS_MAX); events > 0 && this.upgrade.state === "running"; events--) this.#happens();
    this.#isAway = false;
    this.look();
  }

  /** Nothing is heard any more. */
  fallSilent(): void {
    for (let silences = 0; this.upgrade.state === "running" && silences < SILENCES_MAX; silences++) {
      const untilMs = this.upgrade.dueAtMs ?? Number.NaN;
      this.later(Math.max(untilMs - this.facts.nowMs, 0));
    }
  }

  #happens(): void {
    const tasks = [
      this.#send,
      this.#send,
      this.#answer,
      this.#answer,
      this.#answer,
      this.#complete,
      this.#complete,
      this.#fail,
      this.#expire,
    ];
    const others = [this.#inform, this.#boot, this.#change, this.#change, this.#restart, this.#leave, this.#return, this.#wait];
    const what = this.#random.pick(this.#hasOpenTask("queued", "sent", "awaiting-device", "unknown") ? [...tasks, ...others] : others);
    what.call(this);
  }

  #hasOpenTask(...states: readonly TaskState[]): boolean {
    const { task, upgrade } = this;
    return task !== null && task.id === upgrade.taskId && OPEN.includes(task.state) && states.includes(task.state);
  }

  #send(): void {
    if (!this.#hasOpenTask("queued")) return;
    this.taskIs("sent");
    if (this.task?.order.kind !== "getParameterValues" && this.#hasOpenTask("sent")) this.taskIs("awaiting-device");
  }

  /** To a reading or an upload. */
  #answer(): void {
    this.#send();
    if (!this.#hasOpenTask("sent", "awaiting-device")) return;
    if (this.task?.order.kind === "upload") return void this.taskIs("done", { result: { receivedFile: { id: "01backup" } } });
    if (this.task?.order.kind !== "getParameterValues") return;
    this.lastRead = { version: this.#version, isUp: this.#isUp };
    this.#tellVersion();
    const version = { name: `${ROOT}DeviceInfo.SoftwareVersion`, value: this.#version };
    this.taskIs("done", { result: { values: [version, { name: LINE, value: this.#isUp ? "Up" : "Error" }] } });
  }

  /** Of a download: told with a restart. */
  #complete(): void {
    if (this.task?.order.kind !== "download" || !this.#hasOpenTask("sent", "awaiting-device", "unknown")) return;
    this.#boot("7 TRANSFER COMPLETE");
    if (this.#hasOpenTask("sent", "awaiting-device", "unknown")) this.taskIs("done");
  }

  #fail(): void {
    const code = this.#random.pick(["device-fault", "device-fault", "outcome-unknown", "not-done", "not-possible", "protocol"] as const);
    if (this.#hasOpenTask("sent", "awaiting-device", "unknown")) this.failsWith(code, this.#random.pick([9000, 9010, 9016, 9018]));
  }

  #expire(): void {
    if (!this.#hasOpenTask("queued")) return;
    this.facts = { ...this.facts, nowMs: this.upgrade.phaseEndsAtMs };
    this.taskIs("expired");
  }

  #inform(): void {
    this.informs("2 PERIODIC");
  }

  #boot(...more: readonly string[]): void {
    this.#tellVersion();
    this.informs("1 BOOT", ...more);
  }

  /** Of the device, which may run something else from then on, if it was sent anything. */
  #change(): void {
    this.#isUp = this.#random.bool();
    if (this.ordered.includes("download")) this.#version = this.#random.pick([UPGRADE_FILE.version, "1.0", "3.0"]);
  }

  #wait(): void {
    this.later(this.#random.pick([1_000, 60_000, HOURS(0.25), HOURS(1)]));
  }

  #restart(): void {
    const outage = { fromMs: this.facts.nowMs, untilMs: this.facts.nowMs + OUTAGE_MS };
    this.facts = { ...this.facts, nowMs: outage.untilMs, servesSinceMs: outage.untilMs };
    this.upgrade = afterOutage(this.upgrade, outage) ?? this.upgrade;
    this.#return();
  }

  #leave(): void {
    this.#isAway = true;
  }

  #return(): void {
    this.#isAway = false;
    this.look();
  }

  /** In an Inform or by a reading: the tree has it. */
  #tellVersion(): void {
    this.facts = { ...this.facts, version: this.#version };
  }
}

describe("upgrades played at random", () => {
  it("each ends, and is done only when the device told the version last, and lines that were registered are again", () => {
    const ends = new Set<string>();
    for (let seed = 1; seed <= STORIES; seed++) {
      const story = new Story(seededRandom(seed));
      story.play();
      const { state, lines, detail } = story.upgrade;
      if (state === "done") {
        expect(story.facts.version, `seed ${seed}: ${detail}`).to.equal(UPGRADE_FILE.version);
        if (lines.length > 0)
          expect(story.lastRead, `seed ${seed}: ${detail}`).to.deep.equal({ version: UPGRADE_FILE.version, isUp: true });
      }
      story.fallSilent();
      expect(story.upgrade.state, `seed ${seed}: stays in ${story.upgrade.phase}`).not.to.equal("running");
      ends.add(story.upgrade.reason ?? story.upgrade.state);
    }
    expect([...ends], "all kinds of ends").to.include.members(["done", "same-version", "other-version", "sip-not-back", "never-returned"]);
  });
});
