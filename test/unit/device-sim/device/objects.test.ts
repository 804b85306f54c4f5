/**
 * Rows of tables that come and go.
 * Spec: TR-069 A.3.2.6, A.3.2.7; TR-098, TR-104 (which tables grow, and with what values).
 */
import { expect } from "chai";
import { indexModel, isGrowable, rowNumbers, withRows } from "../../../../device-sim/device/model-index.js";
import { addObject, addRow, deleteObject } from "../../../../device-sim/device/objects.js";
import { currentValue, getNames, getValues, newTree, type ParameterTree, setValues } from "../../../../device-sim/device/parameter-tree.js";
import { RpcFault } from "../../../../device-sim/device/rpc-fault.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";

const index = indexModel(tr098VoiceGateway);
const tree = newTree(index, new Map());
const R = "InternetGatewayDevice.";
const PROFILES = `${R}Services.VoiceService.1.VoiceProfile.`;
const LINES = `${PROFILES}1.Line.`;
const INFORM = `${R}ManagementServer.InformParameter.`;
const value = (of: ParameterTree, path: string) => currentValue(of, R + path);
const added = (from: ParameterTree, table: string, key = "k1") => addObject(from, table, key);
const GROWABLE = [
  "ManagementServer.InformParameter.",
  "WANDevice.1.WANConnectionDevice.",
  "WANDevice.1.WANConnectionDevice.1.WANIPConnection.",
  "WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.PortMapping.",
  "Services.VoiceService.1.VoiceProfile.",
  "Services.VoiceService.1.VoiceProfile.1.Line.",
];

describe("TR-069 A.3.2.6: AddObject", () => {
  it("adds a row to each table that the model lets grow, with a number of 1 or more", () => {
    for (const table of GROWABLE) {
      const { tree: after, instanceNumber } = added(tree, R + table);
      expect(instanceNumber, table).to.equal(rowNumbers(index, R + table).length + 1);
      expect(getNames(after, `${R}${table}${instanceNumber}.`, false).length, table).to.be.above(1);
      expect(isGrowable(after.index, `${R}${table}${instanceNumber}.`), table).to.equal(true);
    }
  });
  it("counts it in NumberOfEntries, or what the table calls it", () => {
    expect(value(added(tree, LINES).tree, "Services.VoiceService.1.VoiceProfile.1.NumberOfLines")).to.equal("2");
    expect(value(added(tree, INFORM).tree, "ManagementServer.InformParameterNumberOfEntries")).to.equal("1");
  });
  it("its parameters have the model's initial values, not those of the row beside it", () => {
    const own = setValues(tree, [{ name: `${LINES}1.DirectoryNumber`, type: "xsd:string", text: "4711" }], "k").tree;
    const { tree: after } = added(own, LINES);
    expect(value(after, "Services.VoiceService.1.VoiceProfile.1.Line.2.DirectoryNumber")).to.equal("");
    expect(value(after, "Services.VoiceService.1.VoiceProfile.1.Line.2.Enable")).to.equal("Disabled");
    expect(value(after, "Services.VoiceService.1.VoiceProfile.1.Line.1.DirectoryNumber")).to.equal("4711");
  });
  it("a row has the tables of its kind: those that the ACS fills are empty, the device's own are not", () => {
    const { tree: after } = added(tree, PROFILES);
    expect(value(after, "Services.VoiceService.1.VoiceProfile.2.NumberOfLines")).to.equal("0");
    expect(getValues(after, [`${PROFILES}2.Line.`])).to.deep.equal([]);
    const { tree: inner, instanceNumber } = added(after, `${PROFILES}2.Line.`);
    expect(instanceNumber).to.equal(1);
    expect(getValues(inner, [`${PROFILES}2.Line.1.Codec.List.1.Codec`])[0]?.text).to.equal("G.711ALaw");
    expect(value(inner, "Services.VoiceService.1.VoiceProfile.2.NumberOfLines")).to.equal("1");
  });
  it("what was added can be set and read like any other parameter", () => {
    const { tree: after } = added(tree, INFORM);
    const set = setValues(after, [{ name: `${INFORM}1.Enable`, type: "xsd:boolean", text: "true" }], "k");
    expect(value(set.tree, "ManagementServer.InformParameter.1.Enable")).to.equal("1");
    expect(getValues(set.tree, [INFORM]).map(({ name }) => name.slice(INFORM.length))).to.deep.equal([
      "1.Enable",
      "1.ParameterName",
      "1.EventList",
    ]);
  });
  it("a table lists its rows in order, and the root still tells every path once", () => {
    const { tree: after } = added(added(tree, LINES).tree, `${R}WANDevice.1.WANConnectionDevice.`);
    expect(getNames(after, LINES, true).map(({ name }) => name)).to.deep.equal([`${LINES}1.`, `${LINES}2.`]);
    const all = getNames(after, "", false).map(({ name }) => name);
    expect(new Set(all).size).to.equal(all.length);
  });
  it("stores the ParameterKey only if it succeeds", () => {
    expect(value(added(tree, LINES, "key-1").tree, "ManagementServer.ParameterKey")).to.equal("key-1");
    expect(() => added(tree, LINES, "k".repeat(33))).to.throw(RpcFault, /^9003/);
  });
  it("refuses what is no table with 9005, the device's own tables with 9001, a full one with 9004", () => {
    for (const name of ["", R, `${R}Nothing.`, `${LINES}1.`, LINES.slice(0, -1), `${R}Time.Enable`, `${LINES}[mine].`]) {
      expect(() => added(tree, name), name).to.throw(RpcFault, /^9005/);
    }
    expect(() => added(tree, `${R}LANDevice.1.Hosts.Host.`)).to.throw(RpcFault, /^9001/);
    // MaxLineCount is 2 "across all profiles".
    expect(() => added(added(added(tree, LINES).tree, PROFILES).tree, `${PROFILES}2.Line.`)).to.throw(RpcFault, /^9004/);
  });
});

describe("TR-069 A.3.2.7: DeleteObject", () => {
  it("takes the row and all below it, counts again and stores the key", () => {
    const after = deleteObject(tree, `${LINES}1.`, "key-2");
    expect(() => getValues(after, [`${LINES}1.DirectoryNumber`])).to.throw(RpcFault, /^9005/);
    expect(() => getNames(after, `${LINES}1.`, false)).to.throw(RpcFault, /^9005/);
    expect(value(after, "Services.VoiceService.1.VoiceProfile.1.NumberOfLines")).to.equal("0");
    expect(value(after, "ManagementServer.ParameterKey")).to.equal("key-2");
    expect(() => getValues(deleteObject(tree, `${PROFILES}1.`, ""), [LINES])).to.throw(RpcFault, /^9005/);
  });
  it("a number is not given again, and nothing of the old row comes back", () => {
    const first = added(tree, LINES).tree;
    const written = setValues(first, [{ name: `${LINES}2.DirectoryNumber`, type: "xsd:string", text: "4711" }], "k").tree;
    const again = added(deleteObject(written, `${LINES}2.`, "k"), LINES);
    expect(again.instanceNumber).to.equal(3);
    expect(value(again.tree, "Services.VoiceService.1.VoiceProfile.1.Line.3.DirectoryNumber")).to.equal("");
    expect([...again.tree.stored.keys()].filter((name) => name.startsWith(`${LINES}2.`))).to.deep.equal([]);
  });
  it("a row that is not there, a table or a parameter is 9005, the device's own row 9001", () => {
    for (const name of ["", R, `${LINES}2.`, LINES, `${LINES}1`, `${LINES}1.DirectoryNumber`, `${LINES}01.`]) {
      expect(() => deleteObject(tree, name, ""), name).to.throw(RpcFault, /^9005/);
    }
    expect(() => deleteObject(tree, `${R}LANDevice.1.Hosts.Host.1.`, "")).to.throw(RpcFault, /^9001/);
  });
});

describe("device-sim: the rows that a device remembers", () => {
  it("give the same paths again", () => {
    const profiles = added(tree, PROFILES).tree;
    const changed = deleteObject(added(added(profiles, `${PROFILES}2.Line.`).tree, INFORM).tree, `${LINES}1.`, "k");
    const again = withRows(index, changed.rows);
    expect(new Set(again.paths)).to.deep.equal(new Set(changed.index.paths));
    expect(new Set(again.definitions.keys())).to.deep.equal(new Set(changed.index.definitions.keys()));
  });
  it("a table that the firmware no longer has is passed over", () => {
    expect(withRows(index, new Map([[`${R}Gone.`, { numbers: [1], last: 1 }]]))).to.equal(index);
  });
  it("other devices of the model are not touched", () => {
    addRow(tree, LINES);
    expect(rowNumbers(index, LINES)).to.deep.equal([1]);
  });
});
