/**
 * Groups over a real store, with work that a test holds in its hands.
 * Layer: integration.
 */
import { expect } from "chai";
import { GROUP_DEFAULTS, type Group } from "../../acs/groups/group.js";
import { type AskedGroup, GROUP_SERVICE, GroupService } from "../../acs/groups/group-service.js";
import { openStores, type Stores } from "../../acs/stores/sqlite/open-stores.js";
import { silentLog } from "../../common/log.js";
import { SecretBoxError } from "../../common/secret-box.js";
import { registered } from "../support/acs-stores.js";
import { type FakeClock, fakeClock, settle } from "../support/fake-clock.js";
import { type ScriptedWork, scriptedWork } from "../support/scripted-work.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";

describe("groups", () => {
  let folder: TemporaryFolder;
  let stores: Stores;
  let service: GroupService;
  let work: ScriptedWork;
  let clock: FakeClock;
  let devices: readonly string[];

  beforeEach(async () => {
    folder = await temporaryFolder();
    clock = fakeClock();
    work = scriptedWork();
    stores = await openStores({ file: folder.file("acs.db") });
    const made = await Promise.all(Array.from({ length: 8 }, () => registered(stores.devices)));
    devices = made.map(({ id }) => id);
    service = await start();
  });
  afterEach(async () => {
    await service.close();
    await stores.close();
    await folder.remove();
  });

  let opens = true;
  async function start(): Promise<GroupService> {
    const groups = new GroupService({
      ...{ ...stores, works: { task: work, upgrade: work, diagnosis: work }, clock, log: silentLog },
      seal: (secret) => secret,
      openSecret: (sealed) => {
        if (!opens) throw new SecretBoxError("another key");
        return sealed;
      },
    });
    await groups.begin();
    return groups;
  }
  /** As after a crash: what is on disk is there, the rest is gone. */
  async function restart(whileDown: () => void = () => undefined): Promise<void> {
    await service.close();
    await stores.close();
    whileDown();
    stores = await openStores({ file: folder.file("acs.db") });
    service = await start();
  }
  async function create(more: Partial<AskedGroup> = {}): Promise<Group> {
    const asked = { name: "g", kind: "task", order: {}, devices: { ids: devices }, devicesField: "devices.ids" } as const;
    const made = await service.create({ ...asked, concurrency: 3, ratePerMinute: null, paused: false, ...more });
    if (typeof made === "string" || "errors" in made) throw new Error(JSON.stringify(made));
    return made;
  }
  /** Until the store says so; each write takes its own time. */
  async function until(what: string, fits: () => Promise<boolean> | boolean): Promise<void> {
    for (let looks = 0; !(await fits()); looks++) {
      if (looks === 2_000) throw new Error(`never came: ${what}`);
      await settle();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  const stateOf = async (id: string) => (await stores.groups.get(id))?.state;
  const begun = (count: number) => until(`${count} begun`, () => work.begun.length === count);
  const resultsOf = async (id: string) => (await stores.groups.members(id, { limit: 99 })).map(({ state, reason }) => `${state} ${reason}`);
  async function end(deviceId: string | undefined, is: "done" | "failed" | "aborted" = "done", reason = ""): Promise<void> {
    const workId = work.end(deviceId ?? "", { is, reason });
    await stores.events.append([{ ...work.tells(workId), atMs: clock.now() }]);
  }

  it("begins so many at once, and the next one when one has ended, until all have", async () => {
    const { id } = await create();
    await begun(3);
    expect(work.begun).to.deep.equal(devices.slice(0, 3));
    await end(devices[1], "failed", "it broke");
    await begun(4);
    expect(work.begun[3]).to.equal(devices[3]);
    for (let next = 0; next < devices.length; next++) {
      if (next !== 1) await end(devices[next]);
      if (next > 1) await begun(Math.min(devices.length, next + 4 - 1));
    }
    await until("the end", async () => (await stateOf(id)) === "done");
    expect(await resultsOf(id)).to.deep.equal(devices.map((_, at) => (at === 1 ? "failed it broke" : "done ")));
  });

  it("with a rate, one after the other by the clock", async () => {
    await create({ ratePerMinute: 6, concurrency: 8 });
    await begun(1);
    await clock.advance(9_999);
    expect(work.begun).to.have.length(1);
    await clock.advance(1);
    await begun(2);
    await clock.advance(10_000);
    await begun(3);
  });

  it("a device that can't have the work is refused with the reason, and the others go on", async () => {
    work.refuses.set(devices[0] ?? "", "of another model");
    const { id } = await create({ devices: { ids: devices.slice(0, 2) }, concurrency: 1 });
    await begun(1);
    await end(devices[1]);
    await until("the end", async () => (await stateOf(id)) === "done");
    expect(await resultsOf(id)).to.deep.equal(["refused of another model", "done "]);
  });

  it("paused, begins none and lets those that run end; resumed, goes on", async () => {
    const { id } = await create();
    await begun(3);
    await service.wish(id, "pause");
    await end(devices[0]);
    await until("its end is stored", async () => (await stores.groups.get(id))?.counts.done === 1);
    expect(work.begun).to.have.length(3);
    await service.wish(id, "resume");
    await begun(4);
  });

  it("made paused, begins none before it is resumed", async () => {
    const { id, state } = await create({ paused: true });
    expect([state, work.begun]).to.deep.equal(["paused", []]);
    await service.wish(id, "resume");
    await begun(3);
  });

  it("aborted, ends those that wait, asks those that run, and is over with the last of them, whatever became of it", async () => {
    const { id } = await create({ concurrency: 2 });
    await begun(2);
    await service.wish(id, "abort");
    await until("both are asked", () => work.aborted.length === 2);
    await until("the others have ended", async () => (await stores.groups.get(id))?.counts.aborted === 6);
    await end(devices[0], "aborted", "taken back");
    await end(devices[1], "done");
    await until("the end", async () => (await stateOf(id)) === "aborted");
    expect((await resultsOf(id)).slice(0, 3)).to.deep.equal([
      ...["aborted taken back", "done ", "aborted the group was aborted before it began"],
    ]);
    expect(work.begun).to.have.length(2);
  });

  it("after a restart goes on: what ended meanwhile is found, what runs is not begun again", async () => {
    const { id } = await create();
    await begun(3);
    await restart(() => {
      work.end(devices[0] ?? "", { is: "done", reason: "while it was down" });
    });
    await begun(4);
    expect(work.begun).to.deep.equal(devices.slice(0, 4));
    expect((await resultsOf(id))[0]).to.equal("done while it was down");
  });

  it("after a restart stays paused, and goes on to abort", async () => {
    const [paused, aborting] = [await create({ concurrency: 1 }), await create({ concurrency: 1, devices: { ids: devices.slice(4) } })];
    await begun(2);
    await service.wish(paused.id, "pause");
    await stores.groups.wish(aborting.id, "abort", clock.now()); // on disk only: the ACS died here
    await restart();
    await until("the running one is asked", () => work.aborted.length === 1);
    await end(devices[4], "aborted");
    await until("the end", async () => (await stateOf(aborting.id)) === "aborted");
    expect(await stateOf(paused.id)).to.equal("paused");
    expect(work.begun).to.have.length(2);
  });

  it("a crash between the member's start on disk and that of its work: it is begun after the restart, once", async () => {
    const { id } = await create({ paused: true });
    await service.close();
    await stores.groups.wish(id, "resume", clock.now());
    await stores.groups.start(id, { count: 2, atMs: clock.now(), nextStartMs: 0, tells: false });
    service = await start();
    await begun(3);
    expect(work.begun).to.have.members(devices.slice(0, 3));
    await restart();
    await clock.advance(GROUP_SERVICE.recheckEveryMs);
    expect(work.begun).to.have.length(3);
  });

  it("a crash while a group is made leaves nothing of it", async () => {
    await stores.groups.add({ ...(await create()), id: "01half", order: "{}" });
    await stores.groups.fill("01half", devices);
    await restart();
    expect(await stores.groups.dropFilling(9)).to.equal(0);
  });

  it("an order that can't be opened any more, as with another key, aborts its group; the ACS starts all the same", async () => {
    const { id } = await create({ concurrency: 2 });
    await begun(2);
    opens = false;
    try {
      await restart(() => {
        for (const device of devices.slice(0, 2)) work.end(device, { is: "done", reason: "" });
      });
      await until("the end", async () => (await stateOf(id)) === "aborted");
      expect((await stores.groups.get(id))?.counts).to.deep.include({ done: 2, aborted: 6 });
    } finally {
      opens = true;
    }
  });

  it("ends that nobody told, and beginnings that failed, are found by the clock", async () => {
    work.fails.push(new Error("the disk is full"));
    const { id } = await create({ concurrency: 2 });
    await begun(1);
    work.end(work.begun[0] ?? "", { is: "done", reason: "not told" });
    await clock.advance(GROUP_SERVICE.recheckEveryMs);
    await until("the end is found", async () => (await stores.groups.get(id))?.counts.done === 1);
    await begun(3);
    expect(work.begun).to.have.members(devices.slice(0, 3));
  });

  it("a device that is removed ends its member, and one that waits is refused in its turn", async () => {
    const { id } = await create({ concurrency: 1, devices: { ids: devices.slice(0, 2) } });
    await begun(1);
    work.end(devices[0] ?? "", { is: "failed", reason: "its device was removed" });
    const [removed = "", waits = ""] = devices;
    work.refuses.set(waits, "the device was removed");
    for (const deviceId of [waits, removed])
      await stores.devices.remove(deviceId, [{ atMs: clock.now(), kind: "device-removed", deviceId, data: {} }]);
    await until("the end", async () => (await stateOf(id)) === "done");
    expect(await resultsOf(id)).to.deep.equal(["failed its device was removed", "refused the device was removed"]);
  });

  it("names what it did not take: who is unknown, and who came twice", async () => {
    const [first = "", second = ""] = devices;
    const { notTaken, counts } = await create({ devices: { ids: [first, "nobody", second, first, "nobody"] }, paused: true });
    expect(counts.queued).to.equal(2);
    expect(notTaken).to.deep.equal({ unknown: { count: 2, ids: ["nobody", "nobody"] }, duplicates: { count: 1, ids: [first] } });
  });

  it("is not made of nobody: an empty list, strangers only, a tag that no device has", async () => {
    const errorOf = async (asked: AskedGroup["devices"]) => {
      const made = await service.create({
        ...{ name: "g", kind: "task", order: {}, ...GROUP_DEFAULTS, ratePerMinute: null, paused: false, devices: asked },
        devicesField: "tag" in asked ? "devices.tag" : "devices.ids",
      });
      return typeof made === "object" && "errors" in made ? made.errors.map(({ field, detail }) => `${field} ${detail}`).join() : made;
    };
    expect(await errorOf({ ids: [] })).to.equal("devices.ids names no device");
    expect(await errorOf({ ids: ["x", "y", "z", "v", "w"] })).to.equal(
      "devices.ids names no registered device: unknown are x, y, z and 2 more",
    );
    expect(await errorOf({ tag: "none" })).to.equal("devices.tag is on no device: give it to devices with PATCH /api/devices/{id}");
    expect(await stores.groups.list({ limit: 9 })).to.deep.equal([]);
    expect(await stores.groups.dropFilling(9)).to.equal(0);
  });

  it("takes the devices of a tag as they are now", async () => {
    const [first = "", second = "", third = ""] = devices;
    for (const id of [third, first]) await stores.tags.set(id, ["pilot"]);
    const { id } = await create({ devices: { tag: "pilot" }, paused: true });
    await stores.tags.set(second, ["pilot"]);
    expect((await stores.groups.members(id, { limit: 9 })).map(({ deviceId }) => deviceId)).to.deep.equal([first, third].sort());
  });

  it("makes others wait, and refuses more than a few that wait", async () => {
    const made = await Promise.all(Array.from({ length: GROUP_SERVICE.waitingMax + 2 }, () => create({ paused: true }).catch(String)));
    expect(made.filter((one) => typeof one === "string")).to.have.length(2);
  });
});
