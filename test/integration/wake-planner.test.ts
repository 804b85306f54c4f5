/**
 * The wake planner in a running ACS: what it asks of the bridge, when, and what it tells of it. The bridge is a scripted peer that keeps
 * the contract of schemas/wake-contract.ts; time moves only when a test moves it.
 * Spec: DESIGN 4 (main path, which SIP address wakes which device). Layer: integration test.
 */
import { expect } from "chai";
import type { WakeRecord } from "../../acs/devices/device.js";
import { BridgeUnreachable, type WakeRequest } from "../../schemas/wake-contract.js";
import { heard } from "../support/cwmp-client.js";
import { fakeClock, settle } from "../support/fake-clock.js";
import { type ScriptedBridge, scriptedBridge } from "../support/scripted-bridge.js";
import { startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const MINUTE_MS = 60_000;
/** ACS_INFORM_WAIT_MS, its default. */
const INFORM_WAIT_MS = 60_000;
const SIP_ADDRESS = "sip:1001@voice.example";
const order = { kind: "reboot" } as const;

describe("the wake planner", () => {
  let acs: TestAcs;
  let bridge: ScriptedBridge;
  let gateway: TestGateway;

  before(async () => {
    bridge = scriptedBridge();
    acs = await startTestAcs({ parts: { bridge, random: () => 0 }, env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  after(() => acs.close());
  beforeEach(async () => {
    bridge.answer = { outcome: "accepted", detail: "" };
    gateway = await acs.gateway({ sipAddress: SIP_ADDRESS });
  });

  /** What the bridge was asked for this test's device. */
  const asked = (): readonly WakeRequest[] => bridge.requests.filter(({ deviceId }) => deviceId === gateway.id);
  const wake = async (): Promise<WakeRecord | undefined> => (await acs.stores.devices.get(gateway.id))?.wake;
  /** The record as soon as its reason fits. */
  async function until(reason: RegExp, attempts?: number): Promise<WakeRecord> {
    const fits = (data: Readonly<Record<string, unknown>>): boolean =>
      reason.test(String(data["reason"])) && (attempts === undefined || data["attempts"] === attempts);
    await acs.untilEvent(String(reason), (event) => event.kind === "wake-changed" && event.deviceId === gateway.id && fits(event.data));
    await quiet();
    const record = await wake();
    if (record === undefined) throw new Error("no device");
    return record;
  }
  /** All that was begun has had its effects: a write of the store goes and comes. */
  async function quiet(): Promise<void> {
    for (let i = 0; i < 5; i++) {
      await acs.stores.settings.set("quiet", String(i));
      await settle();
    }
  }
  const inMs = (record: WakeRecord): number | null => (record.nextTryAtMs === null ? null : record.nextTryAtMs - acs.clock.now());

  it("one wake for many tasks", async () => {
    for (let i = 0; i < 5; i++) await acs.task(gateway.id, order);
    expect(await until(/NOTIFY to/)).to.deep.include({ state: "asked", attempts: 1, reason: `NOTIFY to ${SIP_ADDRESS}` });
    await quiet();
    expect(asked()).to.have.length(1);
    expect(asked()[0]).to.deep.include({
      deviceId: gateway.id,
      target: { by: "address-of-record", addressOfRecord: SIP_ADDRESS },
    });
    expect(asked()[0], "the bridge's own setting").not.to.have.any.keys("event", "profile");
  });

  it("the model's profile goes with the wake; its own fields win over the named one's", async () => {
    const policy = `/api/models/${encodeURIComponent(gateway.id.split("-").slice(0, -1).join("-"))}/policy`;
    const wanted = { wake: { profile: "yealink", fromUser: "provisioning" } };
    expect((await acs.call("PUT", policy, wanted)).status).to.equal(200);
    await acs.task(gateway.id, order);
    await until(/NOTIFY to/);
    await acs.call("PUT", policy, {});
    expect(asked()[0]?.profile).to.deep.equal({ events: ["check-sync;reboot=false"], fromUser: "provisioning" });
  });

  it("a wake that waits for its turn in the bridge has so much longer to bring the call-in", async () => {
    bridge.answer = { outcome: "accepted", detail: "", delayMs: 200_000 };
    await acs.task(gateway.id, order);
    await until(/NOTIFY to/);
    await quiet();
    const record = await wake();
    expect(record === undefined ? undefined : inMs(record)).to.equal(200_000 + INFORM_WAIT_MS);
    await acs.clock.advance(200_000);
    expect((await wake())?.state).to.equal("asked");
    await gateway.inform("6 CONNECTION REQUEST");
    await quiet();
    const { device } = await acs.stores.reach.get(gateway.id);
    expect(device.sip?.wokeAtMs, "and it has woken the device").to.equal(acs.clock.now());
  });

  it("a wake that the busy bridge was slow to take has its whole time to bring the call-in, and is asked for once", async () => {
    let takeIt = (): void => undefined;
    bridge.busyUntil = new Promise((resolve) => {
      takeIt = resolve;
    });
    await acs.task(gateway.id, order);
    await until(/NOTIFY to/);
    await acs.clock.advance(INFORM_WAIT_MS);
    bridge.busyUntil = undefined;
    takeIt();
    await quiet();
    const record = await wake();
    expect([record?.state, record === undefined ? undefined : inMs(record)]).to.deep.equal(["asked", INFORM_WAIT_MS]);
    await acs.clock.advance(INFORM_WAIT_MS - 1);
    await quiet();
    expect([(await wake())?.state, asked().length]).to.deep.equal(["asked", 1]);
    await acs.clock.advance(1);
    await until(/the device did not call in/);
  });

  it("none while a session is open; the tasks that came too late want one after it", async () => {
    await gateway.inform("2 PERIODIC");
    await acs.task(gateway.id, order);
    await quiet();
    expect(asked()).to.have.length(0);
    expect(heard(await gateway.empty())).to.equal("Reboot");
    expect((await gateway.say({ kind: "RebootResponse" })).status).to.equal(204);
    await quiet();
    expect(asked(), "nothing is left to wake for").to.have.length(0);
    const late = await acs.task(gateway.id, order);
    await until(/NOTIFY to/);
    expect(asked(), late).to.have.length(1);
  });

  it("the device calls in: idle, and no further try", async () => {
    await acs.task(gateway.id, order);
    await until(/NOTIFY to/);
    await gateway.inform("6 CONNECTION REQUEST");
    await gateway.empty();
    await gateway.say({ kind: "RebootResponse" });
    expect(await wake()).to.deep.equal({ state: "idle", attempts: 0, reason: "", nextTryAtMs: null });
    await acs.clock.advance(10 * MINUTE_MS);
    await quiet();
    expect(asked()).to.have.length(1);
  });

  it("a call-in with event 6 proves the rung, however the device writes it", async () => {
    await acs.task(gateway.id, order);
    await until(/NOTIFY to/);
    await gateway.inform(" 6  connection request");
    await quiet();
    expect((await acs.stores.reach.get(gateway.id)).device.sip?.wokeAtMs).to.equal(acs.clock.now());
  });

  it("not registered: waits with the bridge's reason; when it registers, NOTIFY goes out at once", async () => {
    bridge.answer = { outcome: "not-registered", detail: `${SIP_ADDRESS} is not registered` };
    await acs.task(gateway.id, order);
    const record = await until(/is not registered/);
    expect([record.state, inMs(record)]).to.deep.equal(["waiting", MINUTE_MS]);
    bridge.answer = { outcome: "accepted", detail: "" };
    bridge.tell({ kind: "registered", deviceId: gateway.id, addressOfRecord: SIP_ADDRESS });
    expect((await until(/NOTIFY to/, 2)).state).to.equal("asked");
    expect(asked()).to.have.length(2);
  });

  it("registers when nothing waits any more: no NOTIFY, idle", async () => {
    bridge.answer = { outcome: "not-registered", detail: "absent" };
    const id = await acs.task(gateway.id, order);
    await until(/absent/);
    await acs.call("POST", `/api/tasks/${id}/cancel`);
    bridge.tell({ kind: "registered", deviceId: gateway.id, addressOfRecord: SIP_ADDRESS });
    await until(/^$/);
    expect((await wake())?.state).to.equal("idle");
    expect(asked()).to.have.length(1);
  });

  it("unanswered: tries again after 1, 5, 15 and 60 minutes", async () => {
    await acs.task(gateway.id, order);
    for (const [i, minutes] of [1, 5, 15, 60, 60].entries()) {
      expect((await until(/^NOTIFY to/, i + 1)).state).to.equal("asked");
      bridge.tell({ kind: "timed-out", deviceId: gateway.id });
      const record = await until(/^NOTIFY unanswered$/, i + 1);
      expect([record.state, inMs(record)]).to.deep.equal(["waiting", minutes * MINUTE_MS]);
      await acs.clock.advance(minutes * MINUTE_MS - 1);
      await quiet();
      expect(asked()).to.have.length(i + 1);
      await acs.clock.advance(1);
    }
    await until(/^NOTIFY to/, 6);
    expect(asked()).to.have.length(6);
  });

  it("refused: waits with the status as the reason", async () => {
    await acs.task(gateway.id, order);
    await until(/NOTIFY to/);
    bridge.tell({ kind: "answered", deviceId: gateway.id, status: 481, reason: "Subscription does not exist" });
    expect((await until(/481/)).reason).to.equal("NOTIFY answered 481 Subscription does not exist");
  });

  it("a 200 without a call-in within ACS_INFORM_WAIT_MS is a failed try: back-off", async () => {
    await acs.task(gateway.id, order);
    await until(/NOTIFY to/);
    bridge.tell({ kind: "answered", deviceId: gateway.id, status: 200, reason: "OK" });
    const record = await until(/answered 200: waiting for the device to call in/);
    expect([record.state, inMs(record)]).to.deep.equal(["asked", MINUTE_MS]);
    await acs.clock.advance(MINUTE_MS);
    const later = await until(/the device did not call in/);
    expect([later.state, inMs(later)]).to.deep.equal(["waiting", MINUTE_MS]);
    await acs.clock.advance(MINUTE_MS);
    await until(/^NOTIFY to/, 2);
  });

  it("a task that is cancelled meanwhile ends the waking", async () => {
    const id = await acs.task(gateway.id, order);
    await until(/NOTIFY to/);
    await acs.call("POST", `/api/tasks/${id}/cancel`);
    await acs.clock.advance(MINUTE_MS);
    await until(/^$/);
    expect(await wake()).to.deep.equal({ state: "idle", attempts: 0, reason: "", nextTryAtMs: null });
    expect(asked()).to.have.length(1);
  });

  describe("a session that leaves a task unknown does not bring the next one at once", () => {
    /** The device has taken the request, and its session died. */
    async function lost(taken: Readonly<Record<string, unknown>>): Promise<void> {
      await acs.task(gateway.id, taken);
      await until(/NOTIFY to/);
      await gateway.inform("6 CONNECTION REQUEST");
      await gateway.empty();
      gateway.disconnect();
      await gateway.inform("6 CONNECTION REQUEST");
    }

    it("a device that can't list its transfers is not woken for that: its own next call will do", async () => {
      await lost({ kind: "download", url: "http://files.example/fw", fileType: "1 Firmware Upgrade Image" });
      expect(heard(await gateway.empty())).to.equal("GetAllQueuedTransfers");
      const fault = { kind: "Fault", faultCode: 9000, faultString: "Method not supported", setParameterValuesFaults: [] } as const;
      expect(heard(await gateway.say(fault)), "the older way to ask").to.equal("GetQueuedTransfers");
      expect((await gateway.say(fault)).status).to.equal(204);
      await quiet();
      expect((await wake())?.state).to.equal("idle");
      expect(asked()).to.have.length(1);
      await acs.task(gateway.id, order);
      await quiet();
      expect(asked(), "a new task is another matter").to.have.length(2);
    });

    it("a device whose answer breaks the session is left alone for a minute, whatever waits", async () => {
      const values = [{ name: "InternetGatewayDevice.Time.NTPServer1", value: "x", type: "xsd:string" }];
      await lost({ kind: "setParameterValues", values });
      await acs.task(gateway.id, order);
      expect(heard(await gateway.empty())).to.equal("GetParameterValues");
      expect((await gateway.post("<broken")).status).to.equal(400);
      const record = await until(/its session failed/);
      expect([record.state, inMs(record)]).to.deep.equal(["waiting", MINUTE_MS]);
      expect(asked()).to.have.length(1);
      await acs.clock.advance(MINUTE_MS);
      await quiet();
      expect(asked()).to.have.length(2);
    });
  });

  it("the bridge can't be reached: said so, and tried again", async () => {
    bridge.answer = new BridgeUnreachable("connection refused");
    await acs.task(gateway.id, order);
    expect((await until(/can't be reached/)).reason).to.equal("the SIP bridge can't be reached: connection refused");
    bridge.answer = { outcome: "accepted", detail: "" };
    await acs.clock.advance(MINUTE_MS);
    await until(/^NOTIFY to/, 2);
  });

  describe("the bridge is back", () => {
    async function missed(): Promise<void> {
      bridge.answer = new BridgeUnreachable("connection refused");
      await acs.task(gateway.id, order);
      await until(/can't be reached/);
      bridge.answer = { outcome: "accepted", detail: "" };
    }

    it("what waited for it is asked at once, without the rest of its back-off", async () => {
      await missed();
      bridge.back();
      await acs.clock.advance(0);
      expect((await until(/^NOTIFY to/, 2)).state).to.equal("asked");
      await quiet();
      expect(asked()).to.have.length(2);
    });

    it("what waits for another reason is left alone", async () => {
      bridge.answer = { outcome: "not-registered", detail: "absent" };
      await acs.task(gateway.id, order);
      const record = await until(/absent/);
      bridge.back();
      await acs.clock.advance(1_000);
      await quiet();
      expect([asked().length, await wake()]).to.deep.equal([1, record]);
    });

    it("what has called in meanwhile is not asked", async () => {
      await missed();
      await gateway.inform("2 PERIODIC");
      await gateway.empty();
      await gateway.say({ kind: "RebootResponse" });
      bridge.back();
      await acs.clock.advance(1_000);
      await quiet();
      expect(asked()).to.have.length(1);
    });

    it("what is cancelled meanwhile is not asked", async () => {
      await missed();
      const { tasks } = (await acs.call("GET", `/api/devices/${gateway.id}/tasks`)).body;
      await acs.call("POST", `/api/tasks/${tasks[0].id}/cancel`);
      bridge.back();
      await acs.clock.advance(1_000);
      await quiet();
      expect(asked()).to.have.length(1);
    });
  });

  it("GET …/reachability: the rungs in their order, why others can't be used, and what each has brought for device and model", async () => {
    await acs.task(gateway.id, order);
    await until(/NOTIFY to/);
    bridge.tell({ kind: "timed-out", deviceId: gateway.id });
    const record = await until(/NOTIFY unanswered/);
    await acs.stores.reach.setUdpBinding(gateway.id, { host: "192.0.2.9", port: 7547, atMs: acs.clock.now() }, []);
    const { status, body } = await acs.call("GET", `/api/devices/${gateway.id}/reachability`);
    const [sip, ...others] = body.rungs;
    const at = new Date(acs.clock.now()).toISOString();
    expect([status, sip.rung, sip.place, sip.way, sip.why]).to.deep.equal([200, "sip", 1, `NOTIFY to ${SIP_ADDRESS}`, null]);
    expect(sip.device).to.deep.equal({ askedAt: at, wokeAt: null, failedAt: at, failure: "NOTIFY unanswered" });
    expect(sip.model).to.deep.include({ failedAt: at });
    const nothing = { askedAt: null, wokeAt: null, failedAt: null, failure: "" };
    expect(others.map(({ rung, place, why, device }: Record<string, unknown>) => [rung, place, why, device])).to.deep.equal([
      ["http", null, "HTTP connection requests are switched off", nothing],
      ["udp", null, "the STUN server is switched off", nothing],
      ["xmpp", null, "no XMPP server is configured", nothing],
    ]);
    expect(body.udpBinding).to.deep.equal({ host: "192.0.2.9", port: 7547, seenAt: at });
    expect(body.wake).to.deep.include({ state: record.state, reason: "NOTIFY unanswered" });
    expect((await acs.call("GET", "/api/devices/nobody/reachability")).status).to.equal(404);
  });

  it("a bridge that fails in another way is logged, and other devices are still woken", async () => {
    bridge.answer = new TypeError("a bug of ours");
    await acs.task(gateway.id, order);
    await until(/NOTIFY to/);
    await quiet();
    expect(acs.logged()).to.include("a bug of ours").and.include("a wake could not be planned");
    bridge.answer = { outcome: "accepted", detail: "" };
    const other = await acs.gateway({ sipAddress: "sip:1002@voice.example" });
    await acs.task(other.id, order);
    await acs.untilEvent("another wake", ({ kind, deviceId }) => kind === "wake-changed" && deviceId === other.id);
    await acs.clock.advance(MINUTE_MS); // the first one's time is over as well
    expect((await until(/did not call in/)).state).to.equal("waiting");
  });

  it("after a restart devices that wait are woken again: those being asked at once, those in a back-off in their time", async () => {
    await acs.task(gateway.id, order);
    await until(/NOTIFY to/);
    const patient = await acs.gateway({ sipAddress: "sip:1002@voice.example" });
    bridge.answer = { outcome: "not-registered", detail: "absent" };
    await acs.task(patient.id, order);
    await acs.untilEvent(
      "waiting",
      ({ kind, deviceId, data }) => kind === "wake-changed" && deviceId === patient.id && data["state"] === "waiting",
    );
    bridge.answer = { outcome: "accepted", detail: "" };
    bridge.requests.length = 0;
    acs = await acs.restart();
    await until(/^NOTIFY to/, 2);
    const others = (): number => bridge.requests.filter(({ deviceId }) => deviceId === patient.id).length;
    expect([asked().length, others()]).to.deep.equal([1, 0]);
    await acs.clock.advance(MINUTE_MS);
    await acs.untilEvent(
      "the other",
      ({ kind, deviceId, data }) => kind === "wake-changed" && deviceId === patient.id && data["attempts"] === 2,
    );
    await quiet();
    expect(others()).to.equal(1);
  });

  describe("without an address from the operator", () => {
    const profile = "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.";

    beforeEach(async () => {
      gateway = await acs.gateway();
    });

    async function tells(values: Readonly<Record<string, string>>): Promise<void> {
      const names = Object.keys(values);
      await acs.task(gateway.id, { kind: "getParameterValues", names });
      await gateway.inform("2 PERIODIC");
      await gateway.empty();
      const answer = Object.entries(values).map(([name, text]) => ({ name, type: "xsd:string", text }));
      expect((await gateway.say({ kind: "GetParameterValuesResponse", values: answer })).status).to.equal(204);
      bridge.requests.length = 0;
      await acs.task(gateway.id, order);
    }

    it("the tree's voice line is woken", async () => {
      await tells({
        [`${profile}SIP.UserAgentDomain`]: "voice.example",
        [`${profile}Line.1.SIP.AuthUserName`]: "1007",
        [`${profile}Line.1.Enable`]: "Enabled",
      });
      await until(/NOTIFY to sip:1007@voice.example/);
      expect(asked()[0]?.target).to.deep.equal({ by: "address-of-record", addressOfRecord: "sip:1007@voice.example" });
    });

    it("two voice lines are ambiguous: no NOTIFY, the reason shown, until the operator sets the address", async () => {
      await tells({
        [`${profile}SIP.UserAgentDomain`]: "voice.example",
        [`${profile}Line.1.SIP.AuthUserName`]: "1007",
        [`${profile}Line.2.SIP.AuthUserName`]: "1008",
      });
      await until(/ambiguous: the device has 2 voice lines/);
      const shown = (await acs.call("GET", `/api/devices/${gateway.id}`)).body.wake;
      expect(shown).to.deep.include({ state: "waiting", nextTryAt: null });
      expect(shown.reason).to.include("sip:1007@voice.example, sip:1008@voice.example");
      expect(asked()).to.have.length(0);
      await acs.call("PATCH", `/api/devices/${gateway.id}`, { sipAddress: SIP_ADDRESS });
      await until(/NOTIFY to sip:1001@/);
      expect(asked()).to.have.length(1);
    });

    it("nothing known: waits for the device, the reason shown", async () => {
      await acs.task(gateway.id, order);
      expect(await until(/no SIP address is set/)).to.include({ state: "waiting", nextTryAtMs: null });
    });
  });

  it("no bridge: waits for the device to call in, and says so", async () => {
    const alone = await startTestAcs({ parts: { clock: fakeClock() } });
    try {
      const device = await alone.gateway({ sipAddress: SIP_ADDRESS });
      await alone.task(device.id, order);
      const { data } = await alone.untilEvent("the reason", ({ kind }) => kind === "wake-changed");
      expect(data["reason"]).to.equal("SIP: no SIP bridge is configured; waiting for the device to call in");
    } finally {
      await alone.close();
    }
  });
});

describe("the wake planner after a restart", () => {
  it("asks ACS_WAKES_PER_SECOND devices in a second, not the whole fleet at once (sip.md 1.8)", async () => {
    const bridge = scriptedBridge();
    const env = { ACS_REFRESH_AT_BOOTSTRAP: "false", ACS_WAKES_PER_SECOND: "20" };
    const before = await startTestAcs({ parts: { bridge, random: () => 0.5 }, env });
    for (let i = 0; i < 30; i++) await before.task((await before.gateway({ sipAddress: `sip:${i}@voice.example` })).id, order);
    const acs = await before.restart({ whileDown: async () => void bridge.requests.splice(0) });
    const count = (): number => new Set(bridge.requests.map(({ deviceId }) => deviceId)).size;
    /** As soon as so many were asked, and a while after it. */
    const asked = async (atLeast: number): Promise<number> => {
      for (let i = 0, after = 0; i < 500 && after < 10; i++) {
        await acs.stores.settings.set("quiet", String(i));
        await settle();
        if (count() >= atLeast) after++;
      }
      return count();
    };
    expect(await asked(20)).to.equal(20);
    await before.clock.advance(1_000);
    expect(await asked(30)).to.equal(30);
    await acs.close();
  }).timeout(20_000);
});
