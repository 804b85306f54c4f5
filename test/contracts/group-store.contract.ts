/**
 * What every GroupStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import { ALL_TAKEN, GROUP_LIMITS, type Group, type MemberEnd, type NewGroup } from "../../acs/groups/group.js";
import { type AcsStores, newGroup, type OpenAcsStores, registered } from "../support/acs-stores.js";
import { NOW_MS } from "../support/builders.js";

const NONE = { queued: 0, running: 0, done: 0, failed: 0, refused: 0, aborted: 0 };

export function groupStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  let reopen: () => Promise<AcsStores>;
  beforeEach(async () => {
    ({ stores, reopen } = await open());
  });
  afterEach(() => stores.close());

  async function devices(count: number): Promise<readonly string[]> {
    const made: string[] = [];
    for (let i = 0; i < count; i++) made.push((await registered(stores.devices)).id);
    return made;
  }
  async function opened(count: number, more: Partial<NewGroup> = {}, state: "running" | "paused" = "running"): Promise<Group> {
    const group = newGroup(more);
    await stores.groups.add(group);
    await stores.groups.fill(group.id, await devices(count));
    const open = await stores.groups.open(group.id, { state, notTaken: ALL_TAKEN, atMs: NOW_MS });
    if (open === undefined) throw new Error("not opened");
    return open;
  }
  const start = (id: string, count: number) =>
    stores.groups.start(id, { count, atMs: NOW_MS + 1, nextStartMs: NOW_MS + 2.5, tells: false });
  const end = (number: number, more: Partial<MemberEnd> = {}): MemberEnd => ({
    ...{ number, to: "done", reason: "all is well", atMs: NOW_MS + 9 },
    ...more,
  });
  const events = async () =>
    (await stores.events.list({ kinds: ["group-changed", "group-ended"], limit: 100 }))
      .toReversed()
      .map(({ kind, data }) => `${kind} ${String(data["state"])}`);

  describe(`${adapter}: making a group`, () => {
    it("keeps the order of the list; what is unknown, and what comes twice, is told and not taken", async () => {
      const group = newGroup();
      const [first = "", second = "", third = ""] = await devices(3);
      expect(await stores.groups.add(group)).to.equal("added");
      expect(await stores.groups.fill(group.id, [second, "nobody", first, second])).to.deep.equal({
        ...{ added: 2, unknown: ["nobody"], duplicates: [second] },
      });
      expect(await stores.groups.fill(group.id, [first, third])).to.deep.equal({ added: 1, unknown: [], duplicates: [first] });
      const notTaken = { unknown: { count: 1, ids: ["nobody"] }, duplicates: { count: 2, ids: [second, first] } };
      const open = await stores.groups.open(group.id, { state: "running", notTaken, atMs: NOW_MS + 5 });
      expect(open).to.deep.equal({
        ...{ ...group, state: "running", notTaken, startedAtMs: null, endedAtMs: null, nextStartMs: NOW_MS + 5 },
        counts: { ...NONE, queued: 3 },
      });
      expect(await stores.groups.get(group.id)).to.deep.equal(open);
      const members = await stores.groups.members(group.id, { limit: 9 });
      expect(members.map(({ number, deviceId }) => [number, deviceId])).to.deep.equal([
        [0, second],
        [1, first],
        [2, third],
      ]);
      expect(members[0]).to.deep.include({ state: "queued", reason: "", startedAtMs: null, endedAtMs: null });
    });

    it("is seen by nobody before it is open, takes no more members then, and is dropped if it never was", async () => {
      const group = newGroup();
      await stores.groups.add(group);
      await stores.groups.fill(group.id, await devices(3));
      expect(await stores.groups.get(group.id)).to.equal(undefined);
      expect(await stores.groups.list({ limit: 9 })).to.deep.equal([]);
      expect(await stores.groups.wish(group.id, "abort", NOW_MS)).to.equal(undefined);
      expect(await stores.groups.dropFilling(2)).to.equal(2);
      expect(await stores.groups.dropFilling(9)).to.equal(2);
      expect(await stores.groups.dropFilling(9)).to.equal(0);
      expect(await stores.groups.open(group.id, { state: "running", notTaken: ALL_TAKEN, atMs: NOW_MS })).to.equal(undefined);
      const other = await opened(1);
      expect((await stores.groups.fill(other.id, await devices(1))).added).to.equal(0);
    });

    it("is refused when too many have not ended", async () => {
      for (let i = 0; i < GROUP_LIMITS.openMax; i++) expect(await stores.groups.add(newGroup())).to.equal("added");
      expect(await stores.groups.add(newGroup())).to.equal("too-many");
    });
  });

  describe(`${adapter}: a group under way`, () => {
    it("begins its members in order, with the time of each; a restart finds them", async () => {
      const { id } = await opened(3);
      const result = await start(id, 2);
      expect(result?.started.map(({ number, state, startedAtMs }) => [number, state, startedAtMs])).to.deep.equal([
        [0, "running", NOW_MS + 1],
        [1, "running", NOW_MS + 1],
      ]);
      expect(result?.group).to.deep.include({ startedAtMs: NOW_MS + 1, nextStartMs: NOW_MS + 2.5 });
      expect(result?.group.counts).to.deep.equal({ ...NONE, queued: 1, running: 2 });
      stores = await reopen();
      expect(await stores.groups.members(id, { states: ["running"], limit: 9 })).to.deep.equal(result?.started);
      expect((await start(id, 9))?.started.map(({ number }) => number)).to.deep.equal([2]);
    });

    it("ends a member once, the first end counts; with the last one it ends itself", async () => {
      const { id } = await opened(3);
      await start(id, 3);
      const failed = end(1, { to: "failed", reason: "x".repeat(2_000) });
      const settled = await stores.groups.settle(id, [end(0), failed, end(0, { to: "failed" })], false);
      expect(settled).to.deep.include({ state: "running", counts: { ...NONE, running: 1, done: 1, failed: 1 } });
      expect(await stores.groups.settle(id, [], true)).to.deep.equal(settled);
      const over = await stores.groups.settle(id, [end(0), end(2, { to: "refused", atMs: NOW_MS + 20 })], false);
      expect(over).to.deep.include({ state: "done", endedAtMs: NOW_MS + 20, counts: { ...NONE, done: 1, failed: 1, refused: 1 } });
      const [first, second] = await stores.groups.members(id, { limit: 2 });
      expect(first).to.deep.include({ state: "done", reason: "all is well", endedAtMs: NOW_MS + 9 });
      expect(second?.reason).to.have.length(GROUP_LIMITS.reasonCharactersMax);
      expect(await stores.groups.wish(id, "pause", NOW_MS)).to.equal("over");
    });

    it("a member that has not begun does not end", async () => {
      const { id } = await opened(2);
      await start(id, 1);
      expect((await stores.groups.settle(id, [end(1)], false))?.counts).to.deep.equal({ ...NONE, queued: 1, running: 1 });
    });

    it("paused, begins none; resumed, goes on", async () => {
      const { id } = await opened(2, {}, "paused");
      expect(await start(id, 2)).to.deep.include({ started: [] });
      expect(await stores.groups.wish(id, "resume", NOW_MS)).to.deep.include({ state: "running" });
      expect((await start(id, 1))?.started).to.have.length(1);
      expect(await stores.groups.wish(id, "pause", NOW_MS)).to.deep.include({ state: "paused" });
      expect((await start(id, 1))?.started).to.have.length(0);
    });

    it("aborted, ends its queued members a batch at a time and waits for the running ones", async () => {
      const { id } = await opened(4);
      await start(id, 1);
      await stores.groups.wish(id, "abort", NOW_MS);
      expect(await stores.groups.wish(id, "resume", NOW_MS)).to.equal("over");
      expect((await stores.groups.abortQueued(id, 2, NOW_MS + 3, false))?.counts).to.deep.equal({
        ...NONE,
        queued: 1,
        running: 1,
        aborted: 2,
      });
      expect(await stores.groups.abortQueued(id, 9, NOW_MS + 3, false)).to.deep.include({ state: "aborting" });
      expect(await stores.groups.settle(id, [end(0)], false)).to.deep.include({
        state: "aborted",
        counts: { ...NONE, done: 1, aborted: 3 },
      });
      const [, aborted] = await stores.groups.members(id, { limit: 9 });
      expect(aborted).to.deep.include({ state: "aborted", endedAtMs: NOW_MS + 3 });
      expect(aborted?.reason).to.match(/aborted before it began/);
    });

    it("tells what becomes of it, and its progress when it is asked to", async () => {
      const { id } = await opened(2);
      await stores.groups.start(id, { count: 1, atMs: NOW_MS, nextStartMs: 0, tells: true });
      await start(id, 1);
      await stores.groups.settle(id, [end(0)], false);
      await stores.groups.wish(id, "pause", NOW_MS);
      await stores.groups.settle(id, [end(1)], true);
      expect(await events()).to.deep.equal([
        ...["group-changed running", "group-changed running", "group-changed paused", "group-ended done"],
      ]);
      const [{ data } = { data: {} }] = await stores.events.list({ kinds: ["group-ended"], limit: 1 });
      expect(data).to.deep.equal({
        ...{ groupId: id, name: "all of them", kind: "task", state: "done", members: 2, counts: { ...NONE, done: 2 } },
      });
    });

    it("keeps the result of a device that is gone", async () => {
      const { id } = await opened(1);
      const [member] = (await start(id, 1))?.started ?? [];
      await stores.devices.remove(member?.deviceId ?? "", []);
      await stores.groups.settle(id, [end(0)], false);
      expect((await stores.groups.members(id, { limit: 9 })).map(({ deviceId, state }) => [deviceId, state])).to.deep.equal([
        [member?.deviceId, "done"],
      ]);
    });
  });

  describe(`${adapter}: looking at groups`, () => {
    it("lists them newest first, by state, in pages", async () => {
      const [first, second, third] = [await opened(1), await opened(1, {}, "paused"), await opened(1)];
      const ids = async (filter: Parameters<AcsStores["groups"]["list"]>[0]) => (await stores.groups.list(filter)).map(({ id }) => id);
      expect(await ids({ limit: 2 })).to.deep.equal([third.id, second.id]);
      expect(await ids({ limit: 2, beforeId: second.id })).to.deep.equal([first.id]);
      expect(await ids({ limit: 9, states: ["paused"] })).to.deep.equal([second.id]);
    });

    it("lists members by state, in the order of the list, in pages; none of an unknown group", async () => {
      const { id } = await opened(4);
      await start(id, 3);
      await stores.groups.settle(id, [end(1, { to: "failed" })], false);
      const numbers = async (filter: Parameters<AcsStores["groups"]["members"]>[1]) =>
        (await stores.groups.members(id, filter)).map(({ number }) => number);
      expect(await numbers({ limit: 9, states: ["failed", "queued"] })).to.deep.equal([1, 3]);
      expect(await numbers({ limit: 2, states: ["running", "queued"] })).to.deep.equal([0, 2]);
      expect(await numbers({ limit: 2, states: ["running", "queued"], afterNumber: 2 })).to.deep.equal([3]);
      expect(await numbers({ limit: 9, afterNumber: 1 })).to.deep.equal([2, 3]);
      expect(await stores.groups.members("none", { limit: 9 })).to.deep.equal([]);
    });

    it("removes old ones with their members, a batch at a time, and none that has not ended", async () => {
      const [old, recent, open] = [await opened(2), await opened(1), await opened(1)];
      for (const { id } of [old, recent]) await start(id, 2);
      await stores.groups.settle(old.id, [end(0), end(1)], false);
      await stores.groups.settle(recent.id, [end(0, { atMs: NOW_MS + 100 })], false);
      expect(await stores.groups.prune(NOW_MS + 50, 2)).to.equal(2);
      expect(await stores.groups.prune(NOW_MS + 50, 9)).to.equal(1);
      expect(await stores.groups.get(old.id)).to.equal(undefined);
      expect((await stores.groups.list({ limit: 9 })).map(({ id }) => id)).to.deep.equal([open.id, recent.id]);
    });
  });
}
