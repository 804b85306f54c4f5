/** With which types a value may be written. */
import { expect } from "chai";
import { canonicalType, lexicalFault, WRITABLE_TYPES } from "../../../../acs/devices/lexical.js";
import { DEFAULT_MODEL_POLICY } from "../../../../acs/devices/model-policy.js";
import { TYPES_TRIED_MAX, typesToTry, writtenAs } from "../../../../acs/planning/value-types.js";

const value = (type: string, text: string) => ({ type, value: text });

describe("types that a value is tried with (field quirk 13)", () => {
  it("begin with what is known, the best source first, then the wanted one, then its kin", () => {
    expect(typesToTry(value("xsd:unsignedInt", "7"), [])).to.deep.equal(["xsd:unsignedInt", "xsd:int", "xsd:string", "xsd:unsignedLong"]);
    expect(typesToTry(value("xsd:boolean", "1"), ["xsd:string", "xsd:int"])).to.deep.equal([
      "xsd:string",
      "xsd:int",
      "xsd:boolean",
      "xsd:unsignedInt",
    ]);
  });
  it("are only such as the value fits", () => {
    expect(typesToTry(value("xsd:int", "-7"), ["xsd:unsignedInt", "xsd:boolean"])).to.deep.equal(["xsd:int", "xsd:string", "xsd:long"]);
    expect(typesToTry(value("xsd:string", "hello"), ["xsd:dateTime"])).to.deep.equal(["xsd:string"]);
  });
  it("are at least one and a bounded number, none twice, whatever the value", () => {
    for (const type of WRITABLE_TYPES) {
      for (const text of ["", "0", "true", "-1", "QQ==", "2024-01-01T00:00:00Z", "x"]) {
        const types = typesToTry(value(type, text), ["xsd:string", "xsd:float", type, "SOAP-ENC:base64", "nonsense"]);
        expect(new Set(types).size, type).to.equal(types.length);
        expect(types.length, type).to.be.within(1, TYPES_TRIED_MAX);
        expect(types).to.include(type).and.not.include("nonsense");
        for (const other of types.filter((one) => one !== type)) {
          const text2 = writtenAs(other, value(type, text), DEFAULT_MODEL_POLICY);
          expect(lexicalFault(canonicalType(other), text2), `${type} ${text} as ${other}`).to.equal(undefined);
        }
      }
    }
  });
});

describe("a value in the spelling of another type", () => {
  const words = { ...DEFAULT_MODEL_POLICY, booleans: "words" } as const;
  it("a boolean that the device has as a string is spelt as the model wants booleans; as a number, it is 1 or 0", () => {
    expect(writtenAs("xsd:string", value("xsd:boolean", "1"), words)).to.equal("true");
    expect(writtenAs("xsd:string", value("xsd:boolean", "true"), DEFAULT_MODEL_POLICY)).to.equal("1");
    expect(writtenAs("xsd:unsignedInt", value("xsd:boolean", "true"), words)).to.equal("1");
  });
  it("a text that the device has as a boolean, too; other texts stay as they are", () => {
    expect(writtenAs("xsd:boolean", value("xsd:string", "true"), DEFAULT_MODEL_POLICY)).to.equal("1");
    expect(writtenAs("xsd:string", value("xsd:string", "true"), DEFAULT_MODEL_POLICY)).to.equal("true");
    expect(writtenAs("xsd:int", value("xsd:unsignedInt", "7"), words)).to.equal("7");
  });
});
