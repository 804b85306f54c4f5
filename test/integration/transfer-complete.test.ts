/**
 * What a device tells of a transfer while somebody else has its task in hand.
 * Spec: TR-069 A.3.3.2. Layer: integration.
 */
import { expect } from "chai";
import { startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

describe("TransferComplete", () => {
  let acs: TestAcs;
  let gateway: TestGateway;
  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
    gateway = await acs.gateway();
  });
  after(() => acs.close());

  it("counts although the task has moved on since it was looked up: the device tells it once", async () => {
    const id = await acs.task(gateway.id, { kind: "download", url: "http://files.example/fw", fileType: "1 Firmware Upgrade Image" });
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    await gateway.say({ kind: "DownloadResponse", status: 1, startTime: "", completeTime: "" });
    await acs.untilTask(id, "awaiting-device");
    await gateway.inform("7 TRANSFER COMPLETE");
    const { tasks } = acs.stores;
    const { open } = tasks;
    // In that moment the time of the task is over, as the timer or an upgrade has it.
    Object.assign(tasks, {
      open: async (deviceId: string) => {
        const found = await open(deviceId);
        Object.assign(tasks, { open });
        const atMs = acs.clock.now();
        for (const { id: one, revision } of found)
          await tasks.change(one, revision, { to: "unknown", reason: "to be read back", atMs, settleByMs: atMs + 60_000 }, { events: [] });
        return found;
      },
    });
    const fault = { faultCode: 9016, faultString: "no access" };
    await gateway.say({ kind: "TransferComplete", commandKey: id, fault, startTime: "", completeTime: "" });
    const task = await tasks.get(id);
    expect([task?.state, task?.failure?.fault?.faultCode]).to.deep.equal(["failed", 9016]);
  });
});
