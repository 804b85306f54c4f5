/**
 * The CWMP endpoint over real sockets: whole sessions, authentication, and everything that devices and strangers do wrong.
 * Each wrong thing gets a defined answer, the process stays up, and the task says what is true.
 * Spec: TR-069 3.4 and 3.7; rows of cwmp.md 1.11 and quirks of its 12. Layer: integration test.
 */
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { expect } from "chai";
import type { DeviceMessage } from "../../acs/cwmp/messages.js";
import { authorization, CwmpClient, type HttpAnswer, heard, messageOf, RawConnection, readChallenge } from "../support/cwmp-client.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const NTP = "InternetGatewayDevice.Time.NTPServer1";
const KEY = "InternetGatewayDevice.ManagementServer.ParameterKey";
const readNtp = { kind: "getParameterValues", names: [NTP] } as const;
const setNtp = { kind: "setParameterValues", values: [{ name: NTP, value: "ntp.example", type: "xsd:string" }] } as const;
const valuesOf = (...values: readonly (readonly [string, string])[]): DeviceMessage => ({
  kind: "GetParameterValuesResponse",
  values: values.map(([name, text]) => ({ name, type: "xsd:string", text })),
});
const ntpAnswer = valuesOf([NTP, "ntp.before.example"]);
const setAnswer: DeviceMessage = { kind: "SetParameterValuesResponse", status: 0 };

describe("the CWMP endpoint", () => {
  let acs: TestAcs;

  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  after(() => acs.close());

  const stateOf = async (id: string): Promise<string | undefined> => (await acs.stores.tasks.get(id))?.state;
  /** A session in which one request of ours is outstanding: its first is `order`. */
  async function asked(order: Readonly<Record<string, unknown>> = readNtp): Promise<{ gateway: TestGateway; id: string }> {
    const gateway = await acs.gateway();
    const id = await acs.task(gateway.id, order);
    await gateway.inform("2 PERIODIC");
    expect((await gateway.empty()).status).to.equal(200);
    expect(await stateOf(id)).to.equal("sent");
    return { gateway, id };
  }

  describe("a session (TR-069 3.7.2)", () => {
    it("is challenge, Inform, empty POST, a request per task, 204", async () => {
      const gateway = await acs.gateway();
      const id = await acs.task(gateway.id, readNtp);
      const challenge = await gateway.send(gateway.informText());
      expect(challenge.status).to.equal(401);
      expect(challenge.headers["www-authenticate"]).to.match(/^Digest realm="Reveille", nonce="[\w-]+", algorithm=MD5, qop="auth"$/);
      gateway.learn(challenge);
      const informed = await gateway.send(gateway.informText());
      expect(informed).to.include({ status: 200 });
      expect(informed.headers).to.include({ "content-type": 'text/xml; charset="utf-8"' });
      expect(informed.headers["set-cookie"]).to.match(/^reveille=[\w-]+; Path=\/; HttpOnly$/);
      expect(messageOf(informed)).to.deep.equal({ kind: "InformResponse", maxEnvelopes: 1 });
      const request = await gateway.empty();
      expect(messageOf(request)).to.deep.equal({ kind: "GetParameterValues", names: [NTP] });
      expect((await gateway.say(ntpAnswer)).status).to.equal(204);
      const task = await acs.stores.tasks.get(id);
      expect(task).to.deep.include({
        state: "done",
        sends: 1,
        result: { values: [{ name: NTP, type: "xsd:string", value: "ntp.before.example" }] },
      });
      expect(task?.transitions.map(({ to }) => to)).to.deep.equal(["queued", "sent", "done"]);
    });

    it("echoes the Inform's ID and namespace, aliases of 1.2 too (quirks 1, 2)", async () => {
      for (const namespace of ["urn:dslforum-org:cwmp-1-0", "urn:dslforum-org:cwmp-1-2", "urn:dslforum-org:cwmp-1-4"]) {
        const gateway = await acs.gateway();
        const { body } = await gateway.post(gateway.informText(["2 PERIODIC"], { namespace, id: "SAGEM_ID_7588" }));
        expect(body).to.include(`xmlns:cwmp="${namespace}"`).and.include(">SAGEM_ID_7588</cwmp:ID>");
      }
    });

    it("answers with the one version to use, if the device offers any (row 37)", async () => {
      const gateway = await acs.gateway();
      const offering = await gateway.post(gateway.informText(["2 PERIODIC"], { supportedCwmpVersions: ["1.0", "1.2", "1.9"] }));
      expect(offering.body).to.include(">1.2</cwmp:UseCWMPVersion>");
      expect((await gateway.inform("2 PERIODIC")).body).not.to.include("UseCWMPVersion");
    });

    it("asks the tasks in order of priority, then age", async () => {
      const gateway = await acs.gateway();
      const names = ["Low", "First", "Second", "High"].map((name) => `InternetGatewayDevice.X_${name}`);
      const priorities = [1, 5, 5, 9];
      for (const [i, name] of names.entries()) {
        await acs.task(gateway.id, { kind: "getParameterValues", names: [name], priority: priorities[i] ?? 0 });
      }
      await gateway.inform("2 PERIODIC");
      const order: string[] = [];
      for (let answer = await gateway.empty(); answer.status === 200; ) {
        const message = messageOf(answer);
        const name = message.kind === "GetParameterValues" ? (message.names[0] ?? "") : message.kind;
        order.push(name.slice("InternetGatewayDevice.X_".length));
        answer = await gateway.say(valuesOf([name, "1"]));
      }
      expect(order).to.deep.equal(["High", "First", "Second", "Low"]);
    });

    it("a device fault fails the task with the fault, and the next task runs (rows 9, 11)", async () => {
      const gateway = await acs.gateway();
      const [bad, good] = [await acs.task(gateway.id, setNtp), await acs.task(gateway.id, readNtp)];
      await gateway.inform("2 PERIODIC");
      await gateway.empty();
      const next = await gateway.say({
        kind: "Fault",
        faultCode: 9003,
        faultString: "Invalid arguments",
        setParameterValuesFaults: [{ name: NTP, faultCode: 9007, faultString: "Invalid value" }],
      });
      expect(heard(next)).to.equal("GetParameterValues");
      expect((await gateway.say(ntpAnswer)).status).to.equal(204);
      const failed = await acs.stores.tasks.get(bad);
      expect(failed?.state).to.equal("failed");
      expect(failed?.failure).to.deep.include({ code: "device-fault" });
      expect(failed?.failure?.fault).to.deep.equal({
        faultCode: 9003,
        faultString: "Invalid arguments",
        parameters: [{ name: NTP, faultCode: 9007, faultString: "Invalid value" }],
      });
      expect(await stateOf(good)).to.equal("done");
    });

    it("answers the device's own requests before its empty POST, unknown ones with fault 8000 (rows 6, 13)", async () => {
      const gateway = await acs.gateway();
      await gateway.inform("2 PERIODIC");
      const methods = messageOf(await gateway.say({ kind: "GetRPCMethods" }));
      expect(methods).to.have.property("methods").that.includes.members(["Inform", "GetRPCMethods", "TransferComplete"]);
      const fault = await gateway.say({ kind: "UnknownMethod", name: "X_EXAMPLE_Dance" });
      expect(fault.status).to.equal(200);
      expect(messageOf(fault)).to.include({ kind: "Fault", faultCode: 8000 });
      expect((await gateway.empty()).status).to.equal(204);
    });

    it("a task added while the session runs is done in it", async () => {
      const { gateway } = await asked();
      const late = await acs.task(gateway.id, setNtp);
      expect(heard(await gateway.say(ntpAnswer))).to.equal("SetParameterValues");
      expect((await gateway.say(setAnswer)).status).to.equal(204);
      expect(await stateOf(late)).to.equal("done");
    });

    it("a task cancelled while the session runs is not asked", async () => {
      const gateway = await acs.gateway();
      await acs.task(gateway.id, readNtp);
      const second = await acs.task(gateway.id, setNtp);
      await gateway.inform("2 PERIODIC");
      await gateway.empty();
      expect((await acs.call("POST", `/api/tasks/${second}/cancel`)).status).to.equal(200);
      expect((await gateway.say(ntpAnswer)).status).to.equal(204);
      expect(await stateOf(second)).to.equal("cancelled");
    });

    it("a task that is out cannot be cancelled", async () => {
      const { id } = await asked();
      expect((await acs.call("POST", `/api/tasks/${id}/cancel`)).status).to.equal(409);
    });

    it("a task whose time has passed is not asked any more, and expires", async () => {
      const gateway = await acs.gateway();
      const id = await acs.task(gateway.id, { ...readNtp, expiresInS: 1 });
      await acs.clock.advance(1_000);
      await gateway.inform("2 PERIODIC");
      expect((await gateway.empty()).status).to.equal(204);
      await acs.clock.advance(30_000);
      expect((await acs.untilTask(id, "expired")).sends).to.equal(0);
    });

    it("0 BOOTSTRAP forgets the tree and provisions in a call of its own, before all else (row 22)", async () => {
      const gateway = await acs.gateway();
      const id = await acs.task(gateway.id, { ...readNtp, priority: 9 });
      await gateway.inform("2 PERIODIC");
      await gateway.empty();
      await gateway.say(ntpAnswer);
      expect(await acs.stores.devices.entries(gateway.id, [NTP])).to.have.length(1);
      expect(await stateOf(id)).to.equal("done");
      const queued = await acs.task(gateway.id, { ...setNtp, priority: 9 });
      await gateway.inform("0 BOOTSTRAP", "1 BOOT");
      expect(await acs.stores.devices.entries(gateway.id, [NTP])).to.deep.equal([]);
      const provision = messageOf(await gateway.empty());
      expect(provision.kind === "SetParameterValues" && provision.values.map(({ name }) => name.split(".").at(-1))).to.deep.equal([
        ...["ConnectionRequestUsername", "ConnectionRequestPassword"],
        ...["PeriodicInformEnable", "PeriodicInformInterval", "PeriodicInformTime"],
      ]);
      expect(messageOf(await gateway.say(setAnswer))).to.include({ kind: "SetParameterValues", parameterKey: queued });
      expect((await gateway.say(setAnswer)).status).to.equal(204);
    });

    it("the connection-request password goes to the device, and nowhere else", async () => {
      const gateway = await acs.gateway();
      await gateway.inform("0 BOOTSTRAP");
      const provision = messageOf(await gateway.empty());
      const password = (provision.kind === "SetParameterValues" ? provision.values : []).find(({ name }) =>
        name.endsWith("RequestPassword"),
      )?.text;
      if (password === undefined) throw new Error("no password was set");
      expect(password).to.have.length.above(15);
      await gateway.say(setAnswer);
      const paths = ["", "/tree", "/tasks"].map((path) => `/api/devices/${gateway.id}${path}`);
      const shown = await Promise.all(
        [...paths, "/api/events?limit=1000"].map(async (path) => JSON.stringify((await acs.call("GET", path)).body)),
      );
      expect(shown[1]).to.include("ConnectionRequestPassword");
      for (const secret of [password, DEVICE_PASSWORD]) {
        expect(shown.join("")).not.to.include(secret);
        expect(JSON.stringify(await acs.stores.events.list({ limit: 1_000 }))).not.to.include(secret);
        expect(JSON.stringify(await acs.stores.tasks.list({ deviceId: gateway.id, limit: 100 }))).not.to.include(secret);
        expect(acs.logged()).not.to.include(secret);
      }
    });
  });

  describe("digest (TR-069 3.4.5, RFC 7616)", () => {
    it("a kept nonce serves on a new connection, without another 401, while its count rises", async () => {
      const gateway = await acs.gateway();
      await gateway.inform("2 PERIODIC");
      await gateway.empty();
      gateway.disconnect();
      expect((await gateway.send(gateway.informText())).status).to.equal(200);
      expect(gateway.nc).to.equal(3);
    });

    it("a count that was used is refused on a new connection with stale=true, and again with the fresh nonce accepted", async () => {
      const gateway = await acs.gateway();
      await gateway.inform("2 PERIODIC");
      gateway.disconnect();
      gateway.nc = 0;
      const replayed = await gateway.send(gateway.informText());
      expect(replayed.status).to.equal(401);
      expect(replayed.headers["www-authenticate"]).to.include("stale=true");
      gateway.learn(replayed);
      expect((await gateway.send(gateway.informText())).status).to.equal(200);
    });

    it("a device that counts nc=1 for ever keeps its session on one connection", async () => {
      const gateway = await acs.gateway();
      await gateway.inform("2 PERIODIC");
      gateway.nc = 0;
      expect((await gateway.send("")).status).to.equal(204);
    });

    it("a nonce serves for its lifetime only; then stale=true", async () => {
      const gateway = await acs.gateway();
      await gateway.inform("2 PERIODIC");
      await acs.clock.advance(600_001);
      gateway.disconnect();
      const late = await gateway.send(gateway.informText());
      expect(late.status).to.equal(401);
      expect(late.headers["www-authenticate"]).to.include("stale=true");
      expect((await gateway.inform("2 PERIODIC")).status).to.equal(200);
    });

    it("a nonce that we never gave is refused, though the password is right", async () => {
      const gateway = await acs.gateway();
      gateway.challenge = { realm: "Reveille", nonce: "A".repeat(40), algorithm: "MD5" };
      expect((await gateway.send(gateway.informText())).status).to.equal(401);
    });

    it("a wrong password gets 401 again, no session, one event", async () => {
      const gateway = await acs.gateway();
      const guesser = new CwmpClient({ ...gateway.options, password: "wrong" });
      for (let i = 0; i < 3; i++) expect((await guesser.post(guesser.informText())).status).to.equal(401);
      expect((await guesser.send("")).status).to.equal(401);
      const events = (await acs.events(null, "authentication-failed")).filter(({ data }) => data["username"] === gateway.id);
      expect(events.map(({ data }) => data)).to.deep.equal([{ username: gateway.id, why: "wrong-password", remoteAddress: "127.0.0.1" }]);
      expect(await acs.events(gateway.id, "device-informed")).to.deep.equal([]);
    });

    it("an unknown user gets 401, and an event names it", async () => {
      const stranger = new CwmpClient({
        port: acs.cwmpPort,
        identity: { oui: "0A1B2C", productClass: "", serialNumber: "X" },
        username: "0A1B2C-X",
        password: "p",
      });
      expect((await stranger.post(stranger.informText())).status).to.equal(401);
      const [event] = (await acs.events(null, "device-unknown")).filter(({ data }) => data["username"] === "0A1B2C-X");
      expect(event?.data).to.deep.equal({ username: "0A1B2C-X", remoteAddress: "127.0.0.1" });
      expect((await acs.call("GET", "/api/devices/0A1B2C-X")).status).to.equal(404);
    });

    it("credentials of another realm, method or path prove nothing", async () => {
      const gateway = await acs.gateway();
      gateway.learn(await gateway.send(gateway.informText()));
      const { challenge } = gateway;
      if (challenge === undefined) throw new Error("no challenge");
      const right = { ...challenge, username: gateway.id, password: DEVICE_PASSWORD, nc: 1 };
      for (const wrong of [{ realm: "Other" }, { uri: "/other" }, { method: "GET" }]) {
        const answer = await gateway.send(gateway.informText(), { headers: { Authorization: authorization({ ...right, ...wrong }) } });
        expect(answer.status, JSON.stringify(wrong)).to.equal(401);
      }
      const renamed = authorization(right).replace('realm="Reveille"', 'realm="Other"');
      expect((await gateway.send(gateway.informText(), { headers: { Authorization: renamed } })).status).to.equal(401);
      const whole = authorization({ ...right, uri: "http://acs.example:7547/?id=1" }); // devices write the whole URL, too
      expect((await gateway.send(gateway.informText(), { headers: { Authorization: whole } })).status).to.equal(200);
    });

    it("a malformed Authorization header gets 401 (quirk 32)", async () => {
      const gateway = await acs.gateway();
      const odd = [
        ...["", "Digest", "Digest ,,,", "Basic dTpw", "Digest username=", 'Digest username="a', `Digest ${"a=b,".repeat(40)}c=d`],
        ...[`Digest username="${"u".repeat(300)}", realm="Reveille", nonce="x", uri="/", response="${"0".repeat(32)}"`],
        ...[
          `Digest username="u", realm="Reveille", nonce="x", uri="/", response="${"0".repeat(32)}", qop=auth, nc=zz, cnonce="c"`,
          "\xff\xfe ~",
        ],
      ];
      for (const value of odd) {
        const answer = await gateway.send(gateway.informText(), { headers: { Authorization: value } });
        expect(answer.status, value.slice(0, 40)).to.equal(401);
      }
    });

    it("the Inform must be of the device whose credentials came with it: else that one is quarantined, and an event names the claim (DESIGN 12)", async () => {
      const gateway = await acs.gateway();
      const victim = await acs.gateway();
      const impostor = new CwmpClient({ ...gateway.options, identity: victim.options.identity });
      expect((await impostor.inform("2 PERIODIC")).status).to.equal(200);
      expect((await impostor.empty()).status).to.equal(204);
      const [event] = await acs.events(gateway.id, "identity-mismatch");
      expect(event?.data).to.deep.equal({ claimed: victim.id, remoteAddress: "127.0.0.1" });
      expect(await acs.stores.devices.get(gateway.id)).to.deep.include({
        quarantine: { reason: "identity-changed", sinceMs: acs.clock.now(), claimed: victim.id },
      });
      expect(await acs.events(victim.id, "device-informed", "device-quarantined")).to.deep.equal([]);
    });

    it("what a liar claims is cut before it is stored", async () => {
      const gateway = await acs.gateway();
      const identity = { ...gateway.options.identity, serialNumber: "S".repeat(100_000) };
      expect((await new CwmpClient({ ...gateway.options, identity }).inform("2 PERIODIC")).status).to.equal(200);
      const [event] = await acs.events(gateway.id, "identity-mismatch");
      expect(event?.data["claimed"]).to.have.length(256);
      expect((await acs.stores.devices.get(gateway.id))?.quarantine?.claimed).to.have.length(256);
    });
  });

  describe("which session a request belongs to (rows 16-20)", () => {
    it("the cookie's, over a new TCP connection", async () => {
      const { gateway, id } = await asked();
      gateway.disconnect();
      expect((await gateway.say(ntpAnswer)).status).to.equal(204);
      expect(await stateOf(id)).to.equal("done");
    });

    it("without a cookie that of the TCP connection, then that of the digest user name", async () => {
      const gateway = await acs.gateway();
      const plain = new CwmpClient({ ...gateway.options, keepsCookies: false });
      const id = await acs.task(gateway.id, readNtp);
      await plain.inform("2 PERIODIC");
      expect(heard(await plain.send("", { headers: { Authorization: null } }))).to.equal("GetParameterValues");
      plain.disconnect();
      expect((await plain.say(ntpAnswer)).status).to.equal(204);
      expect(await stateOf(id)).to.equal("done");
    });

    it("never another device's: its cookie is refused, its session goes on", async () => {
      const { gateway, id } = await asked();
      const thief = await acs.gateway();
      await thief.inform("2 PERIODIC");
      const answer = await thief.send(thief.text(valuesOf([NTP, "stolen"])), { headers: { Cookie: gateway.cookie ?? "" } });
      expect(answer.status).to.equal(400);
      expect((await gateway.say(ntpAnswer)).status).to.equal(204);
      expect((await acs.stores.tasks.get(id))?.result).to.deep.equal({
        values: [{ name: NTP, type: "xsd:string", value: "ntp.before.example" }],
      });
    });

    it("an Inform begins anew, whatever cookie it brings; a device that never updates it is still served (quirk 29)", async () => {
      const gateway = await acs.gateway();
      const stale = { Cookie: "other=1, reveille=of-an-earlier-session; x=y" };
      const id = await acs.task(gateway.id, readNtp);
      expect((await gateway.post(gateway.informText(), { headers: stale })).status).to.equal(200);
      expect(heard(await gateway.empty({ headers: stale }))).to.equal("GetParameterValues");
      expect((await gateway.post(gateway.text(ntpAnswer), { headers: stale })).status).to.equal(204);
      expect(await stateOf(id)).to.equal("done");
    });

    it("a second Inform takes over: the old session is refused, its task unknown, read back and repeated", async () => {
      const { gateway: old, id } = await asked(setNtp);
      const again = new CwmpClient(old.options);
      await again.inform("2 PERIODIC");
      expect(await stateOf(id)).to.equal("unknown");
      expect((await old.say(setAnswer)).status, "the old connection with its cookie").to.equal(400);
      old.disconnect();
      expect((await old.say(setAnswer)).status, "its cookie on a new connection").to.equal(400);
      const readBack = await again.empty();
      expect(messageOf(readBack)).to.deep.equal({ kind: "GetParameterValues", names: [KEY, NTP] });
      const repeated = await again.say(valuesOf([KEY, "another-key"], [NTP, "ntp.before.example"]));
      expect(messageOf(repeated)).to.include({ kind: "SetParameterValues", parameterKey: id });
      expect((await again.say(setAnswer)).status).to.equal(204);
      expect(await acs.stores.tasks.get(id)).to.include({ state: "done", sends: 2 });
      const failures = await acs.events(old.id, "session-failed");
      expect(failures.map(({ data }) => data["why"])).to.deep.equal(["a new Inform of the device took over"]);
    });

    it("what the old session still says on a connection without cookies does not reach the new one either", async () => {
      const gateway = await acs.gateway();
      const plain = new CwmpClient({ ...gateway.options, keepsCookies: false });
      const id = await acs.task(gateway.id, readNtp);
      await plain.inform("2 PERIODIC");
      await plain.empty();
      await gateway.inform("2 PERIODIC");
      expect(heard(await gateway.empty())).to.equal("GetParameterValues");
      expect((await plain.say(valuesOf([NTP, "too late"]))).status).to.equal(400);
      expect((await gateway.say(ntpAnswer)).status).to.equal(204);
      expect((await acs.stores.tasks.get(id))?.result).to.deep.equal({
        values: [{ name: NTP, type: "xsd:string", value: "ntp.before.example" }],
      });
    });

    it("a read-back that finds the task's ParameterKey does not repeat it", async () => {
      const { gateway, id } = await asked(setNtp);
      await gateway.inform("2 PERIODIC");
      await gateway.empty();
      expect((await gateway.say(valuesOf([KEY, id], [NTP, "ntp.example"]))).status).to.equal(204);
      expect(await acs.stores.tasks.get(id)).to.include({ state: "done", sends: 1 });
    });

    it("none before an Inform: 400, for an answer and for an empty POST (row 16)", async () => {
      const gateway = await acs.gateway();
      const answer = await gateway.say(ntpAnswer);
      expect(answer.status).to.equal(400);
      expect(answer.headers["connection"]).to.equal("close");
      expect((await gateway.empty()).status).to.equal(400);
    });
  });

  describe("a session that goes wrong", () => {
    it("two requests at once: the second gets 400, the first its answer, and the session goes on", async () => {
      const gateway = await acs.gateway();
      const id = await acs.task(gateway.id, readNtp);
      await gateway.inform("2 PERIODIC");
      const connection = await gateway.connection();
      connection.write(Buffer.concat([gateway.request(""), gateway.request("")])); // pipelined
      const answers = [await connection.answer(), await connection.answer()];
      expect(answers.map(heard)).to.deep.equal(["GetParameterValues", 400]);
      await connection.closed;
      expect((await gateway.say(ntpAnswer)).status).to.equal(204);
      expect(await stateOf(id)).to.equal("done");
    });

    it("a superfluous empty POST gets 204 again, for 5 seconds (row 8)", async () => {
      const gateway = await acs.gateway();
      await gateway.inform("2 PERIODIC");
      expect([(await gateway.empty()).status, (await gateway.empty()).status]).to.deep.equal([204, 204]);
      await acs.clock.advance(5_000);
      expect((await gateway.empty()).status).to.equal(400);
    });

    it("an answer after 204 gets 204 and changes nothing", async () => {
      const { gateway, id } = await asked();
      await gateway.say(ntpAnswer);
      expect((await gateway.say(valuesOf([NTP, "again"]))).status).to.equal(204);
      expect((await acs.stores.tasks.get(id))?.revision).to.equal(2);
      expect(await acs.stores.devices.entries(gateway.id, [NTP])).to.have.nested.property("[0].value", "ntp.before.example");
    });

    it("a device that speaks again after 204 is answered, asked, and waited for as long as before (row 8)", async () => {
      const gateway = await acs.gateway();
      await gateway.inform("2 PERIODIC");
      await gateway.empty();
      const id = await acs.task(gateway.id, readNtp);
      expect(heard(await gateway.say({ kind: "GetRPCMethods" }))).to.equal("GetRPCMethodsResponse");
      expect(heard(await gateway.empty())).to.equal("GetParameterValues");
      await acs.clock.advance(20_000);
      expect((await gateway.say(ntpAnswer)).status).to.equal(204);
      expect(await stateOf(id)).to.equal("done");
    });

    it("an empty POST in place of an answer: the task is unknown, the next one runs", async () => {
      const { gateway, id } = await asked();
      const next = await acs.task(gateway.id, setNtp);
      expect(heard(await gateway.empty())).to.equal("SetParameterValues");
      expect((await gateway.say(setAnswer)).status).to.equal(204);
      expect([await stateOf(id), await stateOf(next)]).to.deep.equal(["unknown", "done"]);
    });

    it("the answer of another method fails the task and ends the asking (row 15)", async () => {
      const { gateway, id } = await asked();
      const waiting = await acs.task(gateway.id, setNtp);
      expect((await gateway.say({ kind: "RebootResponse" })).status).to.equal(204);
      expect((await acs.stores.tasks.get(id))?.failure).to.include({ code: "protocol" });
      expect(await stateOf(waiting)).to.equal("queued");
    });

    it("a request of the device where its answer is due fails the task (row 15)", async () => {
      const { gateway, id } = await asked();
      expect((await gateway.say({ kind: "GetRPCMethods" })).status).to.equal(204);
      expect((await acs.stores.tasks.get(id))?.failure).to.include({ code: "protocol" });
    });

    it("malformed XML: 400, the session is over, the task unknown, the reason in an event (row 31)", async () => {
      const { gateway, id } = await asked();
      const answer = await gateway.post("<SOAP-ENV:Envelope><SOAP-ENV:Body></SOAP-ENV:Envelope>");
      expect(answer.status).to.equal(400);
      expect(await stateOf(id)).to.equal("unknown");
      expect((await gateway.say(ntpAnswer)).status, "nothing is left of the session").to.equal(400);
      expect(
        (await acs.untilEvent("the reason", (event) => event.kind === "session-failed" && event.deviceId === gateway.id)).data["why"],
      ).to.be.a("string");
    });

    it("bodies that are no CWMP message: 400 each, and the next Inform is served", async () => {
      const gateway = await acs.gateway();
      const deep = `${"<a>".repeat(5_000)}${"</a>".repeat(5_000)}`;
      const many = `<a ${Array.from({ length: 5_000 }, (_, i) => `b${i}="1"`).join(" ")}/>`;
      const inform = gateway.informText();
      const bodies: readonly (string | Uint8Array)[] = [
        ...["nonsense", "{}", "<a/>", "<", deep, many, inform.slice(0, -20), inform + inform],
        ...['<!DOCTYPE a [<!ENTITY x "xxx">]><a>&x;</a>', inform.replace("<SOAP-ENV:Body>", "<SOAP-ENV:Body><a/>")],
        ...[inform.replace(/<DeviceId>.*<\/DeviceId>/, ""), inform.replaceAll("SerialNumber", "Serial"), Buffer.alloc(40_000, 0xff)],
      ];
      for (const [i, body] of bodies.entries()) {
        expect((await gateway.inform("2 PERIODIC")).status).to.equal(200);
        expect((await gateway.post(body)).status, `body ${i}`).to.equal(400);
      }
      expect((await gateway.inform("2 PERIODIC")).status).to.equal(200);
    });

    it("a body of blanks or NULs is an empty POST, whatever headers it has (quirk 36)", async () => {
      const gateway = await acs.gateway();
      await gateway.inform("2 PERIODIC");
      expect((await gateway.post(" \r\n\t\n")).status).to.equal(204);
      expect((await gateway.post("\0\0")).status).to.equal(204);
    });

    it("silence for ACS_SESSION_TIMEOUT_MS ends it: the task is unknown, then read back (row 21)", async () => {
      const { gateway, id } = await asked(setNtp);
      await acs.clock.advance(29_999);
      expect(await stateOf(id)).to.equal("sent");
      await acs.clock.advance(1);
      const lost = await acs.untilTask(id, "unknown");
      expect(lost.transitions.at(-1)?.reason).to.equal("the device fell silent");
      expect((await gateway.say(setAnswer)).status).to.equal(400);
      await acs.untilEvent(
        "the reason",
        ({ kind, deviceId, data }) => kind === "session-failed" && deviceId === gateway.id && data["why"] === "the device fell silent",
      );
      await gateway.inform("2 PERIODIC");
      expect(messageOf(await gateway.empty())).to.deep.equal({ kind: "GetParameterValues", names: [KEY, NTP] });
    });

    it("the device may ask for more time with SessionTimeout", async () => {
      const gateway = await acs.gateway();
      const id = await acs.task(gateway.id, readNtp);
      await gateway.post(gateway.informText(["2 PERIODIC"], { sessionTimeoutS: 90 }));
      await gateway.empty();
      await acs.clock.advance(89_000);
      expect((await gateway.say(ntpAnswer)).status).to.equal(204);
      expect(await stateOf(id)).to.equal("done");
    });

    it("a device removed in its session is refused, and gone", async () => {
      const { gateway, id } = await asked();
      expect((await acs.call("DELETE", `/api/devices/${gateway.id}`)).status).to.equal(204);
      // Its connection had proven who it is; nobody is that any more.
      expect((await gateway.say(ntpAnswer)).status).to.equal(401);
      gateway.forget();
      expect((await gateway.inform("2 PERIODIC")).status).to.equal(401);
      expect((await acs.call("GET", `/api/tasks/${id}`)).status).to.equal(404);
    });
  });

  describe("HTTP (TR-069 3.4.1)", () => {
    it("GET and PUT get 405 (row 33)", async () => {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const connection = await RawConnection.open(acs.cwmpPort);
        connection.write(`${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`);
        const answer = await connection.answer();
        expect([answer.status, answer.headers["allow"]]).to.deep.equal([405, "POST"]);
        connection.close();
      }
    });

    it("a gzip or deflate Inform is read; another coding gets 415 (row 34)", async () => {
      const gateway = await acs.gateway();
      const coded = async (coding: string, code: (text: string) => Buffer): Promise<number> =>
        (await gateway.post(code(gateway.informText()), { headers: { "Content-Encoding": coding } })).status;
      expect(await coded("gzip", gzipSync)).to.equal(200);
      expect(await coded("deflate", deflateSync)).to.equal(200);
      expect(await coded("deflate", deflateRawSync), "the bare stream, as some clients have it").to.equal(200);
      expect((await gateway.post(gateway.informText(), { headers: { "Content-Encoding": "br" } })).status).to.equal(415);
      expect((await gateway.post("no gzip", { headers: { "Content-Encoding": "gzip" } })).status).to.equal(400);
    });

    it("Expect: 100-continue gets 100, then the answer (quirk 33)", async () => {
      const gateway = await acs.gateway();
      gateway.learn(await gateway.send(gateway.informText()));
      const connection = await gateway.connection();
      const request = gateway.request(gateway.informText(), { headers: { Expect: "100-continue" } });
      const head = request.indexOf("\r\n\r\n") + 4;
      connection.write(request.subarray(0, head));
      const answer = connection.answer();
      connection.write(request.subarray(head));
      expect(await answer).to.deep.include({ status: 200, interim: [100] });
    });

    it("HTTP/1.0 is served, with Content-Length and a closed connection (quirk 30)", async () => {
      const gateway = await acs.gateway();
      const id = await acs.task(gateway.id, readNtp);
      const old = { version: "1.0" } as const;
      const answer = await gateway.post(gateway.informText(), old);
      expect(answer.status).to.equal(200);
      expect(answer.headers).to.have.property("content-length");
      expect(answer.headers).not.to.have.property("transfer-encoding");
      expect(heard(await gateway.empty(old))).to.equal("GetParameterValues");
      expect((await gateway.post(gateway.text(ntpAnswer), old)).status).to.equal(204);
      expect(await stateOf(id)).to.equal("done");
    });

    it("a chunked body in small pieces is read", async () => {
      const gateway = await acs.gateway();
      gateway.learn(await gateway.send(gateway.informText()));
      const connection = await gateway.connection();
      const text = gateway.informText();
      const head = gateway.request("", {
        headers: { "Content-Length": null, "Transfer-Encoding": "chunked", "Content-Type": "text/html" },
      });
      connection.write(head);
      for (let at = 0; at < text.length; at += 100) {
        const piece = text.slice(at, at + 100);
        connection.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
      }
      connection.write("0\r\n\r\n");
      expect((await connection.answer()).status).to.equal(200);
    });

    it("pipelined requests get their answers in order", async () => {
      const gateway = await acs.gateway();
      gateway.learn(await gateway.send(gateway.informText()));
      const connection = await gateway.connection();
      connection.write(Buffer.concat([gateway.request(gateway.informText()), Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]));
      expect([heard(await connection.answer()), (await connection.answer()).status]).to.deep.equal(["InformResponse", 405]);
    });

    it("bytes that are no HTTP get 400, too long a header 431; the server goes on", async () => {
      const answers: number[] = [];
      for (const bytes of ["\x16\x03\x01\x02\x00\x01", "HELLO\r\n\r\n", `POST / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`]) {
        const connection = await RawConnection.open(acs.cwmpPort);
        connection.write(bytes);
        answers.push((await connection.answer()).status);
        await connection.closed;
      }
      expect(answers).to.deep.equal([400, 400, 431]);
    });

    it("a body shorter than its Content-Length ends with its connection, and nothing came of it", async () => {
      const gateway = await acs.gateway();
      gateway.learn(await gateway.send(gateway.informText()));
      const connection = await gateway.connection();
      connection.write(gateway.request(gateway.informText()).subarray(0, -10));
      connection.close();
      await connection.closed;
      expect((await gateway.inform("2 PERIODIC")).status).to.equal(200);
      expect(await acs.events(gateway.id, "device-informed")).to.have.length(1);
    });
  });
});

describe("limits of the CWMP endpoint", function () {
  this.timeout(15_000);
  let acs: TestAcs;

  before(async () => {
    acs = await startTestAcs({
      env: {
        ...{ ACS_BODY_BYTES_MAX: "40000", ACS_BODY_TIMEOUT_MS: "1000", ACS_HEADERS_TIMEOUT_MS: "1000", ACS_SESSIONS_MAX: "300" },
        ACS_DIGEST_ALGORITHMS: "SHA-256,MD5,MD5-sess",
      },
    });
  });
  after(() => acs.close());

  it("offers the digest algorithms that are configured, in order, and takes each", async () => {
    const gateway = await acs.gateway();
    const { headers } = await gateway.send(gateway.informText());
    expect((headers["www-authenticate"] ?? "").match(/algorithm=[\w-]+/g)).to.deep.equal([
      "algorithm=SHA-256",
      "algorithm=MD5",
      "algorithm=MD5-sess",
    ]);
    for (const algorithm of ["SHA-256", "MD5", "MD5-sess"]) {
      const client = new CwmpClient({ ...gateway.options, algorithm });
      expect((await client.inform("2 PERIODIC")).status, algorithm).to.equal(200);
      expect(client.challenge?.algorithm).to.equal(algorithm);
    }
  });

  it("a digest algorithm that is not offered is refused", async () => {
    const gateway = await acs.gateway();
    const challenge = readChallenge((await gateway.send(gateway.informText())).headers["www-authenticate"] ?? "");
    gateway.challenge = { ...challenge, algorithm: "SHA-256-sess" };
    expect((await gateway.send(gateway.informText())).status).to.equal(401);
  });

  it("32 KiB are taken, more than ACS_BODY_BYTES_MAX gets 413, announced or not (row 30)", async () => {
    const gateway = await acs.gateway();
    const id = await acs.task(gateway.id, readNtp);
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    const long = gateway.text(valuesOf([NTP, "x".repeat(50_000)]));
    expect((await gateway.post(long)).status).to.equal(413);
    const chunked = Buffer.concat([
      gateway.request("", { headers: { "Content-Length": null, "Transfer-Encoding": "chunked" } }),
      Buffer.from(`${long.length.toString(16)}\r\n${long}\r\n0\r\n\r\n`),
    ]);
    const connection = await gateway.connection();
    connection.write(chunked);
    expect((await connection.answer()).status).to.equal(413);
    expect((await acs.stores.tasks.get(id))?.state).to.equal("sent");
    gateway.disconnect();
    expect((await gateway.say(valuesOf([NTP, "y".repeat(33_000)]))).status).to.equal(204);
    expect((await acs.stores.tasks.get(id))?.state).to.equal("done");
  });

  it("a small body that inflates beyond the limit gets 413", async () => {
    const gateway = await acs.gateway();
    const bomb = gzipSync(Buffer.alloc(10_000_000, " "));
    expect((await gateway.post(bomb, { headers: { "Content-Encoding": "gzip" } })).status).to.equal(413);
  });

  it("a body that trickles longer than ACS_BODY_TIMEOUT_MS gets 408", async () => {
    const gateway = await acs.gateway();
    gateway.learn(await gateway.send(gateway.informText()));
    const connection = await gateway.connection();
    const request = gateway.request(gateway.informText(), { headers: { Expect: "100-continue" } });
    connection.write(request.subarray(0, request.indexOf("\r\n\r\n") + 10));
    const answer = connection.answer();
    for (let turn = 0; turn < 200 && acs.clock.pending() < 1; turn++) await acs.clock.advance(0);
    const ended = answer.then(() => true);
    while (!(await Promise.race([ended, acs.clock.advance(1_000).then(() => false)])));
    expect((await answer).status).to.equal(408);
  });

  it("a header that trickles longer than ACS_HEADERS_TIMEOUT_MS gets 408 and a closed connection", async () => {
    const connection = await RawConnection.open(acs.cwmpPort);
    connection.write("POST / HTTP/1.1\r\nHost: a\r\nX-Slow: ");
    const drip = setInterval(() => connection.write("x"), 100);
    const answer = await connection.answer();
    clearInterval(drip);
    expect(answer.status).to.equal(408);
    await connection.closed;
  });

  it("after 10 failures one user name from one address waits a minute, right password or not; others don't", async () => {
    const [gateway, neighbour] = [await acs.gateway(), await acs.gateway()];
    const guesser = new CwmpClient({ ...gateway.options, password: "wrong" });
    for (let i = 0; i < 10; i++) expect((await guesser.post(guesser.informText())).status).to.equal(401);
    expect((await gateway.inform("2 PERIODIC")).status, "the right password").to.equal(401);
    expect((await neighbour.inform("2 PERIODIC")).status, "another device").to.equal(200);
    const whys = (await acs.events(null, "authentication-failed")).filter(({ data }) => data["username"] === gateway.id);
    expect(whys.map(({ data }) => data["why"])).to.deep.equal(["wrong-password", "locked-out"]);
    await acs.clock.advance(60_000);
    expect((await gateway.inform("2 PERIODIC")).status, "a minute later").to.equal(200);
  });

  it("a flood of strangers costs the store about 100 events a minute", async () => {
    await acs.clock.advance(60_000);
    const before = await acs.stores.events.newestId();
    const stranger = new CwmpClient({
      port: acs.cwmpPort,
      identity: { oui: "0A1B2C", productClass: "", serialNumber: "F" },
      username: "",
      password: "",
    });
    stranger.learn(await stranger.send(""));
    for (let i = 0; i < 300; i++) {
      const { challenge } = stranger;
      if (challenge === undefined) throw new Error("no challenge");
      const value = authorization({ ...challenge, username: `stranger-${i}`, password: "x", nc: i + 1 });
      expect((await stranger.send("", { headers: { Authorization: value } })).status).to.equal(401);
    }
    expect((await acs.stores.events.newestId()) - before).to.be.within(90, 101);
    expect((await acs.call("GET", "/api/devices?limit=1000")).body.devices.map(({ id }: { id: string }) => id).join()).not.to.include(
      "stranger",
    );
  });

  it("300 sessions at once are served, periodic ones up to 70 %; one more gets 503 with Retry-After, and they go on (row 32)", async () => {
    await acs.clock.advance(60_000); // sessions of other tests end
    const gateways: TestGateway[] = [];
    for (let i = 0; i < 301; i++) gateways.push(await acs.gateway());
    const late = gateways.pop();
    const informed = await Promise.all(gateways.map((gateway, i) => gateway.inform(i < 200 ? "2 PERIODIC" : "6 CONNECTION REQUEST")));
    expect(new Set(informed.map(({ status }) => status))).to.deep.equal(new Set([200]));
    const refused = await (late as TestGateway).inform("6 CONNECTION REQUEST");
    expect(refused.status).to.equal(503);
    expect(Number(refused.headers["retry-after"])).to.be.within(30, 90);
    const ended: readonly HttpAnswer[] = await Promise.all(gateways.map((gateway) => gateway.empty()));
    expect(new Set(ended.map(({ status }) => status))).to.deep.equal(new Set([204]));
    for (const gateway of gateways) gateway.disconnect();
  });
});

describe("a stop of the ACS in a session", () => {
  it("the asked task is unknown with that reason, and read back after the restart", async () => {
    const acs = await startTestAcs();
    const gateway = await acs.gateway();
    const id = await acs.task(gateway.id, setNtp);
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    const next = await acs.restart();
    try {
      const lost = await next.stores.tasks.get(id);
      expect([lost?.state, lost?.transitions.at(-1)?.reason]).to.deep.equal(["unknown", "the ACS stopped"]);
      const client = new CwmpClient({ ...gateway.options, port: next.cwmpPort });
      await client.inform("2 PERIODIC");
      expect(messageOf(await client.empty())).to.deep.equal({ kind: "GetParameterValues", names: [KEY, NTP] });
    } finally {
      await next.close();
    }
  });
});
