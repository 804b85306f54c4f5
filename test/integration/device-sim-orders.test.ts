/**
 * What a simulated gateway does after the session in which it was asked: reset, call in later, send files, load units, report.
 * Spec: TR-069 A.3.2.8, A.3.3.3, A.4.1, A.4.2; 3.7.1.5.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";
import type { DuOperation } from "../../acs/cwmp/rpc/change-du-state.js";
import type { ScheduleDownload } from "../../acs/cwmp/rpc/schedule-download.js";
import type { Upload } from "../../acs/cwmp/rpc/upload.js";
import { makeFirmware } from "../../device-sim/device/firmware.js";
import { type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";
import { INFORM_RESPONSE, openScriptedAcs, type Reply, type ScriptedAcs } from "../support/scripted-acs.js";
import { openScriptedFileServer, type ScriptedFileServer } from "../support/scripted-file-server.js";

const R = "InternetGatewayDevice.";
const CONFIGURATION = "1 Vendor Configuration File";
const ask = (message: AcsMessage): Reply => ({ message });
const set = (name: string, type: string, text: string): Reply =>
  ask({ kind: "SetParameterValues", values: [{ name: R + name, type: `xsd:${type}`, text }], parameterKey: "k" });
const upload = (url: string, more: Partial<Upload> = {}): Reply =>
  ask({ kind: "Upload", commandKey: "u1", fileType: CONFIGURATION, url, username: "", password: "", delayS: 0, ...more });
const scheduleDownload = (url: string, windows: readonly (readonly [number, number])[], more: Partial<ScheduleDownload> = {}): Reply =>
  ask({
    ...{ kind: "ScheduleDownload", commandKey: "s1", fileType: "3 Vendor Configuration File", url, username: "", password: "" },
    ...{ fileSizeBytes: 0, targetFileName: "" },
    timeWindows: windows.map(([startS, endS]) => ({ startS, endS, mode: "1 At Any Time", userMessage: "", maxRetries: 0 })),
    ...more,
  });
const install = (url: string, uuid = ""): DuOperation => ({
  operation: "Install",
  url,
  uuid,
  username: "",
  password: "",
  executionEnvRef: "",
});
const eventsOf = (acs: ScriptedAcs) =>
  acs.informs().map(({ events }) => events.map(({ code, commandKey }) => (commandKey === "" ? code : `${code}=${commandKey}`)));
const said = <K extends DeviceMessage["kind"]>(acs: ScriptedAcs, kind: K) =>
  acs.posts.flatMap(({ envelope }) => (envelope?.message.kind === kind ? [envelope.message as Extract<DeviceMessage, { kind: K }>] : []));

describe("device-sim: orders that outlast the session", () => {
  const bench = openGatewayBench();
  let acs: ScriptedAcs;
  let files: ScriptedFileServer;
  beforeEach(async () => {
    acs = await openScriptedAcs();
    files = await openScriptedFileServer();
  });
  afterEach(async () => {
    await bench.close();
    await Promise.all([acs.close(), files.close()]);
  });
  /** Switches a gateway on that is asked this in its first session. */
  const asked = async (...replies: readonly Reply[]): Promise<BenchGateway> => {
    acs.script(INFORM_RESPONSE, ...replies);
    const device = bench.add({ acsUrl: acs.url });
    await device.gateway.powerOn();
    return device;
  };

  describe("TR-069 A.4.1.7: FactoryReset", () => {
    it("answers, ends the session, and comes back as new: 0 BOOTSTRAP and 1 BOOT, values and rows of the factory", async () => {
      const table = `${R}Services.VoiceService.1.VoiceProfile.1.Line.`;
      const { gateway, event, effects } = await asked(
        set("Time.NTPServer1", "string", "mine"),
        ask({ kind: "AddObject", objectName: table, parameterKey: "x" }),
        ask({ kind: "SetParameterAttributes", parameters: [{ name: `${R}Time.NTPServer1`, notification: 2 }] }),
        ask({ kind: "ScheduleInform", delayS: 3_600, commandKey: "never" }),
        ask({ kind: "FactoryReset" }),
        ask({ kind: "GetParameterValues", names: [`${R}Time.NTPServer1`] }),
      );
      await event("session-ended", 2);
      expect(said(acs, "FactoryResetResponse")).to.have.length(1);
      expect(said(acs, "GetParameterValuesResponse")[0]?.values[0]?.text, "not yet within the session").to.equal("mine");
      expect(eventsOf(acs)[1]).to.deep.equal(["0 BOOTSTRAP", "1 BOOT"]);
      expect(gateway.read(`${R}Time.NTPServer1`)).to.equal("pool.ntp.example");
      expect(gateway.read(`${table}2.Enable`)).to.equal(undefined);
      expect(gateway.read(`${R}ManagementServer.ParameterKey`)).to.equal("");
      gateway.changeLocally(`${R}Time.NTPServer1`, "not notified any more");
      expect(effects.map(({ effect }) => effect).slice(-3)).to.deep.equal(["factory-reset", "reboot", "boot"]);
    });
    it("keeps the firmware, and forgets an M Reboot of the same session", async () => {
      const { gateway, event } = await asked();
      await event("session-ended");
      gateway.upgradeLocally("4.0.0");
      await event("session-ended", 2);
      acs.script(INFORM_RESPONSE, ask({ kind: "Reboot", commandKey: "r" }), ask({ kind: "FactoryReset" }));
      gateway.triggerPeriodic();
      await event("session-ended", 4);
      expect(eventsOf(acs)[3]).to.deep.equal(["0 BOOTSTRAP", "1 BOOT"]);
      expect(gateway.read(`${R}DeviceInfo.SoftwareVersion`)).to.equal("4.0.0");
    });
  });

  describe("TR-069 A.4.1.6: ScheduleInform", () => {
    it("calls in after the delay with 3 SCHEDULED and an M ScheduleInform for each key", async () => {
      const { event } = await asked(
        ask({ kind: "ScheduleInform", delayS: 1, commandKey: "a" }),
        ask({ kind: "ScheduleInform", delayS: 1, commandKey: "b" }),
      );
      await event("session-ended", 2);
      expect(eventsOf(acs)[1]).to.include.members(["3 SCHEDULED", "M ScheduleInform=a"]);
      // Due a moment later, so perhaps in a session of its own.
      await acs.post(({ envelope }) => envelope?.message.kind === "Inform" && eventsOf(acs).flat().includes("M ScheduleInform=b"));
    });
    it("no delay is 9003", async () => {
      const { event } = await asked(ask({ kind: "ScheduleInform", delayS: 0, commandKey: "a" }));
      await event("session-ended");
      expect(said(acs, "Fault")[0]).to.include({ faultCode: 9003 });
    });
    it("outlives the process: what came due meanwhile is told at the next start", async () => {
      const folder = mkdtempSync(join(tmpdir(), "device-sim-"));
      const memoryFile = join(folder, "device.json");
      acs.script(INFORM_RESPONSE, ask({ kind: "ScheduleInform", delayS: 1, commandKey: "a" }));
      const first = bench.add({ acsUrl: acs.url, memoryFile });
      await first.gateway.powerOn();
      await first.event("session-ended");
      await first.gateway.powerOff();
      await new Promise((resolve) => setTimeout(resolve, 1_010));
      const second = bench.add({ acsUrl: acs.url, memoryFile });
      await second.gateway.powerOn();
      await acs.post(
        ({ envelope }) => envelope?.message.kind === "Inform" && envelope.message.events.some(({ code }) => code === "3 SCHEDULED"),
      );
      await bench.close();
      rmSync(folder, { recursive: true });
    });
  });

  describe("TR-069 A.4.1.5: Upload", () => {
    it("puts the configuration, without its secrets, and tells 7 TRANSFER COMPLETE and M Upload", async () => {
      const { event, effects } = await asked(upload(`${files.url}/cfg`));
      await event("session-ended", 2);
      expect(said(acs, "UploadResponse")[0]).to.include({ status: 1, startTime: "0001-01-01T00:00:00Z" });
      expect(eventsOf(acs)[1]).to.have.members(["7 TRANSFER COMPLETE", "M Upload=u1"]);
      expect(said(acs, "TransferComplete")[0]).to.deep.include({ commandKey: "u1", fault: { faultCode: 0, faultString: "" } });
      const content = files.uploads.get("/cfg") ?? Buffer.alloc(0);
      expect(content.toString())
        .to.contain(`${R}Time.NTPServer1="pool.ntp.example"\n`)
        .and.not.match(/Password|acs-password/);
      expect(effects.at(-1)).to.include({
        ...{ effect: "upload", commandKey: "u1", fileType: CONFIGURATION, bytes: content.length },
        sha256: createHash("sha256").update(content).digest("hex"),
      });
    });
    it("puts the log", async () => {
      const { event } = await asked(upload(`${files.url}/log`, { fileType: "4 Vendor Log File 1" }));
      await event("session-ended", 2);
      expect(files.uploads.get("/log")?.toString()).to.match(/ boot\n/);
    });
    for (const scheme of ["Basic", "Digest"] as const) {
      it(`proves itself with ${scheme} and the credentials of the RPC`, async () => {
        const guarded = await openScriptedFileServer({ scheme, username: "up", password: "load" });
        const { event } = await asked(upload(`${guarded.url}/cfg`, { username: "up", password: "load" }));
        await event("session-ended", 2);
        expect(guarded.uploads.get("/cfg")).to.have.length.above(1_000);
        expect(guarded.requests).to.deep.equal(["PUT /cfg", `PUT /cfg ${scheme}`]);
        await guarded.close();
      });
    }
    it("wrong credentials are 9012, a refusal 9011, nobody there 9015", async () => {
      const guarded = await openScriptedFileServer({ scheme: "Digest", username: "up", password: "load" });
      files.files.set("/full", { kind: "status", status: 507 });
      const gone = await openScriptedFileServer();
      await gone.close();
      const { event } = await asked(
        upload(`${guarded.url}/cfg`, { commandKey: "a", username: "up", password: "wrong" }),
        upload(`${files.url}/full`, { commandKey: "b" }),
        upload(`${gone.url}/cfg`, { commandKey: "c" }),
      );
      await event("upload-failed", 3);
      await acs.post(({ envelope }) => envelope?.message.kind === "TransferComplete" && envelope.message.commandKey === "c");
      const codes = said(acs, "TransferComplete").map(({ commandKey, fault }) => [commandKey, fault.faultCode]);
      expect(new Map(codes as [string, number][])).to.deep.equal(
        new Map([
          ["a", 9012],
          ["b", 9011],
          ["c", 9015],
        ]),
      );
      await guarded.close();
    });
    it("a protocol that is not HTTP is 9013 at once, another file type 9003", async () => {
      const { event } = await asked(upload("ftp://files.example/x"), upload(`${files.url}/x`, { fileType: "9 Anything" }));
      await event("session-ended");
      expect(said(acs, "Fault").map(({ faultCode }) => faultCode)).to.deep.equal([9013, 9003]);
    });
  });

  describe("TR-069 A.4.1.8, A.4.1.9: ScheduleDownload, GetQueuedTransfers and CancelTransfer", () => {
    it("fetches within its window and tells M ScheduleDownload", async () => {
      files.files.set("/cfg", { kind: "file", bytes: Buffer.from("config") });
      const { event } = await asked(scheduleDownload(`${files.url}/cfg`, [[0, 60]]));
      await event("session-ended", 2);
      expect(said(acs, "ScheduleDownloadResponse")).to.have.length(1);
      expect(eventsOf(acs)[1]).to.have.members(["7 TRANSFER COMPLETE", "M ScheduleDownload=s1"]);
    });
    it("what the window cuts off is 9020", async () => {
      files.files.set("/slow", { kind: "stall", bytes: Buffer.alloc(100) });
      const { event } = await asked(scheduleDownload(`${files.url}/slow`, [[0, 1]]));
      await event("session-ended", 2);
      expect(said(acs, "TransferComplete")[0]?.fault.faultCode).to.equal(9020);
    });
    it("tells what is queued; what waits can be cancelled and is told of no more; an unknown key is no fault", async () => {
      const { event, effects } = await asked(
        scheduleDownload(`${files.url}/cfg`, [[3_600, 7_200]]),
        ask({ kind: "GetQueuedTransfers" }),
        ask({ kind: "CancelTransfer", commandKey: "s1" }),
        ask({ kind: "CancelTransfer", commandKey: "unknown" }),
        ask({ kind: "GetAllQueuedTransfers" }),
      );
      await event("session-ended");
      expect(said(acs, "GetQueuedTransfersResponse")[0]?.transfers).to.deep.equal([{ commandKey: "s1", state: 1 }]);
      expect(said(acs, "CancelTransferResponse")).to.have.length(2);
      expect(said(acs, "GetAllQueuedTransfersResponse")[0]?.transfers).to.deep.equal([]);
      expect(effects.at(-1)).to.include({ effect: "cancel-transfer", commandKey: "s1", count: 1 });
    });
    it("what runs already can't be cancelled: 9021", async () => {
      files.files.set("/slow", { kind: "stall", bytes: Buffer.from(makeFirmware("9.9.9", 4_000_000)) });
      const { gateway, event } = await asked(scheduleDownload(`${files.url}/slow`, [[0, 60]]));
      await event("downloading");
      acs.script(INFORM_RESPONSE, ask({ kind: "CancelTransfer", commandKey: "s1" }));
      gateway.triggerPeriodic();
      await event("session-ended", 2);
      expect(said(acs, "Fault")[0]).to.include({ faultCode: 9021 });
    });
  });

  describe("TR-069 A.3.3.3, A.4.2: what the device reports of its own accord", () => {
    it("a local upgrade: 1 BOOT, 4 VALUE CHANGE, 10 AUTONOMOUS TRANSFER COMPLETE, told until it is answered", async () => {
      const { gateway, event } = await asked({ status: 204 }, INFORM_RESPONSE, { status: 500 });
      await event("session-ended");
      gateway.upgradeLocally("4.0.0");
      await event("session-ended", 3);
      expect(eventsOf(acs)[1]).to.have.members(["1 BOOT", "4 VALUE CHANGE", "10 AUTONOMOUS TRANSFER COMPLETE"]);
      expect(eventsOf(acs)[2]).to.deep.equal(["10 AUTONOMOUS TRANSFER COMPLETE"]);
      expect(said(acs, "AutonomousTransferComplete")).to.have.length(2);
      expect(said(acs, "AutonomousTransferComplete")[1]).to.deep.include({
        ...{ isDownload: true, fileType: "1 Firmware Upgrade Image", fault: { faultCode: 0, faultString: "" } },
      });
      gateway.triggerPeriodic();
      await event("session-ended", 4);
      expect(eventsOf(acs)[3]).to.deep.equal(["2 PERIODIC"]);
    });
    it("RequestDownload with 9 REQUEST DOWNLOAD, Kicked with 5 KICKED, both in one session", async () => {
      const { gateway, event } = await asked();
      await event("session-ended");
      gateway.requestDownload("1 Firmware Upgrade Image", [{ name: "Version", value: "4" }]);
      gateway.kick({ command: "c", referer: "r", arg: "a", next: "n" });
      await event("session-ended", 2);
      expect(eventsOf(acs)[1]).to.have.members(["9 REQUEST DOWNLOAD", "5 KICKED"]);
      expect(said(acs, "RequestDownload")[0]?.fileTypeArgs).to.deep.equal([{ name: "Version", value: "4" }]);
      expect(said(acs, "Kicked")[0]).to.deep.equal({ kind: "Kicked", command: "c", referer: "r", arg: "a", next: "n" });
    });
    it("GetOptions and SetVouchers are methods that it does not have: 9000", async () => {
      const { event } = await asked(ask({ kind: "GetOptions", optionName: "" }), ask({ kind: "SetVouchers", vouchers: ["AA=="] }));
      await event("session-ended");
      expect(said(acs, "Fault").map(({ faultCode }) => faultCode)).to.deep.equal([9000, 9000]);
    });
  });

  describe("TR-069 A.4.1.10, A.4.2.2: ChangeDUState", () => {
    const UUID = "0a1b2c3d-0000-4000-8000-00000000000a";
    const change = (...operations: readonly DuOperation[]): Reply => ask({ kind: "ChangeDUState", operations, commandKey: "c1" });
    const unit = (name: string, version: string) =>
      ({ kind: "file", bytes: Buffer.from(`REVEILLE-UNIT ${name} ${version}\n...`) }) as const;
    const results = (nth: number) => said(acs, "DUStateChangeComplete")[nth]?.results ?? [];

    it("answers at once, then tells a result for each operation with 11 and M ChangeDUState", async () => {
      files.files.set("/a", unit("app", "1.0"));
      const { gateway, event, effects } = await asked(
        change(install(`${files.url}/a`, UUID), install(`${files.url}/a`, "no uuid"), install(`${files.url}/gone`), install("ftp://x/y")),
      );
      await event("session-ended", 2);
      expect(eventsOf(acs)[1]).to.have.members(["11 DU STATE CHANGE COMPLETE", "M ChangeDUState=c1"]);
      expect(results(0).map(({ fault, currentState }) => [fault.faultCode, currentState])).to.deep.equal([
        [0, "Installed"],
        [9022, "Failed"],
        [9016, "Failed"],
        [9013, "Failed"],
      ]);
      expect(results(0)[0]).to.include({ uuid: UUID, version: "1.0", deploymentUnitRef: `${R}SoftwareModules.DeploymentUnit.1` });
      expect(gateway.read(`${R}SoftwareModules.DeploymentUnit.1.Version`)).to.equal("1.0");
      expect(gateway.read(`${R}SoftwareModules.DeploymentUnitNumberOfEntries`)).to.equal("1");
      expect(effects.at(-1)).to.include({ effect: "change-unit", operation: "Install", uuid: UUID, version: "1.0" });
    });
    it("updates and uninstalls what is there: 9026 twice the same, 9032 the version it has, 9028 unknown", async () => {
      files.files.set("/a", unit("app", "1.0"));
      files.files.set("/b", unit("app", "2.0"));
      const update = (url: string): DuOperation => ({ operation: "Update", uuid: UUID, version: "", url, username: "", password: "" });
      const uninstall: DuOperation = { operation: "Uninstall", uuid: UUID, version: "", executionEnvRef: "" };
      const { gateway, event } = await asked(
        change(
          ...[install(`${files.url}/a`, UUID), install(`${files.url}/a`, UUID), update(`${files.url}/b`), update("")],
          ...[uninstall, uninstall],
        ),
      );
      await event("session-ended", 2);
      expect(results(0).map(({ fault, version, currentState }) => [fault.faultCode, version, currentState])).to.deep.equal([
        [0, "1.0", "Installed"],
        [9026, "", "Failed"],
        [0, "2.0", "Installed"],
        [9032, "", "Failed"],
        [0, "2.0", "Uninstalled"],
        [9028, "", "Failed"],
      ]);
      expect(gateway.read(`${R}SoftwareModules.DeploymentUnitNumberOfEntries`)).to.equal("0");
    });
    it("a unit without UUID gets the same one each time", async () => {
      files.files.set("/a", unit("app", "1.0"));
      const { event } = await asked(change(install(`${files.url}/a`), install(`${files.url}/a`)));
      await event("session-ended", 2);
      expect(results(0)[0]?.uuid).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(results(0)[1]?.fault.faultCode).to.equal(9026);
    });
  });
});
