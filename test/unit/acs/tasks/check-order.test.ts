import { expect } from "chai";
import type { TreeEntry } from "../../../../acs/devices/parameter-tree.js";
import { type AskedOrder, type AskedValue, type CheckedOrder, checkOrder, namesToKnow } from "../../../../acs/tasks/check-order.js";
import { TASK_LIMITS } from "../../../../acs/tasks/task.js";

const INTERVAL = "Device.ManagementServer.PeriodicInformInterval";

function entry(name: string, told: Partial<TreeEntry>): TreeEntry {
  return { name, value: null, type: null, writable: null, readAtMs: null, changedAtMs: null, cause: null, ...told };
}
function check(asked: AskedOrder, entries: readonly TreeEntry[] = []): CheckedOrder {
  return checkOrder(asked, { entries, productClass: "HG1" });
}
function set(...values: readonly AskedValue[]): AskedOrder {
  return { kind: "setParameterValues", values };
}
/** "field: detail" of each error; the order itself when there is none. */
function faults(checked: CheckedOrder): unknown {
  return "errors" in checked ? checked.errors.map(({ field, detail }) => `${field}: ${detail}`) : checked.order;
}

describe("checking an order before it is stored", () => {
  describe("getParameterValues", () => {
    it("takes full names and partial paths", () => {
      const names = ["Device.Time.NTPServer1", "Device.Hosts."];
      expect(faults(check({ kind: "getParameterValues", names }))).to.deep.equal({ kind: "getParameterValues", names });
    });
    it("refuses an empty list, and one over the limit", () => {
      const many = Array.from({ length: TASK_LIMITS.namesPerTaskMax + 1 }, (_, i) => `Device.X${i}`);
      expect(faults(check({ kind: "getParameterValues", names: [] }))).to.deep.equal(["names: is empty"]);
      expect(faults(check({ kind: "getParameterValues", names: many }))).to.deep.equal(["names: has more than 1000 entries"]);
    });
    it("names each bad name by its place", () => {
      const names = ["", "Device", "Device..X", ".X", "Device.A B", `Device.${"x".repeat(250)}`, "Device.\u0000"];
      expect(faults(check({ kind: "getParameterValues", names }))).to.deep.equal([
        "names[0]: is empty; the whole tree is read by a refresh",
        "names[1]: is no path: it has no dot",
        "names[2]: has an empty segment",
        "names[3]: has an empty segment",
        "names[4]: holds white space or a control character",
        "names[5]: has more than 256 characters",
        "names[6]: holds white space or a control character",
      ]);
    });
    it("refuses a name given twice", () => {
      expect(faults(check({ kind: "getParameterValues", names: ["Device.A", "Device.B", "Device.A"] }))).to.deep.equal([
        "names[2]: is the same as names[0]",
      ]);
    });
  });

  describe("setParameterValues", () => {
    it("wants to know the entries of the names it sets", () => {
      expect(namesToKnow(set({ name: INTERVAL, value: "1" }))).to.deep.equal([INTERVAL]);
      expect(namesToKnow({ kind: "reboot" })).to.deep.equal([]);
    });
    it("takes the type given, else the type told, else xsd:string", () => {
      const values = [
        { name: "Device.A.Given", value: "1", type: "boolean" },
        { name: INTERVAL, value: "300" },
        { name: "Device.A.New", value: "x" },
      ];
      expect(faults(check(set(...values), [entry(INTERVAL, { type: "xsd:unsignedInt" })]))).to.deep.equal({
        kind: "setParameterValues",
        values: [
          { name: "Device.A.Given", value: "1", type: "xsd:boolean" },
          { name: INTERVAL, value: "300", type: "xsd:unsignedInt" },
          { name: "Device.A.New", value: "x", type: "xsd:string" },
        ],
      });
    });
    it("refuses a value that is not of the type told, without repeating the value", () => {
      expect(faults(check(set({ name: INTERVAL, value: "soon" }), [entry(INTERVAL, { type: "xsd:unsignedInt" })]))).to.deep.equal([
        "values[0].value: must be a decimal integer from 0 to 4294967295 (xsd:unsignedInt)",
      ]);
    });
    it("refuses a type that contradicts the one told", () => {
      expect(
        faults(check(set({ name: INTERVAL, value: "1", type: "xsd:string" }), [entry(INTERVAL, { type: "xsd:unsignedInt" })])),
      ).to.deep.equal(["values[0].type: contradicts the type that the device told, xsd:unsignedInt"]);
    });
    it("lets any type stand against a type that says nothing", () => {
      expect(check(set({ name: INTERVAL, value: "1", type: "int" }), [entry(INTERVAL, { type: "xsd:anySimpleType" })])).to.have.property(
        "order",
      );
    });
    it("refuses a type that is none", () => {
      expect(String(faults(check(set({ name: INTERVAL, value: "1", type: "number" }))))).to.match(
        /^values\[0\]\.type: must be one of xsd:string,/,
      );
    });
    it("refuses a parameter known to be read-only, and lets an unknown one pass", () => {
      const values = set({ name: "Device.A.Fixed", value: "1" }, { name: "Device.A.Open", value: "1" });
      const entries = [entry("Device.A.Fixed", { writable: false }), entry("Device.A.Open", { writable: null })];
      expect(faults(check(values, entries))).to.deep.equal(["values[0].name: is read-only on this device"]);
    });
    it("refuses a partial path: only a leaf can be set", () => {
      expect(faults(check(set({ name: "Device.A.", value: "1" }, { name: "Device", value: "1" })))).to.deep.equal([
        "values[0].name: must be the full name of a parameter; a partial path can't be set",
        "values[1].name: must be the full name of a parameter; a partial path can't be set",
      ]);
    });
    it("refuses the same parameter twice (TR-069 A.3.2.1: the device would answer 9003)", () => {
      expect(faults(check(set({ name: "Device.A.B", value: "1" }, { name: "Device.A.B", value: "2" })))).to.deep.equal([
        "values[1].name: is the same as values[0].name",
      ]);
    });
  });

  describe("refresh and reboot", () => {
    it("takes the whole tree or a partial path", () => {
      expect(faults(check({ kind: "refresh", path: "" }))).to.deep.equal({ kind: "refresh", path: "" });
      expect(faults(check({ kind: "refresh", path: "Device.Hosts." }))).to.deep.equal({ kind: "refresh", path: "Device.Hosts." });
    });
    it("refuses a full parameter name as a path", () => {
      expect(faults(check({ kind: "refresh", path: "Device.Hosts" }))).to.deep.equal([
        "path: must be empty or a partial path that ends in a dot",
      ]);
      expect(faults(check({ kind: "refresh", path: "." }))).to.deep.equal(["path: has an empty segment"]);
    });
    it("takes a reboot as it is", () => {
      expect(faults(check({ kind: "reboot" }))).to.deep.equal({ kind: "reboot" });
    });
  });
});
