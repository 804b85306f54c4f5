/**
 * The ACS is killed with SIGKILL around every commit that a task makes, again while it recovers, and at random moments.
 * The gateways run in another process: what they wrote down of their own doings is the judge.
 * Spec: docs/decisions/0004-tasks-are-read-back.md. Layer: simulation.
 *
 * REQUIRE_SERVICES=1 (CI): second deaths around every commit of the recovery; else around each third.
 * SOAK_KILLS=<count>: how many random deaths (default 5). SEED=<number>: repeats their choices.
 */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { makeFirmware } from "../../device-sim/device/firmware.js";
import { compileChildren } from "../support/crash/compile-children.js";
import { type BenchGateway, CrashBench, type Order } from "../support/crash/crash-bench.js";
import { DevicesProcess } from "../support/crash/devices-process.js";
import type { Judgement } from "../support/crash/judge.js";
import { SupervisedAcs } from "../support/crash/supervised-acs.js";
import { type Case, sweep } from "../support/crash/sweep.js";
import { type Random, runSeed, seededRandom } from "../support/seeded-random.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";

const FIRMWARE = "1 Firmware Upgrade Image";
const NTP_SERVER = "InternetGatewayDevice.Time.NTPServer1";
const ORDERS = ["setParameterValues", "reboot", "download", "slow download"] as const;
type OrderName = (typeof ORDERS)[number];

const RECOVERY_STEP = process.env["REQUIRE_SERVICES"] === "1" ? 1 : 3;
const SOAK_KILLS = Number(process.env["SOAK_KILLS"] ?? 5);
const SOAK_MS_PER_KILL = 10_000;
const GATEWAYS = 3;
/** A task takes about a third of that when nobody dies. */
const KILL_AFTER_MS_MAX = 250;
const CATALOGUE_FILE = `/api/files?${new URLSearchParams({ name: "fw.bin", fileType: FIRMWARE, model: "", version: "9.1" })}`;

/** @param number Makes each order set another value, or bring another version. */
function anOrder(name: OrderName, number: number, filesUrl: string): Order {
  switch (name) {
    case "setParameterValues":
      return { kind: "setParameterValues", values: [{ name: NTP_SERVER, value: `ntp-${number}.example` }] };
    case "reboot":
      return { kind: "reboot" };
    case "download":
      return { kind: "download", url: `${filesUrl}/9.0.${number}`, fileType: FIRMWARE };
    case "slow download":
      return { kind: "download", url: `${filesUrl}/slow/9.0.${number}`, fileType: FIRMWARE };
  }
}

function tally(judgements: readonly Judgement[]): string {
  const verdicts = ["done", "outcome-unknown", "transfer-failed"] as const;
  const count = (wanted: string): number => judgements.filter(({ verdict }) => verdict === wanted).length;
  return verdicts.flatMap((verdict) => (count(verdict) > 0 ? [`${count(verdict)} ${verdict}`] : [])).join(", ");
}

const wasLost = ({ task }: Judgement): boolean => task.transitions.some(({ to }) => to === "unknown");
const isKilledInFull = ({ deaths, kills }: Case): boolean => deaths === kills.length;

describe("the ACS killed", () => {
  let folder: TemporaryFolder;
  let script: string;
  let devices: DevicesProcess;
  const opened: (() => Promise<void>)[] = [];

  before(async function () {
    this.timeout(60_000);
    folder = await temporaryFolder();
    opened.push(() => folder.remove());
    const compiled = await compileChildren(folder);
    script = compiled.acs;
    devices = await DevicesProcess.start(compiled.devices, folder);
    opened.push(() => devices.close());
  });
  after(async () => {
    for (const close of opened.reverse()) await close();
  });

  async function openBench(name: string): Promise<CrashBench> {
    const acs = await SupervisedAcs.start(script, folder.file(name));
    opened.push(() => acs.close());
    return new CrashBench(acs, devices);
  }

  describe("around every commit of a task", () => {
    const once: Record<OrderName, readonly Case[]> = { setParameterValues: [], reboot: [], download: [], "slow download": [] };
    const twice: Record<OrderName, Case[]> = { setParameterValues: [], reboot: [], download: [], "slow download": [] };

    before(async function () {
      this.timeout(240_000);
      const startMs = Date.now();
      await Promise.all(ORDERS.map(sweepTwice));
      for (const name of ORDERS) {
        const died = once[name].filter(isKilledInFull);
        console.log(
          `      ${name}: ${died.length} deaths: ${tally(died)}; while recovering, ${twice[name].length} more: ${tally(twice[name])}`,
        );
      }
      console.log(
        `      in ${Date.now() - startMs} ms${RECOVERY_STEP === 1 ? "" : `; second deaths at each ${RECOVERY_STEP}rd commit (REQUIRE_SERVICES=1: all)`}`,
      );
    });

    /** First one death at each commit; then, from each death that left the outcome open, a second one at each commit of what follows. */
    async function sweepTwice(name: OrderName): Promise<void> {
      const bench = await openBench(name);
      const order = (number: number): Order => anOrder(name, number, devices.filesUrl);
      once[name] = await sweep(bench, order, []);
      for (const { kills } of once[name].filter(wasLost)) twice[name].push(...(await sweep(bench, order, kills, RECOVERY_STEP)));
    }

    it("happens before and after its creation, each of its transitions, and each Inform between them", () => {
      for (const name of ORDERS) {
        const transitions = Math.max(...once[name].map(({ task }) => task.transitions.length));
        expect(once[name].filter(isKilledInFull).length, name).to.be.at.least(2 * transitions);
        expect(once[name].filter(wasLost), name).to.have.length.at.least(2);
      }
    });

    it("a setParameterValues is done, and happened once: ParameterKey tells", () => {
      for (const { verdict } of [...once.setParameterValues, ...twice.setParameterValues]) expect(verdict).to.equal("done");
    });

    it("a reboot is done, and happened once: M Reboot tells, or UpTime", () => {
      for (const { verdict } of [...once.reboot, ...twice.reboot]) expect(verdict).to.equal("done");
    });

    it("a download is done, and happened once, whenever the device had taken it", () => {
      const all = [...once.download, ...twice.download, ...once["slow download"], ...twice["slow download"]];
      for (const { verdict, hasHappened } of all) expect(verdict).to.equal(hasHappened ? "done" : "outcome-unknown");
    });

    it("a download that may or may not have left ends as outcome unknown, and is not repeated", () => {
      for (const cases of [once.download, once["slow download"]]) {
        const unlearnt = cases.filter(({ verdict }) => verdict === "outcome-unknown");
        expect(unlearnt.map(({ kills, task }) => [kills[0]?.moment, task.sends])).to.deep.equal([["after", 1]]);
        expect(unlearnt[0]?.task.failure?.detail).to.match(/^outcome unknown: read back: the device has no such transfer/);
      }
    });

    it("a transfer that is under way is found in the device's queue and awaited", () => {
      const found = once["slow download"].filter(({ task }) => task.transitions.some(({ reason }) => /in the device's queue/.test(reason)));
      expect(found).to.have.length.at.least(1);
    });
  });

  describe("at random moments, with several tasks on several gateways", () => {
    it(`${SOAK_KILLS} times: each task ends, done means once, and nothing happens twice`, async function () {
      this.timeout(60_000 + SOAK_KILLS * SOAK_MS_PER_KILL);
      const random = seededRandom(runSeed());
      console.log(`      seed ${random.seed}`);
      const startMs = Date.now();
      const judgements = await playRandomly(await openBench("random"), random);
      console.log(`      ${SOAK_KILLS} deaths in ${Date.now() - startMs} ms, ${judgements.length} tasks: ${tally(judgements)}`);
      expect(judgements).to.have.length.at.least(SOAK_KILLS);
    });

    async function playRandomly(bench: CrashBench, random: Random): Promise<readonly Judgement[]> {
      const { id: catalogueId } = (await bench.acs.call("POST", CATALOGUE_FILE, makeFirmware("9.1", 500_000))) as { readonly id: string };
      const gateways = await Promise.all(Array.from({ length: GATEWAYS }, () => bench.addGateway()));
      const tasks: { readonly gateway: BenchGateway; readonly id: string }[] = [];
      for (let kill = 0; kill < SOAK_KILLS; kill++) {
        const killAfterMs = random.int(KILL_AFTER_MS_MAX);
        const orders = gateways.map((gateway, index) => ({ gateway, order: randomOrder(random, kill * GATEWAYS + index, catalogueId) }));
        const give = async ({ gateway, order }: (typeof orders)[number]): Promise<void> => {
          tasks.push({ gateway, id: await bench.order(gateway, order) });
          await bench.callIn();
        };
        await Promise.all([...orders.map(give), delay(killAfterMs).then(() => bench.acs.killNow())]);
        if (random.bool()) await Promise.all(tasks.map(({ id }) => bench.untilEnded(id)));
      }
      await Promise.all(tasks.map(({ id }) => bench.untilEnded(id)));
      return bench.judgeAll(tasks);
    }

    /** The catalogue's file comes from the ACS itself, which dies. */
    function randomOrder(random: Random, number: number, catalogueId: string): Order {
      const name = random.pick([...ORDERS, "catalogue"] as const);
      return name === "catalogue" ? { kind: "download", catalogueId } : anOrder(name, number, devices.filesUrl);
    }
  });
});
