/**
 * The phone of a simulated gateway against a registrar on a real UDP socket: registration, NOTIFY as a wake-up.
 * Spec: RFC 3261 10.2, 11, 22; RFC 5626 4.1; US 2012/0089717 A1 [0048], [0065], [0073-0074].
 */
import { expect } from "chai";
import { parseCredentials } from "../../common/digest.js";
import { answers481 } from "../../device-sim/behaviours/answers-481.js";
import { neverAnswersNotify } from "../../device-sim/behaviours/never-answers-notify.js";
import type { GatewayOptions } from "../../device-sim/gateway/options.js";
import { readContacts } from "../../sip-bridge/sip/header-values.js";
import { headerValue, param, type SipRequest } from "../../sip-bridge/sip/message.js";
import { openGatewayBench } from "../support/gateway-bench.js";
import { INFORM_RESPONSE, openScriptedAcs, type ScriptedAcs } from "../support/scripted-acs.js";
import { openScriptedRegistrar, type RegistrarOptions, type ScriptedRegistrar } from "../support/scripted-registrar.js";

const LINE = "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.Line.1.";
const SIP = "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.SIP.";
const PASSWORD = "line-password";
const LOGIN = { username: "1001", password: PASSWORD };

describe("device-sim: a gateway's phone", () => {
  const bench = openGatewayBench();
  const closing: { close(): Promise<void> }[] = [];
  let acs: ScriptedAcs;

  const openRegistrar = async (options: RegistrarOptions = {}): Promise<ScriptedRegistrar> => {
    const registrar = await openScriptedRegistrar(options);
    closing.push(registrar);
    return registrar;
  };
  const add = (registrar: ScriptedRegistrar, more: Partial<GatewayOptions> = {}) =>
    bench.add({
      acsUrl: acs.url,
      sip: { registrar: "127.0.0.1", registrarPort: registrar.port, domain: "voice.example", password: PASSWORD },
      ...more,
    });
  const contactOf = (request: SipRequest): string => {
    const contacts = readContacts(request);
    return contacts === "*" ? "*" : (contacts[0]?.uri ?? "");
  };
  beforeEach(async () => {
    acs = await openScriptedAcs();
    closing.push(acs);
  });
  afterEach(async () => {
    await bench.close();
    await Promise.all(closing.splice(0).map((one) => one.close()));
  });

  describe("registration", () => {
    it("registers its address of record, with an instance id made of its MAC address", async () => {
      const registrar = await openRegistrar();
      const { gateway, event } = add(registrar);
      await gateway.powerOn();
      await event("registered");
      const request = await registrar.register(1);
      expect([request.uri, request.to.uri, request.from.uri]).to.deep.equal([
        "sip:voice.example",
        "sip:1001@voice.example",
        "sip:1001@voice.example",
      ]);
      const contacts = readContacts(request);
      const instance = contacts === "*" ? "" : param(contacts[0]?.params ?? [], "+sip.instance");
      expect(instance).to.equal("<urn:uuid:00000000-0000-1000-8000-020001000000>");
      expect(gateway.instance.macAddress).to.equal("02:00:01:00:00:00");
      expect(gateway.read(`${LINE}Status`)).to.equal("Up");
    });

    for (const algorithm of ["MD5", "SHA-256"] as const) {
      it(`answers a ${algorithm} challenge with the line's credentials: same Call-ID, CSeq one higher`, async () => {
        const registrar = await openRegistrar({ password: PASSWORD, algorithm });
        const { gateway, event } = add(registrar);
        await gateway.powerOn();
        await event("registered");
        const [first, second] = registrar.registers;
        expect(second?.callId).to.equal(first?.callId);
        expect((second?.cseq.number ?? 0) - (first?.cseq.number ?? 0)).to.equal(1);
      });
    }

    it("a wrong password: one answer, then Line.Status Error and a wait of RegisterRetryInterval", async () => {
      const registrar = await openRegistrar({ password: "another" });
      const { gateway, event } = add(registrar);
      await gateway.powerOn();
      expect(await event("registration-failed")).to.include({ retryInMs: 30_000 });
      expect(registrar.registers).to.have.length(2);
      expect(gateway.read(`${LINE}Status`)).to.equal("Error");
    });

    it("423: again at once with the interval that Min-Expires wants", async () => {
      const registrar = await openRegistrar({ expiresMinS: 7_000 });
      const { gateway, event } = add(registrar);
      await gateway.powerOn();
      expect(await event("registered")).to.include({ expiresS: 7_000 });
      expect(registrar.registers.map((request) => headerValue(request, "expires"))).to.deep.equal(["3600", "7000"]);
    });

    it("comes back within the interval that was granted, not the one asked for", async () => {
      const registrar = await openRegistrar({ expiresGrantedS: 1 });
      const { gateway, event } = add(registrar, { random: () => 0 });
      await gateway.powerOn();
      await event("registered", 2);
      const [first, second] = registrar.registers;
      expect(second?.callId).to.equal(first?.callId);
      expect(second?.cseq.number).to.be.above(first?.cseq.number ?? 0);
    });

    it("a refresh brings its credentials with it: the nonce that it has, one count higher (RFC 3261 22.2)", async () => {
      const registrar = await openRegistrar({ password: PASSWORD, expiresGrantedS: 1 });
      await add(registrar).gateway.powerOn();
      const refresh = await registrar.register(3);
      const [answered, brought] = [registrar.registers[1], refresh].map((request) =>
        parseCredentials(headerValue(request ?? refresh, "authorization") ?? ""),
      );
      expect([brought?.nonce, answered?.use?.nc, brought?.use?.nc]).to.deep.equal([answered?.nonce, 1, 2]);
    });

    it("a failure is tried again after RegisterRetryInterval", async () => {
      const registrar = await openRegistrar({ first: [503] });
      const { gateway, event } = add(registrar);
      gateway.changeLocally(`${SIP}RegisterRetryInterval`, "1");
      await gateway.powerOn();
      expect(await event("registration-failed")).to.include({ why: "503 Service Unavailable" });
      await event("registered");
    });

    it("new SIP parameters set by the ACS register the line anew; a line that is disabled is taken back", async () => {
      const registrar = await openRegistrar();
      const { gateway, event } = add(registrar);
      const setLine = (name: string, text: string) =>
        acs.script(INFORM_RESPONSE, {
          message: { kind: "SetParameterValues", values: [{ name, type: "xsd:string", text }], parameterKey: "" },
        });
      setLine(`${LINE}SIP.URI`, "2002");
      await gateway.powerOn();
      const moved = await registrar.register(2);
      await event("session-ended");
      expect(moved.to.uri).to.equal("sip:2002@voice.example");
      await event("registered", 2);
      setLine(`${LINE}Enable`, "Disabled");
      gateway.triggerPeriodic();
      const last = await registrar.register(3);
      expect(headerValue(last, "expires")).to.equal("0");
    });

    it("a pulled plug says nothing to the registrar", async () => {
      const registrar = await openRegistrar();
      const { gateway, event } = add(registrar);
      await gateway.powerOn();
      await event("registered");
      await gateway.powerOff();
      await gateway.powerOn();
      await event("registered", 2);
      expect(registrar.registers.map((request) => headerValue(request, "expires"))).to.deep.equal(["3600", "3600"]);
      expect(contactOf(registrar.registers[0] as SipRequest)).to.not.equal(contactOf(registrar.registers[1] as SipRequest));
    });
  });

  describe("NOTIFY", () => {
    async function started(registrar: ScriptedRegistrar, more: Partial<GatewayOptions> = {}) {
      const one = add(registrar, more);
      await one.gateway.powerOn();
      const { contactUri } = await one.event("registered");
      await one.event("session-ended");
      return { ...one, contactUri };
    }
    const events = () => acs.informs().map((inform) => inform.events.map(({ code }) => code));

    it("Event: resync is answered 200, and brings a session with 6 CONNECTION REQUEST", async () => {
      const registrar = await openRegistrar();
      const { event, contactUri } = await started(registrar);
      const answer = await registrar.notify(contactUri, "resync");
      expect(answer?.status).to.equal(200);
      await event("session-ended", 2);
      expect(events()[1]).to.deep.equal(["6 CONNECTION REQUEST"]);
      expect(await event("notify-received")).to.include({ event: "resync", outcome: "trigger" });
    });

    it("parameters of the event do not matter", async () => {
      const registrar = await openRegistrar();
      const { event, contactUri } = await started(registrar);
      await registrar.notify(contactUri, "resync;reboot=false");
      await event("session-ended", 2);
    });

    it("during a session it brings exactly one session after it", async () => {
      const registrar = await openRegistrar();
      const { gateway, event, contactUri } = await started(registrar);
      const answers = acs
        .post((post) => acs.posts.indexOf(post) >= 2)
        .then(async () => [(await registrar.notify(contactUri, "resync"))?.status, (await registrar.notify(contactUri, "resync"))?.status]);
      acs.script({ ...INFORM_RESPONSE, after: answers });
      gateway.triggerPeriodic();
      await event("session-ended", 3);
      expect(await answers).to.deep.equal([200, 200]);
      gateway.triggerPeriodic();
      await event("session-ended", 4);
      expect(events().slice(1)).to.deep.equal([["2 PERIODIC"], ["6 CONNECTION REQUEST"], ["2 PERIODIC"]]);
    });

    it("another event is voice's business: 489 with Allow-Events, and no session", async () => {
      const registrar = await openRegistrar();
      const { gateway, event, contactUri } = await started(registrar);
      const answer = await registrar.notify(contactUri, "check-sync");
      expect(answer?.status).to.equal(489);
      expect(answer && headerValue(answer, "allow-events")).to.equal("resync");
      gateway.triggerPeriodic();
      await event("session-ended", 2);
      expect(events()[1]).to.deep.equal(["2 PERIODIC"]);
    });

    it("or 200, if it is so configured, and no session either", async () => {
      const registrar = await openRegistrar();
      const { gateway, event, contactUri } = await started(registrar, { notifyPolicy: { otherEventAnswer: 200 } });
      expect((await registrar.notify(contactUri, "message-summary"))?.status).to.equal(200);
      gateway.triggerPeriodic();
      await event("session-ended", 2);
      expect(events()[1]).to.deep.equal(["2 PERIODIC"]);
    });

    it("without Event it is 489; within a dialog, of which there is none, 481", async () => {
      const registrar = await openRegistrar();
      const { contactUri } = await started(registrar);
      expect((await registrar.notify(contactUri, ""))?.status).to.equal(489);
      expect((await registrar.notify(contactUri, "resync", { toTag: "t1" }))?.status).to.equal(481);
    });

    it("a gateway that asks for digest obeys only the line's credentials", async () => {
      const registrar = await openRegistrar();
      const { event, contactUri } = await started(registrar, { notifyPolicy: { acceptance: "digest" } });
      expect((await registrar.notify(contactUri, "resync"))?.status).to.equal(401);
      expect((await registrar.notify(contactUri, "resync", { login: { ...LOGIN, password: "x" } }))?.status).to.equal(401);
      expect((await registrar.notify(contactUri, "resync", { login: LOGIN }))?.status).to.equal(200);
      await event("session-ended", 2);
      expect(events()).to.have.length(2);
    });

    for (const [who, address] of Object.entries({ "at another address": "127.0.0.2", "at another port of the registrar's": "127.0.0.1" })) {
      it(`a stranger ${who} is refused with 403, wakes nobody, and is counted`, async () => {
        const registrar = await openRegistrar();
        const stranger = await openRegistrar({ address });
        const { gateway, event, contactUri } = await started(registrar);
        expect((await stranger.notify(contactUri, "resync"))?.status).to.equal(403);
        expect(await event("notify-received")).to.include({ outcome: "answered 403" });
        expect(events()).to.have.length(1);
        expect(gateway.notifies).to.deep.equal({ obeyed: 0, refused: 1 });
      });
    }

    it("…unless the gateway trusts everybody", async () => {
      const registrar = await openRegistrar();
      const stranger = await openRegistrar({ address: "127.0.0.2" });
      const { contactUri } = await started(registrar, { notifyPolicy: { acceptance: "any" } });
      expect((await stranger.notify(contactUri, "resync"))?.status).to.equal(200);
    });

    it("answers-481 says so to every NOTIFY and does nothing", async () => {
      const registrar = await openRegistrar();
      const { contactUri } = await started(registrar, { behaviours: [answers481] });
      expect((await registrar.notify(contactUri, "resync"))?.status).to.equal(481);
      expect(events()).to.have.length(1);
    });

    it("never-answers-notify is silent", async () => {
      const registrar = await openRegistrar();
      const { event, contactUri } = await started(registrar, { behaviours: [neverAnswersNotify] });
      const answer = registrar.notify(contactUri, "resync", { waitMs: 150 });
      await event("notify-received");
      expect(await answer).to.equal(undefined);
      expect(events()).to.have.length(1);
    });

    it("OPTIONS is answered 200, other methods 405 with what is allowed", async () => {
      const registrar = await openRegistrar();
      const { contactUri } = await started(registrar);
      expect((await registrar.notify(contactUri, "", { method: "OPTIONS" }))?.status).to.equal(200);
      const refused = await registrar.notify(contactUri, "", { method: "MESSAGE" });
      expect(refused?.status).to.equal(405);
      expect(refused && headerValue(refused, "allow")).to.equal("OPTIONS, NOTIFY");
    });
  });
});
