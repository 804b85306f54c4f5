/** Uploads, scheduled downloads, and the device's list of transfers. */
import { expect } from "chai";
import type { TaskOrder } from "../../../../../acs/tasks/task.js";
import type { DeviceAnswer } from "../../../../../acs/tasks/task-step.js";
import { NOW_MS } from "../../../../support/builders.js";
import { fault, readBackOf, talkOf, values } from "../../../../support/task-talk.js";

const TARGET = { fileType: "1 Vendor Configuration File", url: "http://files.example/in/", username: "gw", delayS: 60 };
const UPLOAD: TaskOrder = { kind: "upload", ...TARGET, password: "v1:sealed", sealed: true };
const FILE = { fileType: "1 Firmware Upgrade Image", catalogueId: "f1", fileSizeBytes: 9, targetFileName: "" };
const WINDOW = { startS: 3_600, endS: 7_200, mode: "3 When Idle", userMessage: "", maxRetries: 0 };
const SCHEDULED = { kind: "scheduleDownload", file: FILE, windows: [WINDOW] } as const;
const listed = (...keys: readonly string[]): DeviceAnswer => ({
  kind: "GetAllQueuedTransfersResponse",
  transfers: keys.map((commandKey) => ({ commandKey, state: 1, isDownload: false, fileType: "", fileSizeBytes: 0, targetFileName: "" })),
});

describe("upload (TR-069 A.4.1.5)", () => {
  it("carries the opened password, and waits for TransferComplete as long as its delay and the transfer may take", () => {
    const talk = talkOf(UPLOAD, { password: "open" });
    expect(talk.request).to.deep.equal({
      ...{ kind: "Upload", commandKey: "01task", ...TARGET, password: "open" },
    });
    talk.answer({ kind: "UploadResponse", status: 1, startTime: "", completeTime: "" });
    expect(talk.change).to.deep.include({ to: "awaiting-device", settleByMs: NOW_MS + 60_000 + 3_600_000 });
  });
  it("is done at Status 0, and fails with the device's fault", () => {
    expect(talkOf(UPLOAD).answer({ kind: "UploadResponse", status: 0, startTime: "", completeTime: "" }).change.to).to.equal("done");
    expect(talkOf(UPLOAD).answer(fault(9011)).change.failure?.fault?.faultCode).to.equal(9011);
  });
  it("without a url carries the signed one of our file server; if that is too long, it is not possible", () => {
    const { url: _, ...target } = TARGET;
    const own: TaskOrder = { kind: "upload", ...target, username: "", password: "" };
    expect(talkOf(own, { fileUrl: "http://files.example/uploads/x?s" }).request).to.include({ url: "http://files.example/uploads/x?s" });
    expect(talkOf(own).change.failure?.code).to.equal("not-possible");
  });
  it("to us is judged by the file: Status 0 without it is not done, and a read-back with it asks nothing", () => {
    const { url: _, ...target } = TARGET;
    const own: TaskOrder = { kind: "upload", ...target, username: "", password: "" };
    const brought = { id: "r1", sizeBytes: 3, sha256: "0", contentCoding: "" };
    const atOnce: DeviceAnswer = { kind: "UploadResponse", status: 0, startTime: "", completeTime: "" };
    const fileUrl = "http://files.example/uploads/x?s";
    expect(talkOf(own, { fileUrl }).answer(atOnce).change.failure?.code).to.equal("not-done");
    expect(talkOf(own, { fileUrl, brought }).answer(atOnce).change).to.deep.include({ to: "done", result: { receivedFile: brought } });
    expect(readBackOf(own, { brought }).change.to).to.equal("done");
    expect(readBackOf(own).answer(listed("01task")).change.to).to.equal("awaiting-device");
  });
  it("is never sent twice: the device's list tells", () => {
    expect(readBackOf(UPLOAD).answer(listed("01task")).change.to).to.equal("awaiting-device");
    expect(readBackOf(UPLOAD).answer(listed()).change.failure?.code).to.equal("outcome-unknown");
  });
});

describe("scheduleDownload (TR-069 A.4.1.8)", () => {
  it("carries the signed URL and the windows, and waits until after the last of them", () => {
    const talk = talkOf(SCHEDULED, { fileUrl: "http://files.example/f1?s" });
    expect(talk.request).to.deep.include({ kind: "ScheduleDownload", url: "http://files.example/f1?s", timeWindows: [WINDOW] });
    talk.answer({ kind: "ScheduleDownloadResponse" });
    expect(talk.change).to.deep.include({ to: "awaiting-device", settleByMs: NOW_MS + 7_200_000 + 3_600_000 });
  });
  it("is not possible once the file is gone, of the catalogue or received", () => {
    const { catalogueId: _, ...file } = FILE;
    for (const order of [SCHEDULED, { ...SCHEDULED, file: { ...file, receivedFileId: "r1" } }])
      expect(talkOf(order).change.failure?.code).to.equal("not-possible");
  });
});

describe("getQueuedTransfers and cancelTransfer", () => {
  it("shows the queue; a device that lacks GetAllQueuedTransfers is asked with GetQueuedTransfers", () => {
    const talk = talkOf({ kind: "getQueuedTransfers" });
    talk.answer(fault(9000));
    expect(talk.request).to.deep.equal({ kind: "GetQueuedTransfers" });
    talk.answer({ kind: "GetQueuedTransfersResponse", transfers: [{ commandKey: "x", state: 2 }] });
    expect(talk.change.result).to.deep.equal({ transfers: [{ commandKey: "x", state: "in-progress" }] });
  });
  it("shows all that GetAllQueuedTransfers tells, and fails with any other fault", () => {
    const { result } = talkOf({ kind: "getQueuedTransfers" }).answer(listed("x")).change;
    expect(result).to.have.nested.property("transfers[0].state", "not-started");
    expect(talkOf({ kind: "getQueuedTransfers" }).answer(fault(9002)).change.to).to.equal("failed");
  });
  it("cancels by key; 9021 says that it is too late; a lost answer is asked for again, which does no harm", () => {
    const order = { kind: "cancelTransfer", commandKey: "01other" } as const;
    expect(talkOf(order).request).to.deep.equal({ kind: "CancelTransfer", commandKey: "01other" });
    expect(talkOf(order).answer({ kind: "CancelTransferResponse" }).change.to).to.equal("done");
    expect(talkOf(order).answer(fault(9021)).change.failure?.fault?.faultCode).to.equal(9021);
    expect(readBackOf(order).change.to).to.equal("queued");
  });
});

describe("firmware whose end was never told (field quirk 25)", () => {
  const VERSION = "InternetGatewayDevice.DeviceInfo.SoftwareVersion";
  const UPGRADE: TaskOrder = { kind: "download", file: { ...FILE, version: "2.0" } };
  const since = { text: "2.0", changedAtMs: NOW_MS + 1 };
  const OVER = { nowMs: NOW_MS + 3_600_000 };
  const unlisted = (context = {}, order = UPGRADE) => readBackOf(order, context).answer(listed());
  const untold = (context = {}, order = UPGRADE) => readBackOf(order, context).answer(fault(9000)).answer(fault(9000));

  it("is in the queue of transfers: awaited further, whatever version runs", () => {
    expect(readBackOf(UPGRADE).answer(listed("01task")).change.to).to.equal("awaiting-device");
  });
  it("is in no queue: SoftwareVersion is read", () => {
    expect(unlisted().request).to.deep.equal({ kind: "GetParameterValues", names: [VERSION] });
    expect(untold().request).to.deep.equal({ kind: "GetParameterValues", names: [VERSION] });
    expect(readBackOf(UPGRADE).answer(fault(9002)).request.kind, "whatever the fault").to.equal("GetParameterValues");
    const missing = new Map(["GetAllQueuedTransfers", "GetQueuedTransfers"].map((method) => [method, "learnt"]));
    expect(readBackOf(UPGRADE, { missing }).request.kind, "known to have no list").to.equal("GetParameterValues");
    expect(readBackOf(UPLOAD, { missing }).left, "and no version tells of an upload").to.equal(true);
  });
  it("runs: done, with a reason that says how this is known", () => {
    const talk = unlisted({ softwareVersion: since }).answer(values(`${VERSION}=2.0`));
    expect(talk.change).to.deep.include({ to: "done", reason: "read back: the device runs version 2.0" });
    expect(talk.told[0]?.parameters[0]?.name).to.equal(VERSION);
  });
  it("does not run: not done, and both versions are told", () => {
    const { change } = unlisted().answer(values(`${VERSION}=1.0`));
    expect(change.failure?.code).to.equal("not-done");
    expect(change.reason).to.equal("read back: the device has no such transfer, and runs version 1.0, not 2.0");
  });
  it("ran before it was sent: the outcome is unknown", () => {
    const talk = unlisted({ softwareVersion: { text: "2.0", changedAtMs: NOW_MS - 1 } }).answer(values(`${VERSION}=2.0`));
    expect(talk.change.failure?.code).to.equal("outcome-unknown");
  });
  it("on a device that lists no transfers is waited for until its time is over, then judged", () => {
    expect(untold().answer(values(`${VERSION}=1.0`)).left, "TransferComplete may still come").to.equal(true);
    expect(untold(OVER).answer(values(`${VERSION}=1.0`)).change.failure?.code).to.equal("not-done");
    expect(untold({ softwareVersion: since }).answer(values(`${VERSION}=2.0`)).change.to).to.equal("done");
  });
  it("can't be judged where the version can't be read, or where the file has none", () => {
    expect(unlisted().answer(fault(9005)).change.failure?.code).to.equal("outcome-unknown");
    expect(untold().answer(fault(9005)).left).to.equal(true);
    expect(unlisted({}, { kind: "download", file: FILE }).change.failure?.code).to.equal("outcome-unknown");
    expect(untold({}, { kind: "download", file: FILE }).left).to.equal(true);
  });
});
