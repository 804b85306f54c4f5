/**
 * What every TaskStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import { TASK_LIMITS, type TaskChange, type TaskState } from "../../acs/tasks/task.js";
import { type AcsStores, eventOf, informOf, newTask, type OpenAcsStores, registered } from "../support/acs-stores.js";
import { NOW_MS } from "../support/builders.js";

const to = (state: TaskState, more: Partial<TaskChange> = {}): TaskChange => ({ to: state, reason: `to ${state}`, atMs: NOW_MS, ...more });

export function taskStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  before(async () => {
    stores = (await open()).stores;
  });
  after(() => stores.close());

  const inState = async (deviceId: string, state: TaskState, more: Parameters<typeof newTask>[1] = {}): Promise<string> => {
    const task = newTask(deviceId, more);
    await stores.tasks.add(task, []);
    if (state !== "queued") await stores.tasks.change(task.id, 0, to(state), { events: [] });
    return task.id;
  };

  describe(`${adapter}: tasks`, () => {
    it("gives back what was added, queued, with its events", async () => {
      const { id } = await registered(stores.devices);
      const task = newTask(id, { order: { kind: "getParameterValues", names: ["Device.A"] }, priority: 9, expiresAtMs: NOW_MS + 1 });
      const added = await stores.tasks.add(task, [eventOf(id, { kind: "task-created" })]);
      expect(added).to.deep.equal({
        ...{ ...task, state: "queued", revision: 0, settleByMs: null, sends: 0, sentAtMs: null, failure: null, result: null },
        progress: null,
        transitions: [{ atMs: NOW_MS, to: "queued", reason: "created" }],
      });
      expect(await stores.tasks.get(task.id)).to.deep.equal(added);
      expect((await stores.events.list({ deviceId: id, limit: 9 })).map(({ kind }) => kind)).to.deep.equal(["task-created"]);
    });

    it("finished ones that are old are pruned, the oldest first; open ones stay however old", async () => {
      const { stores: own } = await open();
      const { id } = await registered(own.devices);
      const add = async (createdAtMs: number, state: TaskState): Promise<string> => {
        const task = newTask(id, { createdAtMs });
        await own.tasks.add(task, []);
        if (state !== "queued") await own.tasks.change(task.id, 0, to(state), { events: [] });
        return task.id;
      };
      const open1 = await add(NOW_MS - 9_000, "queued");
      const [first, second] = [await add(NOW_MS - 8_000, "done"), await add(NOW_MS - 7_000, "done")];
      const failed = await add(NOW_MS - 6_000, "failed");
      const fresh = await add(NOW_MS, "done");
      const left = async (): Promise<readonly string[]> => (await own.tasks.list({ limit: 9 })).map((task) => task.id).sort();
      expect(await own.tasks.prune(NOW_MS - 1_000, 1)).to.equal(2); // one done, one failed
      expect(await left()).to.deep.equal([open1, second, fresh].sort());
      expect([first, failed]).to.have.length(2);
      expect(await own.tasks.prune(NOW_MS - 1_000, 9)).to.equal(1);
      expect(await own.tasks.prune(NOW_MS - 1_000, 9)).to.equal(0);
      expect(await left()).to.deep.equal([open1, fresh].sort());
      await own.close();
    });

    it("refuses a task of an unknown device, without its events", async () => {
      const before = await stores.events.newestId();
      expect(await stores.tasks.add(newTask("0A1B2C-nobody"), [eventOf(null)])).to.equal("unknown-device");
      expect(await stores.events.newestId()).to.equal(before);
      expect(await stores.tasks.get("nothing")).to.equal(undefined);
    });

    it("refuses more open tasks than a device may have; an ended one makes room", async () => {
      const { id } = await registered(stores.devices);
      const tasks = Array.from({ length: TASK_LIMITS.openPerDeviceMax }, () => newTask(id));
      await Promise.all(tasks.map((task) => stores.tasks.add(task, [])));
      expect(await stores.tasks.add(newTask(id), [])).to.equal("too-many");
      await stores.tasks.change(tasks[0]?.id ?? "", 0, to("cancelled"), { events: [] });
      expect(await stores.tasks.add(newTask(id), [])).to.include({ state: "queued" });
      expect(await stores.tasks.add(newTask(id), [])).to.equal("too-many");
    });

    it("a transition counts the revision up and appends to the history", async () => {
      const { id } = await registered(stores.devices);
      const task = newTask(id);
      await stores.tasks.add(task, []);
      await stores.tasks.change(task.id, 0, to("sent", { sends: true, atMs: NOW_MS + 1, settleByMs: NOW_MS + 30 }), { events: [] });
      const waiting = await stores.tasks.change(task.id, 1, to("awaiting-device", { settleByMs: NOW_MS + 99 }), { events: [] });
      expect(waiting).to.include({ state: "awaiting-device", revision: 2, settleByMs: NOW_MS + 99, sends: 1, sentAtMs: NOW_MS + 1 });
      const done = await stores.tasks.change(task.id, 2, to("done", { result: { b: [1, null] } }), { events: [eventOf(id)] });
      expect(done).to.deep.include({ state: "done", revision: 3, settleByMs: null, result: { b: [1, null] }, failure: null });
      expect(typeof done === "string" ? [] : done.transitions.map((transition) => transition.to)).to.deep.equal([
        "queued",
        "sent",
        "awaiting-device",
        "done",
      ]);
      expect(await stores.tasks.get(task.id)).to.deep.equal(done);
      expect(await stores.events.list({ deviceId: id, limit: 9 })).to.have.length(1);
    });

    it("progress is kept without a line in the history, and forgotten when the task ends", async () => {
      const { id } = await registered(stores.devices);
      const task = newTask(id);
      await stores.tasks.add(task, []);
      await stores.tasks.change(task.id, 0, to("sent"), { events: [] });
      const changed = await stores.tasks.change(task.id, 1, to("sent", { progress: { call: 1 }, settleByMs: NOW_MS + 7 }), { events: [] });
      expect(changed).to.deep.include({ revision: 2, progress: { call: 1 }, settleByMs: NOW_MS + 7 });
      expect(typeof changed === "string" ? [] : changed.transitions).to.have.length(2);
      const again = await stores.tasks.change(task.id, 2, to("queued"), { events: [] });
      expect(again).to.deep.include({ revision: 3, progress: { call: 1 } });
      expect(await stores.tasks.get(task.id)).to.deep.equal(again);
      expect(await stores.tasks.change(task.id, 3, to("done"), { events: [] })).to.include({ progress: null });
    });

    it("a failure keeps the device's fault", async () => {
      const { id } = await registered(stores.devices);
      const taskId = await inState(id, "sent");
      const fault = {
        faultCode: 9007,
        faultString: "Invalid parameter value",
        parameters: [{ name: "Device.A", faultCode: 9007, faultString: "no" }],
      };
      const failure = { code: "device-fault", detail: "the device refused", fault } as const;
      await stores.tasks.change(taskId, 1, to("failed", { failure }), { events: [] });
      expect((await stores.tasks.get(taskId))?.failure).to.deep.equal(failure);
    });

    it("a writer with an old revision changes nothing", async () => {
      const { id } = await registered(stores.devices);
      const taskId = await inState(id, "sent");
      expect(await stores.tasks.change(taskId, 0, to("done"), { events: [eventOf(id)] })).to.equal("stale");
      expect(await stores.tasks.change("nothing", 0, to("done"), { events: [] })).to.equal("stale");
      expect(await stores.tasks.get(taskId)).to.include({ state: "sent", revision: 1 });
      expect(await stores.events.list({ deviceId: id, limit: 9 })).to.deep.equal([]);
    });

    it("a session that a newer one has overtaken changes nothing", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordInform(informOf(id));
      const taskId = await inState(id, "queued");
      expect(await stores.tasks.change(taskId, 0, to("sent"), { lease: 0, events: [] })).to.equal("fenced");
      expect(await stores.tasks.change(taskId, 0, to("sent"), { lease: 1, events: [] })).to.include({ state: "sent" });
      await stores.devices.recordInform(informOf(id));
      expect(await stores.tasks.change(taskId, 2, to("done"), { lease: 1, events: [] })).to.equal("fenced");
      expect((await stores.tasks.get(taskId))?.state).to.equal("unknown");
    });

    it("of many writers of one transition one wins", async () => {
      const { id } = await registered(stores.devices);
      const taskId = await inState(id, "queued");
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => stores.tasks.change(taskId, 0, to("cancelled"), { events: [] })));
      expect(outcomes.filter((outcome) => outcome === "stale")).to.have.length(49);
    });

    it("keeps the first and the newest transitions of a long history", async () => {
      const { id } = await registered(stores.devices);
      const taskId = await inState(id, "queued");
      for (let i = 0; i < 50; i++)
        await stores.tasks.change(taskId, i, to(i % 2 === 0 ? "sent" : "unknown", { reason: `number ${i}` }), { events: [] });
      const transitions = (await stores.tasks.get(taskId))?.transitions ?? [];
      expect(transitions).to.have.length(TASK_LIMITS.transitionsMax);
      expect(transitions[0]?.reason).to.equal("created");
      expect(transitions.slice(-2).map(({ reason }) => reason)).to.deep.equal(["number 48", "number 49"]);
    });

    it("a result that is too long is not kept, and says so", async () => {
      const { id } = await registered(stores.devices);
      const taskId = await inState(id, "sent");
      const result = "x".repeat(TASK_LIMITS.resultCharactersMax);
      await stores.tasks.change(taskId, 1, to("done", { result }), { events: [] });
      expect((await stores.tasks.get(taskId))?.result).to.deep.equal({ truncated: true, characters: result.length + 2 });
    });
  });

  describe(`${adapter}: lists of tasks`, () => {
    it("newest first, by device and states, page after page", async () => {
      const { id } = await registered(stores.devices);
      const ids: string[] = [];
      for (const state of ["queued", "done", "queued", "failed", "done"] as const) ids.push(await inState(id, state));
      const list = async (filter: { states?: readonly TaskState[]; beforeId?: string; limit: number }) =>
        (await stores.tasks.list({ deviceId: id, ...filter })).map((task) => ids.indexOf(task.id));
      expect(await list({ limit: 9 })).to.deep.equal([4, 3, 2, 1, 0]);
      expect(await list({ limit: 2, beforeId: ids[3] ?? "" })).to.deep.equal([2, 1]);
      expect(await list({ states: ["done", "failed"], limit: 9 })).to.deep.equal([4, 3, 1]);
      expect(await list({ states: ["done", "failed"], limit: 2 })).to.deep.equal([4, 3]);
      expect(await list({ states: [], limit: 9 })).to.deep.equal([]);
      const everywhere = await stores.tasks.list({ states: ["failed"], limit: 1_000 });
      expect(everywhere.map((task) => task.id)).to.include(ids[3]);
      expect((await stores.tasks.list({ limit: 3 })).map((task) => task.id)).to.deep.equal([...ids].reverse().slice(0, 3));
    });

    it("open tasks: unknown, then awaiting-device, then queued by priority and age, then sent", async () => {
      const { id } = await registered(stores.devices);
      const ids = [
        await inState(id, "queued", { priority: 1 }),
        await inState(id, "queued", { priority: 8 }),
        await inState(id, "awaiting-device"),
        await inState(id, "sent"),
        await inState(id, "unknown"),
        await inState(id, "done"),
        await inState(id, "queued", { priority: 8 }),
        await inState(id, "unknown"),
      ];
      expect((await stores.tasks.open(id)).map((task) => ids.indexOf(task.id))).to.deep.equal([4, 7, 2, 1, 6, 0, 3]);
      expect(await stores.tasks.open("0A1B2C-nobody")).to.deep.equal([]);
    });
  });

  describe(`${adapter}: tasks and time`, () => {
    let timed: AcsStores;
    before(async () => {
      timed = (await open()).stores;
    });
    after(() => timed.close());

    it("due are queued tasks that expired, and later ones whose time to settle is over; the earliest first", async () => {
      const { id } = await registered(timed.devices);
      const add = async (expiresAtMs: number | null, change?: TaskChange): Promise<string> => {
        const task = newTask(id, { expiresAtMs });
        await timed.tasks.add(task, []);
        if (change !== undefined) await timed.tasks.change(task.id, 0, change, { events: [] });
        return task.id;
      };
      expect(await timed.tasks.nextDueMs(NOW_MS)).to.equal(undefined);
      const expires = await add(NOW_MS + 20);
      const settles = await add(NOW_MS + 5, to("awaiting-device", { settleByMs: NOW_MS + 10 }));
      const unknown = await add(null, to("unknown", { settleByMs: NOW_MS + 30 }));
      const unanswered = await add(null, to("sent", { settleByMs: NOW_MS + 40 }));
      await add(null);
      await add(NOW_MS + 1, to("done"));
      const due = async (atMs: number, limit = 9) => (await timed.tasks.due(atMs, limit)).map((task) => task.id);
      expect(await due(NOW_MS + 9)).to.deep.equal([]);
      expect(await due(NOW_MS + 50)).to.deep.equal([settles, expires, unknown, unanswered]);
      expect(await due(NOW_MS + 50, 1)).to.deep.equal([settles]);
      expect(await timed.tasks.nextDueMs(NOW_MS)).to.equal(NOW_MS + 10);
      expect(await timed.tasks.nextDueMs(NOW_MS + 10)).to.equal(NOW_MS + 20);
      expect(await timed.tasks.nextDueMs(NOW_MS + 40)).to.equal(undefined);
    });
  });
}
