/** Which test a device is asked for, judged before the task is stored. */
import { expect } from "chai";
import type { TreeEntry } from "../../../../acs/devices/parameter-tree.js";
import {
  type AskedDiagnostic,
  checkDiagnostic,
  DIAGNOSTIC_ARGUMENTS_MAX,
  namesOfDiagnostic,
} from "../../../../acs/tasks/check-diagnostic.js";

const PING = "Device.IP.Diagnostics.IPPing.";
const host = { name: "Host", value: "192.0.2.1" };

function entry(name: string, told: Partial<TreeEntry>): TreeEntry {
  const untold = { value: null, type: null, writable: null, notification: null, accessList: null };
  return { name, ...untold, readAtMs: null, changedAtMs: null, cause: null, ...told };
}
const check = (asked: Partial<AskedDiagnostic>, entries: readonly TreeEntry[] = []) =>
  checkDiagnostic({ path: PING, arguments: [], ...asked }, { entries, trustsWritable: true });
function faults(asked: Partial<AskedDiagnostic>, entries: readonly TreeEntry[] = []): unknown {
  const checked = check(asked, entries);
  return "errors" in checked ? checked.errors.map(({ field, detail }) => `${field}: ${detail}`) : checked.order;
}
function orderOf(asked: Partial<AskedDiagnostic>, entries: readonly TreeEntry[] = []) {
  const checked = check(asked, entries);
  if ("errors" in checked || checked.order.kind !== "diagnostic") throw new Error(JSON.stringify(checked));
  return checked.order;
}

describe("checking a diagnostic", () => {
  it("takes names within the object and full ones, and stores full ones with the standard's types", () => {
    const order = orderOf({ arguments: [host, { name: `${PING}NumberOfRepetitions`, value: "3" }] });
    expect(order.arguments).to.deep.equal([
      { name: `${PING}Host`, value: "192.0.2.1", type: "xsd:string" },
      { name: `${PING}NumberOfRepetitions`, value: "3", type: "xsd:unsignedInt" },
    ]);
  });
  it("prefers the type that the device told, and refuses another one", () => {
    const told = [entry(`${PING}Timeout`, { type: "xsd:int" })];
    expect(orderOf({ arguments: [{ name: "Timeout", value: "-1" }] }, told).arguments[0]?.type).to.equal("xsd:int");
    expect(faults({ arguments: [{ name: "Timeout", value: "1", type: "string" }] }, told)).to.deep.equal([
      "arguments[0].type: contradicts the type that the device told, xsd:int",
    ]);
  });
  it("computes the time-out from the arguments, and from what the device told of those that stay", () => {
    const told = [entry(`${PING}Timeout`, { value: "2000" }), entry(`${PING}NumberOfRepetitions`, { value: "9" })];
    expect(orderOf({}, told).timeoutS).to.equal(78);
    expect(orderOf({ arguments: [{ name: "NumberOfRepetitions", value: "1" }] }, told).timeoutS).to.equal(62);
    expect(orderOf({ timeoutS: 7 }, told).timeoutS).to.equal(7);
  });
  it("wants to know the arguments, and those that tell the duration", () => {
    expect(namesOfDiagnostic({ path: PING, arguments: [host] })).to.deep.equal([
      `${PING}Host`,
      `${PING}Timeout`,
      `${PING}NumberOfRepetitions`,
    ]);
  });
  it("refuses a path that is no object, and an object that has no state", () => {
    expect(faults({ path: PING.slice(0, -1) })).to.deep.equal(["path: must be the path of an object and end in a dot"]);
    expect(faults({ path: "Device.IP.Diagnostics.UDPEchoConfig." })).to.deep.equal([
      "path: has no state: it is set with setParameterValues",
    ]);
  });
  it("refuses a row by its alias: the result is read by the names that the device tells", () => {
    const path = "InternetGatewayDevice.WANDevice.[cpe-1].WANConnectionDevice.1.WANIPConnection.1.X_Diagnostics.";
    expect(faults({ path })).to.deep.equal(["path: names a row by its alias; give its number"]);
  });
  it("refuses an argument of another object, the state, the same one twice, a value that is not of its type, a read-only one", () => {
    const all = [
      { name: "Device.Time.NTPServer1", value: "x" },
      { name: "DiagnosticsState", value: "Requested" },
      host,
      { name: `${PING}Host`, value: "again" },
      { name: "Timeout", value: "soon" },
      { name: "SuccessCount", value: "1" },
      { name: "", value: "" },
    ];
    expect(faults({ arguments: all }, [entry(`${PING}SuccessCount`, { writable: false })])).to.deep.equal([
      "arguments[0].name: must be the name of a parameter of the object",
      "arguments[1].name: is set by the task itself",
      "arguments[4].value: must be a decimal integer from 0 to 4294967295 (xsd:unsignedInt)",
      "arguments[5].name: is read-only on this device",
      "arguments[6].name: must be the name of a parameter of the object",
      "arguments[3].name: is the same as arguments[2].name",
    ]);
  });
  it("has limits", () => {
    const many = Array.from({ length: DIAGNOSTIC_ARGUMENTS_MAX + 1 }, (_, i) => ({ name: `A${i}`, value: "" }));
    expect(faults({ arguments: many })).to.deep.equal(["arguments: has more than 64 entries"]);
    for (const timeoutS of [0, 86_401, 1.5])
      expect(faults({ timeoutS }), String(timeoutS)).to.deep.equal(["timeoutS: must be an integer from 1 to 86400"]);
  });
});
