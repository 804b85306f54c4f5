/**
 * The ACS is killed with SIGKILL around every commit of an upgrade: whatever it dies between, the upgrade goes on, and its firmware is applied once.
 * REQUIRE_SERVICES=1 (CI): around each second commit; else around each eighteenth.
 * Spec: docs/decisions/0026-upgrades-prove-themselves.md. Layer: simulation.
 */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { makeFirmware } from "../../device-sim/device/firmware.js";
import { compileChildren } from "../support/crash/compile-children.js";
import { CrashBench } from "../support/crash/crash-bench.js";
import { DevicesProcess } from "../support/crash/devices-process.js";
import type { Kill } from "../support/crash/messages.js";
import { SupervisedAcs } from "../support/crash/supervised-acs.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";
import type { UpgradeShown } from "./upgrades/judge-upgrade.js";

const STEP = process.env["REQUIRE_SERVICES"] === "1" ? 2 : 18;
/** About as many as an upgrade makes with the Informs between them; those after it are Informs of a gateway that waits. */
const COMMITS = 36;
const END_WAIT_MS = 20_000;
const POLL_MS = 100;
const FILE = { name: "fw.bin", fileType: "1 Firmware Upgrade Image", model: "", version: "9.0.0" };
const POLICY = { backup: true, retry: { attempts: 2, afterS: 1 }, callInWithinS: 60, returnWithinS: 60, sipWithinS: 12 };

describe("the ACS killed around every commit of an upgrade", () => {
  let folder: TemporaryFolder;
  let acs: SupervisedAcs;
  let devices: DevicesProcess;
  let bench: CrashBench;
  let fileId: string;

  before(async function () {
    this.timeout(60_000);
    folder = await temporaryFolder();
    const compiled = await compileChildren(folder);
    devices = await DevicesProcess.start(compiled.devices, folder);
    acs = await SupervisedAcs.start(compiled.acs, folder.file("acs"), { ACS_REFRESH_AT_BOOTSTRAP: "false" });
    bench = new CrashBench(acs, devices);
    const file = await acs.call("POST", `/api/files?${new URLSearchParams(FILE)}`, makeFirmware(FILE.version, 100_000));
    fileId = (file as { readonly id: string }).id;
  });
  after(async () => {
    await acs.close();
    await devices.close();
    await folder.remove();
  });

  /** One upgrade of a gateway of its own, which calls in whenever somebody looks. @returns what the gateway did, and whether the ACS died. */
  async function upgraded(kill: Kill) {
    const before = acs.kills;
    const gateway = await bench.addGateway();
    const path = `/api/devices/${encodeURIComponent(gateway.deviceId)}/upgrades`;
    const upgrades = async () =>
      ((await bench.insist(() => acs.call("GET", path))) as { readonly upgrades: readonly UpgradeShown[] }).upgrades;
    await acs.arm([kill]);
    do await bench.attempt(() => acs.call("POST", path, { fileId, ...POLICY }));
    while ((await upgrades()).length === 0);
    const deadlineMs = Date.now() + END_WAIT_MS;
    while ((await upgrades())[0]?.state === "running" && Date.now() < deadlineMs) {
      await bench.callIn();
      await delay(POLL_MS);
    }
    await acs.arm([]);
    await bench.switchOff(gateway);
    const effects = await devices.effects(gateway.number);
    return { died: acs.kills > before, upgrades: await upgrades(), effects };
  }

  it("it is done, has one backup, and the firmware was applied once", async function () {
    this.timeout(900_000);
    let deaths = 0;
    for (let commit = 1; commit <= COMMITS; commit += STEP) {
      for (const moment of ["before", "after"] as const) {
        const { died, upgrades, effects } = await upgraded({ commit, moment });
        const told = `${moment} commit ${commit}: ${JSON.stringify(upgrades)} ${JSON.stringify(effects)}`;
        expect(
          upgrades.map(({ state }) => state),
          told,
        ).to.deep.equal(["done"]);
        expect(
          effects.filter(({ effect }) => effect === "apply-firmware"),
          told,
        ).to.have.length(1);
        deaths += Number(died);
      }
    }
    console.log(`      ${deaths} deaths`);
    expect(deaths).to.be.at.least(COMMITS / STEP);
  });
});
