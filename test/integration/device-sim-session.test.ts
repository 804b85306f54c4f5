/**
 * Whole sessions of a simulated gateway, over real HTTP, with an ACS that follows a script.
 * Spec: TR-069 3.2, 3.4, 3.7.
 */
import { expect } from "chai";
import { acsFault } from "../../acs/cwmp/faults.js";
import type { AcsMessage } from "../../acs/cwmp/messages.js";
import type { ParameterValue } from "../../acs/cwmp/parameter-value.js";
import { dropsConnectionAfter } from "../../device-sim/behaviours/drops-connection-after.js";
import { noCookies } from "../../device-sim/behaviours/no-cookies.js";
import { spvFault } from "../../device-sim/behaviours/spv-fault.js";
import { wrongPassword } from "../../device-sim/behaviours/wrong-password.js";
import { ACS_PASSWORD, openGatewayBench } from "../support/gateway-bench.js";
import {
  INFORM_RESPONSE,
  openScriptedAcs,
  type Post,
  type Reply,
  type ScriptedAcs,
  type ScriptedAcsOptions,
} from "../support/scripted-acs.js";

const R = "InternetGatewayDevice.";
const set = (values: Readonly<Record<string, readonly [string, string]>>, parameterKey = "k1"): Reply => ({
  message: {
    kind: "SetParameterValues",
    values: Object.entries(values).map(([path, [type, text]]): ParameterValue => ({ name: R + path, type: `xsd:${type}`, text })),
    parameterKey,
  },
});
const ask = (message: AcsMessage, more: Partial<Reply> = {}): Reply => ({ message, ...more });
const eventsOf = (acs: ScriptedAcs) =>
  acs.informs().map(({ events }) => events.map(({ code, commandKey }) => (commandKey === "" ? code : `${code}=${commandKey}`)));
const answerTo = (acs: ScriptedAcs, kind: string): Post["envelope"] =>
  acs.posts.find(({ envelope }) => envelope?.message.kind === kind)?.envelope;

describe("device-sim: a gateway's sessions", () => {
  const bench = openGatewayBench();
  const servers: ScriptedAcs[] = [];
  const openAcs = async (options?: ScriptedAcsOptions): Promise<ScriptedAcs> => {
    const acs = await openScriptedAcs(options);
    servers.push(acs);
    return acs;
  };
  afterEach(async () => {
    await bench.close();
    await Promise.all(servers.splice(0).map((acs) => acs.close()));
  });

  it("the first power-up tells 0 BOOTSTRAP and 1 BOOT, and the forced parameters once each", async () => {
    const acs = await openAcs();
    const { gateway, event } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("session-ended");
    expect(acs.said()).to.deep.equal(["Inform", "empty"]);
    expect(eventsOf(acs)).to.deep.equal([["0 BOOTSTRAP", "1 BOOT"]]);
    const [inform] = acs.informs();
    expect(inform?.deviceId).to.deep.equal({
      manufacturer: "Example Voice",
      oui: "0A1B2C",
      productClass: "VG2000",
      serialNumber: "VG2K0001000000",
    });
    expect(inform?.retryCount).to.equal(0);
    expect(inform?.parameters.map(({ name }) => name.slice(R.length))).to.deep.equal([
      "DeviceSummary",
      "DeviceInfo.HardwareVersion",
      "DeviceInfo.SoftwareVersion",
      "DeviceInfo.SpecVersion",
      "DeviceInfo.ProvisioningCode",
      "ManagementServer.ParameterKey",
      "ManagementServer.ConnectionRequestURL",
      "ManagementServer.AliasBasedAddressing",
      "WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.ExternalIPAddress",
    ]);
  });

  it("a later power-up tells 1 BOOT alone", async () => {
    const acs = await openAcs();
    const { gateway, event } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("session-ended");
    await gateway.powerOff();
    await gateway.powerOn();
    await event("session-ended", 2);
    expect(eventsOf(acs)[1]).to.deep.equal(["1 BOOT"]);
  });

  it("an envelope goes with an empty SOAPAction and text/xml, an empty POST with neither", async () => {
    const acs = await openAcs();
    const { gateway, event } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("session-ended");
    const [inform, empty] = acs.posts;
    expect(inform?.headers).to.include({ soapaction: "" });
    expect(inform?.headers["content-type"]).to.match(/^text\/xml/);
    expect(inform?.headers["transfer-encoding"]).to.equal(undefined);
    expect(empty?.headers).to.include({ "content-length": "0" }).and.not.have.any.keys("soapaction", "content-type");
  });

  it("answers what the ACS asks, with the ACS's ID, and sets values once and for all", async () => {
    const acs = await openAcs();
    acs.script(
      INFORM_RESPONSE,
      set({ "Time.NTPServer1": ["string", `<&">'ü`], "ManagementServer.PeriodicInformInterval": ["unsignedInt", "77"] }, "key-7"),
      ask({ kind: "GetParameterValues", names: [`${R}Time.NTPServer1`, `${R}ManagementServer.ParameterKey`] }, { id: "A-b c:0" }),
      ask({ kind: "GetRPCMethods" }),
      ask({ kind: "UnknownMethod", name: "X_EXAMPLE_Dance" }),
    );
    const { gateway, event, effects } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("session-ended");
    expect(acs.said()).to.deep.equal([
      "Inform",
      "empty",
      "SetParameterValuesResponse",
      "GetParameterValuesResponse",
      "GetRPCMethodsResponse",
      "Fault",
    ]);
    const values = answerTo(acs, "GetParameterValuesResponse");
    expect(values?.id).to.equal("A-b c:0");
    expect(values?.message).to.deep.include({
      values: [
        { name: `${R}Time.NTPServer1`, type: "xsd:string", text: `<&">'ü` },
        { name: `${R}ManagementServer.ParameterKey`, type: "xsd:string", text: "key-7" },
      ],
    });
    expect(answerTo(acs, "Fault")?.message).to.include({ faultCode: 9000 });
    expect(effects.filter(({ effect }) => effect === "set")).to.deep.include.members([
      {
        ...{ effect: "set", device: gateway.deviceId, parameterKey: "key-7", atMs: effects[1]?.atMs },
        names: [`${R}Time.NTPServer1`, `${R}ManagementServer.PeriodicInformInterval`],
        changed: [`${R}Time.NTPServer1`, `${R}ManagementServer.PeriodicInformInterval`],
      },
    ]);
    await gateway.powerOff();
    expect(gateway.read(`${R}ManagementServer.PeriodicInformInterval`), "over a power cut").to.equal("77");
  });

  it("what the ACS sets does not notify; what a subscriber changes opens a session with 4 VALUE CHANGE", async () => {
    const acs = await openAcs();
    acs.script(INFORM_RESPONSE, set({ "DeviceInfo.ProvisioningCode": ["string", "by-acs"] }));
    const { gateway, event } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("session-ended");
    gateway.changeLocally(`${R}DeviceInfo.ProvisioningCode`, "by-hand");
    gateway.changeLocally(`${R}Time.NTPServer1`, "not notified");
    await event("session-ended", 2);
    expect(eventsOf(acs)).to.deep.equal([["0 BOOTSTRAP", "1 BOOT"], ["4 VALUE CHANGE"]]);
    expect(acs.informs()[1]?.parameters.find(({ name }) => name.endsWith("ProvisioningCode"))?.text).to.equal("by-hand");
    expect(() => gateway.changeLocally(`${R}DeviceInfo.Nothing`, "")).to.throw(RangeError);
    expect(() => gateway.changeLocally(`${R}Time.Enable`, "maybe")).to.throw(RangeError);
  });

  it("several things that happen in a session are told in exactly one session after it", async () => {
    const acs = await openAcs();
    const { gateway, event } = bench.add({ acsUrl: acs.url });
    acs.script(INFORM_RESPONSE, ask({ kind: "GetRPCMethods" }, { chunked: true }));
    await gateway.powerOn();
    await acs.post(({ envelope }) => envelope?.message.kind === "Inform");
    gateway.triggerPeriodic();
    gateway.changeLocally(`${R}DeviceInfo.ProvisioningCode`, "1");
    gateway.triggerPeriodic();
    await event("session-ended", 2);
    gateway.triggerPeriodic();
    await event("session-ended", 3);
    expect(eventsOf(acs)).to.deep.equal([["0 BOOTSTRAP", "1 BOOT"], ["2 PERIODIC", "4 VALUE CHANGE"], ["2 PERIODIC"]]);
  });

  it("a new ManagementServer.URL is a first contact again, in the next session and over there", async () => {
    const [acs, other] = [await openAcs(), await openAcs()];
    acs.script(INFORM_RESPONSE, set({ "ManagementServer.URL": ["string", other.url] }));
    const { gateway, event } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("session-ended", 2);
    expect(eventsOf(other)).to.deep.equal([["0 BOOTSTRAP"]]);
    expect(eventsOf(acs)).to.have.length(1);
  });

  it("the same URL written again is none", async () => {
    const acs = await openAcs();
    acs.script(INFORM_RESPONSE, set({ "ManagementServer.URL": ["string", acs.url] }));
    const { gateway, event } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    await event("session-ended");
    gateway.triggerPeriodic();
    await event("session-ended", 2);
    expect(eventsOf(acs)[1]).to.deep.equal(["2 PERIODIC"]);
  });

  it("Inform comes periodically, and a new interval takes effect at once", async () => {
    const acs = await openAcs();
    acs.script(INFORM_RESPONSE, set({ "ManagementServer.PeriodicInformInterval": ["unsignedInt", "1"] }));
    const { gateway, event } = bench.add({ acsUrl: acs.url, periodicInformIntervalS: 86_400 });
    await gateway.powerOn();
    await event("session-ended", 2);
    expect(eventsOf(acs)[1]).to.deep.equal(["2 PERIODIC"]);
  });

  it("UpTime counts seconds since the last start", async () => {
    const acs = await openAcs();
    const { gateway, event } = bench.add({ acsUrl: acs.url, upTimeBaseS: 4_000 });
    await gateway.powerOn();
    await event("session-ended");
    expect(Number(gateway.read(`${R}DeviceInfo.UpTime`))).to.be.within(4_000, 4_002);
    await gateway.powerOff();
    await gateway.powerOn();
    expect(Number(gateway.read(`${R}DeviceInfo.UpTime`))).to.be.within(0, 2);
  });

  describe("reboot", () => {
    it("is answered; the session ends; then the device restarts and tells 1 BOOT with M Reboot and the key", async () => {
      const acs = await openAcs();
      acs.script(INFORM_RESPONSE, ask({ kind: "Reboot", commandKey: "r1" }), ask({ kind: "GetRPCMethods" }));
      const { gateway, event, events, effects } = bench.add({ acsUrl: acs.url });
      await gateway.powerOn();
      await event("session-ended", 2);
      expect(acs.said()).to.deep.equal(["Inform", "empty", "RebootResponse", "GetRPCMethodsResponse", "Inform", "empty"]);
      expect(eventsOf(acs)[1]).to.have.members(["1 BOOT", "M Reboot=r1"]);
      expect(events.map(({ kind }) => kind)).to.deep.equal([
        "booted",
        "session-started",
        "session-ended",
        "rebooting",
        "booted",
        "session-started",
        "session-ended",
      ]);
      expect(effects.map(({ effect }) => effect)).to.deep.equal(["boot", "reboot", "boot"]);
    });

    it("a power cut between the answer and the reboot leaves a device that never rebooted by request", async () => {
      const acs = await openAcs();
      acs.script(INFORM_RESPONSE, ask({ kind: "Reboot", commandKey: "r1" }), { silent: true });
      const { gateway, event, effects } = bench.add({ acsUrl: acs.url });
      await gateway.powerOn();
      await acs.post(({ envelope }) => envelope?.message.kind === "RebootResponse");
      await gateway.powerOff();
      await gateway.powerOn();
      await event("session-ended");
      expect(eventsOf(acs).at(-1)).to.deep.equal(["1 BOOT"]);
      expect(effects.map(({ effect }) => effect)).to.deep.equal(["boot", "boot"]);
    });
  });

  describe("authentication", () => {
    for (const algorithm of ["MD5", "SHA-256"] as const) {
      it(`answers ${algorithm} digest, and keeps nonce and count over requests and sessions`, async () => {
        const acs = await openAcs({ password: ACS_PASSWORD, algorithm });
        const { gateway, event } = bench.add({ acsUrl: acs.url });
        await gateway.powerOn();
        await event("session-ended");
        gateway.triggerPeriodic();
        await event("session-ended", 2);
        const counts = acs.posts.map(({ headers }) => /nonce="([^"]+)".*nc=(\w+)/.exec(headers.authorization ?? "")?.slice(1));
        expect(counts).to.deep.equal(["00000001", "00000002", "00000003", "00000004"].map((nc) => ["nonce-1", nc]));
      });
    }

    it("a wrong password fails the session after one more 401, and it is retried later", async () => {
      const acs = await openAcs({ password: ACS_PASSWORD });
      const { gateway, event } = bench.add({ acsUrl: acs.url, behaviours: [wrongPassword] });
      await gateway.powerOn();
      const ended = await event("session-ended", 2);
      expect(ended).to.include({ outcome: "failed" });
      expect(acs.posts, "no POST was ever let in").to.deep.equal([]);
    });

    it("a nonce that has become stale is replaced in the same exchange", async () => {
      const acs = await openAcs();
      const challenge = (nonce: string, stale: boolean): Reply => ({
        status: 401,
        headers: { "WWW-Authenticate": `Digest realm="r", nonce="${nonce}", qop="auth", stale=${stale}` },
      });
      acs.script(challenge("n1", false), INFORM_RESPONSE, challenge("n2", true), { status: 204 });
      const { gateway, event } = bench.add({ acsUrl: acs.url });
      await gateway.powerOn();
      expect(await event("session-ended")).to.include({ outcome: "done" });
      const nonces = acs.posts.map(({ headers }) => /nonce="([^"]+)"/.exec(headers.authorization ?? "")?.[1]);
      expect(nonces).to.deep.equal([undefined, "n1", "n1", "n2"]);
    });

    it("Basic is never answered without TLS", async () => {
      const acs = await openAcs();
      acs.script({ status: 401, headers: { "WWW-Authenticate": 'Basic realm="r"' } });
      const { gateway, event } = bench.add({ acsUrl: acs.url });
      await gateway.powerOn();
      expect(await event("session-ended")).to.include({ outcome: "failed" });
      expect(acs.posts[0]?.headers.authorization).to.equal(undefined);
    });
  });

  describe("cookies", () => {
    const twoCookies: Reply = { ...INFORM_RESPONSE, headers: { "Set-Cookie": ["session=a1; Path=/", "node=2; Path=/; HttpOnly"] } };

    it("all are sent with each later request, changes included, and none survives the session", async () => {
      const acs = await openAcs();
      acs.script(twoCookies, ask({ kind: "GetRPCMethods" }, { headers: { "Set-Cookie": "session=a2; Path=/" } }));
      const { gateway, event } = bench.add({ acsUrl: acs.url });
      await gateway.powerOn();
      await event("session-ended");
      gateway.triggerPeriodic();
      await event("session-ended", 2);
      expect(acs.posts.map(({ headers }) => headers.cookie)).to.deep.equal([
        undefined,
        "session=a1; node=2",
        "node=2; session=a2",
        undefined,
        undefined,
      ]);
    });

    it("a device without a cookie store sends none", async () => {
      const acs = await openAcs();
      acs.script(twoCookies);
      const { gateway, event } = bench.add({ acsUrl: acs.url, behaviours: [noCookies] });
      await gateway.powerOn();
      await event("session-ended");
      expect(acs.posts.map(({ headers }) => headers.cookie)).to.deep.equal([undefined, undefined]);
    });
  });

  describe("connections", () => {
    it("one TCP connection serves the session", async () => {
      const acs = await openAcs();
      acs.script(INFORM_RESPONSE, ask({ kind: "GetRPCMethods" }));
      const { gateway, event } = bench.add({ acsUrl: acs.url });
      await gateway.powerOn();
      await event("session-ended");
      expect(acs.posts.map(({ connection }) => connection)).to.deep.equal([1, 1, 1]);
    });

    it("a connection closed between messages does not end the session", async () => {
      const acs = await openAcs();
      const close = { headers: { Connection: "close", "Set-Cookie": "session=a1" } };
      acs.script({ ...INFORM_RESPONSE, ...close }, ask({ kind: "GetRPCMethods" }, close));
      const { gateway, event } = bench.add({ acsUrl: acs.url });
      await gateway.powerOn();
      expect(await event("session-ended")).to.include({ outcome: "done" });
      expect(acs.said()).to.deep.equal(["Inform", "empty", "GetRPCMethodsResponse"]);
      expect(acs.posts.map(({ connection, headers }) => [connection, headers.cookie])).to.deep.equal([
        [1, undefined],
        [2, "session=a1"],
        [3, "session=a1"],
      ]);
    });

    it("a request without a response is not repeated in the session", async () => {
      const acs = await openAcs();
      acs.script(INFORM_RESPONSE, { hangUp: true });
      const { gateway, event } = bench.add({ acsUrl: acs.url });
      await gateway.powerOn();
      expect(await event("session-ended")).to.include({ outcome: "failed" });
      await event("session-ended", 2);
      expect(acs.said()).to.deep.equal(["Inform", "empty", "Inform", "empty"]);
    });

    it("an ACS that is silent fails the session", async () => {
      const acs = await openAcs();
      acs.script({ silent: true });
      const { gateway, event } = bench.add({ acsUrl: acs.url, answerTimeoutMs: 40 });
      await gateway.powerOn();
      const ended = await event("session-ended");
      expect(ended).to.include({ outcome: "failed" });
    });
  });

  describe("redirections", () => {
    for (const status of [302, 307]) {
      it(`${status}: the target serves the rest of the session, and only of this one`, async () => {
        const [acs, target] = [await openAcs(), await openAcs()];
        acs.script({ status, headers: { Location: `${target.url}there?x=1` } });
        target.script(INFORM_RESPONSE, ask({ kind: "GetRPCMethods" }));
        const { gateway, event } = bench.add({ acsUrl: acs.url });
        await gateway.powerOn();
        await event("session-ended");
        expect(target.said()).to.deep.equal(["Inform", "empty", "GetRPCMethodsResponse"]);
        gateway.triggerPeriodic();
        await event("session-ended", 2);
        expect(acs.said()).to.deep.equal(["Inform", "Inform", "empty"]);
        expect(gateway.read(`${R}ManagementServer.URL`)).to.equal(acs.url);
      });
    }

    it("amid a session: the message is posted again over there", async () => {
      const [acs, target] = [await openAcs(), await openAcs()];
      acs.script(INFORM_RESPONSE, ask({ kind: "GetRPCMethods" }), { status: 307, headers: { Location: target.url } });
      const { gateway, event } = bench.add({ acsUrl: acs.url });
      await gateway.powerOn();
      expect(await event("session-ended")).to.include({ outcome: "done" });
      expect(target.said()).to.deep.equal(["GetRPCMethodsResponse"]);
    });

    for (const [count, outcome] of [
      [5, "done"],
      [6, "failed"],
    ] as const) {
      it(`${count} in a row: ${outcome}`, async () => {
        const acs = await openAcs();
        acs.script(...Array.from({ length: count }, () => ({ status: 302, headers: { Location: "/" } })));
        const { gateway, event } = bench.add({ acsUrl: acs.url });
        await gateway.powerOn();
        expect(await event("session-ended")).to.include({ outcome });
      });
    }
  });

  describe("failure and retry", () => {
    for (const [what, reply] of [
      ["HTTP 500", { status: 500 }],
      ["HTTP 503", { status: 503, headers: { "Retry-After": "60" } }],
      ["malformed XML", { body: "<SOAP-ENV:Envelope>" }],
      ["another envelope", { body: "<html/>" }],
      ["fault 8001 to Inform", ask(acsFault(8001))],
      ["a body larger than a device can take", { body: "x".repeat(17 * 1_048_576) }],
    ] as const) {
      it(`${what} fails the session; the retry tells the same events and RetryCount 1`, async () => {
        const acs = await openAcs();
        acs.script(reply);
        const { gateway, event } = bench.add({ acsUrl: acs.url });
        await gateway.powerOn();
        expect(await event("session-ended")).to.include({ outcome: "failed" });
        await event("session-ended", 2);
        expect(eventsOf(acs)).to.deep.equal([
          ["0 BOOTSTRAP", "1 BOOT"],
          ["0 BOOTSTRAP", "1 BOOT"],
        ]);
        expect(acs.informs().map(({ retryCount }) => retryCount)).to.deep.equal([0, 1]);
      });
    }

    it("an ACS that is not there is tried again with growing waits, until it is", async () => {
      const acs = await openAcs();
      await acs.close();
      const { gateway, event, events } = bench.add({ acsUrl: acs.url });
      await gateway.powerOn();
      await event("session-ended", 3);
      const waits = events.flatMap((one) => (one.kind === "session-ended" && one.outcome === "failed" ? [one.retryInMs] : []));
      expect(waits[0]).to.be.within(10, 20);
      expect(waits[1]).to.be.within(20, 40);
      expect(waits[2]).to.be.within(40, 80);
      const back = await openAcs({ port: Number(new URL(acs.url).port) });
      const inform = (await back.post(() => true)).envelope?.message;
      expect(inform).to.include({ kind: "Inform" }).and.to.have.property("retryCount").that.is.at.least(3);
    });

    it("8005 has the same Inform sent again, its ID included", async () => {
      const acs = await openAcs();
      acs.script(ask(acsFault(8005)));
      const { gateway, event } = bench.add({ acsUrl: acs.url });
      await gateway.powerOn();
      expect(await event("session-ended")).to.include({ outcome: "done" });
      expect(acs.said()).to.deep.equal(["Inform", "Inform", "empty"]);
      expect(acs.posts[1]?.body).to.equal(acs.posts[0]?.body);
    });

    it("a new event does not wait for the retry", async () => {
      const acs = await openAcs();
      acs.script({ status: 500 });
      const { gateway, event } = bench.add({ acsUrl: acs.url, retryTimeScale: 1 });
      await gateway.powerOn();
      await event("session-ended");
      gateway.triggerPeriodic();
      expect(await event("session-ended", 2)).to.include({ outcome: "done" });
      expect(acs.informs()[1]?.retryCount).to.equal(1);
    });

    it("a pulled plug stops a session where it is; the next start tells its events", async () => {
      const acs = await openAcs();
      acs.script({ silent: true });
      const { gateway, event, events } = bench.add({ acsUrl: acs.url });
      await gateway.powerOn();
      await acs.post(() => true);
      await gateway.powerOff();
      await gateway.powerOn();
      await event("session-ended");
      expect(events.map(({ kind }) => kind)).to.deep.equal([
        "booted",
        "session-started",
        "powered-off",
        "booted",
        "session-started",
        "session-ended",
      ]);
      expect(eventsOf(acs)[1]).to.deep.equal(["0 BOOTSTRAP", "1 BOOT"]);
    });
  });

  describe("misbehaviours", () => {
    it("spv-fault refuses to be configured", async () => {
      const acs = await openAcs();
      acs.script(INFORM_RESPONSE, set({ "Time.Enable": ["boolean", "0"] }));
      const { gateway, event } = bench.add({ acsUrl: acs.url, behaviours: [spvFault] });
      await gateway.powerOn();
      await event("session-ended");
      expect(answerTo(acs, "Fault")?.message).to.include({ faultCode: 9002 });
      expect(gateway.read(`${R}Time.Enable`)).to.equal("1");
    });

    it("drops-connection-after-SetParameterValues has set the values and answers nothing, once", async () => {
      const acs = await openAcs();
      acs.script(INFORM_RESPONSE, set({ "Time.Enable": ["boolean", "0"] }));
      const { gateway, event, effects } = bench.add({ acsUrl: acs.url, behaviours: [dropsConnectionAfter("SetParameterValues")] });
      await gateway.powerOn();
      expect(await event("session-ended")).to.include({ outcome: "failed" });
      expect(await event("session-ended", 2)).to.include({ outcome: "done" });
      expect(acs.said()).to.deep.equal(["Inform", "empty", "Inform", "empty"]);
      expect(effects.map(({ effect }) => effect)).to.deep.equal(["boot", "set"]);
      expect(eventsOf(acs)[1], "InformResponse had confirmed them").to.deep.equal([]);
    });

    it("drops-connection-after-SetParameterValuesResponse sends the answer and hears nothing more", async () => {
      const acs = await openAcs();
      acs.script(INFORM_RESPONSE, set({ "Time.Enable": ["boolean", "0"] }), ask({ kind: "GetRPCMethods" }));
      const { gateway, event } = bench.add({ acsUrl: acs.url, behaviours: [dropsConnectionAfter("SetParameterValuesResponse")] });
      await gateway.powerOn();
      await event("session-ended", 2);
      expect(acs.said()).to.deep.equal(["Inform", "empty", "SetParameterValuesResponse", "Inform", "empty"]);
    });
  });
});
