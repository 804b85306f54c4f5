/**
 * A device that takes rows by alias and by wildcard.
 * Spec: TR-069 3.6.1, 3.6.2, A.3.2; TR-106 (Alias), TR-181 (ManagementServer).
 */
import { expect } from "chai";
import type { AcsRequest, DeviceResponse } from "../../../../acs/cwmp/messages.js";
import { aliasedModel } from "../../../../device-sim/device/aliased-model.js";
import { answerRequest } from "../../../../device-sim/device/answer-request.js";
import { type Device, newDevice } from "../../../../device-sim/device/device.js";
import { makeInform } from "../../../../device-sim/device/inform.js";
import { indexModel, rowAt } from "../../../../device-sim/device/model-index.js";
import { currentValue } from "../../../../device-sim/device/parameter-tree.js";
import type { DataModel } from "../../../../schemas/data-models/data-model.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";
import { tr181VoiceGateway } from "../../../../schemas/data-models/tr181-voice-gateway.js";

const R = "InternetGatewayDevice.";
const SERVER = `${R}ManagementServer.`;
const PROFILES = `${R}Services.VoiceService.1.VoiceProfile.`;
const LINES = `${PROFILES}1.Line.`;
const INFORM = `${SERVER}InformParameter.`;
const fresh = newDevice(indexModel(aliasedModel(tr098VoiceGateway)), new Map());
const plain = newDevice(indexModel(tr098VoiceGateway), new Map());

const say = (device: Device, request: AcsRequest) => answerRequest(device, request, 0);
const set = (device: Device, ...pairs: readonly (readonly [string, string])[]) =>
  say(device, {
    kind: "SetParameterValues",
    values: pairs.map(([name, text]) => ({ name, type: "", text })),
    parameterKey: "k",
  });
const add = (device: Device, objectName: string) => say(device, { kind: "AddObject", objectName, parameterKey: "k" });
const read = (device: Device, ...names: readonly string[]) => say(device, { kind: "GetParameterValues", names }).response;
const names = (response: DeviceResponse): readonly string[] => {
  if (response.kind === "GetParameterValuesResponse") return response.values.map(({ name }) => name);
  if (response.kind === "GetParameterNamesResponse") return response.parameters.map(({ name }) => name);
  if (response.kind === "GetParameterAttributesResponse") return response.attributes.map(({ name }) => name);
  return [`${response.kind} ${response.kind === "Fault" ? response.faultCode : ""}`];
};
/** Line 1 is called "office", line 2 "cpe-2". */
const named = add(set(fresh, [`${LINES}1.Alias`, "office"]).device, LINES).device;
const withMode = (device: Device, mode: string) => set(device, [`${SERVER}InstanceMode`, mode]).device;
const creating = set(fresh, [`${SERVER}AutoCreateInstances`, "1"]).device;

function rowsWithoutAlias(model: DataModel): readonly string[] {
  const { tree } = newDevice(indexModel(aliasedModel(model)), new Map());
  const isRow = (path: string): boolean => rowAt(tree.index, path) !== undefined;
  return tree.index.paths.filter((path) => isRow(path) && currentValue(tree, `${path}Alias`) === undefined);
}

describe("TR-106: Alias of a simulated device", () => {
  it("each row has one of the device's own, new ones too, also where the model has no example row", () => {
    expect(currentValue(fresh.tree, `${LINES}1.Alias`)).to.equal("cpe-1");
    expect(currentValue(add(fresh, LINES).device.tree, `${LINES}2.Alias`)).to.equal("cpe-2");
    expect(currentValue(add(add(fresh, INFORM).device, INFORM).device.tree, `${INFORM}2.Alias`)).to.equal("cpe-2");
    for (const model of [tr098VoiceGateway, tr181VoiceGateway]) expect(rowsWithoutAlias(model)).to.deep.equal([]);
  });
  it("the model of other devices is not changed", () => {
    expect(currentValue(plain.tree, `${LINES}1.Alias`)).to.equal(undefined);
    expect(names(read(plain, `${LINES}[cpe-1].Enable`))).to.deep.equal(["Fault 9005"]);
    expect(names(read(plain, `${LINES}*.Enable`))).to.deep.equal(["Fault 9005"]);
    expect(names(add(plain, `${LINES}[mine].`).response)).to.deep.equal(["Fault 9005"]);
  });
  it("is unique in its table, begins with a letter, and only the device gives cpe- (9007)", () => {
    for (const alias of ["office", "", "1a", "a[b]", "cpe-9"]) {
      expect(set(named, [`${LINES}2.Alias`, alias]).response, alias).to.have.nested.property("setParameterValuesFaults[0].faultCode", 9007);
    }
    expect(set(named, [`${LINES}2.Alias`, "cpe-2"]).response, "its own again").to.include({ status: 0 });
  });
});

describe("TR-069 3.6.1: aliases in requests", () => {
  it("are taken where numbers are, and answered by number", () => {
    expect(names(read(named, `${LINES}[office].DirectoryNumber`))).to.deep.equal([`${LINES}1.DirectoryNumber`]);
    const path = `${LINES}[cpe-2].`;
    expect(names(say(named, { kind: "GetParameterNames", path, nextLevel: true }).response)).to.include(`${LINES}2.Enable`);
    const attributes = say(named, { kind: "GetParameterAttributes", names: [`${LINES}[office].Enable`] });
    expect(names(attributes.response)).to.deep.equal([`${LINES}1.Enable`]);
    const changed = set(named, [`${LINES}[office].DirectoryNumber`, "77"]);
    expect(currentValue(changed.device.tree, `${LINES}1.DirectoryNumber`)).to.equal("77");
    expect(changed.consequence).to.deep.include({ kind: "set", names: [`${LINES}1.DirectoryNumber`] });
    const noticed = say(named, { kind: "SetParameterAttributes", parameters: [{ name: `${LINES}[office].Enable`, notification: 2 }] });
    expect(noticed.device.tree.attributes.get(`${LINES}1.Enable`)).to.deep.equal({ notification: 2 });
    const deleted = say(named, { kind: "DeleteObject", objectName: `${LINES}[office].`, parameterKey: "" });
    expect(names(read(deleted.device, LINES))).not.to.include(`${LINES}1.Enable`);
  });
  it("an unknown one is 9005, in SetParameterValues per parameter by the name that was asked", () => {
    expect(names(read(named, `${LINES}[nobody].Enable`))).to.deep.equal(["Fault 9005"]);
    const { response, device } = set(named, [`${LINES}[nobody].DirectoryNumber`, "1"], [`${LINES}[office].Status`, "Up"]);
    expect(response).to.have.property("setParameterValuesFaults").that.has.length(2);
    expect(response)
      .to.have.nested.property("setParameterValuesFaults[1]")
      .that.includes({ name: `${LINES}[office].Status`, faultCode: 9008 });
    expect(device).to.equal(named);
  });
  it("AddObject gives the new row the alias in its path; one that is taken, or the device's, is 9003", () => {
    const { response, device, consequence } = add(fresh, `${LINES}[mine].`);
    expect(response).to.deep.equal({ kind: "AddObjectResponse", instanceNumber: 2, status: 0 });
    expect(currentValue(device.tree, `${LINES}2.Alias`)).to.equal("mine");
    expect(consequence).to.deep.include({ kind: "add-object", objectName: LINES });
    expect(names(add(device, `${LINES}[mine].`).response)).to.deep.equal(["Fault 9003"]);
    expect(names(add(fresh, `${LINES}[cpe-7].`).response)).to.deep.equal(["Fault 9003"]);
    expect(add(fresh, `${PROFILES}[cpe-1].Line.[deep].`).response).to.include({ instanceNumber: 2 });
  });
  it("InstanceMode InstanceAlias has every answer and Inform told by alias, and back again", () => {
    const aliased = withMode(named, "InstanceAlias");
    const line = `${R}Services.VoiceService.[cpe-1].VoiceProfile.[cpe-1].Line.`;
    expect(names(read(aliased, `${LINES}1.DirectoryNumber`))).to.deep.equal([`${line}[office].DirectoryNumber`]);
    expect(names(say(aliased, { kind: "GetParameterNames", path: LINES, nextLevel: true }).response)).to.deep.equal([
      `${line}[office].`,
      `${line}[cpe-2].`,
    ]);
    const told = makeInform(aliased, 0, 0).parameters.map(({ name }) => name);
    expect(told).to.include(`${R}WANDevice.[cpe-1].WANConnectionDevice.[cpe-1].WANIPConnection.[cpe-1].ExternalIPAddress`);
    expect(names(read(withMode(aliased, "InstanceNumber"), `${LINES}1.Enable`))).to.deep.equal([`${LINES}1.Enable`]);
  });
});

describe("TR-069 A.3.2.1: AutoCreateInstances", () => {
  it("a row of an unknown alias is made, once for all its parameters", () => {
    const { response, device } = set(creating, [`${LINES}[new].DirectoryNumber`, "5"], [`${LINES}[new].Enable`, "Enabled"]);
    expect(response).to.include({ kind: "SetParameterValuesResponse" });
    expect(currentValue(device.tree, `${LINES}2.Alias`)).to.equal("new");
    expect(currentValue(device.tree, `${LINES}2.DirectoryNumber`)).to.equal("5");
    expect(currentValue(device.tree, `${LINES}3.Enable`)).to.equal(undefined);
  });
  it("all or nothing: with one bad value no row is made", () => {
    const { response, device } = set(creating, [`${LINES}[new].DirectoryNumber`, "5"], [`${LINES}[new].Enable`, "Perhaps"]);
    expect(response)
      .to.have.nested.property("setParameterValuesFaults[0]")
      .that.includes({ name: `${LINES}[new].Enable`, faultCode: 9007 });
    expect(device).to.equal(creating);
  });
  it("not where it is off, where the table is the device's own, or full", () => {
    const made = set(creating, [`${LINES}[new].DirectoryNumber`, "5"]).device;
    for (const [device, name] of [
      [fresh, `${LINES}[new].DirectoryNumber`],
      [creating, `${R}LANDevice.1.Hosts.Host.[new].Alias`],
      [made, `${LINES}[third].DirectoryNumber`],
    ] as const) {
      expect(set(device, [name, "5"]).response, name).to.have.nested.property("setParameterValuesFaults[0].faultCode", 9005);
    }
  });
});

describe("TR-069 3.6.2: wildcards", () => {
  it("mean all rows in GetParameterValues, GetParameterNames and GetParameterAttributes", () => {
    const all = [`${LINES}1.DirectoryNumber`, `${LINES}2.DirectoryNumber`];
    const pattern = `${R}Services.VoiceService.*.VoiceProfile.*.Line.*.DirectoryNumber`;
    expect(names(read(named, pattern))).to.deep.equal(all);
    expect(names(say(named, { kind: "GetParameterNames", path: pattern, nextLevel: false }).response)).to.deep.equal(all);
    expect(names(say(named, { kind: "GetParameterAttributes", names: [pattern] }).response)).to.deep.equal(all);
    expect(names(read(named, `${R}Services.VoiceService.*.VoiceProfile.[cpe-1].Line.*.DirectoryNumber`))).to.deep.equal(all);
  });
  it("of an empty table mean nothing, which is no fault; where there is no table they are 9005", () => {
    expect(names(read(fresh, `${INFORM}*.Enable`))).to.deep.equal([]);
    expect(names(read(fresh, `${R}Time.*.Enable`))).to.deep.equal(["Fault 9005"]);
    expect(names(read(fresh, `${LINES}*.Nothing`))).to.deep.equal(["Fault 9005"]);
  });
  it("mean nothing in requests that change something (9005)", () => {
    expect(set(named, [`${LINES}*.DirectoryNumber`, "1"]).response).to.have.nested.property("setParameterValuesFaults[0].faultCode", 9005);
    expect(names(say(named, { kind: "DeleteObject", objectName: `${LINES}*.`, parameterKey: "" }).response)).to.deep.equal(["Fault 9005"]);
    expect(
      names(say(named, { kind: "SetParameterAttributes", parameters: [{ name: `${LINES}*.Enable`, notification: 1 }] }).response),
    ).to.deep.equal(["Fault 9005"]);
  });
});
