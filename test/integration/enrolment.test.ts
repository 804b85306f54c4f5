/**
 * Enrolment by the password of a batch: a device that nobody registered is taken in while a window of the operator is open, and nobody else.
 * Spec: DESIGN 4 (devices we don't know); rows 2 and 29 of cwmp.md 1.11. Layer: integration test.
 */
import { expect } from "chai";
import type { EventKind } from "../../acs/events/event.js";
import { CwmpClient, heard, messageOf } from "../support/cwmp-client.js";
import { BATCH_PASSWORD, openRule, removeRules, stranger } from "../support/enrolling.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";

const SERVER = "InternetGatewayDevice.ManagementServer.";

describe("enrolment", () => {
  let acs: TestAcs;
  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  after(() => acs.close());
  afterEach(() => removeRules(acs));

  const isRegistered = async (id: string): Promise<boolean> => (await acs.stores.devices.get(id)) !== undefined;
  const told = async (kind: EventKind, key: string, value: string) =>
    (await acs.events(null, kind)).map(({ data }) => data).filter((data) => data[key] === value);
  const statusOf = async (client: CwmpClient): Promise<number> => (await client.inform("0 BOOTSTRAP")).status;

  describe("in a window", () => {
    it("the password of the batch and the device's own id as user name register it, and it is provisioned in that session", async () => {
      const rule = await openRule(acs);
      const device = stranger(acs);
      expect(heard(await device.inform("1 BOOT"))).to.equal("InformResponse");
      const provision = messageOf(await device.empty());
      const names = provision.kind === "SetParameterValues" ? provision.values.map(({ name }) => name) : [];
      expect(names).to.include(`${SERVER}ConnectionRequestPassword`);
      // What the batch has in common is replaced at once (device-password.test.ts).
      const rotation = messageOf(await device.say({ kind: "SetParameterValuesResponse", status: 0 }));
      expect(rotation.kind === "SetParameterValues" && rotation.values.map(({ name }) => name)).to.deep.equal([`${SERVER}Password`]);
      expect((await device.say({ kind: "SetParameterValuesResponse", status: 0 })).status).to.equal(204);
      const { status, body } = await acs.call("GET", `/api/devices/${device.id}`);
      expect(status).to.equal(200);
      expect(body).to.deep.include({ id: device.id, username: device.id, enrolledBy: rule, quarantine: null });
      expect((await acs.call("GET", `/api/enrolment-rules/${rule}`)).body).to.deep.include({ state: "open", enrolled: 1 });
    });

    it("it is met as new once, 0 BOOTSTRAP or not", async () => {
      await openRule(acs);
      const device = stranger(acs);
      for (let i = 0; i < 2; i++) {
        await device.inform("2 PERIODIC");
        await device.empty();
        await device.say({ kind: "SetParameterValuesResponse", status: 0 });
        await device.say({ kind: "SetParameterValuesResponse", status: 0 });
      }
      const tasks = await acs.stores.tasks.list({ deviceId: device.id, limit: 9 });
      expect(tasks.map(({ order }) => order.kind)).to.have.members(["provision", "rotatePassword"]);
    });

    it("an event tells who came and how, and no secret", async () => {
      const rule = await openRule(acs, { name: "batch 7" });
      const device = stranger(acs);
      await device.inform("0 BOOTSTRAP");
      const [event] = await acs.events(device.id, "device-enrolled");
      const data = { rule, name: "batch 7", approval: false, proof: "password", remoteAddress: "127.0.0.1" };
      expect(event?.data).to.deep.equal(data);
      expect(acs.logged()).not.to.include(BATCH_PASSWORD);
    });

    it("it goes on with its password when the window is over, and after a restart", async () => {
      const own = await startTestAcs();
      const rule = await openRule(own);
      const device = stranger(own);
      await device.inform("0 BOOTSTRAP");
      await own.call("POST", `/api/enrolment-rules/${rule}/close`);
      const again = await own.restart();
      expect((await again.call("GET", `/api/enrolment-rules/${rule}`)).body).to.include({ state: "closed", enrolled: 1 });
      const later = new CwmpClient({ ...device.options, port: again.cwmpPort });
      expect(await statusOf(later)).to.equal(200);
      expect(await statusOf(stranger(again)), "another one").to.equal(401);
      await again.close();
    });

    it("a window that is open when the ACS stops is open when it comes back", async () => {
      const own = await startTestAcs();
      await openRule(own);
      const again = await own.restart();
      expect(await statusOf(stranger(again))).to.equal(200);
      await again.close();
    });
  });

  describe("who is not taken in", () => {
    it("a wrong password: 401, an event, nothing registered", async () => {
      await openRule(acs);
      const device = stranger(acs, { password: "another" });
      expect(await statusOf(device)).to.equal(401);
      expect(await told("device-unknown", "username", device.id)).to.have.length(1);
      expect(await isRegistered(device.id)).to.equal(false);
    });

    it("the window is closed, or its time is over: 401 as for any stranger", async () => {
      const rule = await openRule(acs);
      await acs.call("POST", `/api/enrolment-rules/${rule}/close`);
      await openRule(acs, { openForS: 60 });
      await acs.clock.advance(60_000);
      const device = stranger(acs);
      expect(await statusOf(device)).to.equal(401);
      expect(await told("device-unknown", "username", device.id)).to.have.length(1);
      expect(await isRegistered(device.id)).to.equal(false);
    });

    it("the window has its devices: 401", async () => {
      const rule = await openRule(acs, { devicesMax: 1 });
      expect(await statusOf(stranger(acs))).to.equal(200);
      expect(await statusOf(stranger(acs))).to.equal(401);
      expect((await acs.call("GET", `/api/enrolment-rules/${rule}`)).body).to.include({ state: "full", enrolled: 1 });
    });

    it("two that race for the last place: one comes in", async () => {
      await openRule(acs, { devicesMax: 1 });
      const racers = [stranger(acs), stranger(acs), stranger(acs)];
      for (const racer of racers) racer.learn(await racer.send(racer.informText()));
      const statuses = await Promise.all(racers.map(async (racer) => (await racer.send(racer.informText())).status));
      expect(statuses.filter((status) => status === 200)).to.have.length(1);
    });

    it("another OUI or product class than those of the window: 403, and an event says why", async () => {
      await openRule(acs, { ouis: ["0A1B2C"] });
      await openRule(acs, { productClasses: ["VG2000"] });
      const device = stranger(acs);
      expect(await statusOf(device)).to.equal(403);
      expect(await told("device-unknown", "claimed", device.id)).to.deep.equal([
        { username: device.id, claimed: device.id, why: "no-rule", remoteAddress: "127.0.0.1" },
      ]);
      expect(await isRegistered(device.id)).to.equal(false);
    });

    it("a user name that is not the id in the Inform: 403, and neither is registered", async () => {
      await openRule(acs);
      const device = stranger(acs, { username: "somebody" });
      expect(await statusOf(device)).to.equal(403);
      expect((await told("device-unknown", "username", "somebody"))[0]).to.include({ claimed: device.id, why: "other-user-name" });
      expect(await isRegistered(device.id)).to.equal(false);
    });

    it("what is no identity of TR-069: 403", async () => {
      await openRule(acs);
      const device = stranger(acs, { identity: { oui: "00D09E", productClass: "HG1", serialNumber: "S".repeat(65) } });
      expect(await statusOf(device)).to.equal(403);
      expect(await isRegistered(device.id)).to.equal(false);
    });

    it("a registered device with the password of the batch: 401, and it keeps its own", async () => {
      await openRule(acs);
      const gateway = await acs.gateway();
      const before = await acs.stores.devices.get(gateway.id);
      expect(await statusOf(new CwmpClient({ ...gateway.options, password: BATCH_PASSWORD }))).to.equal(401);
      expect(await acs.stores.devices.get(gateway.id)).to.deep.equal(before);
      expect(await statusOf(gateway)).to.equal(200);
    });

    it("guesses under ever new user names are one guesser's: after ten, the right password waits a minute", async () => {
      await openRule(acs);
      for (let i = 0; i < 10; i++) expect(await statusOf(stranger(acs, { password: `guess ${i}` }))).to.equal(401);
      const device = stranger(acs);
      expect(await statusOf(device)).to.equal(401);
      const gateway = await acs.gateway();
      expect(await statusOf(gateway), "who is registered is not held up by it").to.equal(200);
      await acs.clock.advance(60_000);
      expect(await statusOf(device)).to.equal(200);
    });
  });

  describe("with one user name for the batch", () => {
    const batch = (more: Partial<CwmpClient["options"]> = {}) => stranger(acs, { username: "factory", ...more });

    it("each device is what its Inform says, in a session of its own", async () => {
      await openRule(acs, { username: "factory" });
      const devices = [batch(), batch()];
      for (const device of devices) expect(await statusOf(device)).to.equal(200);
      for (const device of devices) {
        expect(heard(await device.empty())).to.equal("SetParameterValues");
        device.disconnect(); // the cookie leads back to it
        const rotation = messageOf(await device.say({ kind: "SetParameterValuesResponse", status: 0 }));
        const username =
          rotation.kind === "SetParameterValues" ? rotation.values.find(({ name }) => name === `${SERVER}Username`) : undefined;
        expect(username?.text).to.equal(device.id);
        expect((await device.say({ kind: "SetParameterValuesResponse", status: 0 })).status).to.equal(204);
        expect(await acs.stores.devices.get(device.id)).to.include({ username: device.id });
      }
    });

    it("its devices come again after the window is closed, and no new one does: 403", async () => {
      const rule = await openRule(acs, { username: "factory" });
      const device = batch();
      await device.inform("0 BOOTSTRAP");
      await acs.call("POST", `/api/enrolment-rules/${rule}/close`);
      device.forget();
      expect((await device.inform("2 PERIODIC")).status).to.equal(200);
      expect(await statusOf(batch())).to.equal(403);
    });

    it("it opens no device that came otherwise: 403, an event, and that device is left in peace", async () => {
      await openRule(acs, { username: "factory" });
      const victim = await acs.gateway();
      const impostor = batch({ identity: victim.options.identity });
      expect(await statusOf(impostor)).to.equal(403);
      expect(await told("identity-mismatch", "claimed", victim.id)).to.have.length(1);
      expect(await acs.stores.devices.get(victim.id)).to.include({ quarantine: null, lastInformAtMs: null });
      expect(await statusOf(victim)).to.equal(200);
    });

    it("a cookie of another device's session is worth nothing with it: 400", async () => {
      await openRule(acs, { username: "factory" });
      const victim = await acs.gateway();
      await victim.inform("2 PERIODIC");
      const thief = batch();
      thief.learn(await thief.send(""));
      expect((await thief.send("", { headers: { Cookie: victim.cookie ?? "" } })).status).to.equal(400);
      expect((await victim.empty()).status).to.equal(204);
    });
  });

  it("who calls itself by the id of a device that has another user name does not get into its session", async () => {
    await openRule(acs);
    const victim = await acs.gateway({ username: "gateway-by-name" });
    expect((await victim.inform("2 PERIODIC")).status).to.equal(200);
    const thief = new CwmpClient({ ...victim.options, username: victim.id, password: BATCH_PASSWORD });
    thief.learn(await thief.send(""));
    expect((await thief.send("")).status, "no session is found by that name").to.equal(400);
    expect(await statusOf(thief)).to.equal(403);
    expect((await victim.empty()).status).to.equal(204);
    expect(DEVICE_PASSWORD).not.to.equal(BATCH_PASSWORD);
  });
});
