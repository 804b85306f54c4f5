/**
 * What every SealedStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import { type AcsStores, newGroup, newRule, newTask, type OpenAcsStores, registered } from "../support/acs-stores.js";
import { NOW_MS } from "../support/builders.js";

const NOTHING = { devices: [], tasks: [], rules: [], groups: [] } as const;

export function sealedStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  before(async () => {
    stores = (await open()).stores;
  });
  after(() => stores.close());

  describe(`${adapter}: secrets under another key`, () => {
    it("of a device take the place of the old ones; everything else stays", async () => {
      const { id } = await registered(stores.devices, { passwordIsFactory: true });
      const pending = { username: `${id} new`, isFactory: false, sinceMs: NOW_MS };
      await stores.devices.preparePassword(id, 0, { ...pending, password: "v1:own" }, []);
      await stores.devices.adoptPassword(id, { password: "v1:own", username: id }, []);
      const before = await stores.devices.preparePassword(id, 0, { ...pending, password: "v1:next" }, []);
      if (before === "fenced") throw new Error("not prepared");
      const devices = [{ id, password: "v1:a", connectionPassword: "v1:b", pendingPassword: "v1:c", factoryPassword: "v1:d" }];
      await stores.sealed.replace({ ...NOTHING, devices });
      expect(await stores.devices.get(id)).to.deep.equal({
        ...before,
        password: "v1:a",
        connectionRequest: { ...before.connectionRequest, password: "v1:b" },
        pendingPassword: { ...before.pendingPassword, password: "v1:c" },
        factoryCredentials: { username: id, password: "v1:d" },
      });
    });

    it("of a task take the place of the old order; its revision stays, so that its session goes on", async () => {
      const { id: deviceId } = await registered(stores.devices);
      const order = {
        kind: "setParameterValues",
        values: [{ name: "A.Password", value: "v1:a", type: "xsd:string", sealed: true }],
      } as const;
      const task = await stores.tasks.add(newTask(deviceId, { order }), []);
      if (typeof task === "string") throw new Error(task);
      const resealed = { ...order, values: [{ ...order.values[0], value: "v1:b" }] };
      await stores.sealed.replace({ ...NOTHING, tasks: [{ id: task.id, order: resealed, progress: { prepared: "other" } }] });
      expect(await stores.tasks.get(task.id)).to.deep.equal({ ...task, order: resealed, progress: { prepared: "other" } });
    });

    it("of a rule take the place of the old one", async () => {
      const rule = newRule({ password: "v1:a" });
      await stores.enrolment.addRule(rule, []);
      await stores.sealed.replace({ ...NOTHING, rules: [{ id: rule.id, password: "v1:b" }] });
      expect(await stores.enrolment.rules()).to.deep.equal([{ ...rule, password: "v1:b" }]);
    });

    it("of a group take the place of the old order", async () => {
      const group = newGroup({ order: "v1:a" });
      await stores.groups.add(group);
      await stores.sealed.replace({ ...NOTHING, groups: [{ id: group.id, order: "v1:b" }] });
      expect(await stores.groups.orders({ limit: 9 })).to.deep.equal([{ id: group.id, order: "v1:b" }]);
    });

    it("of what is gone are left out", async () => {
      const devices = [{ id: "0A1B2C-nobody", password: "v1:a", connectionPassword: "v1:b", pendingPassword: null, factoryPassword: null }];
      await stores.sealed.replace({
        devices,
        tasks: [{ id: "none", order: { kind: "reboot" }, progress: null }],
        rules: [{ id: "none", password: "x" }],
        groups: [{ id: "none", order: "x" }],
      });
      expect(await stores.devices.get("0A1B2C-nobody")).to.equal(undefined);
    });
  });
}
