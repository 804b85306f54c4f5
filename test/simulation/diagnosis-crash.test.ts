/**
 * The ACS is killed with SIGKILL around each commit of a diagnosis: from its start over the search for the object and the test to the verdict.
 * It ends once, with its verdict, and the device was asked once for each step.
 * Spec: docs/decisions/0025-a-diagnosis-is-a-chain-of-tasks.md. Layer: simulation.
 *
 * REQUIRE_SERVICES=1 (CI): each commit; else each sixth.
 */
import { expect } from "chai";
import { compileChildren } from "../support/crash/compile-children.js";
import { type BenchGateway, CrashBench } from "../support/crash/crash-bench.js";
import { DevicesProcess } from "../support/crash/devices-process.js";
import type { Kill } from "../support/crash/messages.js";
import { SupervisedAcs } from "../support/crash/supervised-acs.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly verdict: { readonly code: string } | null;
}

const STEP = process.env["REQUIRE_SERVICES"] === "1" ? 1 : 6;
/** More than a diagnosis makes, with the wakes and Informs between. */
const COMMITS_MAX = 40;
const ROUNDS_MAX = 40;
const ASKED = { test: "self-test" };

describe("the ACS killed around the commits of a diagnosis", () => {
  let folder: TemporaryFolder;
  let devices: DevicesProcess;
  let acs: SupervisedAcs;
  let bench: CrashBench;
  before(async function () {
    this.timeout(60_000);
    folder = await temporaryFolder();
    const compiled = await compileChildren(folder);
    devices = await DevicesProcess.start(compiled.devices, folder);
    acs = await SupervisedAcs.start(compiled.acs, folder.file("acs"), { ACS_REFRESH_AT_BOOTSTRAP: "false" });
    bench = new CrashBench(acs, devices);
  });
  after(async () => {
    await acs.close();
    await devices.close();
    await folder.remove();
  });

  /** Asked again when the ACS died over it, unless `done` finds that it had been heard. */
  async function insist<T>(ask: () => Promise<T>, done: () => Promise<T | undefined> = async () => undefined): Promise<T> {
    for (;;) {
      await acs.ready();
      try {
        return (await done()) ?? (await ask());
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // fetch's word for a broken connection
        await acs.recovered();
      }
    }
  }
  const url = ({ deviceId }: BenchGateway): string => `/api/devices/${encodeURIComponent(deviceId)}/diagnoses`;
  const all = async (gateway: BenchGateway) =>
    ((await acs.call("GET", url(gateway))) as { readonly diagnoses: readonly Shown[] }).diagnoses;

  async function diagnosed(gateway: BenchGateway): Promise<Shown> {
    const { id } = await insist(
      async () => (await acs.call("POST", url(gateway), ASKED)) as Shown,
      async () => (await all(gateway))[0],
    );
    for (let round = 0; round < ROUNDS_MAX; round++) {
      await bench.callIn();
      await devices.wholeSession(gateway.number);
      const shown = (await insist(() => acs.call("GET", `${url(gateway)}/${id}`))) as Shown;
      if (shown.state !== "running") return shown;
    }
    throw new Error(`the diagnosis has no end: ${JSON.stringify([await all(gateway), await bench.tasksOf(gateway)])}`);
  }

  /** How many deaths came about. */
  async function play(kill: Kill): Promise<number> {
    const before = acs.kills;
    const gateway = await bench.addGateway();
    await acs.arm([kill]);
    const { state, verdict } = await diagnosed(gateway).catch((error: Error) => {
      throw new Error(`killed ${kill.moment} commit ${kill.commit}: ${error.message}`, { cause: error });
    });
    const deaths = acs.kills - before;
    await acs.arm([]);
    const told = `killed ${kill.moment} commit ${kill.commit}`;
    expect([state, verdict?.code], told).to.deep.equal(["done", "Complete"]);
    expect(await all(gateway), told).to.have.length(1);
    const kinds = (await bench.tasksOf(gateway)).map(({ kind }) => kind).filter((kind) => kind === "refresh" || kind === "diagnostic");
    expect(kinds, told).to.deep.equal(["diagnostic", "refresh"]);
    await bench.switchOff(gateway);
    return deaths;
  }

  it("it ends with its verdict, and nothing of it is done twice", async function () {
    this.timeout(240_000);
    let deaths = 0;
    for (let commit = 1; commit <= COMMITS_MAX; commit += STEP) {
      const died = (await play({ commit, moment: "before" })) + (await play({ commit, moment: "after" }));
      deaths += died;
      if (died === 0) break;
    }
    console.log(`      ${deaths} deaths`);
    expect(deaths).to.be.at.least(STEP === 1 ? 20 : 4);
  });
});
