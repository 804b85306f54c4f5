/**
 * The test of a line's SIP registration in a simulated gateway: its object, its life, its independence of the phone, several lines at once.
 * Spec: CN 103067208 B [0067], [0182], [0193]; cwmp.md 8.1, 9.5; TR-106 (DiagnosticsState). Layer: integration.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect } from "chai";
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";
import { findBehaviour } from "../../device-sim/behaviours/find-behaviour.js";
import type { GatewayOptions } from "../../device-sim/gateway/options.js";
import { headerValue, type SipRequest } from "../../sip-bridge/sip/message.js";
import { type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";
import { INFORM_RESPONSE, openScriptedAcs, type Reply, type ScriptedAcs } from "../support/scripted-acs.js";
import { openScriptedRegistrar, type RegistrarOptions, type ScriptedRegistrar } from "../support/scripted-registrar.js";
import { startTestBridge, TEST_DOMAIN } from "../support/test-bridge.js";
import { untilEnded } from "../support/wire-events.js";

const PLACES = {
  tr098: {
    lines: "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.Line.",
    account: "SIP.",
    uri: "URI",
    object: "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.X_0A1B2C_RegistrationDiagnostics.",
  },
  tr181: {
    lines: "Device.Services.VoiceService.1.SIP.Client.",
    account: "",
    uri: "RegisterURI",
    object: "Device.Services.VoiceService.1.SIP.Client.1.X_0A1B2C_RegistrationDiagnostics.",
  },
} as const;
const PASSWORD = "s3cret";
const UNKNOWN_TIME = "0001-01-01T00:00:00Z";
const BROKEN = [findBehaviour("sip-module-broken") ?? { name: "", description: "" }];

type Values = Readonly<Record<string, string>>;
const set = (values: Values): AcsMessage => ({
  kind: "SetParameterValues",
  values: Object.entries(values).map(([name, text]) => ({ name, type: "xsd:string", text })),
  parameterKey: "",
});
const below = (object: string, values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([leaf, text]) => [object + leaf, text]));

/** Answers each datagram with these lines. @param answer Lines of the request in. */
async function hostileServer(answer: (request: readonly string[]) => readonly string[]) {
  const socket = createSocket("udp4");
  socket.on("message", (bytes, { port, address }) => {
    socket.send(Buffer.from([...answer(bytes.toString("latin1").split("\r\n")), "", ""].join("\r\n"), "latin1"), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { port: socket.address().port, close: () => new Promise<void>((resolve) => socket.close(() => resolve())) };
}

for (const model of ["tr098", "tr181"] as const) {
  describe(`device-sim: the SIP registration test of ${model}`, () => {
    const { lines, account, uri, object: R } = PLACES[model];
    const bench = openGatewayBench();
    const registrars: ScriptedRegistrar[] = [];
    let acs: ScriptedAcs;
    beforeEach(async () => {
      acs = await openScriptedAcs();
    });
    afterEach(async () => {
      await bench.close();
      await acs.close();
      for (const registrar of registrars.splice(0)) await registrar.close();
    });

    async function registrarThat(options: RegistrarOptions): Promise<ScriptedRegistrar> {
      const registrar = await openScriptedRegistrar(options);
      registrars.push(registrar);
      return registrar;
    }
    const silent = () => registrarThat({ first: Array.from({ length: 100 }, () => "silence" as const) });
    /** Switched on, its first session over. */
    async function gatewayAt(registrar: ScriptedRegistrar, more: Partial<GatewayOptions> = {}, registrarHost = "127.0.0.1") {
      const sip = { registrar: registrarHost, registrarPort: registrar.port, domain: "voice.example", password: PASSWORD };
      const device = bench.add({ model, acsUrl: acs.url, sip, ...more });
      await device.gateway.powerOn();
      await device.event("session-ended");
      return device;
    }
    const sessions = ({ events }: BenchGateway): number => events.filter(({ kind }) => kind === "session-ended").length;
    /** What the device answers to these requests, in a session of their own. */
    async function session(device: BenchGateway, ...requests: readonly AcsMessage[]): Promise<readonly (DeviceMessage | undefined)[]> {
      const before = acs.posts.length;
      const nth = sessions(device) + 1;
      acs.script(INFORM_RESPONSE, ...requests.map((message): Reply => ({ message })));
      device.gateway.triggerPeriodic();
      await device.event("session-ended", nth);
      return acs.posts.slice(before + 2, before + 2 + requests.length).map(({ envelope }) => envelope?.message);
    }
    /** The test, to its end and the session that tells it. */
    async function tested(device: BenchGateway, values: Values = {}): Promise<Values> {
      const nth = sessions(device) + 2;
      await session(device, set(below(R, { DiagnosticsState: "Requested", ...values })));
      await device.event("session-ended", nth);
      expect(
        acs
          .informs()
          .at(-1)
          ?.events.map(({ code }) => code),
      ).to.deep.equal(["8 DIAGNOSTICS COMPLETE"]);
      return results(device);
    }
    const results = ({ gateway }: BenchGateway, object: string = R): Values =>
      Object.fromEntries(LEAVES.map((leaf) => [leaf, gateway.read(object + leaf) ?? "absent"]));
    const LEAVES = [
      ...["DiagnosticsState", "FaultCode", "LastResponseCode", "LastResponseText", "RegistrarAddressUsed", "LocalContact"],
      ...["GrantedExpires", "ChallengeRealm", "RoundTripTime", "AttemptCount", "LastAttemptTime", "RegisteredSince"],
    ];
    const callIds = (registers: readonly SipRequest[]): readonly string[] => registers.map(({ callId }) => callId);

    it("has the object, its arguments writable and its results not", async () => {
      const device = await gatewayAt(await registrarThat({}));
      const [answer] = await session(device, { kind: "GetParameterNames", path: R, nextLevel: true });
      const names = answer?.kind === "GetParameterNamesResponse" ? answer.parameters : [];
      const writable = names.filter((parameter) => parameter.writable).map(({ name }) => name.slice(R.length));
      expect(writable).to.deep.equal(["DiagnosticsState", "Timeout", "AttemptTimeout", "Transport"]);
      expect(names.map(({ name }) => name.slice(R.length))).to.include.members(LEAVES);
      expect(results(device)).to.include({ DiagnosticsState: "None", FaultCode: "0", RegisteredSince: UNKNOWN_TIME });
    });

    it("a broken SIP module does not stop it: the phone never registers, the diagnosis succeeds ([0182])", async () => {
      const registrar = await registrarThat({ password: PASSWORD, expiresGrantedS: 300 });
      const device = await gatewayAt(registrar, { behaviours: BROKEN });
      expect(registrar.registers).to.deep.equal([]);
      const told = await tested(device);
      expect(told).to.include({ DiagnosticsState: "Complete", FaultCode: "200", LastResponseCode: "200", LastResponseText: "OK" });
      expect(told).to.include({ RegistrarAddressUsed: `127.0.0.1:${registrar.port}`, GrantedExpires: "300", AttemptCount: "2" });
      expect(told).to.include({ ChallengeRealm: "voice.example" });
      expect(told["LocalContact"]).to.match(/^sip:1001@127\.0\.0\.1:\d+$/);
      expect([told["LastAttemptTime"], told["RegisteredSince"]]).to.not.include(UNKNOWN_TIME);
      expect(
        registrar.registers.map((request) => headerValue(request, "expires")),
        "nothing is taken back",
      ).to.not.include("0");
      expect(device.events.filter(({ kind }) => kind === "registered")).to.deep.equal([]);
    });

    it("with a phone: the Contact is the phone's, the Call-ID is not, and the phone's flow is the registrar's again afterwards", async () => {
      const registrar = await registrarThat({ password: PASSWORD });
      const device = await gatewayAt(registrar);
      const { contactUri } = await device.event("registered");
      const told = await tested(device);
      await device.event("registered", 2);
      expect([told["FaultCode"], told["LocalContact"]]).to.deep.equal(["200", contactUri]);
      const [first, second] = [registrar.registers.slice(0, 2), registrar.registers.slice(2, 4)];
      expect(new Set(callIds(first)).size + new Set(callIds(second)).size, "one each").to.equal(2);
      expect(callIds(second)).to.not.include(callIds(first)[0]);
      expect(new Set(second.map((request) => headerValue(request, "contact")))).to.deep.equal(
        new Set([headerValue(first[0] as SipRequest, "contact")]),
      );
      expect(callIds(registrar.registers.slice(4, 5)), "the phone again").to.deep.equal(callIds(first.slice(0, 1)));
      expect(told["RegisteredSince"]).to.not.equal(UNKNOWN_TIME);
    });

    it("an argument that is written while it runs stops it: None, and no event", async () => {
      const registrar = await silent();
      const device = await gatewayAt(registrar, { behaviours: BROKEN });
      await session(device, set(below(R, { DiagnosticsState: "Requested", AttemptTimeout: "600000" })));
      await registrar.register(1);
      expect(results(device)["DiagnosticsState"]).to.equal("Requested");
      await session(device, set(below(R, { Timeout: "100" })));
      expect(results(device)).to.include({ DiagnosticsState: "None", FaultCode: "0" });
      await new Promise((resolve) => setTimeout(resolve, 150)); // the old Timeout's end, and the new one's, would be past
      await session(device);
      expect(acs.informs().flatMap(({ events }) => events.map(({ code }) => code))).to.not.include("8 DIAGNOSTICS COMPLETE");
    });

    it("Canceled: None, without an event", async () => {
      const registrar = await silent();
      const device = await gatewayAt(registrar, { behaviours: BROKEN });
      await session(device, set(below(R, { DiagnosticsState: "Requested", AttemptTimeout: "600000" })));
      await registrar.register(1);
      await session(device, set(below(R, { DiagnosticsState: "Canceled" })));
      expect(results(device)["DiagnosticsState"]).to.equal("None");
      await session(device);
      expect(acs.informs().flatMap(({ events }) => events.map(({ code }) => code))).to.not.include("8 DIAGNOSTICS COMPLETE");
    });

    it("Requested again starts it anew, with a new Call-ID", async () => {
      const registrar = await registrarThat({ first: ["silence"], password: PASSWORD });
      const device = await gatewayAt(registrar, { behaviours: BROKEN });
      await session(device, set(below(R, { DiagnosticsState: "Requested", AttemptTimeout: "600000" })));
      await registrar.register(1);
      const told = await tested(device);
      expect([told["FaultCode"], told["AttemptCount"]]).to.deep.equal(["200", "2"]);
      expect(new Set(callIds(registrar.registers)).size).to.equal(2);
    });

    it("new arguments clear its results; a restart loses them", async () => {
      const registrar = await registrarThat({ first: [403] });
      const device = await gatewayAt(registrar, { behaviours: BROKEN });
      expect(await tested(device)).to.include({ DiagnosticsState: "Complete", FaultCode: "403" });
      await session(device, set(below(R, { AttemptTimeout: "300" })));
      expect(results(device)).to.include({ DiagnosticsState: "None", FaultCode: "0", LastResponseText: "", AttemptCount: "0" });
      expect(await tested(device)).to.include({ FaultCode: "200" });
      await device.gateway.powerOff();
      await device.gateway.powerOn();
      expect(results(device)).to.include({ DiagnosticsState: "None", FaultCode: "0", LocalContact: "" });
      expect(device.gateway.read(`${R}AttemptTimeout`), "arguments stay").to.equal("300");
    });

    it("other states, and arguments out of range, are refused with 9007", async () => {
      const device = await gatewayAt(await registrarThat({}), { behaviours: BROKEN });
      const wrong: readonly Values[] = [
        ...["None", "Complete", "Error_Other", "requested", ""].map((text) => ({ DiagnosticsState: text })),
        ...["0", "-1", "3600001"].flatMap((text) => [{ Timeout: text }, { AttemptTimeout: text }]),
        { Transport: "udp" },
      ];
      for (const values of wrong) {
        const [answer] = await session(device, set(below(R, values)));
        const codes = answer?.kind === "Fault" ? answer.setParameterValuesFaults.map(({ faultCode }) => faultCode) : [];
        expect(codes, JSON.stringify(values)).to.deep.equal([9007]);
      }
      const [answer] = await session(device, set(below(R, { FaultCode: "2" })));
      expect(answer?.kind === "Fault" && answer.setParameterValuesFaults[0]?.faultCode, "a result").to.equal(9008);
    });

    it("two lines at once: each has its own verdict; one that was never provisioned is incomplete", async () => {
      const registrar = await registrarThat({ password: PASSWORD });
      const device = await gatewayAt(registrar, { behaviours: BROKEN });
      await session(device, { kind: "AddObject", objectName: lines, parameterKey: "" });
      const second = R.replace(`${lines}1.`, `${lines}2.`);
      const both = { ...below(R, { DiagnosticsState: "Requested" }), ...below(second, { DiagnosticsState: "Requested" }) };
      const told = async (): Promise<void> => {
        while ([R, second].some((object) => results(device, object)["DiagnosticsState"] !== "Complete")) {
          await device.event("session-ended", sessions(device) + 1);
        }
      };
      await session(device, set(both));
      await told();
      expect([results(device)["FaultCode"], results(device, second)["FaultCode"]]).to.deep.equal(["200", "1"]);
      expect(results(device, second)["LastResponseText"]).to.include("AuthUserName, AuthPassword");
      const network = model === "tr181" ? { Network: "Device.Services.VoiceService.1.SIP.Network.1" } : {};
      const provisioned = { [`${account}AuthUserName`]: "1002", [`${account}AuthPassword`]: "wrong", [account + uri]: "1002", ...network };
      await session(device, set({ ...below(`${lines}2.`, provisioned), ...both }));
      await told();
      expect([results(device)["FaultCode"], results(device, second)["FaultCode"]]).to.deep.equal(["200", "401"]);
      expect(results(device, second)["LocalContact"]).to.match(/^sip:1002@/);
    });

    it("a line that is deleted takes its test with it", async () => {
      const registrar = await silent();
      const device = await gatewayAt(registrar, { behaviours: BROKEN });
      await session(device, set(below(R, { DiagnosticsState: "Requested", Timeout: "100", AttemptTimeout: "600000" })), {
        kind: "DeleteObject",
        objectName: `${lines}1.`,
        parameterKey: "",
      });
      await new Promise((resolve) => setTimeout(resolve, 150));
      await session(device);
      expect(acs.informs().flatMap(({ events }) => events.map(({ code }) => code))).to.not.include("8 DIAGNOSTICS COMPLETE");
    });

    it("Transport overrides the line's: what the registrar does not speak is silence with a reason, what the gateway can't is incomplete", async () => {
      const registrar = await registrarThat({});
      const device = await gatewayAt(registrar, { behaviours: BROKEN, tools: { ping: "no-such-ping" } });
      const refused = await tested(device, { Transport: "TCP" });
      expect(refused).to.include({ FaultCode: "4", AttemptCount: "3", LastResponseCode: "0" });
      expect(await tested(device, { Transport: "SCTP" })).to.include({
        FaultCode: "1",
        LastResponseText: "empty or out of range: Transport",
      });
      expect(await tested(device, { Transport: "" })).to.include({ FaultCode: "200" });
    });

    it("registers over IPv6", async () => {
      const device = await gatewayAt(await registrarThat({ address: "::1" }), { behaviours: BROKEN }, "::1");
      const told = await tested(device);
      expect([told["FaultCode"], told["RegistrarAddressUsed"]?.startsWith("[::1]:")]).to.deep.equal(["200", true]);
    });

    for (const transport of ["UDP", "TCP"] as const) {
      it(`over ${transport} the line can be woken afterwards as before: one binding, and the way to it is the phone's`, async () => {
        const bridge = await startTestBridge({ http: null });
        try {
          const number = 41;
          await bridge.putAccount("1042", PASSWORD);
          const sip = { registrar: "127.0.0.1", registrarPort: bridge.sipPort, domain: TEST_DOMAIN, password: PASSWORD, transport };
          const device = bench.add({ model, acsUrl: acs.url, sip, number });
          await device.gateway.powerOn();
          await device.event("session-ended");
          await device.event("registered");
          expect((await tested(device))["FaultCode"]).to.equal("200");
          await device.event("registered", 2);
          const events = untilEnded(bridge.bridge);
          const target = { by: "address-of-record", addressOfRecord: `1042@${TEST_DOMAIN}` } as const;
          const { outcome } = await bridge.bridge.wake({ wakeId: "w1", deviceId: "d1", event: "resync", target });
          expect(outcome).to.equal("accepted");
          expect((await events).at(-1)).to.include({ kind: "answered", status: 200 });
        } finally {
          await bridge.close();
        }
      });
    }

    it("whatever a server writes, what is told of it can be read, and fits", async () => {
      const phrase = `\u0001\u00ff<&"]]>\u007f${"x".repeat(4_000)}`;
      const realm = `\u000b${"r".repeat(3_000)}`;
      const server = await hostileServer((request) => [
        `SIP/2.0 401 ${phrase}`,
        ...request.filter((text) => /^(Via|From|To|Call-ID|CSeq):/.test(text)),
        `WWW-Authenticate: Digest realm="${realm}", nonce="${"n".repeat(3_000)}"`,
        "Min-Expires: 99999999999999999999",
        "Contact: <sip:",
        "Content-Length: 0",
      ]);
      try {
        const sip = { registrar: "127.0.0.1", registrarPort: server.port, domain: "voice.example", password: PASSWORD };
        const device = bench.add({ model, acsUrl: acs.url, sip, behaviours: BROKEN, tools: { ping: "no-such-ping" } });
        await device.gateway.powerOn();
        await device.event("session-ended");
        expect(await tested(device, { AttemptTimeout: "1000" })).to.include({ FaultCode: "401", AttemptCount: "3" });
        const [answer] = await session(device, { kind: "GetParameterValues", names: [R] });
        const values = answer?.kind === "GetParameterValuesResponse" ? answer.values : [];
        expect(values.length, "the envelope was read").to.be.greaterThan(10);
        for (const { name, text } of values) {
          expect(text.length, name).to.be.at.most(512);
          expect(text, name).to.match(/^[\t\x20-\x7e\u00a0-\ufffd]*$/);
        }
      } finally {
        await server.close();
      }
    });

    it("700 and more: undefined in SIP, and told as they are", async () => {
      const device = await gatewayAt(await registrarThat({ first: [700] }), { behaviours: BROKEN });
      expect(await tested(device)).to.include({ FaultCode: "700", LastResponseCode: "700" });
    });
  });
}
