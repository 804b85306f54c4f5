/** Which rules one message bends. */
import { expect } from "chai";
import type { DeviceMessage } from "../../../../acs/cwmp/messages.js";
import { DEFAULT_MODEL_POLICY } from "../../../../acs/devices/model-policy.js";
import { relaxationsIn, relaxationsOf } from "../../../../acs/session/relaxations-used.js";
import { anInform } from "../../../support/builders.js";

const said = (message: DeviceMessage, id: string | undefined = "1") => {
  return { namespace: "urn:dslforum-org:cwmp-1-0", message, ...(id === undefined ? {} : { id }) };
};
const read = (...names: readonly string[]): DeviceMessage => {
  return { kind: "GetParameterValuesResponse", values: names.map((name) => ({ name, type: "xsd:string", text: "" })) };
};

describe("rules that a message of a device bends", () => {
  it("none, where it is as it should be", () => {
    expect(relaxationsOf(said(anInform("2 PERIODIC")), undefined)).to.deep.equal([]);
    expect(relaxationsOf(said(read("Device.A")), { kind: "GetParameterValues", names: ["Device.A", "Device.B."] })).to.deep.equal([]);
  });
  it("no ID; values without types; parameters left out; TransferComplete without key", () => {
    expect(relaxationsOf({ namespace: "", message: anInform("2 PERIODIC") }, undefined)).to.deep.equal(["no-id"]);
    const untyped = { ...anInform("2 PERIODIC"), parameters: [{ name: "Device.A", type: "xsd:string", text: "", untyped: true }] } as const;
    expect(relaxationsOf(said(untyped), undefined)).to.deep.equal(["untyped-values"]);
    expect(relaxationsOf(said(read("Device.A")), { kind: "GetParameterValues", names: ["Device.A", "Device.B"] })).to.deep.equal([
      "values-left-out",
    ]);
    const transfer = {
      kind: "TransferComplete",
      commandKey: "",
      fault: { faultCode: 0, faultString: "" },
      startTime: "",
      completeTime: "",
    };
    expect(relaxationsOf(said(transfer as DeviceMessage), undefined)).to.deep.equal(["no-command-key"]);
  });
});

describe("rules that a model's policy bends", () => {
  const set = (type: string, text: string) => {
    return { kind: "SetParameterValues", values: [{ name: "Device.A", type, text }], parameterKey: "" } as const;
  };
  it("none with the usual policy", () => {
    for (const request of [set("xsd:boolean", "1"), set("xsd:dateTime", "2024-01-01T00:00:00Z")])
      expect(relaxationsIn(request, DEFAULT_MODEL_POLICY)).to.deep.equal([]);
    const names = Array.from({ length: DEFAULT_MODEL_POLICY.namesPerGetMax }, (_, i) => `Device.X_${i}`);
    expect(relaxationsIn({ kind: "GetParameterValues", names }, DEFAULT_MODEL_POLICY)).to.deep.equal([]);
  });
  it("words for booleans, fractions in times, small calls", () => {
    expect(relaxationsIn(set("xsd:boolean", "true"), { ...DEFAULT_MODEL_POLICY, booleans: "words" })).to.deep.equal(["boolean-words"]);
    expect(relaxationsIn(set("xsd:dateTime", "2024-01-01T00:00:00.5Z"), DEFAULT_MODEL_POLICY)).to.deep.equal(["date-time-fractions"]);
    expect(relaxationsIn(set("xsd:int", "1"), { ...DEFAULT_MODEL_POLICY, valuesPerSetMax: 1 })).to.deep.equal(["small-calls"]);
    const names = ["Device.A", "Device.B"];
    expect(relaxationsIn({ kind: "GetParameterValues", names }, { ...DEFAULT_MODEL_POLICY, namesPerGetMax: 2 })).to.deep.equal([
      "small-calls",
    ]);
  });
});
