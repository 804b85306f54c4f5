/**
 * Diagnoses over REST, with gateways of both data models played by hand: one call per line starts one; the object is looked for where the
 * tree does not know it; the verdict in two languages; several lines at once; cancelled, lost, timed out, restarted.
 * Spec: CN 103067208 B; cwmp.md 8.1, 9.5; docs/decisions/0025-a-diagnosis-is-a-chain-of-tasks.md. Layer: integration.
 */
import { expect } from "chai";
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";
import { openStores } from "../../acs/stores/sqlite/open-stores.js";
import { messageOf } from "../support/cwmp-client.js";
import { settle } from "../support/fake-clock.js";
import { type ScriptedBridge, scriptedBridge } from "../support/scripted-bridge.js";
import { startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const IGD = "InternetGatewayDevice.";
const SERVICE = `${IGD}Services.VoiceService.1.`;
const PROFILE = `${SERVICE}VoiceProfile.1.`;
const line = (number: number): string => `${PROFILE}Line.${number}.`;
const test = (number: number): string => `${line(number)}SIP.X_0A1B2C_RegistrationDiagnostics.`;
const SET: DeviceMessage = { kind: "SetParameterValuesResponse", status: 0 };
const END = "8 DIAGNOSTICS COMPLETE";
type Values = Readonly<Record<string, string>>;

const told = (object: string, values: Values): DeviceMessage => ({
  kind: "GetParameterValuesResponse",
  values: Object.entries(values).map(([leaf, text]) => ({ name: object + leaf, type: "xsd:string", text })),
});
/** Answers to a refresh: the names, then the values. */
const tree = (object: string, values: Values): readonly DeviceMessage[] => [
  { kind: "GetParameterNamesResponse", parameters: Object.keys(values).map((leaf) => ({ name: object + leaf, writable: true })) },
  told(object, values),
];
const REGISTRATION: Values = { DiagnosticsState: "None", Timeout: "32000", AttemptTimeout: "8000", FaultCode: "0" };
const lineValues = (number: number, more: Values = {}): Values =>
  Object.fromEntries([
    [`Line.${number}.Enable`, "Enabled"],
    ...Object.entries(more).map(([leaf, text]) => [`Line.${number}.${leaf}`, text] as const),
    ...Object.entries(REGISTRATION).map(([leaf, text]) => [`Line.${number}.SIP.X_0A1B2C_RegistrationDiagnostics.${leaf}`, text] as const),
  ]);

describe("diagnoses", () => {
  let acs: TestAcs;
  let bridge: ScriptedBridge;
  let gateway: TestGateway;
  before(async () => {
    bridge = scriptedBridge();
    const env = { ACS_REFRESH_AT_BOOTSTRAP: "false", ACS_UNKNOWN_SETTLE_MS: "300000" };
    acs = await startTestAcs({ parts: { bridge, random: () => 0 }, env });
  });
  after(() => acs.close());
  beforeEach(async () => {
    gateway = await acs.gateway({ sipAddress: "sip:1001@voice.example" });
  });

  const url = (): string => `/api/devices/${gateway.id}/diagnoses`;
  const start = (body: unknown) => acs.call("POST", url(), body);
  const shown = async (id: string) => (await acs.call("GET", `${url()}/${id}`)).body;
  async function started(body: unknown): Promise<string> {
    const { status, body: answer } = await start(body);
    expect(status, JSON.stringify(answer)).to.equal(202);
    return answer.id as string;
  }
  const ended = (id: string) =>
    acs.untilEvent("diagnosis ended", ({ kind, data }) => kind === "diagnosis-ended" && data["diagnosisId"] === id);
  /** All that was begun has had its effects: a write of the store goes and comes. */
  async function quiet(): Promise<void> {
    for (let i = 0; i < 6; i++) {
      await acs.stores.settings.set("quiet", String(i));
      await settle();
    }
  }
  /** The time, and one more look at the clock after what it brought has been written. */
  async function pass(ms: number): Promise<void> {
    await acs.clock.advance(ms);
    await quiet();
    await acs.clock.advance(2_000);
    await quiet();
  }
  /** A session in which what is asked is answered in turn; what was asked. */
  async function session(codes: readonly string[], ...answers: readonly DeviceMessage[]): Promise<readonly AcsMessage[]> {
    await gateway.inform(...codes);
    let answer = await gateway.empty();
    const asked: AcsMessage[] = [];
    for (const message of answers) {
      asked.push(messageOf(answer));
      answer = await gateway.say(message);
    }
    expect(answer.status, `asked as well: ${answer.body}`).to.equal(204);
    await quiet();
    return asked;
  }
  /** The tree of a gateway with these lines is known. */
  async function knows(...values: readonly Values[]): Promise<void> {
    await acs.task(gateway.id, { kind: "refresh", path: PROFILE });
    await session(["2 PERIODIC"], ...tree(PROFILE, Object.assign({ Enable: "Enabled" }, ...values) as Values));
  }

  it("one call per line: Requested, 8 DIAGNOSTICS COMPLETE, read, and a verdict in both languages", async () => {
    await knows(lineValues(1), lineValues(2));
    const id = await started({ test: "sip-registration", line: 2 });
    expect(await shown(id)).to.deep.include({ state: "running", phase: "testing", line: 2, linePath: line(2), path: test(2) });
    const [set] = await session(["6 CONNECTION REQUEST"], SET);
    expect(set).to.deep.include({ kind: "SetParameterValues" });
    await session([END], told(test(2), { DiagnosticsState: "Complete", FaultCode: "403", LastResponseText: "Forbidden" }));
    await ended(id);
    const diagnosis = await shown(id);
    expect(diagnosis).to.deep.include({ state: "done", phase: null, failure: null });
    expect(diagnosis.verdict.code).to.equal(403);
    expect(diagnosis.verdict.good).to.equal(false);
    expect(diagnosis.verdict.meaning.en).to.equal("The SIP server forbids this registration (403, Forbidden).");
    expect(diagnosis.verdict.meaning.zh).to.equal("SIP 服务器禁止此次注册（403，Forbidden）。");
  });

  it("in one language, where one is asked for", async () => {
    await knows(lineValues(1));
    const id = await started({ test: "sip-registration", line: 1 });
    await session(["2 PERIODIC"], SET);
    await session([END], told(test(1), { DiagnosticsState: "Complete", FaultCode: "1" }));
    await ended(id);
    expect((await acs.call("GET", `${url()}/${id}?lang=zh`)).body.verdict.meaning).to.equal("线路的 SIP 配置不完整或超出范围。");
    expect((await acs.call("GET", `${url()}/${id}?lang=fr`)).status).to.equal(422);
  });

  it("what the tree does not know is looked for first; the test follows by itself", async () => {
    await session(["2 PERIODIC"]);
    const id = await started({ test: "sip-registration", line: 1 });
    expect(await shown(id)).to.deep.include({ state: "running", phase: "looking", path: null });
    const [names] = await session(
      ["2 PERIODIC"],
      ...tree(`${IGD}Services.VoiceService.`, { [`1.VoiceProfile.1.${"Line.1.Enable"}`]: "Enabled" }),
    );
    expect(names).to.deep.include({ kind: "GetParameterNames", path: `${IGD}Services.VoiceService.` });
    await ended(id);
    expect((await shown(id)).failure).to.deep.include({
      code: "not-supported",
      detail: `not supported by this model (0A1B2C-VG2000): the device has no X_<OUI>_RegistrationDiagnostics below ${line(1)}`,
    });
    const again = await started({ test: "sip-registration", line: 1 });
    const [look] = await session(
      ["2 PERIODIC"],
      ...tree(line(1), { Enable: "Enabled", "SIP.X_0A1B2C_RegistrationDiagnostics.DiagnosticsState": "None" }),
    );
    expect(look).to.deep.include({ path: line(1) });
    expect(await shown(again)).to.deep.include({ state: "running", phase: "testing", path: test(1) });
    const [set] = await session(["6 CONNECTION REQUEST"], SET);
    expect(set).to.have.nested.property("values[0].name", `${test(1)}DiagnosticsState`);
  });

  it("an object that the device does not know (9005) is not supported", async () => {
    await knows(lineValues(1));
    const id = await started({ test: "ping", arguments: { host: "192.0.2.1" } });
    await session(["2 PERIODIC"], {
      ...{ kind: "Fault", faultCode: 9005, faultString: "Invalid parameter name", setParameterValuesFaults: [] },
      ...{ soapFaultCode: "Client", soapFaultString: "CWMP fault" },
    } as DeviceMessage);
    await ended(id);
    expect((await shown(id)).failure).to.deep.include({ code: "not-supported" });
  });

  it("a wrong line, an unknown test, a bad argument and a test that the data model does not have are refused at once", async () => {
    await knows(lineValues(1));
    const refused = async (body: unknown): Promise<string> => {
      const { status, body: problem } = await start(body);
      expect(status).to.equal(422);
      return problem.detail;
    };
    expect(await refused({ test: "sip-registration", line: 7 })).to.include(`it has these lines: 1 (${line(1)})`);
    expect(await refused({ test: "sip-registration" })).to.match(/^line is missing/);
    expect(await refused({ test: "pong" })).to.match(/^test must be one of sip-registration, ping/);
    expect(await refused({ test: "sip-registration", line: 1, arguments: { timeoutMs: 5 } })).to.equal(
      "arguments.timeoutMs must be an integer from 1000 to 3600000",
    );
    expect(await refused({ test: "udp-echo", arguments: { host: "a", port: 7 } })).to.match(/not supported by this model/);
    expect(await refused({ test: "ping", arguments: { host: { a: 1 } } })).to.match(/^arguments.host/);
    expect((await acs.call("POST", "/api/devices/none/diagnoses", { test: "ping", arguments: { host: "a" } })).status).to.equal(404);
  });

  it("a line that is being tested is busy: 409 names the diagnosis", async () => {
    await knows(lineValues(1));
    const id = await started({ test: "sip-registration", line: 1 });
    const { status, body } = await start({ test: "sip-registration", line: line(1) });
    expect([status, body.detail.includes(id)]).to.deep.equal([409, true]);
  });

  it("several lines at once: one session asks for all, each end is read, and each has a history of its own", async () => {
    await knows(lineValues(1), lineValues(2), lineValues(3));
    const ids = [await started({ test: "sip-registration", line: 1 }), await started({ test: "sip-registration", line: 2 })];
    await session(["6 CONNECTION REQUEST"], SET, SET);
    await session(
      [END],
      told(test(1), { DiagnosticsState: "Requested" }),
      told(test(2), { DiagnosticsState: "Complete", FaultCode: "200" }),
    );
    await ended(ids[1] ?? "");
    expect((await shown(ids[0] ?? "")).state).to.equal("running");
    await session([END], told(test(1), { DiagnosticsState: "Complete", FaultCode: "3" }));
    await ended(ids[0] ?? "");
    const history = async (query: string) =>
      (await acs.call("GET", `${url()}?${query}`)).body.diagnoses.map((one: { id: string }) => one.id);
    expect(await history("line=1")).to.deep.equal([ids[0]]);
    expect(await history(`line=${line(2)}`)).to.deep.equal([ids[1]]);
    expect(await history("line=3")).to.deep.equal([]);
    expect(await history("test=sip-registration&limit=1")).to.deep.equal([ids[1]]);
    expect((await acs.call("GET", `${url()}?line=1&port=1`)).status).to.equal(422);
  });

  it("cancelled before the device has called in: over at once; a second time it is over already", async () => {
    await knows(lineValues(1));
    const id = await started({ test: "sip-registration", line: 1 });
    const { status, body } = await acs.call("DELETE", `${url()}/${id}`);
    expect([status, body.state, body.failure.code]).to.deep.equal([200, "canceled", "canceled"]);
    expect((await acs.call("DELETE", `${url()}/${id}`)).status).to.equal(409);
    expect(await session(["2 PERIODIC"])).to.deep.equal([]);
    expect((await acs.call("DELETE", `${url()}/none`)).status).to.equal(404);
  });

  it("cancelled while the device tests: it is woken, told Canceled, and the line is free again", async () => {
    await knows(lineValues(1));
    const id = await started({ test: "sip-registration", line: 1 });
    await session(["6 CONNECTION REQUEST"], SET);
    const { status, body } = await acs.call("DELETE", `${url()}/${id}`);
    expect([status, body.state, body.canceling]).to.deep.equal([202, "running", true]);
    const [, cancel] = await session(["6 CONNECTION REQUEST"], told(test(1), { DiagnosticsState: "Requested" }), SET);
    expect(cancel).to.have.deep.property("values", [{ name: `${test(1)}DiagnosticsState`, type: "xsd:string", text: "Canceled" }]);
    await ended(id);
    expect((await shown(id)).state).to.equal("canceled");
    await started({ test: "sip-registration", line: 1 });
  });

  it("cancelled in the very session that begins the test: the device is woken for another one", async () => {
    await knows(lineValues(1));
    const id = await started({ test: "sip-registration", line: 1 });
    await quiet();
    await gateway.inform("6 CONNECTION REQUEST");
    await gateway.empty();
    expect((await acs.call("DELETE", `${url()}/${id}`)).status).to.equal(202);
    const before = bridge.requests.length;
    expect((await gateway.say(SET)).status).to.equal(204);
    await quiet();
    expect(bridge.requests.slice(before).map(({ deviceId }) => deviceId)).to.deep.equal([gateway.id]);
    await session(["6 CONNECTION REQUEST"], told(test(1), { DiagnosticsState: "Requested" }), SET);
    await ended(id);
    expect((await shown(id)).state).to.equal("canceled");
  });

  it("cancelled while its end is being read: the session goes on, and the next one tells how it ended", async () => {
    await knows(lineValues(1));
    const id = await started({ test: "sip-registration", line: 1 });
    await session(["2 PERIODIC"], SET);
    await gateway.inform(END);
    expect(messageOf(await gateway.empty())).to.deep.include({ kind: "GetParameterValues" });
    expect((await acs.call("DELETE", `${url()}/${id}`)).status).to.equal(202);
    const complete = told(test(1), { DiagnosticsState: "Complete", FaultCode: "200" });
    expect((await gateway.say(complete)).status).to.equal(204);
    await quiet();
    await session(["6 CONNECTION REQUEST"], complete);
    await ended(id);
    expect((await shown(id)).verdict.code).to.equal(200);
    expect(await acs.events(gateway.id, "session-failed")).to.deep.equal([]);
  });

  it("a restart of the device in the middle of a test loses it", async () => {
    await knows(lineValues(1));
    const id = await started({ test: "sip-registration", line: 1 });
    await session(["2 PERIODIC"], SET);
    await session(["1 BOOT"], told(test(1), { DiagnosticsState: "None" }));
    await ended(id);
    expect((await shown(id)).failure).to.deep.include({ code: "lost" });
  });

  it("no end within Timeout and a minute: the object is read, and the test timed out", async () => {
    await knows(lineValues(1));
    const id = await started({ test: "sip-registration", line: 1, arguments: { timeoutMs: 10_000 } });
    await session(["2 PERIODIC"], SET);
    await pass(70_000);
    await session(["6 CONNECTION REQUEST"], told(test(1), { DiagnosticsState: "Requested" }), SET);
    await ended(id);
    expect((await shown(id)).failure).to.deep.include({ code: "timed-out" });
  });

  it("a device whose clock is in the year 1 has a verdict all the same; the time is unknown", async () => {
    await knows(lineValues(1));
    const id = await started({ test: "sip-registration", line: 1 });
    await session(["2 PERIODIC"], SET);
    await session([END], told(test(1), { DiagnosticsState: "Complete", FaultCode: "2", LastAttemptTime: "0001-01-01T00:00:41Z" }));
    await ended(id);
    expect(await shown(id)).to.deep.include({ state: "done", result: { faultCode: 2, lastAttemptAt: null } });
  });

  it("nobody calls in: it expires", async () => {
    await knows(lineValues(1));
    const id = await started({ test: "sip-registration", line: 1, expiresInS: 60 });
    await pass(60_000);
    await ended(id);
    expect((await shown(id)).failure).to.deep.include({ code: "expired" });
  });

  it("a ping of a TR-098 gateway has a readable result under the same frame, and a good verdict", async () => {
    const id = await started({ test: "ping", arguments: { host: "192.0.2.1", repetitions: 3, timeoutMs: 1_000 } });
    const ping = `${IGD}IPPingDiagnostics.`;
    await session(["2 PERIODIC"], ...tree(ping, { DiagnosticsState: "None", Host: "", NumberOfRepetitions: "1", Timeout: "1000" }));
    const [set] = await session(["6 CONNECTION REQUEST"], SET);
    expect(set).to.have.nested.property("values.length", 4);
    await session(
      [END],
      told(ping, { DiagnosticsState: "Complete", Host: "192.0.2.1", SuccessCount: "3", FailureCount: "0", AverageResponseTime: "7" }),
    );
    await ended(id);
    const { verdict, result, arguments: given } = await shown(id);
    expect(given).to.deep.equal({ host: "192.0.2.1", repetitions: 3, timeoutMs: 1_000 });
    expect([verdict.code, verdict.good, result]).to.deep.equal([
      ...["Complete", true],
      { successCount: 3, failureCount: 0, averageResponseTimeMs: 7 },
    ]);
  });

  it("an answer may wait for the end: 200 with the verdict, 202 when the time is over first", async () => {
    await knows(lineValues(1));
    const early = await acs.call("POST", `${url()}?wait=0`, { test: "sip-registration", line: 1 });
    const { id } = early.body;
    const held = acs.call("GET", `${url()}/${id}?wait=60&lang=en`);
    await session(["2 PERIODIC"], SET);
    await session([END], told(test(1), { DiagnosticsState: "Complete", FaultCode: "200" }));
    const { status, body } = await held;
    expect([early.status, status, body.verdict.meaning]).to.deep.equal([202, 200, "The registration succeeds: no fault."]);
  });

  it("the timeline tells start and end, and whether anything is wrong", async () => {
    await knows(lineValues(1));
    const id = await started({ test: "sip-registration", line: 1 });
    await session(["2 PERIODIC"], SET);
    await session([END], told(test(1), { DiagnosticsState: "Error_AuthFailed" }));
    await ended(id);
    const events = await acs.events(gateway.id, "diagnosis-started", "diagnosis-ended");
    expect(events.map(({ kind }) => kind)).to.deep.equal(["diagnosis-started", "diagnosis-ended"]);
    expect(events[1]?.data).to.deep.include({ diagnosisId: id, state: "done", code: "Error_AuthFailed", good: false });
    expect((await shown(id)).verdict.code).to.equal("Error_AuthFailed");
  });

  it("a restart of the ACS between the end of the task and the verdict loses nothing", async () => {
    await knows(lineValues(1));
    const id = await started({ test: "sip-registration", line: 1 });
    await session(["2 PERIODIC"], SET);
    const { task } = await shown(id);
    acs = await acs.restart({
      whileDown: async () => {
        const stores = await openStores({ file: acs.file("acs.sqlite") });
        const open = await stores.tasks.get(task);
        const result = { state: "Complete", values: { FaultCode: "404" }, tables: {} };
        await stores.tasks.change(task, open?.revision ?? 0, { to: "done", reason: "", atMs: 0, result }, { events: [] });
        await stores.close();
      },
    });
    await ended(id);
    expect((await shown(id)).verdict.code).to.equal(404);
  });

  it("goes with its device; nothing of it is left behind", async () => {
    const id = await started({ test: "ping", arguments: { host: "192.0.2.1" } });
    expect((await acs.call("DELETE", `/api/devices/${gateway.id}`)).status).to.equal(204);
    await quiet();
    expect(await acs.stores.diagnoses.get(id)).to.equal(undefined);
  });
});
