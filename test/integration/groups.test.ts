/**
 * A group over thirty simulated gateways, woken over HTTP: concurrency and rate, pause, abort, and an ACS that is killed in between.
 * Layer: integration.
 */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { makeFirmware } from "../../device-sim/device/firmware.js";
import { compileChildren } from "../support/crash/compile-children.js";
import { SupervisedAcs } from "../support/crash/supervised-acs.js";
import { type BenchGateway, type GatewayBench, openGatewayBench } from "../support/gateway-bench.js";
import { seededRandom } from "../support/seeded-random.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";

const GATEWAYS = 30;
const ENV = { ACS_HTTP_CONNECTION_REQUESTS: "true", ACS_REFUSED_RANGES: "none", ACS_REFRESH_AT_BOOTSTRAP: "false" };
const NTP = "InternetGatewayDevice.Time.NTPServer1";
const setNtp = (value: string) => ({ kind: "setParameterValues", values: [{ name: NTP, value }] });

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
}
interface ShownMember {
  readonly device: string;
  readonly state: string;
  readonly reason: string;
  readonly work: string;
  readonly startedAt: string;
  readonly endedAt: string;
}
type Call = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** All of them have called in once. They have been up for long, so that a reboot can be told by UpTime. */
async function switchOn(bench: GatewayBench, acsUrl: string, call: Call, count = GATEWAYS): Promise<readonly BenchGateway[]> {
  const gateways = Array.from({ length: count }, (_, number) =>
    bench.add({
      ...{ acsUrl, acsPassword: DEVICE_PASSWORD, number, upTimeBaseS: 1_000_000 },
      connectionRequest: { host: "127.0.0.1", port: 0 },
    }),
  );
  for (const { gateway } of gateways) {
    const { oui, productClass, serialNumber } = gateway.instance;
    await call("POST", "/api/devices", { oui, productClass, serialNumber, password: DEVICE_PASSWORD });
  }
  await Promise.all(gateways.map(({ gateway }) => gateway.powerOn()));
  await Promise.all(gateways.map(({ event }) => event("session-ended")));
  return gateways;
}

describe("a group of thirty gateways", function () {
  this.timeout(60_000);
  let acs: TestAcs;
  let bench: GatewayBench;
  let gateways: readonly BenchGateway[];
  let ids: readonly string[];

  before(async () => {
    acs = await startTestAcs({ realTime: true, env: ENV });
    bench = openGatewayBench();
    gateways = await switchOn(bench, `http://127.0.0.1:${acs.cwmpPort}/`, async (...args) => (await acs.call(...args)).body);
    ids = gateways.map(({ gateway }) => gateway.deviceId);
  });
  after(async () => {
    await bench.close();
    await acs.close();
  });

  async function create(body: Readonly<Record<string, unknown>>): Promise<Shown> {
    const { status, body: group } = await acs.call("POST", "/api/groups", { kind: "task", devices: { ids }, ...body });
    expect(status).to.equal(202);
    return group;
  }
  const untilOver = (id: string) => acs.untilEvent("the group's end", ({ kind, data }) => kind === "group-ended" && data["groupId"] === id);
  const show = async (id: string): Promise<Shown> => (await acs.call("GET", `/api/groups/${id}`)).body;
  const membersOf = async (id: string): Promise<readonly ShownMember[]> =>
    (await acs.call("GET", `/api/groups/${id}/members?limit=1000`)).body.members;

  it("sets a value in each of them, never in more than five at once, and no faster than the rate", async () => {
    const { id } = await create({ order: setNtp("first.example"), concurrency: 5, ratePerMinute: 600 });
    await untilOver(id);
    expect(await show(id)).to.deep.include({ state: "done", members: GATEWAYS });
    const members = await membersOf(id);
    expect(members.map(({ state, reason }) => `${state} ${reason}`)).to.deep.equal(members.map(() => "done 1 values set"));
    expect(gateways.map(({ gateway }) => gateway.read(NTP))).to.deep.equal(gateways.map(() => "first.example"));
    const times = members.map(({ startedAt, endedAt }) => [Date.parse(startedAt), Date.parse(endedAt)] as const);
    const atOnce = times.map(([start]) => times.filter(([from, to]) => from <= start && start < to).length);
    expect(Math.max(...atOnce)).to.be.at.most(5);
    // Ten in a second; ten more may have made up for a late timer.
    const [first = 0, last = 0] = [times[0]?.[0], times.at(-1)?.[0]];
    expect(last - first).to.be.at.least((GATEWAYS - 1 - 10) * 100);
  });

  it("paused, lets those that run end and begins no more; resumed and aborted, tells each what became of it", async () => {
    const { id } = await create({ order: setNtp("second.example"), concurrency: 2, ratePerMinute: 1_200 });
    await acs.untilEvent("one has ended", ({ kind, data }) => {
      return (
        kind === "task-changed" &&
        data["to"] === "done" &&
        data["kind"] === "setParameterValues" &&
        String(data["taskId"]) >= id.slice(0, 10)
      );
    });
    await acs.call("POST", `/api/groups/${id}/pause`);
    for (let group = await show(id); (group.counts["running"] ?? 0) > 0; group = await show(id)) await delay(5);
    const paused = await show(id);
    expect(paused.state).to.equal("paused");
    expect((await show(id)).counts).to.deep.equal(paused.counts);
    await acs.call("POST", `/api/groups/${id}/resume`);
    await acs.call("POST", `/api/groups/${id}/abort`);
    await untilOver(id);
    const over = await show(id);
    expect(over.state).to.equal("aborted");
    const changed = gateways.filter(({ gateway }) => gateway.read(NTP) === "second.example").map(({ gateway }) => gateway.deviceId);
    const done = (await membersOf(id)).filter(({ state }) => state === "done").map(({ device }) => device);
    expect(changed).to.have.members(done);
    expect(over.counts["aborted"]).to.equal(GATEWAYS - done.length);
    expect(done.length).to.be.within(1, GATEWAYS - 1);
  });

  it("a device that is off does not hold up the others: its task expires, and the reason says so", async () => {
    const off = gateways[0];
    await off?.gateway.powerOff();
    const { id } = await create({
      order: { ...setNtp("third.example"), expiresInS: 1 },
      devices: { ids: ids.slice(0, 4) },
      concurrency: 2,
    });
    await untilOver(id);
    expect((await membersOf(id)).map(({ state }) => state)).to.deep.equal(["failed", "done", "done", "done"]);
    expect((await membersOf(id))[0]?.reason).to.match(/^expired: the device did not call in/);
  });
});

describe("a group of upgrades and one of diagnoses", function () {
  this.timeout(60_000);
  let acs: TestAcs;
  let bench: GatewayBench;
  let gateways: readonly BenchGateway[];

  before(async () => {
    acs = await startTestAcs({ realTime: true, env: ENV });
    bench = openGatewayBench();
    gateways = await switchOn(bench, `http://127.0.0.1:${acs.cwmpPort}/`, async (...args) => (await acs.call(...args)).body, 4);
  });
  after(async () => {
    await bench.close();
    await acs.close();
  });

  async function results(body: Readonly<Record<string, unknown>>): Promise<readonly ShownMember[]> {
    const ids = gateways.map(({ gateway }) => gateway.deviceId);
    const { status, body: group } = await acs.call("POST", "/api/groups", { devices: { ids }, concurrency: 2, ...body });
    expect(status, JSON.stringify(group)).to.equal(202);
    await acs.untilEvent("the group's end", ({ kind, data }) => kind === "group-ended" && data["groupId"] === group.id);
    return (await acs.call("GET", `/api/groups/${group.id}/members`)).body.members;
  }
  async function addFirmware(version: string, more: Readonly<Record<string, string>>): Promise<string> {
    const query = new URLSearchParams({ name: `${version}.bin`, fileType: "1 Firmware Upgrade Image", version, ...more });
    return (await acs.call("POST", `/api/files?${query}`, makeFirmware(version, 20_000))).body.id;
  }

  it("upgrades each of them, with proof; each upgrade names the group", async () => {
    await addFirmware("4.2.0", {});
    const members = await results({ kind: "upgrade", order: { version: "4.2.0", verifySip: false } });
    expect(members.map(({ state }) => state)).to.deep.equal(gateways.map(() => "done"));
    expect(members[0]?.reason).to.match(/^the device runs version 4\.2\.0/);
    expect(gateways.map(({ gateway }) => gateway.read("InternetGatewayDevice.DeviceInfo.SoftwareVersion"))).to.deep.equal(
      gateways.map(() => "4.2.0"),
    );
    const { body: upgrade } = await acs.call("GET", `/api/upgrades/${members[0]?.work}`);
    expect(upgrade).to.deep.include({ state: "done", device: members[0]?.device });
    expect((await acs.call("GET", `/api/groups/${upgrade.causedBy}`)).body).to.deep.include({ kind: "upgrade", name: "upgrade to 4.2.0" });
  });

  it("a file for another model: each is refused, and nothing is begun", async () => {
    const fileId = await addFirmware("9.9.9", { model: "OTHER" });
    const members = await results({ kind: "upgrade", order: { fileId } });
    expect(members.map(({ state }) => state)).to.deep.equal(gateways.map(() => "refused"));
    expect(members[0]?.reason).to.match(/^file-unfit: is a file for another model/);
  });

  it("diagnoses each of them; the verdict is the reason", async () => {
    const tested = await results({ kind: "diagnosis", order: { test: "voice-port", port: 1 } });
    expect(tested.map(({ state }) => state)).to.deep.equal(gateways.map(() => "done"));
    expect(tested[0]?.reason).to.match(/^(?:Complete|Failure): The port /);
    const none = await results({ kind: "diagnosis", order: { test: "voice-port", port: 9 } });
    expect(none.map(({ state }) => state)).to.deep.equal(gateways.map(() => "refused"));
    expect(none[0]?.reason).to.match(/^port .*it has these: 1 /);
  });
});

describe("a group whose ACS is killed again and again", function () {
  this.timeout(120_000);
  let folder: TemporaryFolder;
  let acs: SupervisedAcs;
  let bench: GatewayBench;

  before(async () => {
    folder = await temporaryFolder();
    const { acs: script } = await compileChildren(folder);
    acs = await SupervisedAcs.start(script, folder.file("acs"), ENV);
    bench = openGatewayBench();
  });
  after(async () => {
    await bench.close();
    await acs.close();
    await folder.remove();
  });

  /** Asks again until somebody is there to answer. */
  async function ask<T>(path: string): Promise<T> {
    for (;;) {
      try {
        return (await acs.call("GET", path)) as T;
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        await acs.recovered();
      }
    }
  }

  it("reboots each of thirty gateways once, and knows it", async () => {
    const gateways = await switchOn(bench, acs.cwmpUrl, (...args) => acs.call(...args));
    const boots = () => gateways.map(({ effects }) => effects.filter(({ effect }) => effect === "boot").length);
    expect(boots()).to.deep.equal(gateways.map(() => 1));
    const ids = gateways.map(({ gateway }) => gateway.deviceId);
    const order = { kind: "task", order: { kind: "reboot" }, devices: { ids }, concurrency: 5, ratePerMinute: 600 };
    const group = (await acs.call("POST", "/api/groups", order)) as Shown;
    const random = seededRandom(7);
    await acs.arm(Array.from({ length: 5 }, () => ({ moment: random.bool() ? "before" : "after", commit: 5 + random.int(20) })));
    let shown = await ask<Shown>(`/api/groups/${group.id}`);
    for (; shown.state === "running"; shown = await ask<Shown>(`/api/groups/${group.id}`)) await delay(50);
    expect(acs.kills).to.be.at.least(3);
    const { members } = await ask<{ members: readonly ShownMember[] }>(`/api/groups/${group.id}/members?limit=1000`);
    expect(members.map(({ state, reason }) => `${state} ${reason}`)).to.deep.equal(members.map(({ reason }) => `done ${reason}`));
    expect(shown).to.deep.include({ state: "done", members: GATEWAYS });
    expect(boots()).to.deep.equal(gateways.map(() => 2));
  });
});
