import { expect } from "chai";
import type { TreeEntry } from "../../../../acs/devices/parameter-tree.js";
import { type AskedOrder, type AskedValue, type CheckedOrder, checkOrder, namesToKnow } from "../../../../acs/tasks/check-order.js";
import { TASK_LIMITS } from "../../../../acs/tasks/task.js";

const INTERVAL = "Device.ManagementServer.PeriodicInformInterval";

function entry(name: string, told: Partial<TreeEntry>): TreeEntry {
  const untold = { value: null, type: null, writable: null, notification: null, accessList: null };
  return { name, ...untold, readAtMs: null, changedAtMs: null, cause: null, ...told };
}
function check(asked: AskedOrder, entries: readonly TreeEntry[] = []): CheckedOrder {
  return checkOrder(asked, { entries, productClass: "HG1", trustsWritable: true });
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

  describe("the other kinds", () => {
    const names = (asked: AskedOrder): readonly string[] | "right" => {
      const checked = check(asked);
      return "errors" in checked ? checked.errors.map(({ field }) => field) : "right";
    };
    it("attributes: a name, something to change, notifications from 0 to 6, a short list", () => {
      const set = (attribute: object) =>
        names({ kind: "setParameterAttributes", attributes: [{ name: "Device.A", ...attribute } as never] });
      expect(set({ notification: 6 })).to.equal("right");
      expect(set({ accessList: [] })).to.equal("right");
      expect(set({ name: "Device.", notification: 1 })).to.equal("right");
      expect(set({})).to.deep.equal(["attributes[0]"]);
      expect(set({ notification: 7 })).to.deep.equal(["attributes[0].notification"]);
      expect(set({ notification: 1, accessList: ["x".repeat(65), ""] })).to.deep.equal([
        "attributes[0].accessList[0]",
        "attributes[0].accessList[1]",
      ]);
      expect(set({ accessList: Array.from({ length: 17 }, () => "Subscriber") })).to.deep.equal(["attributes[0].accessList"]);
      expect(set({ name: "Device..A", notification: 1 })).to.deep.equal(["attributes[0].name"]);
      expect(names({ kind: "setParameterAttributes", attributes: [] })).to.deep.equal(["attributes"]);
    });
    it("addObject names a table, deleteObject an instance", () => {
      const add = (path: string) => names({ kind: "addObject", path });
      const remove = (path: string) => names({ kind: "deleteObject", path });
      expect([add("Device.A."), add("Device.A.[new]."), remove("Device.A.1."), remove("Device.A.[old].")]).to.deep.equal(
        Array(4).fill("right"),
      );
      for (const wrong of [add("Device.A"), add("Device.A.1."), add("."), remove("Device.A."), remove("Device.A.1")])
        expect(wrong).to.deep.equal(["path"]);
    });
    it("scheduleInform: a second at least (the standard refuses 0)", () => {
      expect(names({ kind: "scheduleInform", delayS: 1 })).to.equal("right");
      for (const delayS of [0, -1, 1.5, 4_294_967_296]) expect(names({ kind: "scheduleInform", delayS })).to.deep.equal(["delayS"]);
    });
    it("upload: the file types of its own table, a URL without user and password", () => {
      const upload = (more: object) =>
        names({ kind: "upload", fileType: "1 Vendor Configuration File", url: "http://f.example/in", ...more });
      expect(upload({})).to.equal("right");
      for (const fileType of ["4 Vendor Log File 2", "X 00D09E Trace"]) expect(upload({ fileType }), fileType).to.equal("right");
      for (const fileType of [
        "1 Firmware Upgrade Image",
        "3 Vendor Configuration File",
        "3 Vendor Configuration File 0",
        "2 Vendor Log File 1",
      ])
        expect(upload({ fileType }), fileType).to.deep.equal(["fileType"]);
      expect(upload({ url: "http://gw:secret@f.example/", delayS: -1 })).to.deep.equal(["url", "delayS"]);
      expect(upload({ username: "x".repeat(257), password: "\u0000" })).to.deep.equal(["username", "password"]);
    });
    it("scheduleDownload: one or two windows, one after the other", () => {
      const file = { url: "http://f.example/fw", fileType: "1 Firmware Upgrade Image" };
      const windows = (...all: readonly object[]) =>
        names({ kind: "scheduleDownload", ...file, windows: all.map((more) => ({ startS: 0, endS: 60, mode: "1 At Any Time", ...more })) });
      expect(windows({}, { startS: 60, endS: 90, maxRetries: -1 })).to.equal("right");
      expect(windows()).to.deep.equal(["windows"]);
      expect(windows({}, {}, {})).to.deep.equal(["windows"]);
      expect(windows({}, { startS: 59, endS: 90 })).to.deep.equal(["windows[1].startS"]);
      expect(windows({ startS: 60 })).to.deep.equal(["windows[0].endS"]);
      expect(windows({ mode: "5 Never", userMessage: "x".repeat(257), maxRetries: 0.5 })).to.deep.equal([
        "windows[0].mode",
        "windows[0].userMessage",
        "windows[0].maxRetries",
      ]);
    });
    it("cancelTransfer: a key of 1 to 32 characters", () => {
      expect(names({ kind: "cancelTransfer", commandKey: "x".repeat(32) })).to.equal("right");
      for (const commandKey of ["", "x".repeat(33), "\u0001"])
        expect(names({ kind: "cancelTransfer", commandKey })).to.deep.equal(["commandKey"]);
    });
    it("changeDUState: each operation has the fields that it needs, and no other", () => {
      const uuid = "123e4567-e89b-12d3-a456-426614174000";
      const change = (operation: object) => names({ kind: "changeDUState", operations: [operation as never] });
      expect(change({ operation: "Install", url: "http://f.example/u", uuid })).to.equal("right");
      expect(change({ operation: "Update" })).to.equal("right");
      expect(change({ operation: "Uninstall", uuid, version: "1" })).to.equal("right");
      expect(change({ operation: "Install" })).to.deep.equal(["operations[0].url"]);
      expect(change({ operation: "Uninstall", url: "http://f.example/u" })).to.deep.equal(["operations[0].url", "operations[0].uuid"]);
      expect(change({ operation: "Update", uuid: "x", url: "ftp://a:b@c/" })).to.have.members(["operations[0].url", "operations[0].uuid"]);
      expect(names({ kind: "changeDUState", operations: [] })).to.deep.equal(["operations"]);
    });
    it("a parameter told as read-only may be set where the model tells Writable wrongly (quirk 23)", () => {
      const entries = [entry("Device.A", { writable: false })];
      const asked = set({ name: "Device.A", value: "1" });
      expect(checkOrder(asked, { entries, productClass: "", trustsWritable: true })).to.have.property("errors");
      expect(checkOrder(asked, { entries, productClass: "", trustsWritable: false })).to.have.property("order");
    });
  });
});
