/**
 * Tasks that end by what the device tells later, and tasks of several RPCs whose session dies between two of them.
 * Spec: TR-069 A.3.2.1, A.4.1.9, A.4.2.3. Layer: integration.
 */
import { expect } from "chai";
import { messageOf } from "../support/cwmp-client.js";
import { startTestAcs, type TestAcs } from "../support/test-acs.js";

const ROOT = "InternetGatewayDevice.";
const KEY = `${ROOT}ManagementServer.ParameterKey`;
const NTP = `${ROOT}Time.NTPServer1`;
const INTERVAL = `${ROOT}ManagementServer.PeriodicInformInterval`;

describe("kinds of tasks in sessions", () => {
  let acs: TestAcs;
  before(async () => {
    acs = await startTestAcs();
  });
  after(() => acs.close());

  const stateOf = async (id: string): Promise<string | undefined> => (await acs.stores.tasks.get(id))?.state;

  it("a set of two calls that dies between them is taken up where it was left, and no call is made twice", async () => {
    const gateway = await acs.gateway();
    const values = [
      { name: NTP, value: "ntp.example" },
      { name: INTERVAL, value: 600 },
    ];
    const id = await acs.task(gateway.id, { kind: "setParameterValues", values });
    await gateway.inform("2 PERIODIC");
    expect(messageOf(await gateway.empty())).to.include({ kind: "SetParameterValues", parameterKey: id });
    const second = messageOf(await gateway.say({ kind: "SetParameterValuesResponse", status: 0 }));
    expect(second).to.include({ kind: "SetParameterValues", parameterKey: `${id}.1` });
    gateway.forget();

    await gateway.inform("2 PERIODIC");
    expect(messageOf(await gateway.empty())).to.deep.equal({ kind: "GetParameterValues", names: [KEY, NTP] });
    const read = (key: string) =>
      ({
        kind: "GetParameterValuesResponse",
        values: [
          { name: KEY, type: "xsd:string", text: key },
          { name: NTP, type: "xsd:string", text: "old" },
        ],
      }) as const;
    expect(messageOf(await gateway.say(read(id))), "the second call was not applied").to.deep.equal(second);
    gateway.forget();
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    expect((await gateway.say(read(`${id}.1`))).status, "now it was").to.equal(204);
    expect(await stateOf(id)).to.equal("done");
    expect((await acs.stores.devices.tree(gateway.id, INTERVAL))[0]).to.include({ value: "600" });
  });

  it("a transfer ends with the task that cancelled it", async () => {
    const gateway = await acs.gateway();
    const file = { url: "http://files.example/in", fileType: "2 Vendor Log File" };
    const upload = await acs.task(gateway.id, { kind: "upload", ...file });
    await gateway.inform("2 PERIODIC");
    expect(messageOf(await gateway.empty())).to.include({ kind: "Upload", commandKey: upload });
    expect((await gateway.say({ kind: "UploadResponse", status: 1, startTime: "", completeTime: "" })).status).to.equal(204);
    const cancel = await acs.task(gateway.id, { kind: "cancelTransfer", commandKey: upload });
    await gateway.inform("2 PERIODIC");
    expect(messageOf(await gateway.empty())).to.deep.equal({ kind: "CancelTransfer", commandKey: upload });
    expect((await gateway.say({ kind: "CancelTransferResponse" })).status).to.equal(204);
    expect([await stateOf(upload), await stateOf(cancel)]).to.deep.equal(["cancelled", "done"]);
  });

  it("software modules end with DUStateChangeComplete, before it is answered", async () => {
    const gateway = await acs.gateway();
    const operations = [{ operation: "Install", url: "http://files.example/u", password: "open-sesame" }];
    const id = await acs.task(gateway.id, { kind: "changeDUState", operations });
    await gateway.inform("2 PERIODIC");
    expect(messageOf(await gateway.empty())).to.have.nested.property("operations[0].password", "open-sesame");
    await gateway.say({ kind: "ChangeDUStateResponse" });
    expect(await stateOf(id)).to.equal("awaiting-device");
    await gateway.inform("11 DU STATE CHANGE COMPLETE", `M ChangeDUState=${id}`);
    const result = {
      ...{ uuid: "u", deploymentUnitRef: "", version: "1", currentState: "Installed", resolved: true, executionUnitRefs: [] },
      ...{ startTime: "", completeTime: "", fault: { faultCode: 0, faultString: "" } },
    };
    const answer = await gateway.say({ kind: "DUStateChangeComplete", commandKey: id, results: [result] });
    expect(messageOf(answer).kind).to.equal("DUStateChangeCompleteResponse");
    expect(await stateOf(id)).to.equal("done");
  });

  it("a factory reset ends with 0 BOOTSTRAP, a scheduled Inform with M ScheduleInform", async () => {
    const gateway = await acs.gateway();
    const scheduled = await acs.task(gateway.id, { kind: "scheduleInform", delayS: 60 });
    await gateway.inform("2 PERIODIC");
    expect(messageOf(await gateway.empty())).to.deep.equal({ kind: "ScheduleInform", delayS: 60, commandKey: scheduled });
    await gateway.say({ kind: "ScheduleInformResponse" });
    await gateway.inform("3 SCHEDULED", `M ScheduleInform=${scheduled}`);
    expect(await stateOf(scheduled)).to.equal("done");
    const reset = await acs.task(gateway.id, { kind: "factoryReset" });
    expect(messageOf(await gateway.empty()).kind).to.equal("FactoryReset");
    await gateway.say({ kind: "FactoryResetResponse" });
    await gateway.inform("0 BOOTSTRAP", "1 BOOT");
    expect(await stateOf(reset)).to.equal("done");
  });
});
