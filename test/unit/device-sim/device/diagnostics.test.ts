/**
 * The life of a test as the device keeps it: asked for, void, canceled, ended, gone with the power.
 * Spec: TR-106 (DiagnosticsState), cwmp.md 8.1.
 */
import { expect } from "chai";
import { aliasedModel } from "../../../../device-sim/device/aliased-model.js";
import { answerRequest } from "../../../../device-sim/device/answer-request.js";
import { type Device, newDevice, powerDown, setting } from "../../../../device-sim/device/device.js";
import { isRequested, testEnded, testsConcerned } from "../../../../device-sim/device/diagnostics.js";
import { indexModel, rowNumbers } from "../../../../device-sim/device/model-index.js";
import { getNames, getValues } from "../../../../device-sim/device/parameter-tree.js";
import type { DataModel } from "../../../../schemas/data-models/data-model.js";
import { below, diagnosticsState, readOnly, row, text, unsigned, writable } from "../../../../schemas/data-models/describe-model.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";
import { tr181VoiceGateway } from "../../../../schemas/data-models/tr181-voice-gateway.js";

const { object, growable, fixed } = below("Device.");
const ERRORS = ["Error_CannotResolveHostName", "Error_Other"];

/** A test in each row of a table, with a table of results; and one that knows Canceled, and TR-143's Completed. */
const MODEL: DataModel = {
  root: "Device.",
  places: {
    tests: { "Line.1.Trace.DiagnosticsState": "ping", "Load.TestState": "ping" },
    echoServer: "",
    macAddress: "",
    voice: "TR-104 issue 2",
  },
  parameters: [
    ...object("ManagementServer.", [writable("ParameterKey", text(32), "")]),
    ...object("", [readOnly("LineNumberOfEntries", unsigned(), "1")]),
    ...object("Line.1.Trace.", [
      writable("DiagnosticsState", diagnosticsState("None", "Requested", "Complete", ...ERRORS), "None"),
      writable("Host", text(256), ""),
      readOnly("ResponseTime", unsigned(), "0"),
      readOnly("HopNumberOfEntries", unsigned(), "0"),
    ]),
    ...object("Load.", [
      writable(
        "TestState",
        { base: "string", values: ["None", "Completed", "Error_Busy"], writableValues: ["Requested", "Canceled"] },
        "None",
      ),
      readOnly("Bytes", unsigned(), "0"),
    ]),
  ],
  tables: [
    growable("Line.", { countedBy: "LineNumberOfEntries", rowsMax: 4 }),
    fixed("Line.1.Trace.Hop.", { countedBy: "HopNumberOfEntries", results: true, row: row(readOnly("Address", text(45), "")) }),
  ],
};
const index = indexModel(MODEL);
const TRACE = "Device.Line.1.Trace.";

const set = (device: Device, values: Readonly<Record<string, string>>): Device =>
  answerRequest(
    device,
    {
      kind: "SetParameterValues",
      values: Object.entries(values).map(([path, value]) => ({ name: `Device.${path}`, type: "xsd:string", text: value })),
      parameterKey: "",
    },
    0,
  ).device;
const add = (device: Device): Device =>
  answerRequest(device, { kind: "AddObject", objectName: "Device.Line.", parameterKey: "" }, 0).device;
function end(device: Device, path: string, state = "Complete", hops: readonly string[] = []): Device {
  const [test] = testsConcerned(device.tree.index, [`Device.${path}DiagnosticsState`, `Device.${path}TestState`]);
  if (test === undefined) throw new Error(`no test at ${path}`);
  return testEnded(device, test, {
    state,
    results: { ResponseTime: "7", Bytes: "9" },
    tables: { Hop: hops.map((Address) => ({ Address })) },
  });
}
const told = (device: Device, path: string): Readonly<Record<string, string>> =>
  Object.fromEntries(getValues(device.tree, [`Device.${path}`]).map(({ name, text }) => [name.slice(`Device.${path}`.length), text]));
const codes = ({ events }: Device): readonly string[] => events.waiting.map(({ code }) => code);

describe("TR-106: the life of a test", () => {
  const factory = newDevice(index, new Map());
  const asked = set(factory, { "Line.1.Trace.Host": "a", "Line.1.Trace.DiagnosticsState": "Requested" });
  const done = end(asked, "Line.1.Trace.", "Complete", ["192.0.2.1", "192.0.2.2"]);

  it("is asked for with its arguments in the same call, and shows Requested until it has ended", () => {
    expect(told(asked, "Line.1.Trace.")).to.include({ DiagnosticsState: "Requested", Host: "a", ResponseTime: "0" });
    expect(codes(asked)).to.deep.equal([]);
  });

  it("ends with its results, rows of tables and their number among them, and 8 DIAGNOSTICS COMPLETE", () => {
    expect(told(done, "Line.1.Trace.")).to.deep.equal({
      ...{ DiagnosticsState: "Complete", Host: "a", ResponseTime: "7", HopNumberOfEntries: "2" },
      ...{ "Hop.1.Address": "192.0.2.1", "Hop.2.Address": "192.0.2.2" },
    });
    expect(codes(done)).to.deep.equal(["8 DIAGNOSTICS COMPLETE"]);
  });

  it("GetParameterNames shows the rows that are there, none of them writable", () => {
    const names = getNames(done.tree, `${TRACE}Hop.`, false);
    expect(names.map(({ name }) => name.slice(TRACE.length))).to.deep.equal(["Hop.", "Hop.1.", "Hop.1.Address", "Hop.2.", "Hop.2.Address"]);
    expect(names.some(({ writable }) => writable)).to.equal(false);
  });

  it("a new argument makes the result void: None, and no rows", () => {
    const after = set(done, { "Line.1.Trace.Host": "b" });
    expect(told(after, "Line.1.Trace.")).to.deep.equal({ DiagnosticsState: "None", Host: "b", ResponseTime: "0", HopNumberOfEntries: "0" });
  });

  it("a new argument stops the one that runs, the same value again too", () => {
    expect(told(set(asked, { "Line.1.Trace.Host": "a" }), "Line.1.Trace.")["DiagnosticsState"]).to.equal("None");
  });

  it("Requested again begins anew, without the old results", () => {
    const after = set(done, { "Line.1.Trace.DiagnosticsState": "Requested" });
    expect(told(after, "Line.1.Trace.")).to.deep.include({ DiagnosticsState: "Requested", ResponseTime: "0", HopNumberOfEntries: "0" });
    const fewer = end(after, "Line.1.Trace.", "Complete", ["192.0.2.9"]);
    expect(rowNumbers(fewer.tree.index, `${TRACE}Hop.`)).to.deep.equal([1]);
  });

  it("Canceled is None without an event, where the model has the word; elsewhere it can't be set", () => {
    const canceled = set(set(factory, { "Load.TestState": "Requested" }), { "Load.TestState": "Canceled" });
    expect(told(canceled, "Load.")).to.deep.equal({ TestState: "None", Bytes: "0" });
    expect(codes(canceled)).to.deep.equal([]);
    expect(told(set(asked, { "Line.1.Trace.DiagnosticsState": "Canceled" }), "Line.1.Trace.")["DiagnosticsState"]).to.equal("Requested");
  });

  it("the end is told in the words that the object has", () => {
    const words = (path: string, state: string): string => {
      const after = told(end(factory, path, state), path);
      return after["DiagnosticsState"] ?? after["TestState"] ?? "";
    };
    expect(words("Load.", "Complete"), "TR-143 of TR-098").to.equal("Completed");
    expect(words("Line.1.Trace.", "Error_CannotResolveHostName")).to.equal("Error_CannotResolveHostName");
    expect(words("Line.1.Trace.", "Error_NoRouteToHost")).to.equal("Error_Other");
    expect(words("Load.", "Error_NoRouteToHost"), "no general error").to.equal("Error_Busy");
  });

  it("each row has its own test: they do not disturb one another, and one of a deleted row has nothing to tell", () => {
    const two = set(add(done), { "Line.2.Trace.DiagnosticsState": "Requested" });
    expect(told(two, "Line.1.Trace.")["HopNumberOfEntries"]).to.equal("2");
    const ended = end(two, "Line.2.Trace.", "Complete", ["192.0.2.3"]);
    expect([told(ended, "Line.2.Trace.")["Hop.1.Address"], told(ended, "Line.1.Trace.")["Hop.1.Address"]]).to.deep.equal([
      "192.0.2.3",
      "192.0.2.1",
    ]);
    const deleted = answerRequest(two, { kind: "DeleteObject", objectName: "Device.Line.2.", parameterKey: "" }, 0).device;
    expect(end(deleted, "Line.2.Trace.")).to.equal(deleted);
  });

  it("a loss of power takes state, results and rows; the arguments stay", () => {
    const off = powerDown(done);
    expect(told(off, "Line.1.Trace.")).to.deep.equal({ DiagnosticsState: "None", Host: "a", ResponseTime: "0", HopNumberOfEntries: "0" });
    expect(off.tree.index.paths, "the model's own again").to.deep.equal(index.paths);
    expect(done.tree.rows, "rows of results are never kept").to.equal(factory.tree.rows);
  });

  it("rows of results have no Alias", () => {
    const aliased = newDevice(indexModel(aliasedModel(MODEL)), new Map());
    const after = end(set(aliased, { "Line.1.Trace.DiagnosticsState": "Requested" }), "Line.1.Trace.", "Complete", ["192.0.2.1"]);
    expect(Object.keys(told(after, "Line.1.Trace.Hop."))).to.deep.equal(["1.Address"]);
  });

  it("a parameter beside the tests concerns none", () => {
    expect(testsConcerned(index, ["Device.LineNumberOfEntries", "Device.ManagementServer.ParameterKey", "Nothing", ""])).to.deep.equal([]);
    const [test] = testsConcerned(index, [`${TRACE}Host`, `${TRACE}DiagnosticsState`]);
    expect(test !== undefined && isRequested(asked.tree, test)).to.equal(true);
  });
});

for (const model of [tr098VoiceGateway, tr181VoiceGateway]) {
  describe(`the tests of the ${model.root} model`, () => {
    it("are all that have a state which asks for one", () => {
      const states = model.parameters.filter(({ type }) => type.base === "string" && "writableValues" in type);
      expect(Object.keys(model.places.tests).sort()).to.deep.equal(states.map(({ name }) => name.slice(model.root.length)).sort());
    });

    it("know Canceled in TR-181 only, but for the vendor's own", () => {
      const device = newDevice(indexModel(model), new Map());
      for (const state of Object.keys(model.places.tests)) {
        const type = device.tree.index.definitions.get(model.root + state)?.type;
        const writable = type !== undefined && "writableValues" in type ? type.writableValues : undefined;
        expect(writable, state).to.deep.equal(
          model.root === "Device." || state.includes(".X_") ? ["Requested", "Canceled"] : ["Requested"],
        );
        expect(setting(device, state), state).to.equal("None");
      }
    });
  });
}
