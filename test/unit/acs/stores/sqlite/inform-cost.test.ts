/**
 * An Inform costs what changed, not what the device has (DESIGN 5): counted in rows.
 * Layer: unit.
 */
import Sqlite from "better-sqlite3";
import { expect } from "chai";
import { READ_TIME_GRANULARITY_MS, TREE_LIMITS } from "../../../../../acs/devices/parameter-tree.js";
import { openStores, type Stores } from "../../../../../acs/stores/sqlite/open-stores.js";
import { eventOf, informOf, newTask, registered, told, toldOf } from "../../../../support/acs-stores.js";
import { NOW_MS } from "../../../../support/builders.js";
import { type TemporaryFolder, temporaryFolder } from "../../../../support/temporary-folder.js";

describe("acs/stores/sqlite: what an Inform costs", () => {
  let folder: TemporaryFolder;
  let stores: Stores;
  before(async () => {
    folder = await temporaryFolder();
    stores = await openStores({ file: folder.file("acs.db") });
  });
  after(async () => {
    await stores.close();
    await folder.remove();
  });

  const names = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, i) => `Device.Hosts.Host.${Math.floor(i / 10) + 1}.P${i % 10}`);

  async function deviceWith(count: number): Promise<string> {
    const { id } = await registered(stores.devices);
    await stores.devices.recordTold(toldOf(id, 0, { parameters: told(...names(count).map((name) => `${name}=first`)) }));
    return id;
  }

  async function rowsTouched(work: () => Promise<unknown>): Promise<{ readonly read: number; readonly written: number }> {
    const before = stores.counters();
    await work();
    const after = stores.counters();
    return { read: after.rowsRead - before.rowsRead, written: after.rowsWritten - before.rowsWritten };
  }

  it("the same rows on a device with 100 values and on one with 5,000", async () => {
    const [small, large] = [await deviceWith(100), await deviceWith(5_000)];
    const cost = async (id: string, value: string) => {
      const parameters = told(...names(8).map((name) => `${name}=${value}`));
      return rowsTouched(() =>
        stores.devices.recordInform(informOf(id, { parameters, events: [eventOf(id, { kind: "device-informed" })] })),
      );
    };
    for (const value of ["second", "third", "third"]) expect(await cost(large, value), value).to.deep.equal(await cost(small, value));
    // The device, 8 values and the telling they came with are read; the values, two tellings, the device and the event are written.
    expect(await cost(large, "fourth")).to.deep.equal({ read: 10, written: 12 });
  });

  it("an Inform that repeats known values writes the device and its event, and nothing else", async () => {
    const id = await deviceWith(100);
    const parameters = told(...names(8).map((name) => `${name}=first`));
    const repeat = (atMs: number) =>
      rowsTouched(() => stores.devices.recordInform(informOf(id, { atMs, parameters, events: [eventOf(id)] })));
    expect(await repeat(NOW_MS + 1)).to.deep.equal({ read: 10, written: 2 });
    expect((await repeat(NOW_MS + READ_TIME_GRANULARITY_MS)).written).to.equal(2 + 8 + 2);
    expect((await repeat(NOW_MS + READ_TIME_GRANULARITY_MS + 1)).written).to.equal(2);
  });

  it("tellings that no value refers to any more are gone; those in use stay, whatever is pruned", async () => {
    const id = await deviceWith(20);
    for (let i = 0; i < 30; i++) {
      await stores.devices.recordInform(
        informOf(id, { atMs: NOW_MS + i, parameters: told(`Device.Hosts.Host.1.P0=${i}`), cause: { kind: "inform", ref: `number ${i}` } }),
      );
    }
    await stores.events.prune(NOW_MS + 1_000_000_000, 1_000_000);
    const [first, second] = await stores.devices.tree(id, "Device.Hosts.Host.1.", { limit: 2 });
    expect(first).to.deep.include({ value: "29", cause: { kind: "inform", ref: "number 29" }, changedAtMs: NOW_MS + 29 });
    expect(second).to.deep.include({ value: "first", cause: { kind: "read", ref: "01task" }, changedAtMs: NOW_MS });
    expect(count("SELECT count(*) AS n FROM tellings WHERE device = ?", id)).to.equal(2);
    expect(count("SELECT sum(uses) AS n FROM tellings WHERE device = ?", id)).to.equal(40);
    await stores.devices.recordTold(toldOf(id, 30, { parameters: [], completeUnder: "" }));
    expect(count("SELECT count(*) AS n FROM tellings WHERE device = ?", id)).to.equal(0);
    expect(count("SELECT parameters AS n FROM devices WHERE number = ?", id)).to.equal(0);
  });

  it("a removed device leaves no row but its number", async () => {
    const id = await deviceWith(20);
    await stores.tasks.add(newTask(id), []);
    const rows = () => ["parameters", "tellings", "tasks"].map((table) => count(`SELECT count(*) AS n FROM ${table} WHERE device = ?`, id));
    expect(rows()).to.deep.equal([20, 1, 1]);
    await stores.devices.remove(id, []);
    expect(rows()).to.deep.equal([0, 0, 0]);
  });

  /** Asks the file itself, by a connection of its own. */
  function count(sql: string, id: string): number {
    const connection = new Sqlite(folder.file("acs.db"), { readonly: true });
    const number = connection.prepare<unknown[], { number: number }>("SELECT number FROM device_numbers WHERE id = ?").get(id)?.number;
    const found = connection.prepare<unknown[], { n: number | null }>(sql).get(number)?.n ?? 0;
    connection.close();
    return found;
  }

  describe("hostile names", () => {
    it("one device brings at most so many new names; no other device notices", async () => {
      const [hostile, other] = [await registered(stores.devices), await registered(stores.devices)];
      const random = Array.from(
        { length: TREE_LIMITS.newTemplatesPerDeviceMax },
        (_, i) => `X_${(i * 2_654_435_761) % 4_294_967_296}.Y${i}=1`,
      );
      const flood = (more: readonly string[]) => stores.devices.recordTold(toldOf(hostile.id, 0, { parameters: told(...more) }));
      expect(await flood(random)).to.deep.equal({ changed: random.length, dropped: 0 });
      expect(await flood(Array.from({ length: 1_000 }, (_, i) => `Another${i}=1`))).to.deep.equal({ changed: 0, dropped: 1_000 });
      expect(await flood(["X.7.Y0=1"])).to.deep.equal({ changed: 0, dropped: 1 });
      // Names that are known already may be told for new instances, and values may change.
      expect(await flood(["Device.Hosts.Host.77.P1=1"])).to.deep.equal({ changed: 1, dropped: 0 });
      expect(await stores.devices.recordInform(informOf(other.id, { parameters: told("New.Name=1") }))).to.include({
        changed: 1,
        dropped: 0,
      });
      // Beginning anew does not give the hostile device room for others.
      await stores.devices.recordInform(informOf(hostile.id, { bootstrap: true, parameters: told("Yet.Another=1") }));
      expect(await stores.devices.tree(hostile.id, "")).to.deep.equal([]);
    });

    it("one device stores at most so many parameters", async () => {
      const { id } = await registered(stores.devices);
      const many = Array.from({ length: TREE_LIMITS.parametersPerDeviceMax + 5 }, (_, i) => ({
        name: `T.${i + 1}`,
        value: { type: "xsd:int", text: "1" },
      }));
      expect(await stores.devices.recordTold(toldOf(id, 0, { parameters: many }))).to.deep.equal({ changed: many.length - 5, dropped: 5 });
      expect(await stores.devices.recordTold(toldOf(id, 0, { parameters: told("T.1=2", "T.999999=2") }))).to.deep.equal({
        changed: 1,
        dropped: 1,
      });
      const last = await stores.devices.tree(id, "T.", { after: `T.${TREE_LIMITS.parametersPerDeviceMax - 1}`, limit: 10 });
      expect(last.map(({ name }) => name)).to.deep.equal([`T.${TREE_LIMITS.parametersPerDeviceMax}`]);
    }).timeout(20_000);
  });
});
