/**
 * What every DeviceStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import { deviceId, IDLE_WAKE, type WakeRecord } from "../../acs/devices/device.js";
import { READ_TIME_GRANULARITY_MS, type ToldParameter, TREE_LIMITS } from "../../acs/devices/parameter-tree.js";
import type { NotifiedRecord } from "../../acs/stores/device-store.js";
import {
  type AcsStores,
  eventOf,
  informOf,
  newDevice,
  newTask,
  type OpenAcsStores,
  registered,
  told,
  toldOf,
} from "../support/acs-stores.js";
import { NOW_MS } from "../support/builders.js";

export function deviceStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  before(async () => {
    stores = (await open()).stores;
  });
  after(() => stores.close());

  const names = async (id: string, path = ""): Promise<readonly string[]> => (await stores.devices.tree(id, path)).map(({ name }) => name);
  const values = async (id: string): Promise<Readonly<Record<string, string | null>>> =>
    Object.fromEntries((await stores.devices.tree(id, "")).map(({ name, value }) => [name, value]));

  describe(`${adapter}: devices`, () => {
    it("gives back what was registered, by id and by user name", async () => {
      const wanted = newDevice({ sipAddress: "sip:1001@voice.example", username: "gateway-1001" });
      const device = await stores.devices.register(wanted, []);
      expect(device).to.deep.equal({
        id: deviceId(wanted.identity),
        ...wanted,
        manufacturer: "",
        pendingPassword: null,
        factoryCredentials: null,
        lastInformAtMs: null,
        root: null,
        cwmpNamespace: null,
        lease: 0,
        wake: IDLE_WAKE,
        enrolledBy: null,
        quarantine: null,
        awaitsFirstContact: false,
        sharedIdentity: null,
        protocol: "cwmp",
        nms: { registeredAtMs: null, registrations: 0, signalledAtMs: null, requests: 0 },
      });
      expect(await stores.devices.get(deviceId(wanted.identity))).to.deep.equal(device);
      expect(await stores.devices.byUsername("gateway-1001")).to.deep.equal(device);
    });

    it("refuses an identity or a user name that is taken, and stores no event then", async () => {
      const device = newDevice();
      await stores.devices.register(device, []);
      const before = await stores.events.newestId();
      expect(await stores.devices.register({ ...device, username: "another" }, [eventOf(null)])).to.equal("exists");
      expect(await stores.devices.register(newDevice({ username: device.username }), [eventOf(null)])).to.equal("exists");
      expect(await stores.events.newestId()).to.equal(before);
    });

    it("knows nothing of a device that was never registered", async () => {
      expect(await stores.devices.get("0A1B2C-nobody")).to.equal(undefined);
      expect(await stores.devices.byUsername("nobody")).to.equal(undefined);
      expect(await stores.devices.tree("0A1B2C-nobody", "")).to.deep.equal([]);
      expect(await stores.devices.entries("0A1B2C-nobody", ["Device.X"])).to.deep.equal([]);
      expect(await stores.devices.update("0A1B2C-nobody", { sipAddress: "sip:x@y" })).to.equal(undefined);
      expect(await stores.devices.recordInform(informOf("0A1B2C-nobody"))).to.equal(undefined);
      expect(await stores.devices.recordTold(toldOf("0A1B2C-nobody", 0))).to.equal("fenced");
      expect(await stores.devices.remove("0A1B2C-nobody", [])).to.equal("unknown");
    });

    it("lists by id, page after page, each device once", async () => {
      for (let i = 0; i < 5; i++) await registered(stores.devices);
      const ids: string[] = [];
      for (let page = await stores.devices.list({ limit: 2 }); page.length > 0; ) {
        ids.push(...page.map(({ id }) => id));
        page = await stores.devices.list({ limit: 2, afterId: ids.at(-1) ?? "" });
      }
      expect(ids).to.deep.equal([...new Set(ids)].sort());
      expect(ids.length).to.be.at.least(5);
    });

    it("changes what the operator sets and leaves the rest", async () => {
      const { id } = await registered(stores.devices, { sipAddress: "sip:1@x" });
      expect(await stores.devices.update(id, { password: "v1:new" })).to.include({ password: "v1:new", sipAddress: "sip:1@x" });
      expect(await stores.devices.update(id, { sipAddress: null })).to.include({ password: "v1:new", sipAddress: null });
      expect(await stores.devices.get(id)).to.include({ password: "v1:new", sipAddress: null });
    });

    it("removes a device with its tree and its tasks; its events stay, and the identity is free again", async () => {
      const wanted = newDevice();
      const { id } = await registered(stores.devices, wanted);
      await stores.devices.recordInform(informOf(id, { parameters: told("Device.A=1"), events: [eventOf(id)] }));
      const task = newTask(id);
      await stores.tasks.add(task, []);
      expect(await stores.devices.remove(id, [eventOf(id, { kind: "device-removed" })])).to.equal("removed");
      expect(await stores.devices.get(id)).to.equal(undefined);
      expect(await stores.tasks.get(task.id)).to.equal(undefined);
      expect(await stores.tasks.list({ deviceId: id, limit: 9 })).to.deep.equal([]);
      expect((await stores.events.list({ deviceId: id, limit: 9 })).map(({ kind }) => kind)).to.deep.equal([
        "device-removed",
        "session-failed",
      ]);
      expect(await registered(stores.devices, wanted)).to.include({ lease: 0 });
      expect(await names(id)).to.deep.equal([]);
      expect(await stores.tasks.open(id)).to.deep.equal([]);
    });
  });

  describe(`${adapter}: a device's password`, () => {
    const PENDING = { password: "v1:next", username: null, isFactory: false, sinceMs: NOW_MS } as const;

    it("keeps a pending one beside the old one, under a lease that is the newest", async () => {
      const { id } = await registered(stores.devices, { passwordIsFactory: true });
      await stores.devices.recordInform(informOf(id));
      expect(await stores.devices.preparePassword(id, 0, PENDING, [eventOf(id)])).to.equal("fenced");
      expect(await stores.devices.preparePassword("0A1B2C-nobody", 0, PENDING, [])).to.equal("fenced");
      const prepared = await stores.devices.preparePassword(id, 1, PENDING, [eventOf(id)]);
      expect(prepared).to.deep.include({ password: "v1:sealed", passwordIsFactory: true, pendingPassword: PENDING });
      expect(await stores.devices.get(id)).to.deep.equal(prepared);
      expect(await stores.events.list({ deviceId: id, limit: 9 })).to.have.length(1);
    });

    it("never has two pending: the first stays, and no event tells of the second", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.preparePassword(id, 0, PENDING, []);
      const second = await stores.devices.preparePassword(id, 0, { ...PENDING, password: "v1:other" }, [eventOf(id)]);
      expect(second).to.deep.include({ pendingPassword: PENDING });
      expect(await stores.events.list({ deviceId: id, limit: 9 })).to.deep.equal([]);
    });

    it("finds a device by its pending user name, too, which nobody else may have then", async () => {
      const { id, username } = await registered(stores.devices);
      await stores.devices.preparePassword(id, 0, { ...PENDING, username: `${id} later` }, []);
      expect((await stores.devices.byUsername(`${id} later`))?.id).to.equal(id);
      expect((await stores.devices.byUsername(username))?.id).to.equal(id);
      expect(await stores.devices.register(newDevice({ username: `${id} later` }), [])).to.equal("exists");
      const other = await registered(stores.devices);
      const beside = await stores.devices.preparePassword(other.id, 0, { ...PENDING, username }, []);
      expect(beside).to.deep.include({ pendingPassword: PENDING });
    });

    it("is the new one alone once that was used, with the user name it came with", async () => {
      const { id, username } = await registered(stores.devices, { passwordIsFactory: true });
      await stores.devices.preparePassword(id, 0, { ...PENDING, username: `${id} new` }, []);
      expect(await stores.devices.adoptPassword(id, { password: "v1:not it", username: `${id} new` }, [eventOf(id)])).to.equal("stale");
      expect(await stores.devices.adoptPassword(id, { password: "v1:next", username: "of somebody else" }, [])).to.equal("stale");
      const adopted = await stores.devices.adoptPassword(id, { password: "v1:next", username: `${id} new` }, [eventOf(id)]);
      expect(adopted).to.deep.include({ password: "v1:next", username: `${id} new`, passwordIsFactory: false, pendingPassword: null });
      expect(await stores.devices.byUsername(username)).to.equal(undefined);
      expect(await stores.devices.adoptPassword(id, { password: "v1:next", username: `${id} new` }, [])).to.equal("stale");
      expect(await stores.events.list({ deviceId: id, limit: 9 })).to.have.length(1);
    });

    it("of a device that kept its user name is the new one under the old name", async () => {
      const { id, username } = await registered(stores.devices);
      await stores.devices.preparePassword(id, 0, { ...PENDING, username: `${id} refused` }, []);
      const adopted = await stores.devices.adoptPassword(id, { password: "v1:next", username }, []);
      expect(adopted).to.deep.include({ password: "v1:next", username, pendingPassword: null });
      expect(await stores.devices.byUsername(`${id} refused`)).to.equal(undefined);
    });

    it("is not replaced by the operator while one is pending, unless that is dropped with the tasks that set it", async () => {
      const { id } = await registered(stores.devices);
      const rotation = newTask(id, { order: { kind: "rotatePassword" } });
      const another = newTask(id);
      for (const task of [rotation, another]) await stores.tasks.add(task, []);
      await stores.devices.preparePassword(id, 0, PENDING, []);
      expect(await stores.devices.update(id, { password: "v1:mine" }, [eventOf(id)])).to.equal("password-pending");
      expect(await stores.devices.get(id)).to.deep.include({ password: "v1:sealed", pendingPassword: PENDING });
      const dropped = await stores.devices.update(id, { password: "v1:mine", dropsPendingPassword: { atMs: NOW_MS + 1 } }, [eventOf(id)]);
      expect(dropped).to.deep.include({ password: "v1:mine", pendingPassword: null });
      expect((await stores.tasks.get(rotation.id))?.state).to.equal("cancelled");
      expect((await stores.tasks.open(id)).map((task) => task.id)).to.deep.equal([another.id]);
      expect((await stores.events.list({ deviceId: id, limit: 9 })).map(({ kind }) => kind)).to.deep.equal([
        "session-failed",
        "task-changed",
      ]);
    });

    it("that an operator sets is the device's own, unless said otherwise", async () => {
      const { id } = await registered(stores.devices, { passwordIsFactory: true });
      expect(await stores.devices.update(id, { sipAddress: null })).to.include({ passwordIsFactory: true });
      expect(await stores.devices.update(id, { password: "v1:mine" })).to.include({ passwordIsFactory: false });
      expect(await stores.devices.update(id, { passwordIsFactory: true })).to.include({ password: "v1:mine", passwordIsFactory: true });
    });

    describe("of the factory", () => {
      const expectation = (id: string, overrides = false) => ({ id, atMs: NOW_MS, expected: true, overrides, events: [eventOf(id)] });
      let boxes = 0;
      async function replaced(): Promise<string> {
        const { id, username } = await registered(stores.devices, { passwordIsFactory: true, username: `of the box ${boxes++}` });
        await stores.devices.preparePassword(id, 0, { ...PENDING, username: id }, []);
        expect(await stores.devices.adoptPassword(id, { password: "v1:next", username: id }, [])).to.deep.include({
          factoryCredentials: { username, password: "v1:sealed" },
        });
        return username;
      }
      const idOf = async (username: string): Promise<string> =>
        (await stores.devices.list({ limit: 1_000 })).find(({ factoryCredentials }) => factoryCredentials?.username === username)?.id ?? "";

      it("is remembered when its own has replaced it, and accepted again when a reset is expected; its use makes it the only one", async () => {
        const username = await replaced();
        const id = await idOf(username);
        const expected = await stores.devices.expectFactoryPassword(expectation(id));
        const pendingPassword = { password: "v1:sealed", username, isFactory: true, sinceMs: NOW_MS };
        expect(expected).to.deep.include({ password: "v1:next", pendingPassword });
        expect(await stores.devices.byUsername(username)).to.deep.equal(expected);
        const adopted = await stores.devices.adoptPassword(id, { password: "v1:sealed", username }, []);
        expect(adopted).to.deep.include({ password: "v1:sealed", username, passwordIsFactory: true, pendingPassword: null });
      });

      it("is expected no more when that is said, or when a new one is prepared, or the operator says what the device has", async () => {
        const id = await idOf(await replaced());
        await stores.devices.expectFactoryPassword(expectation(id));
        const given = { ...expectation(id), expected: false };
        expect(await stores.devices.expectFactoryPassword(given)).to.deep.include({ pendingPassword: null });
        await stores.devices.expectFactoryPassword(expectation(id));
        expect(await stores.devices.update(id, { password: "v1:mine" })).to.deep.include({ password: "v1:mine", pendingPassword: null });
        await stores.devices.expectFactoryPassword(expectation(id));
        expect(await stores.devices.preparePassword(id, 0, PENDING, [])).to.deep.include({ pendingPassword: PENDING });
      });

      it("does not take the place of a new one that is on its way, unless that may be forgotten", async () => {
        const id = await idOf(await replaced());
        await stores.devices.preparePassword(id, 0, PENDING, []);
        expect(await stores.devices.expectFactoryPassword({ ...expectation(id), expected: false })).to.deep.include({
          pendingPassword: PENDING,
        });
        expect(await stores.devices.expectFactoryPassword(expectation(id))).to.equal("password-pending");
        expect(await stores.devices.expectFactoryPassword(expectation(id, true))).to.have.nested.property(
          "pendingPassword.isFactory",
          true,
        );
      });

      it("is not known of a device that never had one, nor of one that is not there", async () => {
        const { id } = await registered(stores.devices);
        expect(await stores.devices.expectFactoryPassword(expectation(id))).to.equal("not-known");
        expect(await stores.devices.expectFactoryPassword(expectation("0A1B2C-nobody"))).to.equal("not-known");
      });
    });

    it("tells whoever must prove itself anew: after a change, an adoption, a removal", async () => {
      const { id } = await registered(stores.devices);
      const told: string[] = [];
      const stop = stores.devices.onCredentialsChanged((changed) => told.push(changed));
      await stores.devices.update(id, { sipAddress: null });
      await stores.devices.preparePassword(id, 0, PENDING, []);
      expect(told).to.deep.equal([]);
      await stores.devices.adoptPassword(id, { password: "v1:next", username: id }, []);
      await stores.devices.update(id, { password: "v1:mine" });
      await stores.devices.remove(id, []);
      await stores.devices.remove(id, []);
      expect(told).to.deep.equal([id, id, id]);
      stop();
    });

    it("that is pending outlives a restart", async () => {
      const own = await open();
      const { id } = await registered(own.stores.devices);
      await own.stores.devices.preparePassword(id, 0, PENDING, []);
      const again = await own.reopen();
      expect(await again.devices.get(id)).to.deep.include({ pendingPassword: PENDING });
      await again.close();
    });
  });

  describe(`${adapter}: an Inform`, () => {
    it("raises the lease by one and remembers who called, when and with what", async () => {
      const { id } = await registered(stores.devices);
      const receipt = await stores.devices.recordInform(informOf(id, { atMs: NOW_MS + 5, parameters: told("Device.A=1", "Device.B=2") }));
      expect(receipt).to.deep.equal({ lease: 1, changed: 2, dropped: 0, becameUnknown: [], hasOpenTasks: false });
      expect(await stores.devices.get(id)).to.include({
        ...{ lease: 1, manufacturer: "Example Voice", root: "Device.", lastInformAtMs: NOW_MS + 5 },
        cwmpNamespace: "urn:dslforum-org:cwmp-1-0",
      });
      expect((await stores.devices.recordInform(informOf(id)))?.lease).to.equal(2);
    });

    it("keeps type, time and cause of each value", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordInform(
        informOf(id, { parameters: [{ name: "Device.Up", value: { type: "xsd:unsignedInt", text: "007" } }] }),
      );
      expect(await stores.devices.tree(id, "Device.Up")).to.deep.equal([
        {
          ...{ name: "Device.Up", value: "007", type: "xsd:unsignedInt", writable: null, notification: null, accessList: null },
          ...{ readAtMs: NOW_MS, changedAtMs: NOW_MS },
          cause: { kind: "inform", ref: "2 PERIODIC" },
        },
      ]);
    });

    it("keeps the type that is known when a value comes without one; with none known, none is told yet (field quirk 12)", async () => {
      const { id } = await registered(stores.devices);
      const value = { type: "xsd:unsignedInt", text: "7" };
      await stores.devices.recordInform(informOf(id, { parameters: [{ name: "Device.Up", value }] }));
      const untyped = (name: string) => ({ name, value: { type: "xsd:string", text: "8", untyped: true } as const });
      await stores.devices.recordInform(informOf(id, { parameters: [untyped("Device.Up"), untyped("Device.New")] }));
      const tree = await stores.devices.tree(id, "");
      expect(tree.map(({ name, value: text, type }) => [name, text, type])).to.deep.equal([
        ["Device.New", "8", null],
        ["Device.Up", "8", "xsd:unsignedInt"],
      ]);
    });

    it("takes the type that the device tells now, whatever it told before (field quirk 13)", async () => {
      const { id } = await registered(stores.devices);
      for (const type of ["xsd:unsignedInt", "xsd:int", "xsd:string"])
        await stores.devices.recordInform(informOf(id, { parameters: [{ name: "Device.Up", value: { type, text: "7" } }] }));
      expect((await stores.devices.tree(id, ""))[0]?.type).to.equal("xsd:string");
    });

    it("takes rows that are told by alias, dots in them included, and finds them under their table", async () => {
      const { id } = await registered(stores.devices);
      const rows = ["Device.X.[a.b].P", "Device.X.[a].P", "Device.X.[a].Y.2.Q", "Device.X.1.P"];
      await stores.devices.recordInform(informOf(id, { parameters: told(...rows.map((name) => `${name}=1`)) }));
      expect(await stores.devices.names(id, "")).to.have.members(rows);
      expect(await stores.devices.names(id, "Device.X.[a].")).to.have.members(["Device.X.[a].P", "Device.X.[a].Y.2.Q"]);
      expect(await names(id, "Device.X.[a.b].")).to.deep.equal(["Device.X.[a.b].P"]);
      expect((await stores.devices.entries(id, ["Device.X.[a.b].P"]))[0]?.value).to.equal("1");
      expect(await stores.devices.names("0A1B2C-nobody", "")).to.deep.equal([]);
    });

    it("counts as changed what differs from what was stored, first values included", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordInform(informOf(id, { parameters: told("Device.A=1", "Device.B=2") }));
      const receipt = await stores.devices.recordInform(informOf(id, { parameters: told("Device.A=1", "Device.B=3", "Device.C=") }));
      expect(receipt?.changed).to.equal(2);
      expect(await values(id)).to.deep.equal({ "Device.A": "1", "Device.B": "3", "Device.C": "" });
    });

    it("keeps the cause and the time of the change of a value that it only repeats", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordInform(informOf(id, { parameters: told("Device.A=1"), cause: { kind: "inform", ref: "1 BOOT" } }));
      const soon = NOW_MS + READ_TIME_GRANULARITY_MS - 1;
      await stores.devices.recordInform(informOf(id, { atMs: soon, parameters: told("Device.A=1") }));
      expect((await stores.devices.tree(id, ""))[0]).to.deep.include({ readAtMs: NOW_MS, cause: { kind: "inform", ref: "1 BOOT" } });
      const later = NOW_MS + READ_TIME_GRANULARITY_MS;
      await stores.devices.recordInform(informOf(id, { atMs: later, parameters: told("Device.A=1") }));
      expect((await stores.devices.tree(id, ""))[0]).to.deep.include({
        ...{ readAtMs: later, changedAtMs: NOW_MS, cause: { kind: "inform", ref: "1 BOOT" } },
      });
    });

    it("adds the number of changed values to its first event, and stores the events with it", async () => {
      const { id } = await registered(stores.devices);
      const events = [eventOf(id, { kind: "device-informed", data: { events: ["2 PERIODIC"] } }), eventOf(id)];
      await stores.devices.recordInform(informOf(id, { parameters: told("Device.A=1"), events }));
      const stored = await stores.events.list({ deviceId: id, afterId: 0, limit: 9 });
      expect(stored.map(({ data }) => data)).to.deep.equal([{ events: ["2 PERIODIC"], changed: 1 }, { why: "for a test" }]);
    });

    it("0 BOOTSTRAP: what was remembered of the tree is forgotten first", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordInform(informOf(id, { parameters: told("Device.A=1", "Device.Old.1.X=2") }));
      const receipt = await stores.devices.recordInform(informOf(id, { bootstrap: true, parameters: told("Device.A=1") }));
      expect(receipt).to.include({ changed: 1, lease: 2 });
      expect(await values(id)).to.deep.equal({ "Device.A": "1" });
    });

    it("makes unknown what its predecessor had sent, and says so in an event", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordInform(informOf(id));
      const [sent, queued] = [newTask(id), newTask(id)];
      for (const task of [sent, queued]) await stores.tasks.add(task, []);
      await stores.tasks.change(sent.id, 0, { to: "sent", reason: "asked", atMs: NOW_MS, sends: true }, { lease: 1, events: [] });
      const receipt = await stores.devices.recordInform(informOf(id, { atMs: NOW_MS + 10 }));
      expect(receipt).to.deep.include({ becameUnknown: [sent.id], hasOpenTasks: true, lease: 2 });
      expect(await stores.tasks.get(sent.id)).to.deep.include({ state: "unknown", revision: 2, settleByMs: NOW_MS + 60_010, sends: 1 });
      expect((await stores.tasks.get(queued.id))?.state).to.equal("queued");
      const [event] = await stores.events.list({ deviceId: id, kinds: ["task-changed"], limit: 9 });
      expect(event?.data).to.include({ taskId: sent.id, from: "sent", to: "unknown" });
      expect(event?.data["reason"]).to.equal((await stores.tasks.get(sent.id))?.transitions.at(-1)?.reason);
    });

    it("adds a task for each object that is stored as requested when it is given ids, in the same write", async () => {
      const { id } = await registered(stores.devices);
      const state = (object: string, text: string): string => `Device.${object}.DiagnosticsState=${text}`;
      const objects = [
        state("IP.Diagnostics.IPPing", "Requested"),
        state("X_1", "Requested"),
        state("X_2", "Complete"),
        "Device.X_3.Word=Requested",
      ];
      await stores.devices.recordTold(toldOf(id, 0, { parameters: told(...objects) }));
      await stores.devices.recordInform(informOf(id));
      expect(await stores.tasks.open(id), "no ids, no tasks").to.deep.equal([]);
      const receipt = await stores.devices.recordInform(informOf(id, { diagnosticReadIds: ["01read1", "01read2", "01read3"] }));
      expect(receipt?.hasOpenTasks).to.equal(true);
      const open = await stores.tasks.open(id);
      expect(open.map(({ order }) => order)).to.have.deep.members([
        { kind: "getParameterValues", names: ["Device.IP.Diagnostics.IPPing."] },
        { kind: "getParameterValues", names: ["Device.X_1."] },
      ]);
      const created = await stores.events.list({ deviceId: id, kinds: ["task-created"], limit: 9 });
      expect(created.map(({ data }) => data["taskId"])).to.have.members(open.map((task) => task.id));
      await stores.devices.recordInform(informOf(id, { diagnosticReadIds: ["01read4"] }));
      expect(await stores.tasks.open(id), "not twice").to.have.length(2);
    });

    it("adds no such task for an object that an open task is about to read, nor more than it is given ids", async () => {
      const { id } = await registered(stores.devices);
      const parameters = told(...["A", "B", "C", "D"].map((object) => `Device.X_${object}.DiagnosticsState=Requested`));
      await stores.devices.recordTold(toldOf(id, 0, { parameters }));
      const awaited = await stores.tasks.add(
        newTask(id, { order: { kind: "diagnostic", path: "Device.X_A.", arguments: [], timeoutS: 60 } }),
        [],
      );
      if (typeof awaited === "string") throw new Error(awaited);
      await stores.tasks.change(awaited.id, 0, { to: "sent", reason: "", atMs: NOW_MS }, { events: [] });
      await stores.tasks.add(newTask(id, { order: { kind: "refresh", path: "Device.X_B." } }), []);
      await stores.devices.recordInform(informOf(id, { diagnosticReadIds: ["01readC"] }));
      const reads = (await stores.tasks.open(id)).flatMap(({ order }) => (order.kind === "getParameterValues" ? order.names : []));
      expect(reads).to.deep.equal(["Device.X_C."]);
    });

    it("marks awaited diagnostics, and no other task, when it says that a test has ended: the event is not told again", async () => {
      const { id } = await registered(stores.devices);
      const order = { kind: "diagnostic", path: "Device.X_A.", arguments: [], timeoutS: 60 } as const;
      const awaited = await stores.tasks.add(newTask(id, { order }), []);
      const reboot = await stores.tasks.add(newTask(id), []);
      for (const task of [awaited, reboot])
        if (typeof task === "object")
          await stores.tasks.change(task.id, 0, { to: "awaiting-device", reason: "", atMs: NOW_MS, settleByMs: NOW_MS }, { events: [] });
      await stores.tasks.add(newTask(id, { order }), []);
      const marks = async () => (await stores.tasks.open(id)).map(({ state, progress }) => [state, progress]);
      await stores.devices.recordInform(informOf(id));
      expect((await marks()).every(([, progress]) => progress === null)).to.equal(true);
      await stores.devices.recordInform(informOf(id, { endsTests: true }));
      const told = [
        ["awaiting-device", { endTold: true }],
        ["awaiting-device", null],
        ["queued", null],
      ];
      expect(await marks()).to.deep.equal(told);
      const [first] = await stores.tasks.open(id);
      await stores.devices.recordInform(informOf(id, { endsTests: true }));
      expect((await stores.tasks.open(id))[0], "once").to.deep.equal(first);
      expect(first?.settleByMs).to.equal(NOW_MS);
    });

    it("reads what was requested before the Inform, even if the Inform tells the new state", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordTold(toldOf(id, 0, { parameters: told("Device.X_E.DiagnosticsState=Requested") }));
      const parameters = told("Device.X_E.DiagnosticsState=Complete");
      await stores.devices.recordInform(informOf(id, { parameters, diagnosticReadIds: ["01readE"] }));
      expect((await stores.tasks.open(id)).map((task) => task.id)).to.deep.equal(["01readE"]);
    });

    it("adds the ACS's own tasks, but not a second open one of a kind", async () => {
      const { id } = await registered(stores.devices);
      const provision = () => newTask(id, { order: { kind: "provision", periodicInformIntervalS: 300 } });
      const [first, second] = [provision(), provision()];
      await stores.devices.recordInform(informOf(id, { newTasks: [first, provision()] }));
      const receipt = await stores.devices.recordInform(informOf(id, { newTasks: [second] }));
      expect(receipt?.hasOpenTasks).to.equal(true);
      expect((await stores.tasks.open(id)).map((task) => task.id)).to.deep.equal([first.id]);
      const created = await stores.events.list({ deviceId: id, kinds: ["task-created"], limit: 9 });
      expect(created.map(({ data }) => data["taskId"])).to.deep.equal([first.id]);
      await stores.tasks.change(first.id, 0, { to: "done", reason: "done", atMs: NOW_MS }, { events: [] });
      await stores.devices.recordInform(informOf(id, { newTasks: [second] }));
      expect((await stores.tasks.open(id)).map((task) => task.id)).to.deep.equal([second.id]);
    });

    it("ends the waking of the device", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.setWake(id, IDLE_WAKE, { state: "asked", attempts: 1, reason: "NOTIFY", nextTryAtMs: NOW_MS + 1 }, []);
      await stores.devices.recordInform(informOf(id));
      expect((await stores.devices.get(id))?.wake).to.deep.equal(IDLE_WAKE);
    });

    it("a hundred at a time of one device: each gets a lease of its own, and the last value wins", async () => {
      const { id } = await registered(stores.devices);
      const receipts = await Promise.all(
        Array.from({ length: 100 }, (_, i) => stores.devices.recordInform(informOf(id, { parameters: told(`Device.Counter=${i}`) }))),
      );
      expect(receipts.map((receipt) => receipt?.lease)).to.deep.equal(Array.from({ length: 100 }, (_, i) => i + 1));
      expect(await values(id)).to.deep.equal({ "Device.Counter": "99" });
    });
  });

  describe(`${adapter}: what a device tells in a session`, () => {
    it("is stored with exact read times, also for values that did not change", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordTold(toldOf(id, 0, { parameters: told("Device.A=1", "Device.B=1") }));
      const outcome = await stores.devices.recordTold(
        toldOf(id, 0, { atMs: NOW_MS + 1, parameters: told("Device.A=1", "Device.B=2"), cause: { kind: "set", ref: "01set" } }),
      );
      expect(outcome).to.deep.equal({ changed: 1, dropped: 0 });
      const [a, b] = await stores.devices.tree(id, "");
      expect(a).to.deep.include({ readAtMs: NOW_MS + 1, changedAtMs: NOW_MS, cause: { kind: "read", ref: "01task" } });
      expect(b).to.deep.include({ readAtMs: NOW_MS + 1, changedAtMs: NOW_MS + 1, cause: { kind: "set", ref: "01set" } });
    });

    it("attributes come and stay by themselves, each of the two, in every form", async () => {
      const { id } = await registered(stores.devices);
      const tell = (...parameters: readonly ToldParameter[]) => stores.devices.recordTold(toldOf(id, 0, { parameters }));
      const shown = async () =>
        (await stores.devices.tree(id, "")).map(({ value, notification, accessList }) => [value, notification, accessList]);
      await tell(
        { name: "Device.A", notification: 2 },
        { name: "Device.B", accessList: [] },
        { name: "Device.C", notification: 0, accessList: ["Subscriber"] },
      );
      await tell(
        { name: "Device.D", notification: 6, accessList: ["Subscriber", "X_EXAMPLE_Shop"] },
        { name: "Device.E", notification: 9 },
      );
      expect(await shown()).to.deep.equal([
        [null, 2, null],
        [null, null, []],
        [null, 0, ["Subscriber"]],
        [null, 6, ["Subscriber", "X_EXAMPLE_Shop"]],
        [null, 9, null],
      ]);
      await tell(...told("Device.A=1", "Device.D=4"), { name: "Device.B", notification: 1 }, { name: "Device.C", accessList: [] });
      expect((await shown()).slice(0, 4)).to.deep.equal([
        ["1", 2, null],
        [null, 1, []],
        [null, 0, []],
        ["4", 6, ["Subscriber", "X_EXAMPLE_Shop"]],
      ]);
    });

    it("an access list over the limits is not kept, nor what came with it", async () => {
      const { id } = await registered(stores.devices);
      const accessList = Array.from({ length: TREE_LIMITS.accessListEntriesMax + 1 }, () => "Subscriber");
      const parameters = [
        { name: "Device.A", accessList },
        { name: "Device.B", accessList: ["x".repeat(65)] },
      ];
      expect(await stores.devices.recordTold(toldOf(id, 0, { parameters }))).to.include({ dropped: 2 });
      expect(await names(id)).to.deep.equal([]);
    });

    it("what is gone is forgotten: a parameter, or all under a path, but for what was told with it", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordTold(
        toldOf(id, 0, { parameters: told("Device.A=1", "Device.A2=1", "Device.B.1.X=1", "Device.B.1.Y=1", "Device.B.2.X=1") }),
      );
      const gone = ["Device.A", "Device.B.1.", "Device.Never"];
      await stores.devices.recordTold(toldOf(id, 0, { gone, parameters: told("Device.B.1.Y=2") }));
      expect(await names(id)).to.deep.equal(["Device.A2", "Device.B.1.Y", "Device.B.2.X"]);
    });

    it("names and writability may come without values, and values without them", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordTold(toldOf(id, 0, { parameters: [{ name: "Device.A", writable: true }] }));
      const nothing = { value: null, type: null, notification: null, accessList: null, readAtMs: null, changedAtMs: null, cause: null };
      expect(await stores.devices.tree(id, "")).to.deep.equal([{ name: "Device.A", writable: true, ...nothing }]);
      await stores.devices.recordTold(toldOf(id, 0, { parameters: told("Device.A=1") }));
      await stores.devices.recordTold(toldOf(id, 0, { atMs: NOW_MS + 9, parameters: [{ name: "Device.A", writable: false }] }));
      expect((await stores.devices.tree(id, ""))[0]).to.include({ writable: false, value: "1", type: "xsd:string", readAtMs: NOW_MS });
    });

    it("a session that a newer one has overtaken stores nothing", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordInform(informOf(id));
      await stores.devices.recordInform(informOf(id));
      const record = toldOf(id, 1, { parameters: told("Device.A=1"), events: [eventOf(id)] });
      expect(await stores.devices.recordTold(record)).to.equal("fenced");
      expect(await names(id)).to.deep.equal([]);
      expect(await stores.events.list({ deviceId: id, limit: 9 })).to.deep.equal([]);
    });

    it("comes with the change of the task that asked: both or neither", async () => {
      const { id } = await registered(stores.devices);
      const task = newTask(id);
      await stores.tasks.add(task, []);
      const change = { to: "done", reason: "read", atMs: NOW_MS, result: { values: 1 } } as const;
      const record = (revision: number) =>
        toldOf(id, 0, { parameters: told("Device.A=1"), task: { id: task.id, revision, change }, events: [eventOf(id)] });
      expect(await stores.devices.recordTold(record(7))).to.equal("stale");
      expect(await names(id)).to.deep.equal([]);
      expect(await stores.devices.recordTold(record(0))).to.deep.equal({ changed: 1, dropped: 0 });
      expect(await stores.tasks.get(task.id)).to.deep.include({ state: "done", revision: 1, result: { values: 1 } });
      expect(await stores.devices.recordTold(record(0))).to.equal("stale");
      expect(await stores.events.list({ deviceId: id, limit: 9 })).to.have.length(1);
    });

    it("does not let one device change another's task", async () => {
      const [{ id }, other] = [await registered(stores.devices), await registered(stores.devices)];
      const task = newTask(other.id);
      await stores.tasks.add(task, []);
      const change = { to: "done", reason: "not mine", atMs: NOW_MS } as const;
      expect(await stores.devices.recordTold(toldOf(id, 0, { task: { id: task.id, revision: 0, change } }))).to.equal("stale");
      expect((await stores.tasks.get(task.id))?.state).to.equal("queued");
    });

    it("a complete subtree: what it does not name is forgotten, what lies elsewhere stays", async () => {
      const { id } = await registered(stores.devices);
      const first = told("Device.Hosts.Host.1.Name=a", "Device.Hosts.Host.2.Name=b", "Device.HostsElse=c", "Device.Hosts.Host.12.Name=d");
      await stores.devices.recordTold(toldOf(id, 0, { parameters: first }));
      await stores.devices.recordTold(toldOf(id, 0, { parameters: told("Device.Hosts.Host.2.Name=b"), completeUnder: "Device.Hosts." }));
      expect(await names(id)).to.deep.equal(["Device.Hosts.Host.2.Name", "Device.HostsElse"]);
      await stores.devices.recordTold(toldOf(id, 0, { parameters: [], completeUnder: "Device.Hosts.Host.2." }));
      expect(await names(id)).to.deep.equal(["Device.HostsElse"]);
      await stores.devices.recordTold(toldOf(id, 0, { parameters: told("Device.New=1"), completeUnder: "" }));
      expect(await names(id)).to.deep.equal(["Device.New"]);
    });

    it("a name told twice in one message: the later value stays", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordTold(toldOf(id, 0, { parameters: told("Device.A=1", "Device.A=2") }));
      expect(await values(id)).to.deep.equal({ "Device.A": "2" });
      await stores.devices.recordTold(toldOf(id, 0, { atMs: NOW_MS + 1, parameters: told("Device.A=3") }));
      expect((await stores.devices.tree(id, ""))[0]).to.deep.include({
        value: "3",
        changedAtMs: NOW_MS + 1,
        cause: { kind: "read", ref: "01task" },
      });
    });
  });

  describe(`${adapter}: what a device tells in a lightweight notification`, () => {
    const notified = (deviceId: string, more: Partial<NotifiedRecord> = {}): NotifiedRecord => ({
      ...{ deviceId, atMs: NOW_MS, ts: 1_000, cnonce: "a", cause: { kind: "inform", ref: "lightweight notification" } },
      parameters: [{ name: "Device.Up", text: "42" }],
      events: [eventOf(deviceId)],
      ...more,
    });

    it("is stored with its cause and its events; a type that is known stays, else none is told yet", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordInform(
        informOf(id, { parameters: [{ name: "Device.Up", value: { type: "xsd:unsignedInt", text: "1" } }] }),
      );
      const parameters = [
        { name: "Device.Up", text: "42" },
        { name: "Device.New", text: "7" },
      ];
      expect(await stores.devices.recordNotified(notified(id, { parameters }))).to.deep.equal({ changed: 2, dropped: 0 });
      const [made, up] = await stores.devices.tree(id, "");
      expect(up).to.deep.include({ name: "Device.Up", value: "42", type: "xsd:unsignedInt", changedAtMs: NOW_MS });
      expect(up?.cause).to.deep.equal({ kind: "inform", ref: "lightweight notification" });
      expect(made).to.deep.include({ name: "Device.New", value: "7", type: null });
      const [event] = await stores.events.list({ deviceId: id, limit: 1 });
      expect(event?.data["changed"]).to.equal(2);
    });

    it("leaves lease, wake and call-in time alone: it is no session", async () => {
      const { id } = await registered(stores.devices);
      const before = await stores.devices.get(id);
      await stores.devices.recordNotified(notified(id));
      expect(await stores.devices.get(id)).to.deep.equal(before);
    });

    it("a replay stores nothing: same TS and CN, or an older TS", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordNotified(notified(id));
      const newest = await stores.events.newestId();
      const again = { parameters: [{ name: "Device.Up", text: "replayed" }] };
      expect(await stores.devices.recordNotified(notified(id, again))).to.equal("replayed");
      expect(await stores.devices.recordNotified(notified(id, { ...again, ts: 999, cnonce: "b" }))).to.equal("replayed");
      expect([await values(id), await stores.events.newestId()]).to.deep.equal([{ "Device.Up": "42" }, newest]);
      expect(await stores.devices.recordNotified(notified(id, { cnonce: "b" }))).to.deep.equal({ changed: 0, dropped: 0 });
      expect(await stores.devices.recordNotified(notified(id, { ...again, ts: 1_001 }))).to.deep.equal({ changed: 1, dropped: 0 });
    });

    it("of two copies at the same time one is stored", async () => {
      const { id } = await registered(stores.devices);
      const results = await Promise.all([1, 2].map(() => stores.devices.recordNotified(notified(id))));
      expect(results.filter((result) => result === "replayed")).to.have.length(1);
    });

    it("names over their limit are dropped; an unknown device stores nothing", async () => {
      const { id } = await registered(stores.devices);
      const parameters = [
        { name: "x".repeat(TREE_LIMITS.nameCharactersMax + 1), text: "1" },
        { name: "", text: "1" },
      ];
      expect(await stores.devices.recordNotified(notified(id, { parameters }))).to.deep.equal({ changed: 0, dropped: 2 });
      expect(await stores.devices.recordNotified(notified("0A1B2C-nobody"))).to.equal("unknown");
    });
  });

  describe(`${adapter}: trees`, () => {
    const tree = told(
      "Device.Z=1",
      "Device.A.10.X=1",
      "Device.A.2.X=1",
      "Device.A.2.B.1.C=1",
      "Device.A-B=1",
      "Device.A.Count=2",
      "Device.A.1.X=1",
    );
    const order = ["Device.A.1.X", "Device.A.2.B.1.C", "Device.A.2.X", "Device.A.10.X", "Device.A.Count", "Device.A-B", "Device.Z"];

    it("come in path order, instance 2 before instance 10", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordTold(toldOf(id, 0, { parameters: tree }));
      expect(await names(id)).to.deep.equal(order);
    });

    it("come page after page, each entry once", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordTold(toldOf(id, 0, { parameters: tree }));
      const seen: string[] = [];
      for (let page = await stores.devices.tree(id, "Device.", { limit: 3 }); page.length > 0; ) {
        seen.push(...page.map(({ name }) => name));
        page = await stores.devices.tree(id, "Device.", { limit: 3, after: seen.at(-1) ?? "" });
      }
      expect(seen).to.deep.equal(order);
    });

    it("a partial path gives its subtree, a full name itself, an unknown path nothing", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordTold(toldOf(id, 0, { parameters: tree }));
      expect(await names(id, "Device.A.2.")).to.deep.equal(["Device.A.2.B.1.C", "Device.A.2.X"]);
      expect(await names(id, "Device.A.1.")).to.deep.equal(["Device.A.1.X"]);
      expect(await names(id, "Device.A.")).to.deep.equal(order.slice(0, 5));
      expect(await names(id, "Device.A.2.X")).to.deep.equal(["Device.A.2.X"]);
      expect(await names(id, "Device.A")).to.deep.equal([]);
      expect(await names(id, "Device.Nothing.")).to.deep.equal([]);
      expect(await names(id, "Device.A.3.")).to.deep.equal([]);
    });

    it("entries by name: those never told are left out", async () => {
      const { id } = await registered(stores.devices);
      await stores.devices.recordTold(toldOf(id, 0, { parameters: tree }));
      const entries = await stores.devices.entries(id, ["Device.Z", "Device.Q", "Device.A.3.X", "Device.A.2.X"]);
      expect(entries.map(({ name }) => name)).to.deep.equal(["Device.Z", "Device.A.2.X"]);
    });

    it("any text comes back exactly, and any name that fits", async () => {
      const { id } = await registered(stores.devices);
      const texts = [
        "",
        " ",
        "0",
        "-0",
        "00",
        "007",
        "-5",
        "+5",
        "1e3",
        "1.0",
        "9007199254740993",
        "123456789012345",
        "true",
        "NULL",
        "Zoë €😀",
        "a\nb\0c",
        "x".repeat(70_000),
      ];
      const odd = [
        "Device.{i}.X",
        "Device.{{i}.X",
        "Device.{",
        "Device.1.{i}",
        "{i}",
        "1",
        ".",
        "Device..X",
        "Device.0.X",
        "Device.01.X",
        "Device.99999999999.X",
        "Gerät.Ä",
        "Device.A.",
        "a'\"%_",
      ];
      const parameters = [
        ...texts.map((text, i) => ({ name: `Device.T.${i + 1}`, value: { type: "xsd:string", text } })),
        ...odd.map((name) => ({ name, value: { type: "vendor:odd type", text: name } })),
      ];
      expect(await stores.devices.recordTold(toldOf(id, 0, { parameters }))).to.deep.equal({ changed: parameters.length, dropped: 0 });
      const stored = new Map((await stores.devices.tree(id, "")).map((entry) => [entry.name, entry]));
      for (const { name, value } of parameters) expect(stored.get(name), name).to.include({ value: value.text, type: value.type });
      expect(stored.size).to.equal(parameters.length);
      expect(await stores.devices.recordTold(toldOf(id, 0, { parameters }))).to.deep.equal({ changed: 0, dropped: 0 });
      for (const name of odd.filter((candidate) => candidate !== "." && !candidate.endsWith(".")))
        expect(await names(id, name), name).to.deep.equal([name]);
    });

    it("names and values over their limits are dropped and counted, never an error", async () => {
      const { id } = await registered(stores.devices);
      const long = `Device.${"n".repeat(TREE_LIMITS.nameCharactersMax)}`;
      const fits = long.slice(0, TREE_LIMITS.nameCharactersMax);
      const parameters = [...told(`${long}=1`, `${fits}=1`, "=1"), { name: "Device.\ud800", value: { type: "xsd:string", text: "1" } }];
      expect(await stores.devices.recordInform(informOf(id, { parameters }))).to.include({ changed: 1, dropped: 3 });
      expect(await names(id)).to.deep.equal([fits]);
    });
  });

  describe(`${adapter}: waking`, () => {
    const asked: WakeRecord = { state: "asked", attempts: 1, reason: "NOTIFY sent", nextTryAtMs: NOW_MS + 15_000 };

    it("is set only by who knows its present state", async () => {
      const { id } = await registered(stores.devices);
      expect(await stores.devices.setWake(id, IDLE_WAKE, asked, [eventOf(id, { kind: "wake-changed" })])).to.equal("stored");
      expect(await stores.devices.setWake(id, IDLE_WAKE, { ...asked, reason: "again" }, [eventOf(id)])).to.equal("stale");
      expect((await stores.devices.get(id))?.wake).to.deep.equal(asked);
      expect(await stores.events.list({ deviceId: id, limit: 9 })).to.have.length(1);
      expect(await stores.devices.setWake("0A1B2C-nobody", IDLE_WAKE, asked, [])).to.equal("stale");
    });

    it("of two at the same time one wins", async () => {
      const { id } = await registered(stores.devices);
      const both = await Promise.all([stores.devices.setWake(id, IDLE_WAKE, asked, []), stores.devices.setWake(id, IDLE_WAKE, asked, [])]);
      expect([...both].sort()).to.deep.equal(["stale", "stored"]);
    });

    it("is needed by devices with a queued or unknown task or a wake under way, and by no other", async () => {
      const [idle, queued, woken, accepted, ended, unknown] = await Promise.all(
        Array.from({ length: 6 }, () => registered(stores.devices)),
      );
      if (!idle || !queued || !woken || !accepted || !ended || !unknown) throw new Error("six were registered");
      const [t1, t2, t3, t4] = [newTask(queued.id), newTask(accepted.id), newTask(ended.id), newTask(unknown.id)];
      for (const task of [t1, t2, t3, t4]) await stores.tasks.add(task, []);
      await stores.devices.setWake(woken.id, IDLE_WAKE, asked, []);
      await stores.tasks.change(t2.id, 0, { to: "awaiting-device", reason: "accepted", atMs: NOW_MS }, { events: [] });
      await stores.tasks.change(t3.id, 0, { to: "cancelled", reason: "by the operator", atMs: NOW_MS }, { events: [] });
      await stores.tasks.change(t4.id, 0, { to: "sent", reason: "asked", atMs: NOW_MS }, { events: [] });
      await stores.devices.recordInform(informOf(unknown.id));
      const needing = new Set((await stores.devices.needingWake({ limit: 10_000 })).map(({ id }) => id));
      const mine = [idle, queued, woken, accepted, ended, unknown].map(({ id }) => needing.has(id));
      expect(mine).to.deep.equal([false, true, true, false, false, true]);
    });

    it("is listed by id, page after page", async () => {
      for (let i = 0; i < 3; i++) await stores.tasks.add(newTask((await registered(stores.devices)).id), []);
      const all = (await stores.devices.needingWake({ limit: 10_000 })).map(({ id }) => id);
      const first = await stores.devices.needingWake({ limit: 2 });
      const rest = await stores.devices.needingWake({ limit: 10_000, afterId: first[1]?.id ?? "" });
      expect([...first, ...rest].map(({ id }) => id)).to.deep.equal([...all].sort());
    });
  });

  describe(`${adapter}: after a restart`, () => {
    it("everything whose promise was fulfilled is there", async () => {
      const opened = await open();
      const { id } = await registered(opened.stores.devices, { sipAddress: "sip:1001@voice.example" });
      await opened.stores.devices.recordInform(informOf(id, { parameters: told("Device.A.1.B=x"), events: [eventOf(id)] }));
      const task = newTask(id);
      const added = await opened.stores.tasks.add(task, []);
      await opened.stores.devices.setWake(id, IDLE_WAKE, asked, []);
      await opened.stores.settings.set("key", "kept");
      const before = [
        await opened.stores.devices.get(id),
        await opened.stores.devices.tree(id, ""),
        added,
        await opened.stores.events.list({ limit: 9 }),
      ];
      const again = await opened.reopen();
      const after = [
        await again.devices.get(id),
        await again.devices.tree(id, ""),
        await again.tasks.get(task.id),
        await again.events.list({ limit: 9 }),
      ];
      expect(after).to.deep.equal(before);
      expect(await again.settings.get("key")).to.equal("kept");
      expect((await again.devices.needingWake({ limit: 9 })).map((device) => device.id)).to.deep.equal([id]);
      expect(await again.devices.recordInform(informOf(id, { parameters: told("Device.A.1.B=x") }))).to.include({ lease: 2, changed: 0 });
      await again.close();
    });
  });

  const asked: WakeRecord = { state: "asked", attempts: 1, reason: "NOTIFY sent", nextTryAtMs: NOW_MS + 15_000 };
}
