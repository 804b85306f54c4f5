/**
 * The named misbehaviours of simulated gateways, as an ACS sees them on the wire.
 * Spec: digest 12 (field quirks).
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { writeAcsEnvelope } from "../../acs/cwmp/envelope.js";
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";
import { answerDigest, digestHa1, parseChallenges, writeCredentials } from "../../common/digest.js";
import { findBehaviour } from "../../device-sim/behaviours/find-behaviour.js";
import { type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";
import { INFORM_RESPONSE, openScriptedAcs, type Reply, type ScriptedAcs } from "../support/scripted-acs.js";
import { openScriptedFileServer } from "../support/scripted-file-server.js";

const R = "InternetGatewayDevice.";
const ask = (message: AcsMessage): Reply => ({ message });
const names = (path: string): Reply => ask({ kind: "GetParameterNames", path, nextLevel: true });
const values = (...paths: readonly string[]): Reply => ask({ kind: "GetParameterValues", names: paths.map((path) => R + path) });
const upload = (url: string): Reply =>
  ask({ kind: "Upload", commandKey: "u", fileType: "2 Vendor Log File", url, username: "", password: "", delayS: 0 });

describe("device-sim: named misbehaviours", () => {
  const bench = openGatewayBench();
  let acs: ScriptedAcs;
  beforeEach(async () => {
    acs = await openScriptedAcs();
  });
  afterEach(async () => {
    await bench.close();
    await acs.close();
  });

  /** One session of a gateway that behaves so and is asked this. */
  const session = async (name: string, ...replies: readonly Reply[]): Promise<BenchGateway> => {
    const behaviour = findBehaviour(name);
    if (behaviour === undefined) throw new Error(`no behaviour ${name}`);
    acs.script(INFORM_RESPONSE, ...replies);
    const device = bench.add({ acsUrl: acs.url, behaviours: [behaviour] });
    await device.gateway.powerOn();
    expect(await device.event("session-ended")).to.include({ outcome: "done" });
    return device;
  };
  const bodies = (): string => acs.posts.map(({ body }) => body).join("\n");
  const answer = <K extends DeviceMessage["kind"]>(kind: K) =>
    acs.posts.flatMap(({ envelope }) => (envelope?.message.kind === kind ? [envelope.message as Extract<DeviceMessage, { kind: K }>] : []));

  describe("envelopes", () => {
    for (const version of ["1-0", "1-3", "1-4"]) {
      it(`namespace-${version}`, async () => {
        await session(`namespace-${version}`);
        expect(acs.posts[0]?.envelope?.namespace).to.equal(`urn:dslforum-org:cwmp-${version}`);
      });
    }
    it("other-prefixes: still well-formed, and the namespace is what it was", async () => {
      await session("other-prefixes", values("Time."));
      expect(bodies())
        .to.match(/<soap:Envelope/)
        .and.match(/<ns1:Inform>/)
        .and.not.match(/SOAP-EN|cwmp:/);
      expect(acs.posts[0]?.envelope?.namespace).to.equal("urn:dslforum-org:cwmp-1-2");
      expect(answer("GetParameterValuesResponse")[0]?.values).to.have.length(5);
    });
    it("undeclared-prefixes", async () => {
      await session("undeclared-prefixes");
      expect(bodies())
        .to.match(/ soapenv:mustUnderstand="1"/)
        .and.match(/ soap-enc:arrayType=/);
    });
    it("lower-case-elements: names of elements only", async () => {
      await session("lower-case-elements");
      expect(bodies())
        .to.match(/<cwmp:inform>/)
        .and.match(/<oui>0A1B2C<\/oui>/)
        .and.not.match(/<Name>|<\/Name>/);
      expect(acs.informs()[0]?.parameters[0]?.name).to.equal(`${R}DeviceSummary`);
    });
    it("id-none, id-empty and id-text: in its requests; the ACS's ID is echoed", async () => {
      await session("id-none", { ...values("Time.Status"), id: "acs-7" });
      await session("id-empty");
      await session("id-text");
      const ids = acs.posts.flatMap(({ envelope }) => (envelope === undefined ? [] : [envelope.id]));
      expect(ids).to.deep.equal([undefined, "acs-7", "", "VENDOR_ID_1 a"]);
    });
    it("array-count-wrong and array-count-empty", async () => {
      await session("array-count-wrong");
      await session("array-count-empty");
      expect(acs.posts[0]?.body).to.match(/ParameterValueStruct\[0009\]/);
      expect(acs.posts[2]?.body).to.match(/ParameterValueStruct\[\]/);
    });
    it("no-value-types, missing-values, control-characters", async () => {
      await session("no-value-types");
      expect(bodies()).to.not.match(/xsi:type/);
      await session("missing-values");
      expect(acs.posts[2]?.body).to.match(/<Name>[\w.]+ProvisioningCode<\/Name><\/ParameterValueStruct>/);
      await session("control-characters");
      const control = new RegExp(`<Value xsi:type="xsd:string">${String.fromCharCode(2)}InternetGateway`);
      expect(acs.posts[4]?.bytes.toString()).to.match(control);
    });
    it("latin1: declared in the header, one byte for the letter", async () => {
      await session("latin1");
      expect(acs.posts[0]?.headers["content-type"]).to.equal('text/xml; charset="iso-8859-1"');
      expect(acs.informs()[0]?.deviceId.manufacturer).to.equal("Example Vöice");
      expect(Number(acs.posts[0]?.headers["content-length"])).to.equal(acs.posts[0]?.body.length);
    });
    it("clock-unknown and clock-off", async () => {
      await session("clock-unknown");
      await session("clock-off");
      const [unknown, off] = acs.informs().map(({ currentTime }) => currentTime);
      expect(unknown).to.equal("0001-01-01T00:00:00Z");
      expect(off).to.match(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}$/);
    });
  });

  describe("sessions", () => {
    it("informs-twice", async () => {
      await session("informs-twice", INFORM_RESPONSE);
      expect(acs.said()).to.deep.equal(["Inform", "Inform", "empty"]);
    });
    it("names-without-dots, rejects-root-names, denies-writable", async () => {
      await session("names-without-dots", names(`${R}LANDevice.1.`));
      expect(answer("GetParameterNamesResponse")[0]?.parameters.map(({ name }) => name)).to.include(`${R}LANDevice.1.Hosts`);
      await session("rejects-root-names", names(""), names(R));
      expect(answer("Fault")[0]).to.include({ faultCode: 9005 });
      expect(answer("GetParameterNamesResponse")[1]?.parameters).to.have.length.above(5);
      await session("denies-writable", names(`${R}Time.`));
      expect(answer("GetParameterNamesResponse")[2]?.parameters.some(({ writable }) => writable)).to.equal(false);
    });
    it("lacks-methods: 9000 for what GetRPCMethods announces", async () => {
      await session("lacks-methods", ask({ kind: "GetRPCMethods" }), ask({ kind: "GetAllQueuedTransfers" }));
      expect(answer("GetRPCMethodsResponse")[0]?.methods).to.include("GetAllQueuedTransfers");
      expect(answer("Fault")[0]).to.include({ faultCode: 9000 });
    });
    it("booleans-as-strings: tells a boolean, and takes it as a string only", async () => {
      const set = (type: string) =>
        ask({ kind: "SetParameterValues", values: [{ name: `${R}Time.Enable`, type, text: "1" }], parameterKey: "" });
      await session("booleans-as-strings", values("Time.Enable"), set("xsd:boolean"), set("xsd:string"));
      expect(answer("GetParameterValuesResponse")[0]?.values[0]?.type).to.equal("xsd:boolean");
      expect(answer("Fault")[0]?.setParameterValuesFaults[0]).to.include({ name: `${R}Time.Enable`, faultCode: 9006 });
      expect(answer("SetParameterValuesResponse")).to.have.length(1);
    });
    it("ignores-sets: Status 0, and all is as before", async () => {
      const name = `${R}Time.NTPServer1`;
      const set = ask({ kind: "SetParameterValues", values: [{ name, type: "xsd:string", text: "other.example" }], parameterKey: "k" });
      const { gateway } = await session("ignores-sets", set);
      expect(answer("SetParameterValuesResponse")[0]).to.include({ status: 0 });
      expect(gateway.read(name)).to.not.equal("other.example");
    });
    it("forgets-names: 9005 once in each session, then as it should be", async () => {
      await session("forgets-names", values("Time.Status"), values("Time.Status"));
      expect(acs.said()).to.deep.equal(["Inform", "empty", "Fault", "GetParameterValuesResponse"]);
    });
    it("reboots-late: calls in with 2 PERIODIC between the answer and the restart", async () => {
      const { event } = await session("reboots-late", ask({ kind: "Reboot", commandKey: "r" }));
      await event("session-ended", 3);
      const events = acs.informs().map((inform) => inform.events.map(({ code }) => code));
      expect(events.slice(1)).to.deep.equal([["2 PERIODIC"], ["M Reboot", "1 BOOT"]]);
    });
    it("no-transfer-complete and transfer-without-key", async () => {
      const files = await openScriptedFileServer();
      const silent = await session("no-transfer-complete", upload(`${files.url}/a`));
      while (files.uploads.size === 0) await new Promise((resolve) => setImmediate(resolve));
      silent.gateway.triggerPeriodic();
      await silent.event("session-ended", 2);
      expect(acs.informs()[1]?.events.map(({ code }) => code)).to.deep.equal(["2 PERIODIC"]);
      const { event } = await session("transfer-without-key", upload(`${files.url}/b`));
      await event("session-ended", 2);
      expect(acs.informs().at(-1)?.events).to.deep.equal([{ code: "7 TRANSFER COMPLETE", commandKey: "" }]);
      expect(answer("TransferComplete").map(({ commandKey }) => commandKey)).to.deep.equal([""]);
      await files.close();
    });
  });

  describe("HTTP", () => {
    it("stale-cookie: the first Inform has the cookie of the last session", async () => {
      const { gateway, event } = await session("stale-cookie", { status: 204, headers: { "Set-Cookie": "session=old; Path=/" } });
      gateway.triggerPeriodic();
      await event("session-ended", 2);
      expect(acs.posts[2]?.headers.cookie).to.equal("session=old");
    });
    it("closes-each-connection", async () => {
      await session("closes-each-connection", values("Time.Status"));
      expect(acs.posts.map(({ connection }) => connection)).to.deep.equal([1, 2, 3]);
      expect(acs.posts[0]?.headers.connection).to.equal("close");
    });
    it("http-1-0", async () => {
      await session("http-1-0", values("Time.Status"));
      expect(acs.posts.map(({ httpVersion }) => httpVersion)).to.deep.equal(["1.0", "1.0", "1.0"]);
    });
    it("expects-continue: with each envelope, not with the empty POST", async () => {
      await session("expects-continue", values("Time.Status"));
      expect(acs.posts.map(({ headers }) => headers.expect)).to.deep.equal(["100-continue", undefined, "100-continue"]);
    });
    it("gzip: until the ACS answers 415", async () => {
      await session("gzip", values("Time.Status"), { status: 415 });
      expect(acs.said()).to.deep.equal(["Inform", "empty", "GetParameterValuesResponse", "GetParameterValuesResponse"]);
      expect(acs.posts.map(({ headers }) => headers["content-encoding"])).to.deep.equal(["gzip", undefined, "gzip", undefined]);
    });
    for (const name of ["fragmented-body", "slow-body"]) {
      it(`${name}: the length is told, and all of it comes`, async () => {
        await session(name);
        expect(acs.posts[0]?.headers).to.include({ "content-length": String(acs.posts[0]?.body.length) });
        expect(acs.informs()[0]?.parameters).to.have.length(9);
      });
    }
    it("large-replies: some 2 MiB more than was asked for", async () => {
      await session("large-replies", values("Time.Status"));
      expect(acs.posts.at(-1)?.bytes.length).to.be.above(2_097_152);
      const [reply] = answer("GetParameterValuesResponse");
      expect(reply?.values[0]?.name).to.equal(`${R}Time.Status`);
      expect(reply?.values).to.have.length.above(200);
    });
    it("calls-before-answer: the session comes, the answer does not", async () => {
      const behaviour = findBehaviour("calls-before-answer");
      const connectionRequest = { host: "127.0.0.1", port: 0 };
      const { gateway, event } = bench.add({ acsUrl: acs.url, connectionRequest, behaviours: behaviour === undefined ? [] : [behaviour] });
      await gateway.powerOn();
      await event("session-ended");
      const url = new URL(gateway.read(`${R}ManagementServer.ConnectionRequestURL`) ?? "");
      const challenge = parseChallenges((await fetch(url)).headers.get("www-authenticate") ?? "")[0];
      if (challenge === undefined) throw new Error("no challenge");
      const ha1 = digestHa1("MD5", "cr", challenge.realm, "");
      const credentials = answerDigest({ challenge, username: "cr", ha1, method: "GET", uri: url.pathname, nc: 1, cnonce: "c" });
      const failure = await fetch(url, { headers: { Authorization: writeCredentials(credentials) } }).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(TypeError);
      await event("session-ended", 2);
      expect(acs.informs()[1]?.events.map(({ code }) => code)).to.deep.equal(["6 CONNECTION REQUEST"]);
    });
  });

  describe("digest", () => {
    /** The Authorization headers of a session of three requests with an ACS that lets in whoever has digest credentials. */
    const attempts = async (name: string): Promise<readonly string[]> => {
      const behaviour = findBehaviour(name);
      let nonces = 0;
      const headers: string[] = [];
      const server = createServer((request, response) => {
        request.resume().on("end", () => {
          const { authorization = "none" } = request.headers;
          headers.push(authorization);
          const isIn = authorization.includes(`nonce="n${nonces}"`);
          const isUsedUp = /nc=00000001/.test(authorization) && headers.filter((one) => one.includes(`"n${nonces}"`)).length > 1;
          if (!isIn || isUsedUp) {
            const stale = isUsedUp ? ", stale=true" : "";
            response.writeHead(401, { "WWW-Authenticate": `Digest realm="r", nonce="n${++nonces}", qop="auth"${stale}` }).end();
          } else if (headers.filter((one) => one.startsWith("Digest") && one.includes("nonce=")).length === 1) {
            const message = { kind: "InformResponse", maxEnvelopes: 1 } as const;
            response
              .writeHead(200, { "Content-Type": "text/xml" })
              .end(writeAcsEnvelope({ namespace: "urn:dslforum-org:cwmp-1-2", message, id: "1" }));
          } else response.writeHead(204).end();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const acsUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const { gateway, event } = bench.add({ acsUrl, behaviours: behaviour === undefined ? [] : [behaviour] });
      await gateway.powerOn();
      expect(await event("session-ended")).to.include({ outcome: "done" });
      await bench.close();
      await new Promise((resolve) => server.close(resolve));
      return headers;
    };
    const short = (header: string): string => /nc=0*(\d+)/.exec(header)?.[1] ?? header.split(" ")[0] ?? "";

    it("a faithful device is challenged once, and counts", async () => {
      expect((await attempts("clock-off")).map(short)).to.deep.equal(["none", "1", "2"]);
    });
    it("digest-forgets: each request goes without credentials first", async () => {
      expect((await attempts("digest-forgets")).map(short)).to.deep.equal(["none", "1", "none", "1"]);
    });
    it("digest-same-count: each use of a nonce is the first", async () => {
      expect((await attempts("digest-same-count")).map(short)).to.deep.equal(["none", "1", "1", "1"]);
    });
    it("digest-garbled-first and digest-basic-first: once in a session, then as it should be", async () => {
      const garbled = await attempts("digest-garbled-first");
      expect(garbled.map(short)).to.deep.equal(["none", "Digest", "1", "2"]);
      expect(garbled[1]).to.match(/realm=, nonce$/);
      expect((await attempts("digest-basic-first")).map(short)).to.deep.equal(["none", "Basic", "1", "2"]);
    });
  });
});
