/**
 * File transfers of a simulated gateway: real downloads, new firmware, and each way to fail.
 * Spec: TR-069 A.3.2.8, A.3.3.2, A.4.1.8, A.5.1.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Download } from "../../acs/cwmp/rpc/download.js";
import type { TransferComplete } from "../../acs/cwmp/rpc/transfer-complete.js";
import { makeFirmware } from "../../device-sim/device/firmware.js";
import { openEffectsLog } from "../../device-sim/effects-log.js";
import { openGatewayBench } from "../support/gateway-bench.js";
import { INFORM_RESPONSE, openScriptedAcs, type Reply, type ScriptedAcs } from "../support/scripted-acs.js";
import { openScriptedFileServer, type ScriptedFileServer } from "../support/scripted-file-server.js";

const R = "InternetGatewayDevice.";
const FIRMWARE = "1 Firmware Upgrade Image";
const UNKNOWN_TIME = "0001-01-01T00:00:00Z";
const download = (url: string, more: Partial<Download> = {}): Reply => ({
  message: {
    ...{ kind: "Download", commandKey: "d1", fileType: FIRMWARE, url, username: "", password: "", fileSizeBytes: 0 },
    ...{ targetFileName: "", delayS: 0, successUrl: "", failureUrl: "" },
    ...more,
  },
});
const digestOf = (bytes: Uint8Array | string) => ({
  "Repr-Digest": `sha-512=:AA==:, sha-256=:${createHash("sha256").update(bytes).digest("base64")}:`,
});
const completes = (acs: ScriptedAcs): readonly TransferComplete[] =>
  acs.posts.flatMap(({ envelope }) => (envelope?.message.kind === "TransferComplete" ? [envelope.message] : []));
const eventsOf = (acs: ScriptedAcs) =>
  acs.informs().map(({ events }) => events.map(({ code, commandKey }) => (commandKey === "" ? code : `${code}=${commandKey}`)));

describe("device-sim: file transfers", () => {
  const bench = openGatewayBench();
  const closing: { close(): Promise<void> }[] = [];
  let acs: ScriptedAcs;
  let files: ScriptedFileServer;

  const openFiles = async (...login: Parameters<typeof openScriptedFileServer>): Promise<ScriptedFileServer> => {
    const server = await openScriptedFileServer(...login);
    closing.push(server);
    return server;
  };
  beforeEach(async () => {
    acs = await openScriptedAcs();
    files = await openFiles();
    closing.push(acs);
  });
  afterEach(async () => {
    await bench.close();
    await Promise.all(closing.splice(0).map((server) => server.close()));
  });

  it("new firmware: download, restart, then 1 BOOT, 4 VALUE CHANGE, 7 TRANSFER COMPLETE and M Download with the new version", async () => {
    const image = makeFirmware("4.0.0", 300_000);
    files.files.set("/fw", { kind: "file", bytes: image });
    acs.script(INFORM_RESPONSE, download(`${files.url}/fw`, { fileSizeBytes: image.length }));
    const { gateway, event, effects } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("session-ended", 2);
    expect(acs.said()).to.deep.equal(["Inform", "empty", "DownloadResponse", "Inform", "TransferComplete", "empty"]);
    const response = acs.posts[2]?.envelope?.message;
    expect(response).to.deep.equal({ kind: "DownloadResponse", status: 1, startTime: UNKNOWN_TIME, completeTime: UNKNOWN_TIME });
    expect(eventsOf(acs)[1]).to.have.members(["1 BOOT", "4 VALUE CHANGE", "7 TRANSFER COMPLETE", "M Download=d1"]);
    expect(acs.informs()[1]?.parameters.find(({ name }) => name.endsWith("SoftwareVersion"))?.text).to.equal("4.0.0");
    const [complete] = completes(acs);
    expect(complete).to.deep.include({ commandKey: "d1", fault: { faultCode: 0, faultString: "" } });
    expect(Date.parse(complete?.startTime ?? "")).to.be.at.most(Date.parse(complete?.completeTime ?? ""));
    expect(effects.map(({ effect }) => effect)).to.deep.equal(["boot", "download", "apply-firmware", "reboot", "boot"]);
    expect(effects[1]).to.include({ bytes: 300_000, sha256: createHash("sha256").update(image).digest("hex"), commandKey: "d1" });
    expect(effects[2]).to.include({ version: "4.0.0" });
  });

  it("once confirmed it is told no more", async () => {
    files.files.set("/fw", { kind: "file", bytes: makeFirmware("4.0.0", 100) });
    acs.script(INFORM_RESPONSE, download(`${files.url}/fw`));
    const { gateway, event } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("session-ended", 2);
    gateway.triggerPeriodic();
    await event("session-ended", 3);
    expect(eventsOf(acs)[2]).to.deep.equal(["2 PERIODIC"]);
    expect(completes(acs)).to.have.length(1);
  });

  it("until TransferCompleteResponse it is told again, over failed sessions and power cuts", async () => {
    files.files.set("/fw", { kind: "file", bytes: makeFirmware("4.0.0", 100) });
    acs.script(INFORM_RESPONSE, download(`${files.url}/fw`), { status: 204 }, INFORM_RESPONSE, { status: 500 });
    const { gateway, event } = bench.add({ acsUrl: acs.url, retryTimeScale: 1 });
    await gateway.powerOn();
    await event("session-ended", 2);
    await gateway.powerOff();
    await gateway.powerOn();
    await event("session-ended", 3);
    expect(eventsOf(acs)[2]).to.have.members(["1 BOOT", "7 TRANSFER COMPLETE", "M Download=d1"]);
    expect(completes(acs)).to.have.length(2);
  });

  it("two transfers: one 7 TRANSFER COMPLETE, two M Download, a TransferComplete each", async () => {
    files.files.set("/a", { kind: "file", bytes: Buffer.from("config a") });
    files.files.set("/b", { kind: "file", bytes: Buffer.from("config b") });
    const config = { fileType: "3 Vendor Configuration File" };
    acs.script(
      INFORM_RESPONSE,
      download(`${files.url}/a`, { ...config, commandKey: "a" }),
      download(`${files.url}/b`, { ...config, commandKey: "b", delayS: 1 }),
      { message: { kind: "GetAllQueuedTransfers" } },
    );
    const { gateway, event } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("session-ended", 3);
    const queued = acs.posts.find(({ envelope }) => envelope?.message.kind === "GetAllQueuedTransfersResponse")?.envelope?.message;
    expect(queued).to.deep.include({
      transfers: ["a", "b"].map((commandKey) => ({
        commandKey,
        state: 1,
        isDownload: true,
        fileSizeBytes: 0,
        targetFileName: "",
        ...config,
      })),
    });
    expect(eventsOf(acs).slice(1)).to.deep.equal([
      ["7 TRANSFER COMPLETE", "M Download=a"],
      ["7 TRANSFER COMPLETE", "M Download=b"],
    ]);
    expect(completes(acs).map(({ commandKey }) => commandKey)).to.deep.equal(["a", "b"]);
    expect(gateway.read(`${R}DeviceInfo.SoftwareVersion`), "no firmware, no restart").to.equal("3.2.1");
  });

  for (const scheme of ["Basic", "Digest"] as const) {
    it(`proves itself to the file server by ${scheme}`, async () => {
      const guarded = await openFiles({ scheme, username: "u", password: "p" });
      guarded.files.set("/fw", { kind: "file", bytes: makeFirmware("4.0.0", 100) });
      acs.script(INFORM_RESPONSE, download(`${guarded.url}/fw`, { username: "u", password: "p" }));
      const { gateway, event } = bench.add({ acsUrl: acs.url });
      await gateway.powerOn();
      await event("firmware-applied");
      expect(guarded.requests).to.deep.equal(["GET /fw", `GET /fw ${scheme}`]);
    });
  }

  it("follows a redirection to the file", async () => {
    files.files.set("/old", { kind: "status", status: 302, headers: { Location: "/new" } });
    files.files.set("/new", { kind: "file", bytes: makeFirmware("4.0.0", 100) });
    acs.script(INFORM_RESPONSE, download(`${files.url}/old`));
    const { gateway, event } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("firmware-applied");
    expect(files.requests).to.deep.equal(["GET /old", "GET /new"]);
  });

  describe("failures are told by TransferComplete, and nothing is applied", () => {
    const image = makeFirmware("4.0.0", 2_000);
    const closed = "http://127.0.0.1:9/fw";
    const cases: readonly (readonly [string, number, Parameters<ScriptedFileServer["files"]["set"]>[1] | undefined, Partial<Download>])[] =
      [
        ["no such file", 9016, undefined, {}],
        ["a server error", 9016, { kind: "status", status: 500 }, {}],
        [
          "credentials wanted and none given",
          9012,
          { kind: "status", status: 401, headers: { "WWW-Authenticate": 'Basic realm="x"' } },
          {},
        ],
        [
          "credentials refused",
          9012,
          { kind: "status", status: 401, headers: { "WWW-Authenticate": 'Basic realm="x"' } },
          { username: "u", password: "x" },
        ],
        ["forbidden", 9012, { kind: "status", status: 403 }, {}],
        ["cut off in the middle", 9017, { kind: "cut", bytes: image }, {}],
        ["stalled in the middle", 9017, { kind: "stall", bytes: image }, {}],
        ["shorter than told", 9017, { kind: "file", bytes: image }, { fileSizeBytes: 2_001 }],
        ["longer than told", 9018, { kind: "file", bytes: image }, { fileSizeBytes: 1_999 }],
        ["other bytes than the server's Repr-Digest tells", 9018, { kind: "file", bytes: image, headers: digestOf("another file") }, {}],
        ["no firmware of this device", 9018, { kind: "file", bytes: Buffer.from("REVEILLE-FIRMWARE") }, {}],
        ["nobody listens", 9015, undefined, { url: closed }],
      ];
    for (const [what, faultCode, answer, more] of cases) {
      it(`${what}: ${faultCode}`, async () => {
        if (answer !== undefined) files.files.set("/fw", answer);
        acs.script(INFORM_RESPONSE, download(`${files.url}/fw`, more));
        const { gateway, event, effects } = bench.add({ acsUrl: acs.url, answerTimeoutMs: 100 });
        await gateway.powerOn();
        await event("session-ended", 2);
        expect(eventsOf(acs)[1]).to.deep.equal(["7 TRANSFER COMPLETE", "M Download=d1"]);
        const [complete] = completes(acs);
        expect(complete).to.include({ commandKey: "d1", completeTime: UNKNOWN_TIME });
        expect(complete?.fault.faultCode).to.equal(faultCode);
        expect(effects.map(({ effect }) => effect)).to.deep.equal(["boot"]);
        expect(gateway.read(`${R}DeviceInfo.SoftwareVersion`)).to.equal("3.2.1");
      });
    }
  });

  for (const [what, faultCode, more] of [
    ["a protocol that is not HTTP", 9013, { url: "ftp://127.0.0.1/fw" }],
    ["a URL with credentials in it", 9003, { url: "http://u:p@127.0.0.1/fw" }],
    ["no URL", 9003, { url: "" }],
    ["an unknown file type", 9003, { fileType: "9 Something" }],
    ["a file that is too large", 9004, { fileSizeBytes: 300_000_000 }],
  ] as const) {
    it(`${what} is refused at once with ${faultCode}, and nothing is owed`, async () => {
      acs.script(INFORM_RESPONSE, download(`${files.url}/fw`, more), { message: { kind: "GetAllQueuedTransfers" } });
      const { gateway, event } = bench.add({ acsUrl: acs.url });
      await gateway.powerOn();
      await event("session-ended");
      expect(acs.posts[2]?.envelope?.message).to.include({ kind: "Fault", faultCode });
      expect(acs.posts[3]?.envelope?.message).to.deep.equal({ kind: "GetAllQueuedTransfersResponse", transfers: [] });
    });
  }

  it("firmware that comes in while a Reboot waits for the session's end: one restart, and both are told", async () => {
    const rebootAccepted = acs.post(({ envelope }) => envelope?.message.kind === "RebootResponse");
    const server = createServer((_request, response) => void rebootAccepted.then(() => response.end(makeFirmware("4.0.0", 100))));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
    const { gateway, event, effects } = bench.add({ acsUrl: acs.url });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fw`;
    acs.script(INFORM_RESPONSE, download(url), { status: 204 });
    acs.script(INFORM_RESPONSE, { message: { kind: "Reboot", commandKey: "r1" } }, { status: 204, after: event("downloading") });
    await gateway.powerOn();
    await event("session-ended");
    gateway.triggerPeriodic();
    await event("session-ended", 3);
    expect(effects.map(({ effect }) => effect)).to.deep.equal(["boot", "download", "apply-firmware", "reboot", "boot"]);
    expect(effects[3]).to.include({ commandKey: "r1" });
    expect(eventsOf(acs)[2]).to.include.members(["1 BOOT", "M Reboot=r1", "M Download=d1"]);
    expect(completes(acs)).to.have.length(1);
  });

  it("a power cut amid a download starts it again, and it is applied once", async () => {
    files.files.set("/fw", { kind: "stall", bytes: makeFirmware("4.0.0", 4_000_000) });
    acs.script(INFORM_RESPONSE, download(`${files.url}/fw`));
    const { gateway, event, effects } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("downloading");
    await gateway.powerOff();
    files.files.set("/fw", { kind: "file", bytes: makeFirmware("4.0.0", 100) });
    await gateway.powerOn();
    await event("firmware-applied");
    await event("session-ended", 3);
    expect(effects.filter(({ effect }) => effect === "apply-firmware")).to.have.length(1);
    expect(completes(acs)).to.have.length(1);
  });

  describe("nonvolatile memory and effects log", () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "device-sim-"));
    });
    afterEach(async () => {
      await bench.close(); // gateways write until they are off
      rmSync(folder, { recursive: true });
    });

    it("another process that opens the same memory goes on where the first one stopped", async () => {
      const memoryFile = join(folder, "device.json");
      files.files.set("/fw", { kind: "file", bytes: makeFirmware("4.0.0", 100) });
      acs.script(INFORM_RESPONSE, download(`${files.url}/fw`), { status: 204 }, INFORM_RESPONSE, { status: 500 });
      const first = bench.add({ acsUrl: acs.url, memoryFile, retryTimeScale: 1 });
      await first.gateway.powerOn();
      await first.event("session-ended", 2);
      await first.gateway.powerOff();
      const second = bench.add({ acsUrl: acs.url, memoryFile });
      expect(second.gateway.read(`${R}DeviceInfo.SoftwareVersion`)).to.equal("4.0.0");
      await second.gateway.powerOn();
      await second.event("session-ended");
      expect(eventsOf(acs)[2]).to.have.members(["1 BOOT", "7 TRANSFER COMPLETE", "M Download=d1"]);
    });

    it("each effect is a line of its own, there as soon as it has happened", async () => {
      const path = join(folder, "effects.jsonl");
      const log = openEffectsLog(path);
      acs.script(INFORM_RESPONSE, {
        message: { kind: "SetParameterValues", values: [{ name: `${R}Time.Enable`, type: "xsd:boolean", text: "0" }], parameterKey: "k" },
      });
      const { gateway, event } = bench.add({ acsUrl: acs.url, effects: log });
      await gateway.powerOn();
      await event("session-ended");
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      expect(lines.map((line) => JSON.parse(line))).to.deep.include.members([
        { ...JSON.parse(lines[1] ?? ""), effect: "set", device: gateway.deviceId, parameterKey: "k", names: [`${R}Time.Enable`] },
      ]);
      log.close();
    });
  });
});
