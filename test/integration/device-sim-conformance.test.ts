/**
 * Cases of the conformance list that a simulated gateway has to pass, as far as no other test of it holds them already
 * (docs/spec-map.md, 11, has the whole list).
 * Spec: TR-069 3.3, 3.4, 3.5, 3.7.
 */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { expect } from "chai";
import { writeAcsEnvelope } from "../../acs/cwmp/envelope.js";
import { acsFault } from "../../acs/cwmp/faults.js";
import type { AcsMessage } from "../../acs/cwmp/messages.js";
import { type Authority, type Certified, makeAuthority } from "../support/certificates.js";
import { ACS_PASSWORD, openGatewayBench } from "../support/gateway-bench.js";
import { INFORM_RESPONSE, openScriptedAcs, type Reply, type ScriptedAcs } from "../support/scripted-acs.js";
import { requireCommand } from "../support/services.js";
import { startTestAcs } from "../support/test-acs.js";

const R = "InternetGatewayDevice.";
const ask = (message: AcsMessage, more: Partial<Reply> = {}): Reply => ({ message, ...more });
const get = (...names: readonly string[]): AcsMessage => ({ kind: "GetParameterValues", names: names.map((name) => R + name) });

describe("device-sim: conformance", () => {
  const bench = openGatewayBench();
  let acs: ScriptedAcs;
  beforeEach(async () => {
    acs = await openScriptedAcs();
  });
  afterEach(async () => {
    await bench.close();
    await acs.close();
  });

  /** The first session of a gateway, with an ACS that says this. */
  async function session(...replies: readonly Reply[]) {
    acs.script(...replies);
    const device = bench.add({ acsUrl: acs.url });
    await device.gateway.powerOn();
    return { ...device, end: await device.event("session-ended") };
  }
  const valuesRead = () =>
    acs.posts.flatMap(({ envelope }) => (envelope?.message.kind === "GetParameterValuesResponse" ? envelope.message.values : []));

  it("T11: a fault has the ID of the request too, whatever it looks like", async () => {
    await session(INFORM_RESPONSE, ask(get("Nothing"), { id: "A-b c:0" }), ask(get("Time.Status"), { id: " 7 " }));
    expect(acs.posts.slice(2).map(({ envelope }) => [envelope?.message.kind, envelope?.id])).to.deep.equal([
      ["Fault", "A-b c:0"],
      ["GetParameterValuesResponse", " 7 "],
    ]);
  });

  it("T12, T13: any prefixes, white space, comments, an XML declaration; a header that need not be understood", async () => {
    const body = `<?xml version="1.0" encoding="UTF-8"?>
      <!-- asked --><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:q="urn:dslforum-org:cwmp-1-2" xmlns:a="urn:other">
      <e:Header> <q:ID e:mustUnderstand="1">9</q:ID> <a:Trace e:mustUnderstand="0"><a:Hop/></a:Trace> </e:Header>
      <e:Body><!-- now --><q:GetParameterValues>
        <ParameterNames xmlns:k="http://schemas.xmlsoap.org/soap/encoding/" k:arrayType="xsd:string[1]">
          <string>${R}Time.Status</string>
        </ParameterNames>
      </q:GetParameterValues></e:Body></e:Envelope>`;
    const { end } = await session(INFORM_RESPONSE, { body });
    expect(end).to.include({ outcome: "done" });
    expect(acs.posts.at(-1)?.envelope?.id).to.equal("9");
    expect(valuesRead().map(({ text }) => text)).to.deep.equal(["Synchronized"]);
  });

  it("T15: a request of far more than 32 KiB is answered", async () => {
    const many = Array.from({ length: 1_200 }, () => "Time.Status");
    await session(INFORM_RESPONSE, ask(get(...many)));
    expect(valuesRead().map(({ text }) => text)).to.deep.equal(["Synchronized"]);
  });

  it("T31: after the ACS's last empty response no POST follows", async () => {
    const { end } = await session(INFORM_RESPONSE, { status: 204 });
    expect(end).to.include({ outcome: "done" });
    expect(acs.said()).to.deep.equal(["Inform", "empty"]);
  });

  it("T32, T34: an early 204 lifts HoldRequests, and is followed by the empty POST that was not sent yet", async () => {
    const held = ask({ kind: "InformResponse", maxEnvelopes: 1 }, { hold: true });
    const { end } = await session(held, ask(get("Time.Status"), { hold: true }), { status: 204 }, { status: 204 });
    expect(end).to.include({ outcome: "done" });
    expect(acs.said()).to.deep.equal(["Inform", "empty", "GetParameterValuesResponse", "empty"]);
  });

  it("T34: an early 204 ends the session of a device that has sent its empty POST", async () => {
    await session(INFORM_RESPONSE, ask(get("Time.Status")), { status: 204 });
    expect(acs.said()).to.deep.equal(["Inform", "empty", "GetParameterValuesResponse"]);
  });

  it("T44: 8005 has TransferComplete sent again as it was; after another fault the session goes on, and it is told the next time", async () => {
    const url = "http://127.0.0.1:9/none";
    const order = { commandKey: "d", fileType: "1 Firmware Upgrade Image", url, username: "", password: "", fileSizeBytes: 0 } as const;
    const download: AcsMessage = { kind: "Download", ...order, targetFileName: "", delayS: 0, successUrl: "", failureUrl: "" };
    acs.script(INFORM_RESPONSE, ask(download), { status: 204 }, INFORM_RESPONSE, ask(acsFault(8005)), ask(acsFault(8002)));
    const { gateway, event } = bench.add({ acsUrl: acs.url });
    await gateway.powerOn();
    expect(await event("session-ended", 2)).to.include({ outcome: "done" });
    const told = () => acs.posts.filter(({ envelope }) => envelope?.message.kind === "TransferComplete");
    expect(told()).to.have.length(2);
    expect(told()[1]?.body).to.equal(told()[0]?.body);
    gateway.triggerPeriodic();
    await acs.post(() => told().length === 3);
    expect(acs.informs()[2]?.events.map(({ code }) => code)).to.include.members(["7 TRANSFER COMPLETE", "M Download"]);
  });

  it("T46: a fault is the SOAP fault of CWMP: Client, CWMP fault, and the code in its detail", async () => {
    await session(INFORM_RESPONSE, ask(get("Nothing")));
    const fault = acs.posts.at(-1)?.body ?? "";
    expect(fault).to.match(/<SOAP-ENV:Fault><faultcode>(SOAP-ENV:)?Client<\/faultcode><faultstring>CWMP fault<\/faultstring><detail>/);
    expect(fault).to.match(/<cwmp:Fault><FaultCode>9005<\/FaultCode>/);
    expect(acs.posts.at(-1)?.headers).to.include({ soapaction: "" });
  });

  describe("TLS", () => {
    let authority: Authority;
    before(async function () {
      requireCommand(this, "openssl");
      authority = await makeAuthority();
    });
    after(() => authority?.remove());

    /** One session with an ACS over TLS that asks for Basic. @param trusted Whose certificates the gateway trusts. */
    async function secureSession({ cert, key }: Certified, trusted: Authority) {
      const seen = { servername: "", protocol: "", authorization: "", posts: 0 };
      const server = createServer({ cert, key }, (request, response) => {
        request.resume().on("end", () => {
          const socket = request.socket as TLSSocket & { readonly servername?: string };
          const { authorization } = request.headers;
          if (authorization === undefined) {
            response.writeHead(401, { "WWW-Authenticate": 'Basic realm="r"' }).end();
            return;
          }
          Object.assign(seen, { servername: socket.servername, protocol: socket.getProtocol(), authorization, posts: seen.posts + 1 });
          const envelope = {
            namespace: "urn:dslforum-org:cwmp-1-2",
            message: { kind: "InformResponse", maxEnvelopes: 1 },
            id: "1",
          } as const;
          if (seen.posts === 1) response.writeHead(200, { "Content-Type": "text/xml" }).end(writeAcsEnvelope(envelope));
          else response.writeHead(204).end();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
      const acsUrl = `https://localhost:${(server.address() as AddressInfo).port}/`;
      const { gateway, event } = bench.add({ acsUrl, ca: trusted.cert.toString() });
      await gateway.powerOn();
      const end = await event("session-ended");
      await gateway.powerOff();
      await new Promise((resolve) => server.close(resolve));
      return { gateway, end, ...seen };
    }

    it("T26, T29: a session over TLS 1.2 or later, with SNI, and Basic where that is asked for", async () => {
      const { gateway, ...seen } = await secureSession(await authority.issue("acs", 30, "localhost"), authority);
      expect(seen).to.include({ servername: "localhost", posts: 2 });
      expect(seen.end).to.include({ outcome: "done" });
      expect(seen.protocol).to.match(/^TLSv1\.[23]$/);
      expect(seen.authorization).to.equal(`Basic ${Buffer.from(`${gateway.deviceId}:${ACS_PASSWORD}`).toString("base64")}`);
    });
    it("T30: a device certificate is shown to the ACS, which asks for no password then", async () => {
      const [server, device] = [await authority.issue("acs", 30, "localhost"), await authority.issue("0A1B2C-VG2000-VG2K0001000000")];
      const files = { ACS_CWMP_TLS_CERT_FILE: server.certFile, ACS_CWMP_TLS_KEY_FILE: server.keyFile };
      const real = await startTestAcs({ realTime: true, env: { ...files, ACS_CWMP_TLS_CLIENT_CA_FILE: authority.certFile } });
      try {
        const certificate = { cert: device.cert.toString(), key: device.key.toString() };
        const ca = authority.cert.toString();
        const { gateway, event } = bench.add({ acsUrl: `https://localhost:${real.cwmpPort}/`, acsPassword: "not this", ca, certificate });
        const { oui, productClass, serialNumber } = gateway.instance;
        await real.gateway({ oui, productClass, serialNumber });
        await gateway.powerOn();
        expect(await event("session-ended")).to.include({ outcome: "done" });
      } finally {
        await bench.close();
        await real.close();
      }
    });
    it("T27: a certificate for another host is refused", async () => {
      const { end, posts } = await secureSession(await authority.issue("acs"), authority);
      expect(end).to.include({ outcome: "failed" });
      expect(posts).to.equal(0);
    });
    it("T28: so is one of an authority that is not trusted, and one whose time is over", async () => {
      const other = await makeAuthority();
      const strange = await secureSession(await other.issue("acs", 30, "localhost"), authority);
      const expired = await secureSession(await authority.issue("acs", -1, "localhost"), authority);
      await other.remove();
      expect([strange.end.outcome, expired.end.outcome]).to.deep.equal(["failed", "failed"]);
      expect([strange.posts, expired.posts]).to.deep.equal([0, 0]);
    });
  });
});
