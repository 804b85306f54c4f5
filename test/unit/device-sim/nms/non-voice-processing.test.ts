/**
 * The gateway's non-voice processing module: what it does, and what it remembers of it over a loss of power.
 * Spec: US 2012/0089717 A1 [0057], [0081], [0115], [0139]. Layer: test.
 */
import { expect } from "chai";
import type { NonVoiceAction } from "../../../../acs/nms/non-voice-response.js";
import { type DownloadedFile, TransferFailure } from "../../../../device-sim/cpe/download-file.js";
import { type Device, setting } from "../../../../device-sim/device/device.js";
import { makeFirmware } from "../../../../device-sim/device/firmware.js";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import { openDeviceBox } from "../../../../device-sim/device-box.js";
import type { Effect } from "../../../../device-sim/effects-log.js";
import { NonVoiceProcessing } from "../../../../device-sim/nms/non-voice-processing.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

const MODEL = indexModel(tr098VoiceGateway);
const NTP = "InternetGatewayDevice.Time.NTPServer1";
const IMAGE: DownloadedFile = { bytes: 100, sha256: "a".repeat(64), start: makeFirmware("9.1", 100) };
const file = { kind: "upgrade", fileType: "version", fileName: "h260ver", downloadMethod: "http" } as const;
const noPlace = { downloadPath: null, fileSize: null, checksum: null };
const upgrade = (more: object = {}): NonVoiceAction => ({ ...file, ...noPlace, downloadPath: "http://files.example/h260ver", ...more });

function openModule(download: (url: string) => Promise<DownloadedFile> = async () => IMAGE, memoryFile?: string) {
  const box = openDeviceBox(MODEL, new Map(), memoryFile);
  const effects: Effect[] = [];
  const restarts: string[] = [];
  const power = new AbortController();
  const processing = new NonVoiceProcessing({
    ...{ box, nowMs: () => 0, carryOut: () => undefined },
    download: ({ url }) => download(url),
    agreedPlace: (fileName) => (fileName === "h260ver" ? "http://agreed.example/h260ver" : undefined),
    log: (effect) => effects.push(effect),
    restart: (actionId) => restarts.push(actionId),
    onOutcome: () => undefined,
  });
  const run = (action: NonVoiceAction, actionId = "a1") =>
    processing.process({ kind: "non-voice-processing", actionId, action }, power.signal);
  const lastAction = (): Device["lastAction"] => box.get().lastAction;
  return { box, effects, restarts, processing, power, run, lastAction };
}

describe("the non-voice processing module of a simulated gateway", () => {
  it("[0115] reboots; that it did is a success after the restart, not before", async () => {
    const { run, restarts, lastAction, processing } = openModule();
    await run({ kind: "reboot" });
    expect(restarts).to.deep.equal(["a1"]);
    expect(lastAction()).to.include({ id: "a1", action: "reboot", result: "pending" });
    processing.powerOn();
    expect(lastAction()).to.include({ id: "a1", result: "success" });
  });

  it("remembers it in the nonvolatile memory, as pending before it acts", async () => {
    const folder = await temporaryFolder();
    const { run, lastAction } = openModule(undefined, folder.file("memory.json"));
    await run({ kind: "reboot" });
    expect(openDeviceBox(MODEL, new Map(), folder.file("memory.json")).get().lastAction).to.deep.equal(lastAction());
    expect(lastAction()?.result).to.equal("pending");
    await folder.remove();
  });

  it("does not do again what it has done, by its id; without ids it can't know", async () => {
    const { run, restarts } = openModule();
    for (const actionId of ["a1", "a1", "", ""]) await run({ kind: "reboot" }, actionId);
    expect(restarts).to.deep.equal(["a1", "", ""]);
  });

  it("what the loss of power cut short is told as a failure", async () => {
    const { run, lastAction, power, processing } = openModule(() => {
      power.abort();
      throw new TransferFailure(9017, "cut off");
    });
    await run(upgrade());
    expect(lastAction()).to.include({ action: "version", result: "pending" });
    processing.powerOn();
    expect(lastAction()).to.include({ result: "failure", detail: "the power was lost before it was done" });
  });

  it("[0052] sets all parameters or none", async () => {
    const { run, box, lastAction } = openModule();
    const before = setting(box.get(), "Time.NTPServer1");
    const bad = { name: "InternetGatewayDevice.NoSuch", value: "1" };
    await run({ kind: "parameters", parameters: [{ name: NTP, value: "ntp.example" }, bad] });
    expect(lastAction()?.detail).to.contain("InternetGatewayDevice.NoSuch");
    expect(setting(box.get(), "Time.NTPServer1")).to.equal(before);
    await run({ kind: "parameters", parameters: [{ name: NTP, value: "ntp.example" }] }, "a2");
    expect(lastAction()).to.include({ id: "a2", action: "parameters", result: "success" });
    expect(setting(box.get(), "Time.NTPServer1")).to.equal("ntp.example");
  });

  it("[0139] installs a version and restarts with it", async () => {
    const { run, box, restarts, lastAction } = openModule();
    await run(upgrade({ checksum: IMAGE.sha256 }));
    expect(setting(box.get(), "DeviceInfo.SoftwareVersion")).to.equal("9.1");
    expect([lastAction()?.result, ...restarts]).to.deep.equal(["success", "a1"]);
  });

  it("takes a configuration without a restart", async () => {
    const { run, restarts, effects, lastAction } = openModule();
    await run(upgrade({ fileType: "config" }));
    expect(effects.map(({ effect }) => effect)).to.deep.equal(["download"]);
    expect([lastAction()?.action, lastAction()?.result, ...restarts]).to.deep.equal(["config", "success"]);
  });

  it("[0140] finds a file by its name where its place is agreed in advance", async () => {
    const asked: string[] = [];
    const { run } = openModule(async (url) => {
      asked.push(url);
      return IMAGE;
    });
    await run(upgrade({ downloadPath: null }));
    expect(asked).to.deep.equal(["http://agreed.example/h260ver"]);
  });

  for (const [what, action, detail] of [
    ["a file of another checksum", upgrade({ checksum: "b".repeat(64) }), "the file has another checksum"],
    ["a file whose place nobody knows", upgrade({ downloadPath: null, fileName: "other" }), "no place of files is agreed upon"],
    [
      "a protocol that is not built in",
      upgrade({ downloadPath: "tftp://files.example/a", downloadMethod: "tftp" }),
      "tftp is not built in",
    ],
    ["a place that is no URL", upgrade({ downloadPath: "somewhere" }), "the place of the file is no URL"],
  ] as const) {
    it(`refuses ${what}, and stays as it was`, async () => {
      const { run, box, restarts, lastAction } = openModule();
      const before = setting(box.get(), "DeviceInfo.SoftwareVersion");
      await run(action);
      expect(lastAction()?.result).to.equal("failure");
      expect(lastAction()?.detail).to.contain(detail);
      expect([setting(box.get(), "DeviceInfo.SoftwareVersion"), ...restarts]).to.deep.equal([before]);
    });
  }

  it("tells why a download failed", async () => {
    const { run, lastAction } = openModule(async () => {
      throw new TransferFailure(9016, "HTTP 404");
    });
    await run(upgrade());
    expect(lastAction()).to.include({ result: "failure", detail: "HTTP 404" });
  });
});
