/**
 * A device's password is replaced at first contact, or when the operator orders it: from the old one to the new one over every lost answer,
 * and what an operator's own change means beside it.
 * Spec: TR-069 3.4.4; docs/decisions/0011-per-device-secrets.md. Layer: integration test.
 */
import { createHmac } from "node:crypto";
import { createSocket } from "node:dgram";
import { expect } from "chai";
import { CwmpClient, heard, messageOf } from "../support/cwmp-client.js";
import { openRule, stranger } from "../support/enrolling.js";
import { openGatewayBench } from "../support/gateway-bench.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";
import { openUdpDevice } from "../support/udp-device.js";

const SERVER = "InternetGatewayDevice.ManagementServer.";
const USE_MS = 3_600_000;
const FACTORY = { passwordIsFactory: true } as const;
const setAnswer = { kind: "SetParameterValuesResponse", status: 0 } as const;
const env = {
  ...{ ACS_REFRESH_AT_BOOTSTRAP: "false", ACS_PASSWORD_USE_MS: String(USE_MS) },
  ...{ ACS_NOTIFICATION_HOST: "127.0.0.1", ACS_NOTIFICATION_PORT: "0", ACS_STUN_HOST: "127.0.0.1", ACS_STUN_PORT: "0" },
};

/** What was set, by the last segment of its name. */
async function asked(answer: ReturnType<CwmpClient["empty"]>): Promise<Readonly<Record<string, string>>> {
  const message = messageOf(await answer);
  if (message.kind !== "SetParameterValues") throw new Error(`asked ${message.kind}`);
  return Object.fromEntries(message.values.map(({ name, text }) => [name.slice(SERVER.length), text]));
}

const otherwise = (gateway: TestGateway, more: Partial<CwmpClient["options"]>): CwmpClient =>
  new CwmpClient({ ...gateway.options, ...more });

describe("a device's password", () => {
  let acs: TestAcs;
  const closing: (() => Promise<void>)[] = [];

  before(async () => {
    acs = await startTestAcs({ env });
  });
  after(() => acs.close());
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const device = async (id: string) => (await acs.call("GET", `/api/devices/${id}`)).body;
  const statusOf = async (client: CwmpClient): Promise<number> => {
    client.forget();
    return (await client.inform("2 PERIODIC")).status;
  };
  const tasksOf = async (id: string) => (await acs.call("GET", `/api/devices/${id}/tasks`)).body.tasks.filter(isRotation);
  const isRotation = ({ kind }: { readonly kind: string }): boolean => kind === "rotatePassword";
  const newsOf = async (id: string) => (await acs.events(id, "device-password")).map(({ data }) => data["news"]);

  /** Up to the call that sets the new password, not answered yet. @returns what it sets. */
  async function sent(gateway: TestGateway): Promise<Readonly<Record<string, string>>> {
    expect(heard(await gateway.inform("0 BOOTSTRAP"))).to.equal("InformResponse");
    expect(await asked(gateway.empty())).to.include.keys("ConnectionRequestPassword", "PeriodicInformInterval");
    return asked(gateway.say(setAnswer));
  }

  describe("of the factory", () => {
    it("is replaced at 0 BOOTSTRAP by one at random, in a call of its own after the connection-request credentials", async () => {
      const gateway = await acs.gateway(FACTORY);
      const values = await sent(gateway);
      expect(values).to.have.all.keys("Password");
      expect(values["Password"]).to.match(/^[0-9a-z]{24}$/);
      expect(await device(gateway.id)).to.include({
        passwordIsFactory: true,
        passwordPendingSince: new Date(acs.clock.now()).toISOString(),
      });
    });

    it("is replaced at the first call that the ACS hears, whatever it is for", async () => {
      const gateway = await acs.gateway(FACTORY);
      await gateway.inform("1 BOOT");
      expect(await asked(gateway.empty())).to.have.all.keys("Password");
    });

    it("is not asked again of a device that refused, until it begins anew", async () => {
      const gateway = await acs.gateway(FACTORY);
      await gateway.inform("1 BOOT");
      await gateway.empty();
      const refusal = { kind: "Fault", faultCode: 9001, faultString: "Request denied", setParameterValuesFaults: [] } as const;
      expect((await gateway.say(refusal)).status).to.equal(204);
      expect((await tasksOf(gateway.id))[0]).to.include({ state: "failed" });
      await gateway.inform("2 PERIODIC");
      expect((await gateway.empty()).status).to.equal(204);
      await sent(gateway);
    });

    it("stays good beside the new one until that is used, and not a request longer", async () => {
      const gateway = await acs.gateway(FACTORY);
      const password = (await sent(gateway))["Password"] ?? "";
      expect((await gateway.say(setAnswer)).status).to.equal(204);
      const again = otherwise(gateway, { password });
      expect(await statusOf(gateway)).to.equal(200);
      expect((await tasksOf(gateway.id))[0]).to.include({ state: "awaiting-device" });
      expect(await statusOf(again)).to.equal(200);
      expect((await again.empty()).status).to.equal(204);
      expect(await statusOf(gateway)).to.equal(401);
      expect((await tasksOf(gateway.id))[0]).to.include({ state: "done", reason: "the device has used the new password" });
      expect(await device(gateway.id)).to.include({ passwordIsFactory: false, passwordPendingSince: null });
      expect(await newsOf(gateway.id)).to.deep.equal(["prepared", "in-use"]);
    });

    it("is not replaced on a device that was registered without it", async () => {
      const gateway = await acs.gateway();
      await gateway.inform("0 BOOTSTRAP");
      await gateway.empty();
      expect((await gateway.say(setAnswer)).status).to.equal(204);
    });
  });

  describe("whose answer was lost", () => {
    it("with a device that has it: the next call proves it, and nothing is sent again", async () => {
      const gateway = await acs.gateway(FACTORY);
      const password = (await sent(gateway))["Password"] ?? "";
      acs = await acs.restart();
      const again = otherwise(gateway, { password, port: acs.cwmpPort });
      expect(heard(await again.inform("1 BOOT"))).to.equal("InformResponse");
      // The provisioning before it was answered.
      expect((await again.empty()).status).to.equal(204);
      expect((await tasksOf(gateway.id))[0]).to.include({ state: "done", sends: 1 });
    });

    it("with a device that has not: ParameterKey tells, and the same one is sent again", async () => {
      const gateway = await acs.gateway(FACTORY);
      const first = await sent(gateway);
      acs = await acs.restart();
      const same = otherwise(gateway, { port: acs.cwmpPort });
      await same.inform("1 BOOT");
      expect(messageOf(await same.empty())).to.deep.equal({ kind: "GetParameterValues", names: [`${SERVER}ParameterKey`] });
      const key = {
        kind: "GetParameterValuesResponse",
        values: [{ name: `${SERVER}ParameterKey`, type: "xsd:string", text: "x" }],
      } as const;
      expect(await asked(same.say(key))).to.deep.equal(first);
      expect(await newsOf(gateway.id)).to.deep.equal(["prepared", "sent-again"]);
    });

    it("because the device used it at once, for this very answer: the session goes on, and the task is done", async () => {
      const gateway = await acs.gateway(FACTORY);
      const password = (await sent(gateway))["Password"] ?? "";
      const over = otherwise(gateway, { password });
      over.cookie = gateway.cookie;
      expect((await over.say(setAnswer)).status).to.equal(204);
      expect((await tasksOf(gateway.id))[0]).to.include({ state: "done" });
    });

    it("on the same connection, too, where the device proves itself anew with each request", async () => {
      const gateway = await acs.gateway(FACTORY);
      const password = (await sent(gateway))["Password"] ?? "";
      const { nextAuthorization } = otherwise(gateway, { password });
      const authorization = nextAuthorization.call(
        Object.assign(otherwise(gateway, { password }), { challenge: gateway.challenge, nc: 90 }),
      );
      const answer = await gateway.send(gateway.text(setAnswer), { headers: { Authorization: authorization ?? "" } });
      expect(answer.status).to.equal(204);
    });
  });

  it("that a device took and did not use in time is sent again: the same one, and never a second beside it", async () => {
    const gateway = await acs.gateway(FACTORY);
    const first = await sent(gateway);
    await gateway.say(setAnswer);
    await acs.clock.advance(USE_MS + 1_000);
    const [rotation] = await tasksOf(gateway.id);
    await acs.untilTask(rotation.id, "unknown");
    await gateway.inform("2 PERIODIC");
    expect(await asked(gateway.empty())).to.deep.equal(first);
    await acs.task(gateway.id, { kind: "rotatePassword" });
    expect(await asked(gateway.say(setAnswer))).to.deep.equal(first);
    expect(await newsOf(gateway.id)).to.deep.equal(["prepared", "sent-again", "sent-again"]);
  });

  it("is replaced when the operator orders it, after a leak say", async () => {
    const gateway = await acs.gateway();
    const id = await acs.task(gateway.id, { kind: "rotatePassword" });
    await gateway.inform("2 PERIODIC");
    const password = (await asked(gateway.empty()))["Password"] ?? "";
    await gateway.say(setAnswer);
    const again = otherwise(gateway, { password });
    await again.inform("2 PERIODIC");
    await again.empty();
    expect((await acs.call("GET", `/api/tasks/${id}`)).body).to.include({ state: "done" });
    expect(await statusOf(gateway)).to.equal(401);
  });

  describe("with a user name that is not the device's id", () => {
    it("comes with that id as the new user name; either name is good until the new password is used", async () => {
      const gateway = await acs.gateway({ ...FACTORY, username: "shared" });
      const { Username: username = "", Password: password = "" } = await sent(gateway);
      expect(username).to.equal(gateway.id);
      await gateway.say(setAnswer);
      expect(await statusOf(otherwise(gateway, { username }))).to.equal(200);
      expect(await statusOf(otherwise(gateway, { username, password }))).to.equal(200);
      expect(await device(gateway.id)).to.include({ username: gateway.id });
      expect(await statusOf(gateway)).to.equal(401);
      expect(await statusOf(otherwise(gateway, { password }))).to.equal(401);
    });

    it("keeps it on a device that changes the password alone", async () => {
      const gateway = await acs.gateway({ ...FACTORY, username: "stubborn" });
      const { Password: password = "" } = await sent(gateway);
      expect(await statusOf(otherwise(gateway, { password }))).to.equal(200);
      expect(await device(gateway.id)).to.include({ username: "stubborn", passwordPendingSince: null });
    });
  });

  describe("that a whole batch has", () => {
    it("is replaced with the user name of the batch, which opens that device no more", async () => {
      await openRule(acs, { username: "batch" });
      const gateway = stranger(acs, { username: "batch" });
      await gateway.inform("0 BOOTSTRAP");
      await gateway.empty();
      const { Username: username = "", Password: password = "" } = await asked(gateway.say(setAnswer));
      expect(username).to.equal(gateway.id);
      expect((await gateway.say(setAnswer)).status).to.equal(204);
      expect(await statusOf(gateway)).to.equal(200);
      expect(await statusOf(new CwmpClient({ ...gateway.options, username, password }))).to.equal(200);
      expect(await device(gateway.id)).to.include({ username: gateway.id, passwordIsFactory: false });
      expect(await statusOf(gateway)).to.equal(403);
    });

    it("stays on a device whose user name can't be changed: with it a password of its own would prove nothing", async () => {
      await openRule(acs, { username: "batch-2" });
      const gateway = stranger(acs, { username: "batch-2" });
      await gateway.inform("0 BOOTSTRAP");
      await gateway.empty();
      await gateway.say(setAnswer);
      const parameter = { name: `${SERVER}Username`, faultCode: 9008, faultString: "" };
      const refusal = { kind: "Fault", faultCode: 9003, faultString: "", setParameterValuesFaults: [parameter] } as const;
      expect((await gateway.say(refusal)).status).to.equal(204);
      expect((await tasksOf(gateway.id))[0]).to.include({ state: "failed" });
      expect(await statusOf(gateway)).to.equal(200);
    });
  });

  describe("that the operator changes", () => {
    const patch = (id: string, body: unknown) => acs.call("PATCH", `/api/devices/${id}`, body);

    it("must be proved anew on a connection that is open, and only there", async () => {
      const [gateway, other] = [await acs.gateway(), await acs.gateway()];
      for (const one of [gateway, other]) await one.inform("2 PERIODIC");
      expect((await patch(gateway.id, { password: "another-password" })).status).to.equal(200);
      const bare = { headers: { Authorization: null } };
      expect((await gateway.send("", bare)).status).to.equal(401);
      expect((await gateway.empty()).status).to.equal(401);
      expect((await other.send("", bare)).status).to.equal(204);
      expect(await statusOf(otherwise(gateway, { password: "another-password" }))).to.equal(200);
      expect(await newsOf(gateway.id)).to.deep.equal(["set"]);
    });

    it("is refused while a new one is on its way, unless that is dropped: then what the operator says is the only one", async () => {
      const gateway = await acs.gateway(FACTORY);
      const password = (await sent(gateway))["Password"] ?? "";
      const refused = await patch(gateway.id, { password: "by-hand" });
      expect([refused.status, refused.body.detail]).to.deep.equal([409, refused.body.detail]);
      expect(refused.body.detail).to.include("dropPendingPassword");
      expect((await patch(gateway.id, { password: "by-hand", dropPendingPassword: true })).body).to.include({
        ...{ passwordIsFactory: false, passwordPendingSince: null },
      });
      expect(await statusOf(otherwise(gateway, { password }))).to.equal(401);
      expect(await statusOf(gateway)).to.equal(401);
      expect(await statusOf(otherwise(gateway, { password: "by-hand" }))).to.equal(200);
      expect((await tasksOf(gateway.id))[0]).to.include({ state: "cancelled" });
      expect(await newsOf(gateway.id)).to.deep.equal(["prepared", "dropped", "set"]);
    });

    it("to one of the factory, after a reset at the device, is replaced at its next 0 BOOTSTRAP", async () => {
      const gateway = await acs.gateway();
      await patch(gateway.id, { password: DEVICE_PASSWORD, passwordIsFactory: true });
      expect(await sent(gateway)).to.have.all.keys("Password");
    });
  });

  describe("of the factory, that a reset brings back", () => {
    const resetAnswer = { kind: "FactoryResetResponse" } as const;
    /** A device that has a password of its own by now. */
    async function own(factory: TestGateway): Promise<TestGateway> {
      const { Password: password = "" } = await sent(factory);
      await factory.say(setAnswer);
      const renewed = { ...factory, options: { ...factory.options, password } } as TestGateway;
      const client = otherwise(factory, { password });
      expect(await statusOf(client)).to.equal(200);
      expect((await client.empty()).status).to.equal(204);
      expect(await statusOf(factory)).to.equal(401);
      return renewed;
    }
    async function orderReset(id: string, client: CwmpClient, answer: Parameters<CwmpClient["say"]>[0]): Promise<string> {
      const task = await acs.task(id, { kind: "factoryReset" });
      await client.inform("2 PERIODIC");
      expect(messageOf(await client.empty()).kind).to.equal("FactoryReset");
      await client.say(answer);
      return task;
    }

    it("is accepted once a reset was ordered: its use ends the reset's waiting, and it is replaced again", async () => {
      const factory = await acs.gateway(FACTORY);
      const renewed = await own(factory);
      const task = await orderReset(factory.id, otherwise(renewed, {}), resetAnswer);
      expect((await device(factory.id)).factoryPasswordExpectedSince).to.be.a("string");
      factory.forget();
      expect(await sent(factory)).to.have.all.keys("Password");
      await acs.untilTask(task, "done");
      expect(await statusOf(otherwise(renewed, {}))).to.equal(401);
      expect(await newsOf(factory.id)).to.deep.equal(["prepared", "in-use", "factory-expected", "factory-in-use", "prepared"]);
    });

    it("is not accepted when the device refuses the reset", async () => {
      const factory = await acs.gateway(FACTORY);
      const renewed = await own(factory);
      const refusal = { kind: "Fault", faultCode: 9002, faultString: "", setParameterValuesFaults: [] } as const;
      await orderReset(factory.id, otherwise(renewed, {}), refusal);
      expect(await statusOf(factory)).to.equal(401);
      expect(await statusOf(otherwise(renewed, {}))).to.equal(200);
    });

    it("at the button is accepted when the operator says so, and not before", async () => {
      const factory = await acs.gateway(FACTORY);
      await own(factory);
      const ordered = await acs.call("PATCH", `/api/devices/${factory.id}`, { expectFactoryPassword: true });
      expect(ordered.body).to.include({ passwordPendingSince: null, passwordIsFactory: false });
      factory.forget();
      expect(await sent(factory)).to.have.all.keys("Password");
    });

    it("with the user name of its batch", async () => {
      await openRule(acs, { username: "batch-3" });
      const gateway = stranger(acs, { username: "batch-3" });
      await gateway.inform("0 BOOTSTRAP");
      await gateway.empty();
      const { Username: username = "", Password: password = "" } = await asked(gateway.say(setAnswer));
      await gateway.say(setAnswer);
      const renewed = new CwmpClient({ ...gateway.options, username, password });
      expect(await statusOf(renewed)).to.equal(200);
      expect(await statusOf(gateway)).to.equal(403);
      await orderReset(gateway.id, renewed, resetAnswer);
      expect(await statusOf(gateway)).to.equal(200);
      expect(await device(gateway.id)).to.include({ passwordIsFactory: true });
      expect(await statusOf(renewed)).to.equal(401);
    });

    it("is not known of a device that was registered with a password of its own: 409 says what to do", async () => {
      const gateway = await acs.gateway();
      const { status, body } = await acs.call("PATCH", `/api/devices/${gateway.id}`, { expectFactoryPassword: true });
      expect(status).to.equal(409);
      expect(body.detail).to.match(/passwordIsFactory/);
    });
  });

  it("that is pending signs lightweight notifications, and proves STUN bindings, as well as the old one", async () => {
    const gateway = await acs.gateway(FACTORY);
    const pending = (await sent(gateway))["Password"] ?? "";
    const socket = createSocket("udp4");
    closing.push(() => new Promise((resolve) => socket.close(() => resolve())));
    const { oui, productClass, serialNumber } = gateway.options.identity;
    for (const [ts, password] of [DEVICE_PASSWORD, pending].entries()) {
      const id = `<OUI>${oui}</OUI><ProductClass>${productClass}</ProductClass><SerialNumber>${serialNumber}</SerialNumber>`;
      const value = `<Param><Name>Device.X</Name><Value>${ts}</Value></Param>`;
      const body = `<Notification xmlns="urn:broadband-forum-org:cwmp:lwnotif-1-0"><TS>${ts + 1}</TS><UN>${gateway.id}</UN><CN>c${ts}</CN>${id}${value}</Notification>`;
      const signature = createHmac("sha1", password).update(body).digest("hex");
      socket.send(`POST / HTTP/1.1\r\nSignature: ${signature}\r\n\r\n${body}`, acs.notificationPort ?? 0, "127.0.0.1");
      await acs.untilEvent("heard", ({ kind, data }) => kind === "device-notified" && data["ts"] === ts + 1);
      const udp = await openUdpDevice({
        ...{ stunPort: acs.stunPort ?? 0, username: gateway.id, password },
        connectionRequest: () => ({ username: "", password: "" }),
      });
      closing.push(() => udp.close());
      expect((await udp.bind({ isBindingChange: true }))?.type, `STUN ${ts}`).to.equal(0x0101);
    }
  });

  it("of a simulated gateway is replaced at first contact, kept over a power cut, and replaced again", async () => {
    const real = await startTestAcs({ env, realTime: true });
    closing.push(() => real.close());
    const folder = await temporaryFolder();
    closing.push(() => folder.remove());
    const bench = openGatewayBench();
    closing.push(() => bench.close());
    const options = {
      ...{ acsUrl: `http://127.0.0.1:${real.cwmpPort}/`, acsPassword: DEVICE_PASSWORD, acsUsername: "from-the-box" },
      memoryFile: folder.file("memory.json"),
    };
    const { gateway, event } = bench.add(options);
    const { oui, productClass, serialNumber } = gateway.instance;
    await real.gateway({ oui, productClass, serialNumber, ...FACTORY, username: "from-the-box" });
    const { deviceId: id } = gateway;
    await gateway.powerOn();
    await event("session-ended");
    gateway.triggerPeriodic();
    await real.untilEvent("in use", ({ deviceId, data }) => deviceId === id && data["news"] === "in-use");
    const password = gateway.read(`${SERVER}Password`) ?? "";
    expect(password).to.match(/^[0-9a-z]{24}$/);
    expect(gateway.read(`${SERVER}Username`)).to.equal(id);
    await gateway.powerOff();

    const again = bench.add(options);
    const rotation = await real.task(id, { kind: "rotatePassword" });
    await again.gateway.powerOn();
    await again.event("session-ended");
    again.gateway.triggerPeriodic();
    await real.untilTask(rotation, "done");
    expect(again.gateway.read(`${SERVER}Password`))
      .to.match(/^[0-9a-z]{24}$/)
      .and.not.equal(password);
    const reset = await real.task(id, { kind: "factoryReset" });
    again.gateway.triggerPeriodic();
    await real.untilTask(reset, "done");
    await real.untilEvent("the factory's", ({ deviceId, data }) => deviceId === id && data["news"] === "factory-in-use");
    expect(await real.events(null, "authentication-failed")).to.deep.equal([]);
  });
});
