/**
 * Rows and attributes of a simulated gateway in whole sessions: what is added stays, what is notified is told.
 * Spec: TR-069 A.3.2.4-A.3.2.7, 3.7.1.5; TR-098 (InformParameter, DefaultActiveNotificationThrottle).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";
import { openGatewayBench } from "../support/gateway-bench.js";
import { INFORM_RESPONSE, openScriptedAcs, type Reply, type ScriptedAcs } from "../support/scripted-acs.js";

const R = "InternetGatewayDevice.";
const LINES = `${R}Services.VoiceService.1.VoiceProfile.1.Line.`;
const NTP = `${R}Time.NTPServer1`;
const ask = (message: AcsMessage): Reply => ({ message });
const notify = (name: string, notification: number): Reply => ask({ kind: "SetParameterAttributes", parameters: [{ name, notification }] });
const set = (name: string, type: string, text: string): Reply =>
  ask({ kind: "SetParameterValues", values: [{ name, type: `xsd:${type}`, text }], parameterKey: "k" });
const eventsOf = (acs: ScriptedAcs) => acs.informs().map(({ events }) => events.map(({ code }) => code));
const answers = (acs: ScriptedAcs): readonly DeviceMessage[] => acs.posts.slice(2).flatMap(({ envelope }) => envelope?.message ?? []);

describe("device-sim: objects and attributes", () => {
  const bench = openGatewayBench();
  let acs: ScriptedAcs;
  let folder: string;
  beforeEach(async () => {
    acs = await openScriptedAcs();
    folder = mkdtempSync(join(tmpdir(), "device-sim-"));
  });
  afterEach(async () => {
    await bench.close();
    await acs.close();
    rmSync(folder, { recursive: true });
  });

  it("adds and deletes in one session, logs both, and refuses what can't be", async () => {
    acs.script(
      INFORM_RESPONSE,
      ask({ kind: "AddObject", objectName: LINES, parameterKey: "a" }),
      ask({ kind: "DeleteObject", objectName: `${LINES}1.`, parameterKey: "b" }),
      ask({ kind: "DeleteObject", objectName: `${LINES}1.`, parameterKey: "c" }),
      ask({ kind: "GetParameterValues", names: [`${R}ManagementServer.ParameterKey`, `${LINES}2.Status`] }),
    );
    const { gateway, event, effects } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("session-ended");
    const [add, remove, fault, values] = answers(acs);
    expect(add).to.deep.equal({ kind: "AddObjectResponse", instanceNumber: 2, status: 0 });
    expect(remove).to.deep.equal({ kind: "DeleteObjectResponse", status: 0 });
    expect(fault).to.include({ kind: "Fault", faultCode: 9005 });
    expect(values).to.have.nested.property("values[0].text", "b");
    expect(effects.slice(1)).to.deep.equal([
      { ...effects[1], effect: "add-object", objectName: LINES, instanceNumber: 2, parameterKey: "a" },
      { ...effects[2], effect: "delete-object", objectName: `${LINES}1.`, parameterKey: "b" },
    ]);
  });

  it("rows and attributes outlive the process, and a number given once is not given again", async () => {
    const memoryFile = join(folder, "device.json");
    const add = ask({ kind: "AddObject", objectName: LINES, parameterKey: "a" });
    acs.script(INFORM_RESPONSE, add, ask({ kind: "DeleteObject", objectName: `${LINES}2.`, parameterKey: "b" }), add, notify(NTP, 1));
    const first = bench.add({ acsUrl: acs.url, memoryFile });
    await first.gateway.powerOn();
    await first.event("session-ended");
    await first.gateway.powerOff();
    const names = [`${LINES}3.Enable`];
    acs.script(INFORM_RESPONSE, ask({ kind: "GetParameterValues", names }), ask({ kind: "GetParameterAttributes", names: [NTP] }));
    const second = bench.add({ acsUrl: acs.url, memoryFile });
    await second.gateway.powerOn();
    await second.event("session-ended");
    const [values, attributes] = answers(acs).slice(-2);
    expect(values).to.have.nested.property("values[0].text", "Disabled");
    expect(attributes).to.have.nested.property("attributes[0].notification", 1);
  });

  it("a passive change opens no session, and is told by the next one", async () => {
    acs.script(INFORM_RESPONSE, notify(NTP, 1));
    const { gateway, event, events } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("session-ended");
    gateway.changeLocally(NTP, "ntp.home");
    await new Promise((resolve) => setImmediate(resolve));
    expect(events.filter(({ kind }) => kind === "session-started")).to.have.length(1);
    gateway.triggerPeriodic();
    await event("session-ended", 2);
    expect(eventsOf(acs)[1]).to.have.members(["2 PERIODIC", "4 VALUE CHANGE"]);
    expect(acs.informs()[1]?.parameters).to.deep.include({ name: NTP, type: "xsd:string", text: "ntp.home" });
  });

  it("an active change opens a session at once", async () => {
    acs.script(INFORM_RESPONSE, notify(NTP, 2));
    const { gateway, event } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("session-ended");
    gateway.changeLocally(NTP, "ntp.home");
    await event("session-ended", 2);
    expect(eventsOf(acs)[1]).to.deep.equal(["4 VALUE CHANGE"]);
  });

  it("DefaultActiveNotificationThrottle keeps active changes waiting after a session, and nothing else", async () => {
    acs.script(INFORM_RESPONSE, notify(NTP, 2), set(`${R}ManagementServer.DefaultActiveNotificationThrottle`, "unsignedInt", "3600"));
    const { gateway, event, events } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("session-ended");
    gateway.changeLocally(NTP, "ntp.home");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(events.filter(({ kind }) => kind === "session-started")).to.have.length(1);
    gateway.triggerPeriodic();
    await event("session-ended", 2);
    expect(eventsOf(acs)[1]).to.have.members(["2 PERIODIC", "4 VALUE CHANGE"]);
  });

  it("whom the access list shuts out cannot change the value", async () => {
    acs.script(INFORM_RESPONSE, ask({ kind: "SetParameterAttributes", parameters: [{ name: NTP, accessList: [] }] }));
    const { gateway, event } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    gateway.changeLocally(NTP, "before");
    await event("session-ended");
    expect(() => gateway.changeLocally(NTP, "after")).to.throw(RangeError, /access list/);
    expect(gateway.read(NTP)).to.equal("before");
  });

  it("InformParameter has a parameter told in each Inform, or in those with an event of its list", async () => {
    const table = `${R}ManagementServer.InformParameter.`;
    acs.script(
      INFORM_RESPONSE,
      ask({ kind: "AddObject", objectName: table, parameterKey: "" }),
      set(`${table}1.ParameterName`, "string", `${R}Services.VoiceService.*.VoiceProfile.*.Line.*.DirectoryNumber`),
      set(`${table}1.Enable`, "boolean", "1"),
    );
    const { gateway, event } = bench.add({ acsUrl: acs.url });
    const isTold = (inform: number) => acs.informs()[inform]?.parameters.some(({ name }) => name === `${LINES}1.DirectoryNumber`);
    await gateway.powerOn();
    await event("session-ended");
    acs.script(INFORM_RESPONSE, set(`${table}1.EventList`, "string", "1 BOOT, 6 CONNECTION REQUEST"));
    gateway.triggerPeriodic();
    await event("session-ended", 2);
    gateway.triggerPeriodic();
    await event("session-ended", 3);
    expect([isTold(0), isTold(1), isTold(2)]).to.deep.equal([false, true, false]);
  });
});
