/**
 * XMPP connection requests through a real XMPP server, Prosody.
 * Spec: TR-069 Annex K; RFC 6120. Layer: interop test.
 */
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { expect } from "chai";
import {
  openXmppConnectionRequester,
  type XmppConnectionRequester,
  type XmppConnectionRequestOptions,
} from "../../acs/wake/xmpp-connection-request.js";
import { systemClock } from "../../common/clock.js";
import { Secret } from "../../common/config.js";
import { openSecret, readSecretKey } from "../../common/secret-box.js";
import { type Prosody, startProsody } from "../support/prosody.js";
import { requireCommand } from "../support/services.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { startTestAcs } from "../support/test-acs.js";
import { openXmppDevice, type XmppDevice } from "../support/xmpp-device.js";

const LOGIN = { username: "0A1B2C-VG2000-S1", password: "cr <secret> & more" };
const SECRETS_KEY = "42".repeat(32);
const USERS = { acs: "acs-password", gateway: "gateway-password" };
const error = (condition: string): { readonly type: "error"; readonly content: string } => ({
  type: "error",
  content: `<error type="cancel"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>`,
});

describe("interop: connection requests through Prosody", function () {
  this.timeout(60_000);
  let prosody: Prosody;
  let device: XmppDevice;
  let xmpp: XmppConnectionRequester;
  let answer: ReturnType<Parameters<typeof openXmppDevice>[0]["answer"]>;
  const opened: XmppConnectionRequester[] = [];
  /** Any would end the process of an ACS, also one that is handled a moment later. */
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown): void => void unhandled.push(error);

  before(async function () {
    requireCommand(this, "prosody");
    requireCommand(this, "openssl");
    process.on("unhandledRejection", onUnhandled);
    prosody = await startProsody(USERS);
    device = await openDevice();
    ({ xmpp } = await acs());
    opened.length = 0;
  });
  after(async () => {
    await xmpp?.close();
    await device?.close();
    await prosody?.stop();
    process.off("unhandledRejection", onUnhandled);
  });
  beforeEach(() => {
    answer = { type: "result", content: "" };
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    expect(unhandled).to.deep.equal([]);
  });

  const openDevice = (): Promise<XmppDevice> =>
    openXmppDevice({
      ...{ port: prosody.tlsPort, domain: prosody.domain, ca: prosody.certificate },
      ...{ username: "gateway", password: USERS.gateway, answer: () => answer },
    });

  /** Resolves with the requester at its first "online" or "offline", and what it said. */
  function acs(
    more: Partial<XmppConnectionRequestOptions> = {},
  ): Promise<{ readonly xmpp: XmppConnectionRequester; readonly states: string[] }> {
    const states: string[] = [];
    return new Promise((resolve) => {
      const xmpp = openXmppConnectionRequester({
        ...{ service: `xmpps://127.0.0.1:${prosody.tlsPort}`, domain: prosody.domain, username: "acs", password: new Secret(USERS.acs) },
        ...{ allowsPlaintext: false, ca: prosody.certificate, otherDomains: [], clock: systemClock, random: () => 0 },
        limits: { answerTimeoutMs: 2_000, backOffMsMin: 100 },
        onState: (state, detail) => {
          states.push(`${state}: ${detail}`);
          queueMicrotask(() => resolve({ xmpp, states }));
        },
        ...more,
      });
      opened.push(xmpp);
    });
  }

  it("a device is asked with its credentials, and its result means accepted", async () => {
    const before = device.requests.length;
    expect(await xmpp.send(device.jabberId, LOGIN)).to.deep.equal({ outcome: "accepted", detail: "answered with a result" });
    const [stanza = ""] = device.requests.slice(before);
    expect(stanza).to.match(/^<iq [^>]*type=['"]get['"]/);
    expect(stanza).to.match(/<connectionRequest xmlns=['"]urn:broadband-forum-org:cwmp:xmppConnReq-1-0['"]>/);
    expect(stanza).to.include(`<username>${LOGIN.username}</username>`).and.include("<password>cr &lt;secret&gt; &amp; more</password>");
  });

  const answers: Readonly<Record<string, string>> = {
    "not-authorized": "wrong-credentials",
    "not-autorized": "wrong-credentials", // as one client spells it (quirk 50)
    "service-unavailable": "unreachable",
    "resource-constraint": "busy",
    "item-not-found": "unreachable",
    "bad-request": "refused",
  };
  for (const [condition, outcome] of Object.entries(answers)) {
    it(`the device's error ${condition}: ${outcome}`, async () => {
      answer = error(condition);
      expect((await xmpp.send(device.jabberId, LOGIN)).outcome).to.equal(outcome);
    });
  }

  it("a device that is away is told by the server: unreachable", async () => {
    expect((await xmpp.send(`gateway@${prosody.domain}/elsewhere`, LOGIN)).outcome).to.equal("unreachable");
    expect((await xmpp.send(`nobody@${prosody.domain}/cpe`, LOGIN)).outcome).to.equal("unreachable");
  });

  it("a device that says nothing: unanswered after the time limit", async () => {
    const { xmpp: hasty } = await acs({ limits: { answerTimeoutMs: 100 } });
    answer = undefined;
    expect((await hasty.send(device.jabberId, LOGIN)).outcome).to.equal("unanswered");
  });

  it("Jabber IDs of other domains are not asked", async () => {
    const before = device.requests.length;
    expect((await xmpp.send("gateway@elsewhere.example/cpe", LOGIN)).outcome).to.equal("refused");
    expect(device.requests).to.have.length(before);
  });

  it("a certificate that nobody vouches for is refused, with TLS from the first byte and with STARTTLS", async () => {
    const untrusted: Partial<XmppConnectionRequestOptions>[] = [
      { ca: "", service: `xmpps://127.0.0.1:${prosody.tlsPort}` },
      { service: `xmpp://127.0.0.1:${prosody.port}` },
    ];
    for (const more of untrusted) {
      const { xmpp: wary, states } = await acs(more);
      expect(states[0]).to.match(/^offline: .*(self.signed|unable to verify|certificate)/i);
      expect((await wary.send(device.jabberId, LOGIN)).outcome).to.equal("unreachable");
    }
  });

  it("a certificate of another domain is refused, also by a server that does not mind", async () => {
    const careless = createServer({ cert: prosody.certificate, key: prosody.key }, (socket) => socket.on("error", () => undefined));
    careless.listen(0, "127.0.0.1");
    await once(careless, "listening");
    const { port } = careless.address() as AddressInfo;
    const { states } = await acs({ domain: "other.example", service: `xmpps://127.0.0.1:${port}` });
    careless.close();
    expect(states[0]).to.match(/^offline: .*(altname|does not match)/i);
  });

  it("a wrong password is told, tried again, and never shown", async () => {
    const { xmpp: wrong, states } = await acs({ password: new Secret("guess") });
    expect(states[0]).to.match(/^offline: /);
    while (states.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(wrong.isOnline()).to.equal(false);
    expect(states.join()).not.to.include("guess");
  });

  it("a server that goes away and comes back is connected to again", async () => {
    const { xmpp: patient, states } = await acs();
    await prosody.restart();
    while (!states.slice(1).some((state) => state.startsWith("online"))) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(states.some((state) => state.startsWith("offline"))).to.equal(true);
    device = await openDevice();
    expect((await patient.send(device.jabberId, LOGIN)).outcome).to.equal("accepted");
  });

  it("a server that falls silent is noticed, and connected to again when it speaks", async () => {
    const { states } = await acs({ limits: { pingEveryMs: 30, answerTimeoutMs: 400, loginTimeoutMs: 1_500, backOffMsMin: 50 } });
    const moment = (ms = 20): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    while (states.at(-1)?.startsWith("online") !== true) await moment(); // on a busy machine the first login may take too long
    states.length = 0;
    await moment(200); // some pings are answered
    expect(states).to.deep.equal([]);
    prosody.freeze();
    try {
      while (states.length < 1) await moment();
      expect(states[0]).to.equal("offline: the server does not answer (timed out)");
      while (states.length < 2) await moment();
      expect(states[1], "TCP connects, nobody speaks").to.equal("offline: the login takes too long");
    } finally {
      prosody.thaw();
    }
    while (!states.some((state) => state.startsWith("online"))) await moment();
  });

  it("the ACS wakes a device over XMPP with the credentials that it gave it", async () => {
    const folder = await temporaryFolder();
    await writeFile(folder.file("ca.pem"), prosody.certificate);
    const server = await startTestAcs({
      env: {
        ...{ ACS_XMPP_SERVICE: `xmpps://127.0.0.1:${prosody.tlsPort}`, ACS_XMPP_DOMAIN: prosody.domain, ACS_XMPP_USERNAME: "acs" },
        ...{ ACS_XMPP_PASSWORD: USERS.acs, ACS_XMPP_CA_FILE: folder.file("ca.pem"), ACS_SECRETS_KEY: SECRETS_KEY },
      },
    });
    try {
      const gateway = await server.gateway();
      const told = `<ParameterValueStruct><Name>InternetGatewayDevice.ManagementServer.ConnReqJabberID</Name><Value>${device.jabberId}</Value></ParameterValueStruct>`;
      await gateway.post(gateway.informText().replace("</ParameterList>", `${told}</ParameterList>`));
      await gateway.empty();
      while (!server.logged().includes("XMPP: online")) await new Promise((resolve) => setTimeout(resolve, 20));
      const before = device.requests.length;
      const id = await server.task(gateway.id, { kind: "reboot" });
      await server.untilEvent("asked", ({ kind, data }) => kind === "wire" && data["rung"] === "xmpp" && data["next"] === "wait");
      const sealed = (await server.stores.devices.get(gateway.id))?.connectionRequest.password ?? "";
      const password = openSecret(readSecretKey(SECRETS_KEY), sealed, gateway.id);
      expect(device.requests.slice(before).join()).to.include(`<username>${gateway.id}</username><password>${password}</password>`);
      expect(server.logged()).not.to.include(password).and.not.to.include(USERS.acs);
      await gateway.inform("6 CONNECTION REQUEST");
      await gateway.empty();
      await gateway.say({ kind: "RebootResponse" });
      await server.untilTask(id, "awaiting-device");
    } finally {
      await server.close();
      await folder.remove();
    }
  });

  it("a server without TLS: no password is sent, unless the operator allows it", async () => {
    const plain = await startProsody(USERS, false);
    try {
      const service = `xmpp://127.0.0.1:${plain.port}`;
      const refusing = await acs({ service });
      expect(refusing.states[0]).to.match(/^offline: no TLS: the server offers none/);
      const allowing = await acs({ service, allowsPlaintext: true });
      expect(allowing.states[0]).to.match(/^online/);
    } finally {
      await plain.stop();
    }
  });
});
