/**
 * The models of the simulated gateways: consistent with themselves, and with the Broadband Forum's definitions where these are at hand.
 * Spec: TR-098 1.8 with TR-104 issue 1, TR-181 2 with TR-104 issue 2.
 */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { readValue } from "../../../device-sim/device/parameter-value.js";
import type { DataModel, ParameterType } from "../../../schemas/data-models/data-model.js";
import { tr098VoiceGateway } from "../../../schemas/data-models/tr098-voice-gateway.js";
import { tr181VoiceGateway } from "../../../schemas/data-models/tr181-voice-gateway.js";
import { sharedPath } from "../../support/shared-data.js";

describe("the TR-098 voice gateway", () => {
  laws(tr098VoiceGateway, 244, ["data/bbf/tr-098-1-8-0-full.xml", "data/bbf/tr-104-1-1-0-full.xml"]);

  it("forces nine parameters into each Inform", () => {
    expect(forced(tr098VoiceGateway)).to.have.members([
      ...[
        "DeviceSummary",
        "DeviceInfo.HardwareVersion",
        "DeviceInfo.SoftwareVersion",
        "DeviceInfo.SpecVersion",
        "DeviceInfo.ProvisioningCode",
      ],
      ...["ManagementServer.ParameterKey", "ManagementServer.ConnectionRequestURL", "ManagementServer.AliasBasedAddressing"],
      "WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.ExternalIPAddress",
    ]);
  });
});

describe("the TR-181 voice gateway", () => {
  laws(tr181VoiceGateway, 351, ["data/bbf/tr-181-2-17-0-cwmp-full.xml", "data/bbf/tr-104-2-0-2-cwmp-full.xml"]);

  it("forces seven parameters into each Inform", () => {
    expect(forced(tr181VoiceGateway)).to.have.members([
      ...["RootDataModelVersion", "DeviceInfo.HardwareVersion", "DeviceInfo.SoftwareVersion", "DeviceInfo.ProvisioningCode"],
      ...["ManagementServer.ParameterKey", "ManagementServer.ConnectionRequestURL", "ManagementServer.AliasBasedAddressing"],
    ]);
  });
  it("tells seven parameters actively from the factory", () => {
    const active = tr181VoiceGateway.parameters.filter(({ activeNotification }) => activeNotification).map(({ name }) => name);
    expect(active).to.have.members([
      ...["Device.DeviceInfo.SoftwareVersion", "Device.DeviceInfo.ProvisioningCode"],
      ...["Device.ManagementServer.ConnectionRequestURL", "Device.ManagementServer.ConnReqJabberID"],
      ...["ManufacturerOUI", "ProductClass", "SerialNumber"].map((leaf) => `Device.GatewayInfo.${leaf}`),
    ]);
  });
  it("hides the client's password, although the standard does not demand it", () => {
    const hidden = tr181VoiceGateway.parameters.filter((parameter) => parameter.hidden).map(({ name }) => name);
    expect(hidden).to.include("Device.Services.VoiceService.1.SIP.Client.1.AuthPassword");
  });
});

function forced({ parameters, root }: DataModel): readonly string[] {
  return parameters.filter(({ forcedInform }) => forcedInform).map(({ name }) => name.slice(root.length));
}

/** @param published Of the root data model, and of its voice service. */
function laws({ parameters, root, tables }: DataModel, count: number, [general, voice]: readonly [string, string]): void {
  it(`has ${count} parameters, each once, all below the root`, () => {
    expect(new Set(parameters.map(({ name }) => name)).size).to.equal(count);
    expect(parameters.every(({ name }) => name.startsWith(root) && !name.endsWith("."))).to.equal(true);
  });
  it("each sample is a value of its type in canonical form", () => {
    const reportable = (type: ParameterType): ParameterType =>
      type.base === "string" && "values" in type ? { base: "string", values: type.values ?? [] } : type;
    const wrong = parameters.filter(({ type, sample }) => {
      const read = readValue(reportable(type), "", sample);
      return !read.ok || read.text !== sample;
    });
    expect(wrong.map(({ name }) => name)).to.deep.equal([]);
  });
  it("hidden parameters are writable: else nobody could use them", () => {
    expect(parameters.filter(({ hidden, writable }) => hidden && !writable)).to.deep.equal([]);
  });
  it("each table counter tells the number of its rows", () => {
    const rowsOf = (table: string) =>
      new Set(parameters.filter(({ name }) => name.startsWith(table)).map(({ name }) => name.slice(table.length).split(".")[0]));
    const counted = parameters.filter(({ name }) => name.endsWith("NumberOfEntries") && tables.some(({ path }) => path === tableOf(name)));
    expect(counted).to.have.length.above(4);
    for (const { name, sample } of counted) expect(rowsOf(tableOf(name)).size, name).to.equal(Number(sample));
  });
  it("each table that grows names a counter that exists, has room, and initial values of its row's parameters", () => {
    for (const { path, growable, countedBy, rowsMax, initial = {}, row } of tables) {
      const parent = path.replace(/[^.]+\.$/, "");
      if (countedBy !== undefined) expect(parameters.map(({ name }) => name)).to.include(parent + countedBy);
      if (growable) expect(rowsMax, path).to.be.above(0);
      const leaves = parameters.filter(({ name }) => name.startsWith(`${path}1.`));
      if (growable) expect(leaves.length > 0 || row !== undefined || path.endsWith("WANConnectionDevice."), path).to.equal(true);
      for (const [name, text] of Object.entries(initial)) {
        const type = leaves.find((leaf) => leaf.name === `${path}1.${name}`)?.type ?? { base: "boolean" };
        expect(readValue(type, "", text), path + name).to.deep.equal({ ok: true, text });
      }
    }
  });
  it("agrees with the published definitions on names, access, forced and active notification, and sizes", function () {
    const [generalFile, voiceFile] = [sharedPath(general), sharedPath(voice)];
    if (generalFile === undefined || voiceFile === undefined) return this.skip();
    const published = new Map([
      ...definitions(readFileSync(generalFile, "utf8"), ""),
      ...definitions(readFileSync(voiceFile, "utf8"), `${root}Services.`),
    ]);
    const inRows = tables.flatMap(({ path, row = [] }) => row.map((leaf) => ({ ...leaf, name: `${path}1.${leaf.name}` })));
    const standard = [...parameters, ...inRows].filter(({ name }) => !VENDOR.test(name));
    const differing = standard.filter((parameter) => {
      const definition = published.get(parameter.name.replace(/\.\d+(?=\.)/g, ".{i}"));
      if (definition === undefined) return true;
      const size = /<size [^>]*maxLength="(\d+)"/.exec(definition)?.[1];
      const { type } = parameter;
      return (
        parameter.writable !== definition.includes('access="readWrite"') ||
        parameter.forcedInform !== /^<parameter[^>]*forcedInform="true"/.test(definition) ||
        parameter.activeNotification !== /^<parameter[^>]*activeNotify="force/.test(definition) ||
        parameter.forcedNotification !== /^<parameter[^>]*activeNotify="forceEnabled/.test(definition) ||
        parameter.mayDenyNotification !== /^<parameter[^>]*activeNotify="canDeny/.test(definition) ||
        ("charactersMax" in type && type.charactersMax !== undefined && size !== undefined && type.charactersMax !== Number(size))
      );
    });
    expect(differing.map(({ name }) => name)).to.deep.equal([]);
  });
}

/** TR-106: names of a vendor begin with X_ and its OUI. */
const VENDOR = /\.X_[0-9A-F]{6}_/;

const tableOf = (counter: string): string => `${counter.slice(0, -"NumberOfEntries".length)}.`;

/** Full name to the XML of its definition, roughly: good enough to compare attributes. */
function definitions(xml: string, prefix: string): readonly (readonly [string, string])[] {
  const objects = [...xml.matchAll(/<object\s[^>]*name="([^"]+)"(?:[^>]*[^/>])?>([\s\S]*?)<\/object>/g)];
  return objects.flatMap(([, path = "", body = ""]) =>
    [...body.matchAll(/<parameter name="([^"]+)"[\s\S]*?<\/parameter>/g)].map(
      ([text, name = ""]) => [`${prefix}${path}${name}`, text] as const,
    ),
  );
}
