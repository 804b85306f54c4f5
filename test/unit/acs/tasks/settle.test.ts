/** What a device tells by itself about tasks that it completes later. */
import { expect } from "chai";
import { hasEvent, settleByInform, settleByTime, settleByTransferComplete } from "../../../../acs/tasks/settle.js";
import type { Task } from "../../../../acs/tasks/task.js";
import { anInform, aTask, NOW_MS } from "../../../support/builders.js";

const reboot = (more: Partial<Task> = {}): Task => aTask({ kind: "reboot" }, { state: "awaiting-device", ...more });
const file = { fileType: "1 Firmware Upgrade Image", url: "http://files.example/f", fileSizeBytes: 1, targetFileName: "" };
const download = (more: Partial<Task> = {}): Task => aTask({ kind: "download", file }, { state: "awaiting-device", ...more });
const complete = (commandKey: string, faultCode = 0) =>
  ({
    kind: "TransferComplete",
    commandKey,
    fault: { faultCode, faultString: faultCode === 0 ? "" : "no space" },
    startTime: "s",
    completeTime: "c",
  }) as const;

describe("settleByInform (TR-069 A.3.2.9: M Reboot carries the CommandKey)", () => {
  it("completes the reboot whose key M Reboot carries, and no other", () => {
    const settled = settleByInform([reboot(), reboot({ id: "02task" })], anInform("1 BOOT", "M Reboot=02task"), NOW_MS);
    expect(settled.map(({ task, change }) => [task.id, change.to])).to.deep.equal([["02task", "done"]]);
  });
  it("completes one whose answer was lost, by its key", () => {
    expect(settleByInform([reboot({ state: "unknown" })], anInform("1 BOOT", "M Reboot=01task"), NOW_MS)).to.have.length(1);
  });
  it("takes a restart without M Reboot for the one that the device had accepted", () => {
    expect(settleByInform([reboot()], anInform("1 BOOT"), NOW_MS)).to.have.length(1);
  });
  it("does not take such a restart for one that may never have arrived", () => {
    expect(settleByInform([reboot({ state: "unknown" }), reboot({ state: "queued" })], anInform("1 BOOT"), NOW_MS)).to.deep.equal([]);
  });
  it("matches event codes whatever their spaces and case", () => {
    expect(hasEvent(anInform(" 1  boot"), "1")).to.equal(true);
    expect(settleByInform([reboot()], anInform("1 BOOT", "m  reboot=01task"), NOW_MS)).to.have.length(1);
    expect(hasEvent(anInform("10 AUTONOMOUS TRANSFER COMPLETE"), "1")).to.equal(false);
  });
});

describe("settleByTransferComplete (TR-069 A.3.3.2)", () => {
  it("ends the download with this key: done for code 0, failed with the device's fault else", () => {
    expect(settleByTransferComplete([download()], complete("01task"), NOW_MS)?.change.to).to.equal("done");
    expect(settleByTransferComplete([download()], complete("01task", 9018), NOW_MS)?.change.failure).to.deep.include({
      code: "device-fault",
    });
  });
  it("takes an empty key for the only download under way, and for none of two", () => {
    expect(settleByTransferComplete([download()], complete(""), NOW_MS)?.task.id).to.equal("01task");
    expect(settleByTransferComplete([download(), download({ id: "02task" })], complete(""), NOW_MS)).to.equal(undefined);
  });
  it("knows nothing of a key that is not ours, nor of a download that was never sent", () => {
    expect(settleByTransferComplete([download()], complete("other"), NOW_MS)).to.equal(undefined);
    expect(settleByTransferComplete([download({ state: "queued" })], complete("01task"), NOW_MS)).to.equal(undefined);
  });
});

describe("settleByTime", () => {
  const timed = (state: Task["state"]) => settleByTime(reboot({ state }), NOW_MS, { unknownSettleMs: 1_000 });
  it("expires what was never sent", () => {
    expect(timed("queued").to).to.equal("expired");
  });
  it("has what was sent or accepted read back before it is given up", () => {
    expect(timed("sent")).to.deep.include({ to: "unknown", settleByMs: NOW_MS + 1_000 });
    expect(timed("awaiting-device")).to.deep.include({ to: "unknown", settleByMs: NOW_MS + 1_000 });
  });
  it("gives up what stayed unknown, and says so", () => {
    expect(timed("unknown").failure).to.deep.include({ code: "outcome-unknown" });
  });
});
