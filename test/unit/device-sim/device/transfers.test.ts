/**
 * The queue of file transfers.
 * Spec: TR-069 A.3.2.8, A.4.1.8.
 */
import { expect } from "chai";
import { RpcFault } from "../../../../device-sim/device/rpc-fault.js";
import {
  changeTransfer,
  type DownloadOrder,
  queueTransfer,
  restartInterrupted,
  TRANSFER_LIMITS,
  type Transfer,
  transferStateNumber,
} from "../../../../device-sim/device/transfers.js";

const ORDER: DownloadOrder = {
  ...{ commandKey: "d1", fileType: "1 Firmware Upgrade Image", url: "http://files.example/fw", username: "", password: "" },
  ...{ fileSizeBytes: 0, targetFileName: "", delayS: 0 },
};
const NOW_MS = 1_000;
const fill = (count: number): readonly Transfer[] =>
  Array.from({ length: count }).reduce((queue: readonly Transfer[]) => queueTransfer(queue, ORDER, NOW_MS), []);

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
