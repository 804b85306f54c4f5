/**
 * Diagnostics in sessions: asked for, awaited until 8 DIAGNOSTICS COMPLETE, read; several at once; lost by a restart; stuck. At the end
 * with a simulated gateway, over REST.
 * Spec: TR-106 DiagnosticsState; cwmp.md 1.11 row 27, 8.1, 12 rows 25, 57; docs/decisions/0013. Layer: integration.
 */
import { expect } from "chai";
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";
import { findBehaviour } from "../../device-sim/behaviours/find-behaviour.js";
import { heard, messageOf } from "../support/cwmp-client.js";
import { settle } from "../support/fake-clock.js";
import { openGatewayBench } from "../support/gateway-bench.js";
import { type ScriptedBridge, scriptedBridge } from "../support/scripted-bridge.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const ROOT = "InternetGatewayDevice.";
const PING = `${ROOT}IPPingDiagnostics.`;
const TRACE = `${ROOT}TraceRouteDiagnostics.`;
const SET: DeviceMessage = { kind: "SetParameterValuesResponse", status: 0 };
const END = "8 DIAGNOSTICS COMPLETE";
const ping = (host = "192.0.2.1") => ({ kind: "diagnostic", path: PING, arguments: [{ name: "Host", value: host }], timeoutS: 120 });
const trace = { kind: "diagnostic", path: TRACE, arguments: [], timeoutS: 600 };
const told = (object: string, values: Readonly<Record<string, string>>): DeviceMessage => ({
  kind: "GetParameterValuesResponse",
  values: Object.entries(values).map(([leaf, text]) => ({ name: object + leaf, type: "xsd:string", text })),
});
const reads = (object: string): AcsMessage => ({ kind: "GetParameterValues", names: [object] });

describe("diagnostics", () => {
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

  const taskOf = async (id: string) => (await acs.call("GET", `/api/tasks/${id}`)).body;
  const stateOf = async (id: string): Promise<string> => (await taskOf(id)).state;
  /** All that was begun has had its effects: a write of the store goes and comes. */
  async function quiet(): Promise<void> {
    for (let i = 0; i < 5; i++) {
      await acs.stores.settings.set("quiet", String(i));
      await settle();
    }
  }
  /** The time, and one more look at the clock after what it brought has been written. */
  async function pass(ms: number): Promise<void> {
    await acs.clock.advance(ms);
    await quiet();
    await acs.clock.advance(2_000);
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
    expect(answer.status, heardOr(answer)).to.equal(204);
    return asked;
  }
  const heardOr = (answer: Parameters<typeof heard>[0]): string => `asked as well: ${heard(answer)}`;
  const begun = async (order: Readonly<Record<string, unknown>>): Promise<string> => {
    const id = await acs.task(gateway.id, order);
    await session(["2 PERIODIC"], SET);
    return id;
  };
  const wakes = (): number => bridge.requests.filter(({ deviceId }) => deviceId === gateway.id).length;

  it("is awaited until 8 DIAGNOSTICS COMPLETE, whatever the device calls in for before, and then read", async () => {
    const id = await begun(ping());
    expect(await taskOf(id)).to.deep.include({ state: "awaiting-device", reason: "the device begins when the session has ended" });
    expect(await session(["2 PERIODIC"]), "nothing is asked meanwhile").to.deep.equal([]);
    const asked = await session([END], told(PING, { DiagnosticsState: "Complete", Host: "192.0.2.1", SuccessCount: "3" }));
    expect(asked).to.deep.equal([reads(PING)]);
    const task = await taskOf(id);
    expect([task.state, task.result]).to.deep.equal([
      "done",
      { state: "Complete", values: { Host: "192.0.2.1", SuccessCount: "3" }, tables: {} },
    ]);
    const { entries } = (await acs.call("GET", `/api/devices/${gateway.id}/tree?path=${PING}SuccessCount`)).body;
    expect(entries[0]?.value).to.equal("3");
  });

  it("several of different objects at once: each is read, and those still Requested wait on", async () => {
    const both = [await acs.task(gateway.id, ping()), await acs.task(gateway.id, trace)];
    await session(["2 PERIODIC"], SET, SET);
    const asked = await session([END], told(PING, { DiagnosticsState: "Requested" }), told(TRACE, { DiagnosticsState: "Complete" }));
    expect(asked).to.deep.equal([reads(PING), reads(TRACE)]);
    expect(await Promise.all(both.map(stateOf))).to.deep.equal(["awaiting-device", "done"]);
    await session([END], told(PING, { DiagnosticsState: "Completed" }));
    expect(await stateOf(both[0] ?? "")).to.equal("done");
  });

  it("the same object twice: the second waits for the first without waking anybody, and begins in the session that ends it", async () => {
    const first = await begun(ping());
    const second = await acs.task(gateway.id, ping("192.0.2.2"));
    await quiet();
    const before = wakes();
    expect(await session(["2 PERIODIC"])).to.deep.equal([]);
    await quiet();
    await acs.clock.advance(60_000);
    await quiet();
    expect([wakes(), await stateOf(second)]).to.deep.equal([before, "queued"]);
    const asked = await session([END], told(PING, { DiagnosticsState: "Complete", Host: "192.0.2.1" }), SET);
    expect(asked[1]).to.deep.include({ kind: "SetParameterValues", parameterKey: second });
    expect([await stateOf(first), await stateOf(second)]).to.deep.equal(["done", "awaiting-device"]);
  });

  it("a session that dies between 8 DIAGNOSTICS COMPLETE and the answer: the next one reads, whatever the device calls in for", async () => {
    const id = await begun(ping());
    await gateway.inform(END);
    expect(messageOf(await gateway.empty())).to.deep.equal(reads(PING));
    gateway.disconnect();
    expect(await session(["2 PERIODIC"], told(PING, { DiagnosticsState: "Complete" }))).to.deep.equal([reads(PING)]);
    expect(await stateOf(id)).to.equal("done");
  });

  it("a restart in between loses the results: failed, not waited for", async () => {
    const id = await begun(ping());
    expect(await session(["1 BOOT"], told(PING, { DiagnosticsState: "None" }))).to.deep.equal([reads(PING)]);
    const { state, failure } = await taskOf(id);
    expect([state, failure.code]).to.deep.equal(["failed", "not-done"]);
    expect(failure.detail).to.match(/the device has restarted since/);
  });

  it("stuck: after its time the device is woken, the state read, and only then the task given up", async () => {
    const id = await begun(ping());
    const before = wakes();
    await acs.clock.advance(119_000);
    await quiet();
    expect([await stateOf(id), wakes()]).to.deep.equal(["awaiting-device", before]);
    await pass(1_000);
    await acs.untilTask(id, "unknown");
    await quiet();
    expect(wakes()).to.equal(before + 1);
    await session(["6 CONNECTION REQUEST"], told(PING, { DiagnosticsState: "Requested" }));
    expect((await taskOf(id)).failure).to.deep.equal({
      code: "not-done",
      detail: "the state is still Requested, although 120 s have passed since the request",
    });
  });

  it("one that waits is not forgotten when the first is given up without a session", async () => {
    const first = await begun(ping());
    const second = await acs.task(gateway.id, ping("192.0.2.2"));
    await pass(120_000);
    await acs.untilTask(first, "unknown");
    await pass(300_000);
    await acs.untilTask(first, "failed");
    await quiet();
    const before = wakes();
    await pass(900_000);
    expect(wakes(), "after the back-off").to.be.greaterThan(before);
    const [asked] = await session(["6 CONNECTION REQUEST"], SET);
    expect(asked).to.deep.include({ kind: "SetParameterValues", parameterKey: second });
  });

  it("a lost answer is read back, and the request not repeated if the device took it", async () => {
    const id = await acs.task(gateway.id, ping());
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    gateway.forget();
    const key = `${ROOT}ManagementServer.ParameterKey`;
    const state = { [key]: id, [`${PING}DiagnosticsState`]: "Requested", [`${PING}Host`]: "192.0.2.1" };
    expect(await session(["2 PERIODIC"], told("", state))).to.deep.equal([{ kind: "GetParameterValues", names: [key, PING] }]);
    expect(await stateOf(id)).to.equal("awaiting-device");
  });

  it("over REST: a secret among the arguments is never shown; what can't be right is refused", async () => {
    const values = [{ name: "X_00D09E_AuthPassword", value: "open-sesame" }];
    const id = await acs.task(gateway.id, { ...ping(), arguments: values });
    expect((await taskOf(id)).arguments).to.deep.equal([
      { name: `${PING}X_00D09E_AuthPassword`, value: null, type: "xsd:string", hidden: true },
    ]);
    const [asked] = await session(["2 PERIODIC"], SET);
    expect(asked).to.have.nested.property("values[0].text", "open-sesame");
    const { status, body } = await acs.call("POST", `/api/devices/${gateway.id}/tasks`, {
      kind: "diagnostic",
      path: `${ROOT}UDPEchoConfig.`,
    });
    expect([status, body.detail]).to.deep.equal([422, "path has no state: it is set with setParameterValues"]);
  });

  describe("without a task of its own (row 27)", () => {
    const request = { kind: "setParameterValues", values: [{ name: `${PING}DiagnosticsState`, value: "Requested" }] };

    it("an object that is known as requested is read, once, before anything that is queued", async () => {
      await begun(request);
      await acs.task(gateway.id, { kind: "reboot", priority: 9 });
      const complete = told(PING, { DiagnosticsState: "Complete", SuccessCount: "4" });
      const reboot: DeviceMessage = { kind: "RebootResponse" };
      expect((await session([END], complete, reboot)).map(({ kind }) => kind)).to.deep.equal(["GetParameterValues", "Reboot"]);
      expect(await session([END]), "its end is known").to.deep.equal([]);
    });

    it("an object for which a task waits is read by that task alone", async () => {
      await begun(ping());
      expect(await session([END], told(PING, { DiagnosticsState: "Complete" }))).to.deep.equal([reads(PING)]);
    });

    it("without event 8 nothing is read", async () => {
      await begun(request);
      expect(await session(["4 VALUE CHANGE"])).to.deep.equal([]);
    });
  });
});

describe("a firmware download whose TransferComplete never comes (quirk 25)", () => {
  let acs: TestAcs;
  let gateway: TestGateway;
  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false", ACS_DOWNLOAD_SETTLE_MS: "60000" } });
  });
  after(() => acs.close());
  const order = { kind: "download", url: "http://files.example/fw", fileType: "1 Firmware Upgrade Image", version: "4.0" };
  const UNKNOWN: DeviceMessage = { kind: "Fault", faultCode: 9000, faultString: "", setParameterValuesFaults: [] };
  const policy = (body: object) => acs.call("PUT", "/api/models/0A1B2C-VG2000/policy", body);
  /** 1 BOOT with that version. */
  const boots = (version: string) => gateway.post(gateway.informText(["1 BOOT"]).replace("3.2.1", version));
  async function accepted(): Promise<string> {
    gateway = await acs.gateway();
    const id = await acs.task(gateway.id, order);
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    await gateway.say({ kind: "DownloadResponse", status: 1, startTime: "", completeTime: "" });
    expect((await acs.stores.tasks.get(id))?.state).to.equal("awaiting-device");
    return id;
  }

  it("ends at the restart with the wanted version, if the model is known for it", async () => {
    await policy({ downloadEndsAtBoot: true });
    const id = await accepted();
    await boots("3.2.1");
    expect((await acs.stores.tasks.get(id))?.state, "another restart").to.equal("awaiting-device");
    await boots("4.0");
    const task = await acs.stores.tasks.get(id);
    expect([task?.state, task?.transitions.at(-1)?.reason]).to.deep.equal([
      "done",
      "the device restarted with version 4.0 (1 BOOT, without TransferComplete)",
    ]);
    const { relaxations } = (await acs.call("GET", `/api/devices/${encodeURIComponent(task?.deviceId ?? "")}/relaxations`)).body;
    expect(relaxations.map(({ rule }: { rule: string }) => rule)).to.include("download-ends-at-boot");
  });

  for (const [version, state, reason] of [
    ["4.0", "done", "read back: the device runs version 4.0"],
    ["3.2.1", "failed", "read back: the device told no end in time, and runs version 3.2.1, not 4.0"],
  ] as const) {
    it(`else is judged by version ${version} when its time is over: ${state}`, async () => {
      await policy({});
      const id = await accepted();
      await boots(version);
      expect((await acs.stores.tasks.get(id))?.state).to.equal("awaiting-device");
      await acs.clock.advance(62_000);
      await acs.untilTask(id, "unknown");
      await gateway.post(gateway.informText(["2 PERIODIC"]).replace("3.2.1", version));
      expect(heard(await gateway.empty())).to.equal("GetAllQueuedTransfers");
      expect(heard(await gateway.say(UNKNOWN))).to.equal("GetQueuedTransfers");
      expect(heard(await gateway.say(UNKNOWN))).to.equal("GetParameterValues");
      await gateway.say(told(`${ROOT}DeviceInfo.`, { SoftwareVersion: version }));
      const task = await acs.stores.tasks.get(id);
      expect([task?.state, task?.transitions.at(-1)?.reason]).to.deep.equal([state, reason]);
    });
  }
});

describe("diagnostics of a simulated gateway, over REST", () => {
  const bench = openGatewayBench();
  let acs: TestAcs;
  let number = 100;
  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  afterEach(() => bench.close());
  after(() => acs.close());

  /** A gateway that misbehaves so, and the id of its test. */
  async function pinging(behaviour: string, more: object, model: "tr098" | "tr181" = "tr098") {
    const behaviours = [findBehaviour(behaviour) ?? { name: behaviour, description: "" }];
    const { gateway } = bench.add({
      acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`,
      acsPassword: DEVICE_PASSWORD,
      number: number++,
      model,
      behaviours,
    });
    const { oui, productClass, serialNumber } = gateway.instance;
    await acs.gateway({ oui, productClass, serialNumber });
    const id = await acs.task(gateway.deviceId, { kind: "diagnostic", path: PING, ...more });
    await gateway.powerOn();
    return { id, gateway };
  }
  async function ended(id: string) {
    await acs.untilTask(id, "done", "failed");
    return (await acs.call("GET", `/api/tasks/${id}`)).body;
  }
  const args = [
    { name: "Host", value: "127.0.0.1" },
    { name: "NumberOfRepetitions", value: 3 },
  ];

  for (const [model, path] of [
    ["tr098", PING],
    ["tr181", "Device.IP.Diagnostics.IPPing."],
  ] as const) {
    it(`Complete: done, with results (${model})`, async () => {
      const { id } = await pinging("diagnostics-complete", { path, arguments: args }, model);
      const { state, result } = await ended(id);
      expect([state, result.state]).to.deep.equal(["done", "Complete"]);
      expect(result.values).to.include({ Host: "127.0.0.1", SuccessCount: "3", FailureCount: "0" });
    });
  }
  it("Completed: done as well (quirk 57)", async () => {
    const { id } = await pinging("diagnostics-say-completed", { arguments: args });
    const { state, result } = await ended(id);
    expect([state, result.state]).to.deep.equal(["done", "Completed"]);
  });
  it("Error_CannotResolveHostName: failed with it", async () => {
    const { id } = await pinging("faithful", {});
    const { state, failure } = await ended(id);
    const detail = "the diagnostic ended with Error_CannotResolveHostName";
    expect([state, failure]).to.deep.equal(["failed", { code: "diagnostic-error", detail }]);
  });
  it("stuck at Requested: failed after its time, when the device has called in", async () => {
    const { id, gateway } = await pinging("diagnostics-stuck", { arguments: args, timeoutS: 30 });
    await acs.untilTask(id, "awaiting-device");
    await acs.clock.advance(32_000);
    await acs.untilTask(id, "unknown");
    gateway.triggerPeriodic();
    const { state, failure } = await ended(id);
    const detail = "the state is still Requested, although 30 s have passed since the request";
    expect([state, failure]).to.deep.equal(["failed", { code: "not-done", detail }]);
  });
});
