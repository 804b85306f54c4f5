/**
 * Upgrades of simulated gateways by a whole ACS: what the six failures of the fleet leave open.
 * Spec: docs/decisions/0026-upgrades-prove-themselves.md. Layer: integration.
 */
import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import { findBehaviour } from "../../device-sim/behaviours/find-behaviour.js";
import { makeFirmware } from "../../device-sim/device/firmware.js";
import { ACS_PASSWORD, type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";
import { openScriptedRegistrar, type ScriptedRegistrar } from "../support/scripted-registrar.js";
import { startTestAcs, type TestAcs } from "../support/test-acs.js";

const VERSION = "4.0.0";

describe("upgrades of simulated gateways", () => {
  const bench = openGatewayBench();
  let acs: TestAcs;
  let registrar: ScriptedRegistrar;
  let fileId: string;
  let numbers = 0;

  before(async () => {
    acs = await startTestAcs({ realTime: true, env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
    registrar = await openScriptedRegistrar();
    fileId = await addFile(VERSION);
  });
  after(async () => {
    await bench.close();
    await Promise.all([acs.close(), registrar.close()]);
  });

  async function addFile(version: string): Promise<string> {
    const query = new URLSearchParams({ name: `fw-${version}.bin`, fileType: "1 Firmware Upgrade Image", version });
    return (await acs.call("POST", `/api/files?${query}`, makeFirmware(version, 20_000))).body.id as string;
  }

  /** Registered with both sides, its first session over. */
  async function aGateway(...names: readonly string[]): Promise<BenchGateway> {
    const sip = { registrar: "127.0.0.1", registrarPort: registrar.port, domain: "voice.example", password: "sip" };
    const one = bench.add({
      ...{ acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`, number: numbers++, sip },
      behaviours: names.flatMap((name) => findBehaviour(name) ?? []),
    });
    const { oui, productClass, serialNumber } = one.gateway.instance;
    await acs.call("POST", "/api/devices", { oui, productClass, serialNumber, password: ACS_PASSWORD });
    await one.gateway.powerOn();
    await Promise.all([one.event("session-ended"), one.event("registered")]);
    return one;
  }

  /** Orders it, and has the gateway call in until it has ended. */
  async function upgraded({ gateway }: BenchGateway, more: object = {}) {
    const body = { fileId, retry: { attempts: 1 }, sipWithinS: 2, ...more };
    const ordered = await acs.call("POST", `/api/devices/${encodeURIComponent(gateway.deviceId)}/upgrades`, body);
    expect(ordered.status, JSON.stringify(ordered.body)).to.equal(202);
    return untilEnded(gateway, ordered.body.id as string);
  }
  async function untilEnded(gateway: BenchGateway["gateway"], id: string) {
    for (;;) {
      const { body } = await acs.call("GET", `/api/upgrades/${id}`);
      if (body.state !== "running") return body;
      gateway.triggerPeriodic();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const effectsOf = ({ effects }: BenchGateway) =>
    effects.flatMap(({ effect, ...more }) =>
      effect === "boot" || effect === "set" ? [] : ["fileType" in more ? `${effect} ${more.fileType}` : effect],
    );

  it("a gateway is upgraded after a backup of its configuration; a second order finds nothing to do", async () => {
    const one = await aGateway();
    const done = await upgraded(one, { backup: true });
    expect(done).to.include({ state: "done", versionBefore: "3.2.1", versionAfter: VERSION, restored: null });
    const kept = await acs.call("GET", `/api/devices/${encodeURIComponent(one.gateway.deviceId)}/files/${done.backupFileId}`);
    expect(kept.body).to.include({ fileType: "1 Vendor Configuration File" });
    const again = await upgraded(one);
    expect([again.state, again.detail]).to.deep.equal(["done", `already: the device runs version ${VERSION}`]);
    expect(effectsOf(one)).to.deep.equal([
      "upload 1 Vendor Configuration File",
      "download 1 Firmware Upgrade Image",
      "apply-firmware",
      "reboot",
    ]);
  });

  it("a gateway that loses its line gets its configuration back, and the failure stays", async () => {
    const one = await aGateway("line-stays-down");
    const failed = await upgraded(one, { backup: true, sipWithinS: 1 });
    expect(failed).to.include({ state: "failed", reason: "sip-not-back", phase: "restoring", restored: "done", versionAfter: VERSION });
    expect(effectsOf(one).at(-1)).to.equal("download 3 Vendor Configuration File");
  });

  it("a gateway whose clock is at the year 1 and that tells no TransferComplete is upgraded: its version tells", async () => {
    expect(await upgraded(await aGateway("clock-unknown", "no-transfer-complete"))).to.include({ state: "done", versionAfter: VERSION });
  });

  it("a file that is altered between the order and the call of the device is not sent", async () => {
    const one = await aGateway();
    const altered = await addFile("4.1.0");
    const path = `/api/devices/${encodeURIComponent(one.gateway.deviceId)}/upgrades`;
    const { id } = (await acs.call("POST", path, { fileId: altered })).body;
    await writeFile(acs.catalogue.path(altered), makeFirmware("6.6.6", 20_000));
    expect(await untilEnded(one.gateway, id)).to.include({ state: "failed", reason: "file-altered" });
    expect(effectsOf(one)).to.deep.equal([]);
  });

  it("a file that applies to other versions is not sent", async () => {
    const one = await aGateway();
    const query = new URLSearchParams({ name: "fw-5.bin", fileType: "1 Firmware Upgrade Image", version: "5.0.0", appliesTo: "4.*" });
    const { id } = (await acs.call("POST", `/api/files?${query}`, makeFirmware("5.0.0", 1_000))).body;
    expect(await upgraded(one, { fileId: id })).to.include({ state: "failed", reason: "not-applicable" });
    expect(effectsOf(one)).to.deep.equal([]);
  });

  it("an open firmware transfer of somebody else's ends an upgrade before anything is sent", async () => {
    const one = await aGateway("loses-downloads");
    const task = await acs.task(one.gateway.deviceId, { kind: "download", catalogueId: fileId });
    one.gateway.triggerPeriodic();
    await acs.untilTask(task, "awaiting-device");
    const failed = await upgraded(one);
    expect([failed.reason, failed.detail]).to.deep.equal(["transfer-open", `another firmware transfer has not ended: task ${task}`]);
  });

  it("a removed device ends its upgrade, whose record stays", async () => {
    const one = await aGateway();
    const path = `/api/devices/${encodeURIComponent(one.gateway.deviceId)}`;
    await one.gateway.powerOff();
    const { id } = (await acs.call("POST", `${path}/upgrades`, { fileId })).body;
    expect((await acs.call("DELETE", path)).status).to.equal(204);
    expect(await untilEnded(one.gateway, id)).to.include({ state: "failed", reason: "device-removed" });
  });
});
