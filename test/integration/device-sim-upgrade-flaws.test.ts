/**
 * The six ways in which an upgrade of a simulated gateway goes wrong by its own doing.
 * Spec: TR-069 A.3.2.8, A.3.3.2, A.5.1; cwmp.md 7. Layer: integration.
 */
import { createHash } from "node:crypto";
import { expect } from "chai";
import { findBehaviour } from "../../device-sim/behaviours/find-behaviour.js";
import { makeFirmware } from "../../device-sim/device/firmware.js";
import { openGatewayBench } from "../support/gateway-bench.js";
import { INFORM_RESPONSE, openScriptedAcs, type ScriptedAcs } from "../support/scripted-acs.js";
import { openScriptedFileServer, type ScriptedFileServer } from "../support/scripted-file-server.js";
import { openScriptedRegistrar, type ScriptedRegistrar } from "../support/scripted-registrar.js";

const R = "InternetGatewayDevice.";
const STATUS = `${R}Services.VoiceService.1.VoiceProfile.1.Line.1.Status`;

describe("device-sim: upgrades that go wrong", () => {
  const bench = openGatewayBench();
  let acs: ScriptedAcs;
  let files: ScriptedFileServer;
  let registrar: ScriptedRegistrar;

  beforeEach(async () => {
    acs = await openScriptedAcs();
    files = await openScriptedFileServer();
    registrar = await openScriptedRegistrar();
  });
  afterEach(async () => {
    await bench.close();
    await Promise.all([acs.close(), files.close(), registrar.close()]);
  });

  /** A gateway with a registered line that is ordered new firmware in its first session. */
  async function upgraded(...names: readonly string[]) {
    const bytes = makeFirmware("4.0.0", 5_000);
    const headers = { "Repr-Digest": `sha-256=:${createHash("sha256").update(bytes).digest("base64")}:` };
    files.files.set("/fw", { kind: "file", bytes, headers });
    const file = { fileType: "1 Firmware Upgrade Image", url: `${files.url}/fw`, fileSizeBytes: bytes.length, targetFileName: "" };
    const rest = { username: "", password: "", delayS: 0, successUrl: "", failureUrl: "" };
    acs.script(INFORM_RESPONSE, { message: { kind: "Download", commandKey: "d1", ...file, ...rest } });
    const behaviours = names.flatMap((name) => findBehaviour(name) ?? []);
    expect(behaviours).to.have.length(names.length);
    const sip = { registrar: "127.0.0.1", registrarPort: registrar.port, domain: "voice.example", password: "sip" };
    const one = bench.add({ acsUrl: acs.url, behaviours, sip });
    await one.gateway.powerOn();
    await Promise.all([one.event("registered"), one.event("session-ended")]);
    return one;
  }
  const lastFault = () =>
    acs.posts.flatMap(({ envelope }) => (envelope?.message.kind === "TransferComplete" ? [envelope.message.fault.faultCode] : [])).at(-1);
  const version = ({ gateway }: Awaited<ReturnType<typeof upgraded>>) => gateway.read(`${R}DeviceInfo.SoftwareVersion`);
  const done = ({ effects }: Awaited<ReturnType<typeof upgraded>>) => effects.map(({ effect }) => effect);

  it("faithful, the line is Up again with the new version", async () => {
    const one = await upgraded();
    await one.event("registered", 2);
    expect([version(one), one.gateway.read(STATUS)]).to.deep.equal(["4.0.0", "Up"]);
  });

  it("damages-downloads: 9018, and nothing is applied", async () => {
    const one = await upgraded("damages-downloads");
    await one.event("session-ended", 2);
    expect([lastFault(), version(one), done(one)]).to.deep.equal([9018, "3.2.1", ["boot"]]);
  });

  it("file-out-of-reach: 9016, and the file server is not asked", async () => {
    const one = await upgraded("file-out-of-reach");
    await one.event("session-ended", 2);
    expect([lastFault(), version(one), files.requests]).to.deep.equal([9016, "3.2.1", []]);
  });

  it("loses-downloads: taken, and neither carried out nor told of, nor in the list of transfers", async () => {
    const one = await upgraded("loses-downloads");
    acs.script(INFORM_RESPONSE, { message: { kind: "GetAllQueuedTransfers" } });
    one.gateway.triggerPeriodic();
    await one.event("session-ended", 2);
    const told = acs.posts.at(-1)?.envelope?.message;
    expect([told, files.requests, done(one)]).to.deep.equal([{ kind: "GetAllQueuedTransfersResponse", transfers: [] }, [], ["boot"]]);
  });

  it("keeps-version: downloads, restarts, tells success, and runs what it ran", async () => {
    const one = await upgraded("keeps-version");
    await one.event("session-ended", 2);
    expect([lastFault(), version(one), done(one)]).to.deep.equal([0, "3.2.1", ["boot", "download", "reboot", "boot"]]);
  });

  it("line-stays-down: runs the new version, and registers no more; a restart with the old one did", async () => {
    const one = await upgraded("line-stays-down");
    await one.event("session-ended", 2);
    expect([lastFault(), version(one), one.gateway.read(STATUS)]).to.deep.equal([0, "4.0.0", "Error"]);
    expect(registrar.registers).to.have.length(1);
  });

  it("never-returns: applies the firmware, and is not heard again", async () => {
    const one = await upgraded("never-returns");
    await one.event("powered-off");
    expect(done(one)).to.deep.equal(["boot", "download", "apply-firmware", "reboot"]);
    expect(acs.informs()).to.have.length(1);
  });
});
