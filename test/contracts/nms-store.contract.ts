/**
 * What every NmsStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import { IDLE_WAKE, NO_NMS, type WakeRecord } from "../../acs/devices/device.js";
import type { NmsMessageRecord } from "../../acs/stores/nms-store.js";
import type { TaskChange } from "../../acs/tasks/task.js";
import { type AcsStores, eventOf, informOf, newTask, type OpenAcsStores, registered, told } from "../support/acs-stores.js";
import { NOW_MS } from "../support/builders.js";

const ASKED: WakeRecord = { state: "asked", attempts: 1, reason: "NOTIFY", nextTryAtMs: NOW_MS + 1 };
const SENT: TaskChange = { to: "sent", reason: "the response carries it", atMs: NOW_MS, settleByMs: NOW_MS + 1, sends: true };

const messageOf = (deviceId: string, more: Partial<NmsMessageRecord> = {}): NmsMessageRecord => ({
  ...{ deviceId, atMs: NOW_MS, kind: "registration", manufacturer: "Example", root: "Device.", isFirstContact: false },
  ...{ tellings: [], changes: [], events: [], ...more },
});

export function nmsStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  before(async () => {
    stores = (await open()).stores;
  });
  after(() => stores.close());
  const device = async (id: string) => stores.devices.get(id);
  const queued = async (deviceId: string) => {
    const task = await stores.tasks.add(newTask(deviceId), []);
    if (typeof task === "string") throw new Error(task);
    return task;
  };

  describe(`${adapter}: messages of voice-signalled gateways`, () => {
    it("a registration message makes the device one that is managed over NMS, over a restart too", async () => {
      const opened = await open();
      const { id } = await registered(opened.stores.devices);
      await opened.stores.nms.record(messageOf(id));
      const again = await opened.reopen();
      expect(await again.devices.get(id)).to.deep.include({
        ...{ protocol: "nms", manufacturer: "Example", root: "Device.", lastInformAtMs: NOW_MS },
        nms: { ...NO_NMS, registeredAtMs: NOW_MS, registrations: 1 },
      });
      await again.close();
    });

    it("an Inform makes it one that is managed over CWMP again", async () => {
      const { id } = await registered(stores.devices, { protocol: "nms" });
      expect(await device(id)).to.include({ protocol: "nms" });
      await stores.devices.recordInform(informOf(id));
      expect(await device(id)).to.include({ protocol: "cwmp" });
    });

    it("keeps what it told, and counts what changed in the first event", async () => {
      const { id } = await registered(stores.devices);
      const telling = { parameters: told("Device.A=1", "Device.B=2"), cause: { kind: "inform", ref: "registration message" } as const };
      await stores.nms.record(messageOf(id, { tellings: [telling], events: [eventOf(id, { kind: "nms-registered", data: {} })] }));
      const tree = await stores.devices.tree(id, "");
      expect(tree.map(({ name, value, cause }) => [name, value, cause?.ref])).to.deep.equal([
        ["Device.A", "1", "registration message"],
        ["Device.B", "2", "registration message"],
      ]);
      expect((await stores.events.list({ deviceId: id, limit: 1 }))[0]?.data).to.deep.equal({ changed: 2 });
    });

    it("forgets the tree at a first contact", async () => {
      const { id } = await registered(stores.devices);
      const cause = { kind: "inform", ref: "registration message" } as const;
      await stores.nms.record(messageOf(id, { tellings: [{ parameters: told("Device.A=1"), cause }] }));
      await stores.nms.record(messageOf(id, { isFirstContact: true }));
      expect(await stores.devices.tree(id, "")).to.deep.equal([]);
    });

    it("a registration message leaves a wake that is under way; a request ends it, and is counted", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.setWake(id, IDLE_WAKE, ASKED, []);
      await stores.nms.record(messageOf(id));
      expect((await device(id))?.wake).to.deep.equal(ASKED);
      await stores.nms.record(messageOf(id, { kind: "request" }));
      expect(await device(id)).to.deep.include({ wake: IDLE_WAKE, lease: 1 });
      expect((await device(id))?.nms.requests).to.equal(1);
    });

    it("registrations are counted anew from a signal on", async () => {
      const { id } = await registered(stores.devices);
      for (let i = 0; i < 3; i++) await stores.nms.record(messageOf(id));
      await stores.devices.setWake(id, IDLE_WAKE, ASKED, [], { atMs: NOW_MS + 5 });
      expect((await device(id))?.nms).to.include({ registrations: 0, signalledAtMs: NOW_MS + 5 });
      await stores.devices.setWake(id, ASKED, { ...ASKED, reason: "answered" }, []);
      await stores.nms.record(messageOf(id));
      expect((await device(id))?.nms).to.include({ registrations: 1, signalledAtMs: NOW_MS + 5 });
    });

    it("changes tasks in the same transaction, and gives them back as they are then", async () => {
      const { id } = await registered(stores.devices);
      const task = await queued(id);
      const receipt = await stores.nms.record(messageOf(id, { kind: "request", changes: [{ id: task.id, revision: 0, change: SENT }] }));
      expect(receipt).to.deep.equal({ tasks: [await stores.tasks.get(task.id)] });
      expect(await stores.tasks.get(task.id)).to.include({ state: "sent", revision: 1, sends: 1, sentAtMs: NOW_MS });
    });

    it("adds a task of the ACS's own as one that is sent", async () => {
      const { id } = await registered(stores.devices);
      const task = newTask(id, { priority: -1 });
      await stores.nms.record(messageOf(id, { kind: "request", added: { task, change: SENT } }));
      const added = await stores.tasks.get(task.id);
      expect(added?.transitions.map(({ to }) => to)).to.deep.equal(["queued", "sent"]);
    });

    it("stores nothing when one of the tasks has moved on", async () => {
      const { id } = await registered(stores.devices);
      const [first, second] = [await queued(id), await queued(id)];
      const changes = [
        { id: first.id, revision: 0, change: SENT },
        { id: second.id, revision: 7, change: SENT },
      ];
      expect(await stores.nms.record(messageOf(id, { kind: "request", changes, events: [eventOf(id)] }))).to.equal("stale");
      expect(await stores.tasks.get(first.id)).to.include({ state: "queued", revision: 0 });
      expect((await device(id))?.nms).to.deep.equal(NO_NMS);
      expect(await stores.events.list({ deviceId: id, limit: 1 })).to.deep.equal([]);
    });

    it("changes no task of another device", async () => {
      const [one, other] = [await registered(stores.devices), await registered(stores.devices)];
      const task = await queued(other.id);
      const changes = [{ id: task.id, revision: 0, change: SENT }];
      expect(await stores.nms.record(messageOf(one.id, { kind: "request", changes }))).to.equal("stale");
    });

    it("takes nothing from a device that is quarantined or removed", async () => {
      const { id } = await registered(stores.devices);
      await stores.quarantine.quarantine(id, { reason: "approval-pending", sinceMs: NOW_MS, claimed: null }, []);
      expect(await stores.nms.record(messageOf(id))).to.equal("refused");
      expect(await stores.nms.record(messageOf("0A1B2C-nobody"))).to.equal("refused");
      expect(await device(id)).to.include({ protocol: "cwmp" });
    });

    it("a task keeps what it was given at its creation, until it has ended", async () => {
      const { id } = await registered(stores.devices);
      const task = newTask(id, { progress: { prepared: "bytes" } });
      await stores.tasks.add(task, []);
      await stores.nms.record(messageOf(id, { kind: "request", changes: [{ id: task.id, revision: 0, change: SENT }] }));
      expect((await stores.tasks.get(task.id))?.progress).to.deep.equal({ prepared: "bytes" });
      await stores.tasks.change(task.id, 1, { to: "done", reason: "", atMs: NOW_MS }, { events: [] });
      expect((await stores.tasks.get(task.id))?.progress).to.equal(null);
    });
  });
}
