/** Firmware whose TransferComplete never came (field quirk 25). */
import { expect } from "chai";
import { judgeVersion, restartedSilently, settleByVersion, wantedVersion } from "../../../../acs/tasks/judge-version.js";
import type { DownloadFile, Task } from "../../../../acs/tasks/task.js";
import { anInform, aTask, NOW_MS } from "../../../support/builders.js";

const FIRMWARE: DownloadFile = {
  fileType: "1 Firmware Upgrade Image",
  url: "http://f.example/f",
  fileSizeBytes: 1,
  targetFileName: "",
  version: "2.0",
};
const upgrade = (file: Partial<DownloadFile> = {}, more: Partial<Task> = {}): Task =>
  aTask({ kind: "download", file: { ...FIRMWARE, ...file } }, { state: "awaiting-device", ...more });
const since = { text: "2.0", changedAtMs: NOW_MS + 1 };

describe("firmware is judged by the SoftwareVersion", () => {
  it("that its file has; a configuration file has none that would show", () => {
    expect(wantedVersion(upgrade())).to.equal("2.0");
    expect(wantedVersion(upgrade({ fileType: "3 Vendor Configuration File" }))).to.equal(undefined);
    expect(wantedVersion(aTask({ kind: "reboot" }))).to.equal(undefined);
  });
  it("which must have become the wanted one since the request", () => {
    expect(judgeVersion(upgrade(), "2.0", since)).to.equal("runs-wanted");
    expect(judgeVersion(upgrade(), "2.0", { text: "1.0", changedAtMs: 0 }), "the tree is older").to.equal("runs-wanted");
    expect(judgeVersion(upgrade(), "2.0", { text: "2.0", changedAtMs: NOW_MS - 1 })).to.equal("ran-before");
    expect(judgeVersion(upgrade(), "1.0", since)).to.equal("runs-another");
  });
  it("after a restart that announces no TransferComplete", () => {
    expect(restartedSilently(anInform("1 BOOT", "4 VALUE CHANGE"))).to.equal(true);
    expect(restartedSilently(anInform("1 BOOT", "7 TRANSFER COMPLETE"))).to.equal(false);
    expect(restartedSilently(anInform("4 VALUE CHANGE"))).to.equal(false);
  });
  it("done with a reason that says so", () => {
    const [settled] = settleByVersion([upgrade()], since, NOW_MS);
    expect(settled?.change).to.deep.include({
      to: "done",
      reason: "the device restarted with version 2.0 (1 BOOT, without TransferComplete)",
    });
  });
  it("another version ends nothing: the device may have restarted for another reason", () => {
    expect(settleByVersion([upgrade()], { text: "1.0", changedAtMs: NOW_MS + 1 }, NOW_MS)).to.deep.equal([]);
  });
  it("nor does a task end that the device has not accepted, or a version that was never told", () => {
    expect(settleByVersion([upgrade({}, { state: "queued" })], since, NOW_MS)).to.deep.equal([]);
    expect(settleByVersion([upgrade()], null, NOW_MS)).to.deep.equal([]);
  });
});
