/**
 * The ACS is killed with SIGKILL around every commit that a task makes, again while it recovers, and at random moments.
 * The gateways run in another process: what they wrote down of their own doings is the judge.
 * Spec: docs/decisions/0004-tasks-are-read-back.md. Layer: simulation.
 *
 * REQUIRE_SERVICES=1 (CI): second deaths around every commit of the recovery; else around each third, and of one kind of download. The same
 * for a first contact with a new password: every commit, or each second.
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
import { type Case, play, sweep, type TaskUnderFire } from "../support/crash/sweep.js";
import { type Random, runSeed, seededRandom } from "../support/seeded-random.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";

const FIRMWARE = "1 Firmware Upgrade Image";
const NTP_SERVER = "InternetGatewayDevice.Time.NTPServer1";
const ORDERS = ["setParameterValues", "reboot", "download", "late download"] as const;
type OrderName = (typeof ORDERS)[number];

const IS_COMPLETE = process.env["REQUIRE_SERVICES"] === "1";
const RECOVERY_STEP = IS_COMPLETE ? 1 : 3;
/** Half of its commits are those of any first contact. */
const PASSWORD_STEP = IS_COMPLETE ? 1 : 2;
const SOAK_KILLS = Number(process.env["SOAK_KILLS"] ?? 5);
const SOAK_MS_PER_KILL = 10_000;
/** Before it, and between it and what is told of it. */
const MOMENTS_PER_COMMIT = 2;
const GATEWAYS = 3;
/** About as long as the orders and the sessions of a round take when nobody dies. */
const KILL_AFTER_MS_MAX = 80;
const CATALOGUE_FILE = `/api/files?${new URLSearchParams({ name: "fw.bin", fileType: FIRMWARE, model: "", version: "9.1" })}`;

/** "late": the file comes when the device has reached its ACS again. @param unique Makes it another value, another version. */
function anOrder(name: OrderName, gateway: BenchGateway, unique: number, filesUrl: string): Order {
  switch (name) {
    case "setParameterValues":
      return { kind: "setParameterValues", values: [{ name: NTP_SERVER, value: `ntp-${unique}.example` }] };
    case "reboot":
      return { kind: "reboot" };
    case "download":
      return { kind: "download", url: `${filesUrl}/9.0.${unique}`, fileType: FIRMWARE };
    case "late download":
      return { kind: "download", url: `${filesUrl}/late/${gateway.number}/9.0.${unique}`, fileType: FIRMWARE };
  }
}

function tally(judgements: readonly Judgement[]): string {
  const verdicts = ["done", "outcome-unknown", "transfer-failed", "not-done"] as const;
  const count = (wanted: string): number => judgements.filter(({ verdict }) => verdict === wanted).length;
  const told = verdicts.flatMap((verdict) => (count(verdict) > 0 ? [`${count(verdict)} ${verdict}`] : []));
  return `${told.join(", ")} (${judgements.filter(wasLost).length} read back)`;
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
    const once: Record<OrderName, readonly Case[]> = { setParameterValues: [], reboot: [], download: [], "late download": [] };
    const twice: Record<OrderName, Case[]> = { setParameterValues: [], reboot: [], download: [], "late download": [] };

    before(async function () {
      this.timeout(240_000);
      const startMs = Date.now();
      await Promise.all(ORDERS.map(sweepTwice));
      for (const name of ORDERS) {
        const died = once[name].filter(isKilledInFull);
        const again = twice[name].filter(isKilledInFull);
        console.log(`      ${name}: ${died.length} deaths: ${tally(died)}`);
        if (again.length > 0) console.log(`      ${name}: ${again.length} second deaths: ${tally(again)}`);
      }
      console.log(
        `      in ${Date.now() - startMs} ms${IS_COMPLETE ? "" : `; second deaths at each ${RECOVERY_STEP}rd commit (REQUIRE_SERVICES=1: all)`}`,
      );
    });

    /** First one death at each commit; then, from each death that left the outcome open, a second one at each commit of what follows. */
    async function sweepTwice(name: OrderName): Promise<void> {
      const bench = await openBench(name);
      const task = ordered(name);
      once[name] = await sweep(bench, task, []);
      if (name === "download" && !IS_COMPLETE) return; // the late one recovers in the same ways, and in one more
      for (const { kills } of once[name].filter(wasLost)) twice[name].push(...(await sweep(bench, task, kills, RECOVERY_STEP)));
    }

    /** @param upTimeBaseS How long the gateway seems to be up. */
    function ordered(name: OrderName, upTimeBaseS?: number): TaskUnderFire {
      return async (bench, arm) => {
        const gateway = await bench.addGateway(upTimeBaseS);
        await arm();
        const id = await bench.order(gateway, anOrder(name, gateway, gateway.number, devices.filesUrl));
        await bench.callIn();
        return { gateway, id };
      };
    }

    it("happens before and after its creation, each of its transitions, and each Inform between them", () => {
      for (const name of ORDERS) {
        const undisturbed = once[name].filter((one) => !isKilledInFull(one));
        const transitions = Math.max(...undisturbed.map(({ task }) => task.transitions.length));
        expect(once[name].filter(isKilledInFull).length, name).to.be.at.least(MOMENTS_PER_COMMIT * transitions);
        expect(once[name].filter(wasLost), name).to.have.length.at.least(2);
      }
    });

    it("a setParameterValues is done, and happened once: ParameterKey tells", () => {
      for (const { verdict } of [...once.setParameterValues, ...twice.setParameterValues]) expect(verdict).to.equal("done");
    });

    it("a reboot is done, and happened once: M Reboot tells, or UpTime", () => {
      for (const { verdict } of [...once.reboot, ...twice.reboot]) expect(verdict).to.equal("done");
    });

    it("a reboot of which UpTime can't tell, because the device has only just started, ends as outcome unknown and is not repeated", async function () {
      this.timeout(60_000);
      const beforeItLeft = once.reboot.find((one) => wasLost(one) && one.task.sends > 1);
      const { verdict, hasHappened, task } = await play(await openBench("just started"), ordered("reboot", 0), beforeItLeft?.kills ?? []);
      expect({ verdict, hasHappened, sends: task.sends }).to.deep.equal({ verdict: "outcome-unknown", hasHappened: false, sends: 1 });
    });

    it("a first contact: the gateway is provisioned once", async function () {
      this.timeout(60_000);
      const firstContact: TaskUnderFire = async (bench, arm) => {
        const gateway = await bench.register();
        await arm();
        await bench.switchOn(gateway);
        const provisions = (await bench.tasksOf(gateway)).filter(({ kind }) => kind === "provision");
        expect(provisions).to.have.length(1);
        return { gateway, id: provisions[0]?.id ?? "" };
      };
      const cases = await sweep(await openBench("first contact"), firstContact, []);
      const died = cases.filter(isKilledInFull);
      console.log(`      first contact: ${died.length} deaths: ${tally(died)}`);
      expect(died).to.have.length.at.least(6);
      for (const { verdict } of cases) expect(verdict).to.equal("done");
    });

    it("a first contact that replaces the password: it is set once, and the device is let in with what it has", async function () {
      this.timeout(120_000);
      const bench = await openBench("password");
      const gateways: BenchGateway[] = [];
      const firstContact: TaskUnderFire = async (_bench, arm) => {
        const gateway = await bench.register(undefined, { passwordIsFactory: true });
        gateways.push(gateway);
        await arm();
        await bench.switchOn(gateway);
        const rotations = (await bench.tasksOf(gateway)).filter(({ kind }) => kind === "rotatePassword");
        expect(rotations).to.have.length(1);
        return { gateway, id: rotations[0]?.id ?? "" };
      };
      const cases = await sweep(bench, firstContact, [], PASSWORD_STEP);
      const died = cases.filter(isKilledInFull);
      console.log(`      first contact with a new password: ${died.length} deaths: ${tally(died)}`);
      expect(died).to.have.length.at.least(IS_COMPLETE ? 20 : 10);
      for (const { verdict } of cases) expect(verdict).to.equal("done");
      for (const { deviceId } of gateways) {
        const device = await bench.acs.call("GET", `/api/devices/${encodeURIComponent(deviceId)}`);
        expect(device).to.include({ passwordIsFactory: false, passwordPendingSince: null });
      }
    });

    it("a download is done, and happened once, whenever the device had taken it", () => {
      const all = [...once.download, ...twice.download, ...once["late download"], ...twice["late download"]];
      for (const { verdict, hasHappened } of all) expect(verdict).to.equal(hasHappened ? "done" : "outcome-unknown");
    });

    it("a download that may or may not have left ends as outcome unknown, and is not repeated", () => {
      for (const cases of [once.download, once["late download"]]) {
        const unlearnt = cases.filter(({ verdict }) => verdict === "outcome-unknown");
        expect(unlearnt).to.have.length.at.least(1);
        for (const { task } of unlearnt) expect(task.sends).to.equal(1);
        expect(unlearnt[0]?.task.failure?.detail).to.match(/^outcome unknown: read back: the device has no such transfer/);
      }
    });

    it("a transfer that is under way is found in the device's queue and awaited", () => {
      const found = once["late download"].filter(({ task }) => task.transitions.some(({ reason }) => /in the device's queue/.test(reason)));
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
        const orders = gateways.map((gateway, index) => ({
          gateway,
          order: randomOrder(random, gateway, kill * GATEWAYS + index, catalogueId),
        }));
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
    function randomOrder(random: Random, gateway: BenchGateway, unique: number, catalogueId: string): Order {
      const name = random.pick([...ORDERS, "catalogue"] as const);
      return name === "catalogue" ? { kind: "download", catalogueId } : anOrder(name, gateway, unique, devices.filesUrl);
    }
  });
});
