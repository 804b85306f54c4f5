/**
 * What every ReceivedFileStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import type { ReceivedFile } from "../../acs/stores/received-file-store.js";
import type { Task } from "../../acs/tasks/task.js";
import { type AcsStores, eventOf, newTask, type OpenAcsStores, registered } from "../support/acs-stores.js";
import { NOW_MS } from "../support/builders.js";

const CONFIGURATION = "1 Vendor Configuration File";
let files = 0;

const aFile = ({ id: taskId, deviceId }: Task, more: Partial<ReceivedFile> = {}): ReceivedFile => ({
  ...{ id: `01received${String(++files).padStart(4, "0")}`, deviceId, taskId, fileType: CONFIGURATION, sizeBytes: 10 },
  ...{ sha256: "0".repeat(64), contentCoding: "", receivedAtMs: NOW_MS, ...more },
});

export function receivedFileStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  before(async () => {
    stores = (await open()).stores;
  });
  after(() => stores.close());

  /** An upload to us that the device has accepted. */
  async function upload(deviceId: string): Promise<Task> {
    const order = { kind: "upload", fileType: CONFIGURATION, username: "", password: "", delayS: 0 } as const;
    const task = await stores.tasks.add(newTask(deviceId, { order }), []);
    if (typeof task === "string") throw new Error(task);
    return move(task, "sent");
  }
  async function move(task: Task, to: Task["state"]): Promise<Task> {
    const moved = await stores.tasks.change(task.id, task.revision, { to, reason: "", atMs: NOW_MS }, { events: [] });
    if (typeof moved === "string") throw new Error(moved);
    return moved;
  }
  async function ended(deviceId: string, more: Partial<ReceivedFile> = {}): Promise<ReceivedFile> {
    const task = await upload(deviceId);
    const file = aFile(task, more);
    await stores.received.add(file, 100, []);
    await move(task, "done");
    return file;
  }
  const idsOf = async (deviceId: string) => (await stores.received.list(deviceId, { limit: 100 })).map(({ id }) => id);

  describe(`${adapter}: received files`, () => {
    it("come back as they were added, by id, by task, and listed newest first in pages", async () => {
      const { id } = await registered(stores.devices);
      const [first, second] = [await ended(id), await ended(id, { contentCoding: "gzip" })];
      expect(await stores.received.get(second.id)).to.deep.equal(second);
      expect(await stores.received.ofTask(first.taskId)).to.deep.equal(first);
      expect(await stores.received.list(id, { limit: 1 })).to.deep.equal([second]);
      expect(await stores.received.list(id, { limit: 1, beforeId: second.id })).to.deep.equal([first]);
      expect(await stores.received.list("none", { limit: 1 })).to.deep.equal([]);
    });

    it("are taken from a task that awaits one only: its own device's, to us, on its way", async () => {
      const { id } = await registered(stores.devices);
      const task = await upload(id);
      const before = await stores.events.newestId();
      const refused = async (file: ReceivedFile) => expect(await stores.received.add(file, 9, [eventOf(null)])).to.equal("over");
      await refused(aFile(task, { taskId: "none" }));
      await refused(aFile(task, { deviceId: (await registered(stores.devices)).id }));
      const foreign = await stores.tasks.add(
        newTask(id, { order: { kind: "upload", fileType: CONFIGURATION, url: "http://x/", username: "", password: "", delayS: 0 } }),
        [],
      );
      await refused(aFile(await move(foreign as Task, "sent")));
      await refused(aFile(await move(task, "done")));
      expect([await idsOf(id), await stores.events.newestId()]).to.deep.equal([[], before]);
    });

    it("a second one of the same task takes the place of the first", async () => {
      const { id } = await registered(stores.devices);
      const task = await upload(id);
      const [first, second] = [aFile(task), aFile(task)];
      expect(await stores.received.add(first, 9, [])).to.deep.equal({ replaced: false, dropped: [] });
      const dropped = [{ id: first.id, sizeBytes: 10 }];
      expect(await stores.received.add(second, 9, [])).to.deep.equal({ replaced: true, dropped });
      expect(await idsOf(id)).to.deep.equal([second.id]);
    });

    it("only the newest of a device and type stay; another type, another device and tasks under way are not counted", async () => {
      const { id } = await registered(stores.devices);
      const [oldest, newer] = [await ended(id), await ended(id)];
      const log = await ended(id, { fileType: "2 Vendor Log File" });
      const others = await ended((await registered(stores.devices)).id);
      const underWay = aFile(await upload(id));
      await stores.received.add(underWay, 9, []);
      const newest = aFile(await upload(id));
      expect(await stores.received.add(newest, 2, [])).to.deep.equal({ replaced: false, dropped: [{ id: oldest.id, sizeBytes: 10 }] });
      expect(await idsOf(id)).to.deep.equal([newest.id, underWay.id, log.id, newer.id]);
      expect(await stores.received.get(others.id)).to.deep.equal(others);
    });

    it("old ones are pruned, the oldest first, unless their task is under way", async () => {
      const { id } = await registered(stores.devices);
      const older = await ended(id, { receivedAtMs: NOW_MS - 3_000 });
      const old = await ended(id, { receivedAtMs: NOW_MS - 2_000 });
      const underWay = aFile(await upload(id), { receivedAtMs: NOW_MS - 4_000 });
      await stores.received.add(underWay, 9, []);
      expect(await stores.received.prune(NOW_MS - 1_000, 1)).to.deep.equal([{ id: older.id, sizeBytes: 10 }]);
      expect(await stores.received.prune(NOW_MS - 1_000, 9)).to.deep.equal([{ id: old.id, sizeBytes: 10 }]);
      expect(await idsOf(id)).to.deep.equal([underWay.id]);
    });

    it("are removed once, and go with their device", async () => {
      const { id } = await registered(stores.devices);
      const [file, other] = [await ended(id), await ended(id)];
      expect(await stores.received.remove(file.id, [])).to.deep.equal({ id: file.id, sizeBytes: 10 });
      expect(await stores.received.remove(file.id, [])).to.equal("unknown");
      await stores.devices.remove(id, []);
      expect((await stores.received.all()).map((row) => row.id)).not.to.include(other.id);
    });
  });
}
