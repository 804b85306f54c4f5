/**
 * The TR-098 model of the simulated gateway: consistent with itself, and with the Broadband Forum's definitions where these are at hand.
 * Spec: TR-098 1.8, TR-104 issue 1.
 */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { readValue } from "../../../device-sim/device/parameter-value.js";
import type { ParameterType } from "../../../schemas/data-models/data-model.js";
import { tr098VoiceGateway } from "../../../schemas/data-models/tr098-voice-gateway.js";
import { sharedPath } from "../../support/shared-data.js";

const { parameters, root, tables } = tr098VoiceGateway;

describe("the TR-098 voice gateway", () => {
  it("has 164 parameters, each once, all below the root", () => {
    expect(new Set(parameters.map(({ name }) => name)).size).to.equal(164);
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
    const [tr098, tr104] = [sharedPath("data/bbf/tr-098-1-8-0-full.xml"), sharedPath("data/bbf/tr-104-1-1-0-full.xml")];
    if (tr098 === undefined || tr104 === undefined) return this.skip();
    const published = new Map([
      ...definitions(readFileSync(tr098, "utf8"), ""),
      ...definitions(readFileSync(tr104, "utf8"), `${root}Services.`),
    ]);
    const inRows = tables.flatMap(({ path, row = [] }) => row.map((leaf) => ({ ...leaf, name: `${path}1.${leaf.name}` })));
    const differing = [...parameters, ...inRows].filter((parameter) => {
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
});

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
