/**
 * The queue of file transfers.
 * Spec: TR-069 A.3.2.8, A.4.1.8.
 */
import { expect } from "chai";
import { RpcFault } from "../../../../device-sim/device/rpc-fault.js";
import {
  afterFailure,
  cancelTransfers,
  changeTransfer,
  describeTransfer,
  queueTransfer,
  readWindows,
  restartInterrupted,
  TRANSFER_LIMITS,
  type Transfer,
  type TransferOrder,
  transferStateNumber,
} from "../../../../device-sim/device/transfers.js";

const ORDER: TransferOrder = {
  ...{ commandKey: "d1", fileType: "1 Firmware Upgrade Image", url: "http://files.example/fw", username: "", password: "" },
  ...{ command: "Download", fileSizeBytes: 0, targetFileName: "", delayS: 0, windows: [] },
};
const NOW_MS = 1_000;
const fill = (count: number): readonly Transfer[] =>
  Array.from({ length: count }).reduce((queue: readonly Transfer[]) => queueTransfer(queue, ORDER, NOW_MS), []);

const upload = (fileType: string): TransferOrder => ({ ...ORDER, command: "Upload", fileType });
const windows = (...timeWindows: readonly (readonly [number, number, string?])[]) =>
  readWindows(
    {
      ...{ ...ORDER, kind: "ScheduleDownload" },
      timeWindows: timeWindows.map(([startS, endS, mode = "1 At Any Time"]) => ({ startS, endS, mode, userMessage: "", maxRetries: 1 })),
    },
    NOW_MS,
  );

describe("TR-069 A.4.1.5: uploads that a device owes", () => {
  it("takes the standard's file types, with the instance that exists", () => {
    for (const type of ["1 Vendor Configuration File", "2 Vendor Log File", "3 Vendor Configuration File 1", "4 Vendor Log File 1"]) {
      expect(queueTransfer([], upload(type), NOW_MS)).to.have.length(1);
    }
    for (const type of ["1 Firmware Upgrade Image", "3 Vendor Configuration File 2", "4 Vendor Log File", "X 0A1B2C Trace", ""]) {
      expect(() => queueTransfer([], upload(type), NOW_MS), type).to.throw(RpcFault, /^9003/);
    }
  });
  it("GetAllQueuedTransfers has names of its own for them", () => {
    const told = (type: string) => queueTransfer([], upload(type), NOW_MS).map(describeTransfer)[0];
    expect(told("2 Vendor Log File")).to.include({ fileType: "4 Vendor Log File", isDownload: false, state: 1 });
    expect(told("3 Vendor Configuration File 1")).to.include({ fileType: "6 Vendor Configuration File 1" });
  });
});

describe("TR-069 A.4.1.8: ScheduleDownload", () => {
  it("counts its windows from the moment of the request", () => {
    expect(windows([10, 20], [30, 40])).to.deep.equal([
      { fromMs: 11_000, untilMs: 21_000, maxRetries: 1 },
      { fromMs: 31_000, untilMs: 41_000, maxRetries: 1 },
    ]);
  });
  it("one or two windows, in order, with a length and a mode that the device has; else 9003", () => {
    expect(() => windows()).to.throw(RpcFault, /^9003/);
    expect(() => windows([0, 1], [1, 2], [2, 3])).to.throw(RpcFault, /^9003/);
    expect(() => windows([10, 20], [15, 30])).to.throw(RpcFault, /^9003/);
    expect(() => windows([10, 10])).to.throw(RpcFault, /^9003/);
    expect(() => windows([10, 20, "4 Confirmation Needed"])).to.throw(RpcFault, /^9003/);
  });
  it("retries in its window as often as it may, then in the next one, then it has failed", () => {
    const fault = { code: 9016, text: "HTTP 404" } as const;
    const order = { ...ORDER, command: "ScheduleDownload", windows: windows([0, 10], [20, 30]) } as const;
    const [first] = queueTransfer([], order, NOW_MS);
    const fail = (transfer: Transfer, nowMs: number): Transfer => ({ ...transfer, ...afterFailure(transfer, fault, nowMs, 100) });
    const retried = fail(first as Transfer, 2_000);
    expect(retried).to.include({ state: "waiting", dueAtMs: 2_100, failures: 1 });
    const second = fail(retried, 3_000);
    expect(second).to.include({ state: "waiting", dueAtMs: 21_000, failures: 0 });
    const last = fail(second, 30_950);
    expect(last, "the window closes before another attempt").to.deep.include({ state: "finished", fault });
  });
});

describe("TR-069 A.4.1.9: CancelTransfer", () => {
  it("takes all transfers of the key; an unknown one is no fault", () => {
    expect(cancelTransfers(fill(2), "d1")).to.deep.equal([]);
    expect(cancelTransfers(fill(2), "other")).to.have.length(2);
  });
  it("one that has begun is 9021, and none is cancelled", () => {
    for (const state of ["running", "finished"] as const) {
      expect(() => cancelTransfers(changeTransfer(fill(2), 2, { state }), "d1"), state).to.throw(RpcFault, /^9021/);
    }
  });
});

describe("TR-069 A.3.2.8: transfers that a device owes", () => {
  it("each has an id of its own, also where the command key is used again", () => {
    expect(fill(3).map(({ id, commandKey }) => [id, commandKey])).to.deep.equal([
      [1, "d1"],
      [2, "d1"],
      [3, "d1"],
    ]);
  });
  it("DelaySeconds puts it off", () => {
    expect(queueTransfer([], { ...ORDER, delayS: 60 }, NOW_MS)[0]?.dueAtMs).to.equal(61_000);
  });
  it("a full queue is 9004", () => {
    expect(() => queueTransfer(fill(TRANSFER_LIMITS.transfersMax), ORDER, NOW_MS)).to.throw(RpcFault, /^9004/);
  });
  it("file types are the standard's, or a vendor's with its OUI or name", () => {
    for (const fileType of ["3 Vendor Configuration File", "X 0A1B2C Ring tones", "X EXAMPLE thing"]) {
      expect(queueTransfer([], { ...ORDER, fileType }, NOW_MS)).to.have.length(1);
    }
    for (const fileType of ["", "1", "Firmware", "7 Vendor Log File", "X thing"]) {
      expect(() => queueTransfer([], { ...ORDER, fileType }, NOW_MS), fileType).to.throw(RpcFault, /^9003/);
    }
  });
  it("what a power cut interrupted waits again; what is finished stays so", () => {
    const queue = changeTransfer(changeTransfer(fill(3), 1, { state: "running" }), 2, { state: "finished" });
    expect(queue.map(transferStateNumber)).to.deep.equal([2, 3, 1]);
    expect(restartInterrupted(queue).map(({ state }) => state)).to.deep.equal(["waiting", "finished", "waiting"]);
  });
});
