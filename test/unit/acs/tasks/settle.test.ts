/** What a device tells by itself about tasks that it completes later. */
import { expect } from "chai";
import {
  mayComplete,
  settleByCancel,
  settleByDuStateChange,
  settleByInform,
  settleByTime,
  settleByTransferComplete,
} from "../../../../acs/tasks/settle.js";
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
    expect(settleByInform([reboot()], anInform("1 BOOT", "m  reboot=01task"), NOW_MS)).to.have.length(1);
  });
});

describe("settleByInform of factoryReset (TR-069 A.4.1.6) and scheduleInform (A.4.1.2)", () => {
  const reset = (state: Task["state"]) => aTask({ kind: "factoryReset" }, { state });
  const scheduled = (more: Partial<Task> = {}) => aTask({ kind: "scheduleInform", delayS: 60 }, { state: "awaiting-device", ...more });
  const settledBy = (open: readonly Task[], ...codes: readonly string[]) =>
    settleByInform(open, anInform(...codes), NOW_MS).map(({ task, change }) => [task.id, change.to]);

  it("completes a factory reset at 0 BOOTSTRAP, its answer lost or not, but none that was never sent", () => {
    expect(settledBy([reset("awaiting-device")], "0 BOOTSTRAP", "1 BOOT")).to.deep.equal([["01task", "done"]]);
    expect(settledBy([reset("unknown")], "0 BOOTSTRAP")).to.deep.equal([["01task", "done"]]);
    expect(settledBy([reset("queued")], "0 BOOTSTRAP")).to.deep.equal([]);
    expect(settledBy([reset("awaiting-device")], "1 BOOT")).to.deep.equal([]);
  });
  it("completes the scheduled Inform whose key M ScheduleInform carries", () => {
    const both = [scheduled(), scheduled({ id: "02task", state: "unknown" })];
    expect(settledBy(both, "3 SCHEDULED", "M ScheduleInform=02task")).to.deep.equal([["02task", "done"]]);
  });
  it("takes 3 SCHEDULED without a key for the only one that was accepted", () => {
    expect(settledBy([scheduled()], "3 SCHEDULED")).to.deep.equal([["01task", "done"]]);
    expect(settledBy([scheduled(), scheduled({ id: "02task" })], "3 SCHEDULED")).to.deep.equal([]);
    expect(settledBy([scheduled()], "3 SCHEDULED", "M ScheduleInform=other")).to.deep.equal([]);
    expect(settledBy([scheduled({ state: "unknown" })], "3 SCHEDULED")).to.deep.equal([]);
  });
  it("looks at tasks only for an Inform that can complete one", () => {
    expect(mayComplete(anInform("2 PERIODIC", "4 VALUE CHANGE"))).to.equal(false);
    for (const code of ["0 BOOTSTRAP", "1 BOOT", "3 SCHEDULED", "M Reboot=x", "m scheduleinform=x"])
      expect(mayComplete(anInform(code)), code).to.equal(true);
  });
});

describe("settleByDuStateChange (TR-069 A.4.2.3)", () => {
  const change = (more: Partial<Task> = {}) => aTask({ kind: "changeDUState", operations: [] }, { state: "awaiting-device", ...more });
  const report = (commandKey: string, ...faultCodes: readonly number[]) => ({
    ...({ kind: "DUStateChangeComplete", commandKey } as const),
    results: faultCodes.map((faultCode) => ({
      ...{ uuid: "u", deploymentUnitRef: "", version: "", currentState: "Installed", resolved: true, executionUnitRefs: [] },
      ...{ startTime: "s", completeTime: "c", fault: { faultCode, faultString: "" } },
    })),
  });
  it("is done when every operation succeeded", () => {
    const settled = settleByDuStateChange([change()], report("01task", 0, 0), NOW_MS);
    expect(settled?.change.to).to.equal("done");
    expect(settled?.change.result).to.have.property("results").with.length(2);
  });
  it("fails when one did not, and tells of all", () => {
    const settled = settleByDuStateChange([change()], report("01task", 0, 9026), NOW_MS);
    expect(settled?.change.failure?.fault?.faultCode).to.equal(9026);
    expect(settled?.change.result).to.have.property("results").with.length(2);
  });
  it("keeps a code that is used for another (9031 where 9032 is meant), and fails by its being one (quirk 50)", () => {
    const { failure } = settleByDuStateChange([change()], report("01task", 9031), NOW_MS)?.change ?? {};
    expect(failure).to.deep.include({ code: "device-fault" });
    expect(failure?.fault?.faultCode).to.equal(9031);
  });
  it("can't be known from a report without results", () => {
    expect(settleByDuStateChange([change()], report("01task"), NOW_MS)?.change.failure?.code).to.equal("outcome-unknown");
  });
  it("takes an empty key for the only one, and knows nothing of another's", () => {
    expect(settleByDuStateChange([change({ state: "unknown" })], report("", 0), NOW_MS)?.task.id).to.equal("01task");
    expect(settleByDuStateChange([change()], report("other", 0), NOW_MS)).to.equal(undefined);
    expect(settleByDuStateChange([download()], report("01task", 0), NOW_MS)).to.equal(undefined);
  });
});

describe("settleByCancel (TR-069 A.4.1.9)", () => {
  const cancel = aTask({ kind: "cancelTransfer", commandKey: "01task" }, { id: "02task" });
  it("ends the transfer whose key it was: no TransferComplete will come", () => {
    const [settled, ...more] = settleByCancel([download(), download({ id: "03task" }), reboot()], cancel, NOW_MS);
    expect(settled?.change).to.deep.include({ to: "cancelled" });
    expect([settled?.task.id, more.length]).to.deep.equal(["01task", 0]);
  });
  it("leaves alone what was never sent, and means nothing for other kinds", () => {
    expect(settleByCancel([download({ state: "queued" })], cancel, NOW_MS)).to.deep.equal([]);
    expect(settleByCancel([download()], reboot(), NOW_MS)).to.deep.equal([]);
  });
});

describe("settleByTransferComplete (TR-069 A.3.3.2)", () => {
  it("ends the download with this key: done for code 0, failed with the device's fault else", () => {
    expect(settleByTransferComplete([download()], complete("01task"), NOW_MS)?.change.to).to.equal("done");
    expect(settleByTransferComplete([download()], complete("01task", 9018), NOW_MS)?.change.failure).to.deep.include({
      code: "device-fault",
    });
  });
  it("ends uploads and scheduled downloads as well", () => {
    const upload = aTask(
      { kind: "upload", fileType: "2 Vendor Log File", url: "http://f.example/", username: "", password: "", delayS: 0 },
      { state: "unknown" },
    );
    const scheduled = aTask({ kind: "scheduleDownload", file, windows: [] }, { id: "02task", state: "awaiting-device" });
    expect(settleByTransferComplete([upload, scheduled], complete("01task"), NOW_MS)?.task).to.equal(upload);
    expect(settleByTransferComplete([upload, scheduled], complete("02task"), NOW_MS)?.task).to.equal(scheduled);
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
  it("takes an upload to us for done when its file is here, and only then; an upload to others is not known", () => {
    const brought = { id: "r1", sizeBytes: 3, sha256: "0", contentCoding: "" };
    const target = { kind: "upload", fileType: "2 Vendor Log File", username: "", password: "", delayS: 0 } as const;
    const upload = (state: Task["state"], url?: string) => aTask({ ...target, ...(url === undefined ? {} : { url }) }, { state });
    const settled = (task: Task, file: typeof brought | null) => settleByTime(task, NOW_MS, { unknownSettleMs: 1_000 }, file);
    for (const state of ["awaiting-device", "unknown", "sent"] as const)
      expect(settled(upload(state), brought)).to.deep.include({ to: "done", result: { receivedFile: brought } });
    expect(settled(upload("awaiting-device"), null).to).to.equal("unknown");
    expect(settled(upload("unknown", "http://x/"), brought).to).to.equal("failed");
  });
  it("gives up what stayed unknown, and says so", () => {
    expect(timed("unknown").failure).to.deep.include({ code: "outcome-unknown" });
  });
});
