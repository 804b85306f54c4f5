/**
 * What every EnrolmentStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import { deviceId } from "../../acs/devices/device.js";
import { ENROLMENT_LIMITS, type EnrolmentRule } from "../../acs/devices/enrolment.js";
import { type AcsStores, enrolmentOf, eventOf, newDevice, newRule, type OpenAcsStores, registered } from "../support/acs-stores.js";
import { NOW_MS } from "../support/builders.js";

export function enrolmentStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  before(async () => {
    stores = (await open()).stores;
  });
  after(() => stores.close());

  async function added(more: Partial<EnrolmentRule> = {}): Promise<EnrolmentRule> {
    const rule = newRule(more);
    expect(await stores.enrolment.addRule(rule, [])).to.equal("added");
    return rule;
  }
  const stored = async (id: string): Promise<EnrolmentRule | undefined> => (await stores.enrolment.rules()).find((rule) => rule.id === id);
  async function enrolled(rule: EnrolmentRule): Promise<string> {
    const device = await stores.enrolment.enrol(enrolmentOf(rule));
    if (typeof device === "string") throw new Error(device);
    return device.id;
  }

  describe(`${adapter}: enrolment rules`, () => {
    it("gives back what was added, oldest first, over a restart too", async () => {
      const opened = await open();
      const rules = [
        newRule({ ouis: ["0A1B2C"], productClasses: ["", "VG2000"], approval: true, username: "factory" }),
        newRule({ kind: "certificate", untilMs: null, password: null }),
      ];
      for (const rule of rules) await opened.stores.enrolment.addRule(rule, []);
      const again = await opened.reopen();
      expect(await again.enrolment.rules()).to.deep.equal(rules);
      await again.close();
    });

    it("closes a rule once, and forgets a removed one", async () => {
      const { id } = await added();
      expect(await stores.enrolment.closeRule(id, NOW_MS + 1, [])).to.include({ id, closedAtMs: NOW_MS + 1 });
      const before = await stores.events.newestId();
      expect(await stores.enrolment.closeRule(id, NOW_MS + 2, [eventOf(null)])).to.include({ closedAtMs: NOW_MS + 1 });
      expect(await stores.events.newestId()).to.equal(before);
      expect(await stores.enrolment.removeRule(id, [])).to.equal("removed");
      expect(await stores.enrolment.removeRule(id, [])).to.equal("unknown");
      expect(await stores.enrolment.closeRule(id, NOW_MS, [])).to.equal(undefined);
    });

    it("has a limit", async () => {
      const { stores: own } = await open();
      for (let i = 0; i < ENROLMENT_LIMITS.rulesMax; i++) await own.enrolment.addRule(newRule(), []);
      expect(await own.enrolment.addRule(newRule(), [eventOf(null)])).to.equal("too-many");
      expect(await own.events.newestId()).to.equal(0);
      await own.close();
    });
  });

  describe(`${adapter}: enrolment`, () => {
    it("registers the device, says under which rule, and has it met as new", async () => {
      const rule = await added();
      const device = newDevice();
      const event = eventOf(deviceId(device.identity), { kind: "device-enrolled" });
      expect(await stores.enrolment.enrol(enrolmentOf(rule, { device, events: [event] }))).to.deep.include({
        ...device,
        enrolledBy: rule.id,
        quarantine: null,
        awaitsFirstContact: true,
      });
      expect(await stored(rule.id)).to.include({ enrolled: 1 });
      expect((await stores.events.list({ deviceId: deviceId(device.identity), limit: 9 })).map(({ kind }) => kind)).to.deep.equal([
        "device-enrolled",
      ]);
    });

    it("quarantines it where an operator has to approve", async () => {
      const rule = await added({ approval: true });
      expect(await stores.enrolment.enrol(enrolmentOf(rule))).to.deep.include({
        quarantine: { reason: "approval-pending", sinceMs: NOW_MS, claimed: null },
      });
    });

    for (const [what, more] of [
      ["closed", { closedAtMs: NOW_MS }],
      ["expired", { untilMs: NOW_MS }],
      ["full", { devicesMax: 3, enrolled: 3 }],
    ] as const) {
      it(`a ${what} rule enrols nobody`, async () => {
        const rule = await added(more);
        const order = enrolmentOf(rule, { events: [eventOf(null)] });
        const before = await stores.events.newestId();
        expect(await stores.enrolment.enrol(order)).to.equal("not-open");
        expect(await stores.devices.get(deviceId(order.device.identity))).to.equal(undefined);
        expect(await stores.events.newestId()).to.equal(before);
      });
    }

    it("a rule that is gone enrols nobody", async () => {
      expect(await stores.enrolment.enrol(enrolmentOf(newRule()))).to.equal("not-open");
    });

    it("the last device makes the rule full, and an event says so", async () => {
      const rule = await added({ devicesMax: 1 });
      await enrolled(rule);
      expect(await stores.enrolment.enrol(enrolmentOf(rule))).to.equal("not-open");
      const events = await stores.events.list({ kinds: ["enrolment-rule-changed"], limit: 1 });
      expect(events.map(({ data }) => data)).to.deep.equal([{ rule: rule.id, name: rule.name, state: "full" }]);
    });

    it("leaves a registered device as it is", async () => {
      const rule = await added();
      const known = await registered(stores.devices);
      const { identity } = known;
      expect(await stores.enrolment.enrol(enrolmentOf(rule, { device: newDevice({ identity, password: "v1:other" }) }))).to.equal("exists");
      expect(await stores.devices.get(known.id)).to.deep.equal(known);
      expect(await stored(rule.id)).to.include({ enrolled: 0 });
    });

    it("one certificate enrols one device, until that one is removed", async () => {
      const rule = await added({ kind: "certificate" });
      const certificate = "0A1B2C-SN1";
      const first = await stores.enrolment.enrol(enrolmentOf(rule, { certificate }));
      expect(await stores.enrolment.enrol(enrolmentOf(rule, { certificate }))).to.equal("certificate-used");
      await stores.devices.remove(typeof first === "string" ? "" : first.id, []);
      expect(await stores.enrolment.enrol(enrolmentOf(rule, { certificate }))).to.be.an("object");
    });
  });

  describe(`${adapter}: rejection`, () => {
    it("removes the device, and keeps it out of this rule over a restart, not out of another", async () => {
      const opened = await open();
      let { stores: own } = opened;
      const [rule, other] = [newRule({ approval: true }), newRule()];
      for (const one of [rule, other]) await own.enrolment.addRule(one, []);
      const device = newDevice();
      const id = deviceId(device.identity);
      await own.enrolment.enrol(enrolmentOf(rule, { device }));
      expect(await own.enrolment.reject(id, [eventOf(id, { kind: "device-removed" })])).to.equal("rejected");
      expect(await own.devices.get(id)).to.equal(undefined);
      own = await opened.reopen();
      expect(await own.enrolment.enrol(enrolmentOf(rule, { device }))).to.equal("rejected");
      expect(await own.enrolment.enrol(enrolmentOf(other, { device }))).to.include({ id });
      await own.close();
    });

    it("is for devices whose approval is pending only", async () => {
      const id = await enrolled(await added());
      expect(await stores.enrolment.reject(id, [])).to.equal("stale");
      await stores.quarantine.quarantine(id, { reason: "identity-changed", sinceMs: NOW_MS, claimed: "X" }, []);
      expect(await stores.enrolment.reject(id, [])).to.equal("stale");
      expect(await stores.enrolment.reject("0A1B2C-nobody", [])).to.equal("unknown");
      expect(await stores.devices.get(id)).to.include({ id });
    });

    it("is forgotten with the rule", async () => {
      const rule = await added({ approval: true });
      const device = newDevice();
      await stores.enrolment.enrol(enrolmentOf(rule, { device }));
      await stores.enrolment.reject(deviceId(device.identity), []);
      await stores.enrolment.removeRule(rule.id, []);
      await stores.enrolment.addRule(rule, []);
      expect(await stores.enrolment.enrol(enrolmentOf(rule, { device }))).to.be.an("object");
    });
  });
}
