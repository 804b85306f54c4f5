import { expect } from "chai";
import { canonicalType, lexicalFault, WRITABLE_TYPES } from "../../../../acs/devices/lexical.js";

const LEGAL: Readonly<Record<string, readonly string[]>> = {
  "xsd:string": ["", " ", "tab\tline\nend", "名前", "\u{1f4de}"],
  "xsd:int": ["0", "-1", "+7", "007", "-2147483648", "2147483647"],
  "xsd:long": ["-9223372036854775808", "9223372036854775807"],
  "xsd:unsignedInt": ["0", "4294967295", "000000000000000000000000001"],
  "xsd:unsignedLong": ["18446744073709551615"],
  "xsd:boolean": ["0", "1", "true", "false"],
  "xsd:dateTime": [
    "2024-02-29T23:59:59Z",
    "2024-05-01T12:00:00.123456+02:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "0001-01-03T03:04:05",
  ],
  "xsd:base64Binary": ["", "QQ==", "QUI=", "QUJD\r\nQUJD"],
  "xsd:hexBinary": ["", "00fF"],
};

const ILLEGAL: Readonly<Record<string, readonly string[]>> = {
  "xsd:string": ["\u0000", "bell\u0007", "\ud800", "\uffff"],
  "xsd:int": ["", " 1", "1 ", "1.0", "1e3", "0x10", "2147483648", "-2147483649", "--1", "one", "1,000"],
  "xsd:long": ["9223372036854775808", "9".repeat(100_000)],
  "xsd:unsignedInt": ["-1", "+1", "4294967296", ""],
  "xsd:unsignedLong": ["18446744073709551616"],
  "xsd:boolean": ["", "TRUE", "yes", "2", "true\n"],
  "xsd:dateTime": [
    "",
    "2024-05-01",
    "2024-05-01 12:00:00",
    "2023-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-04-31T00:00:00Z",
    "2024-05-01T24:00:00Z",
    "2024-05-01T12:60:00Z",
    "2024-05-01T12:00:60Z",
    "2024-05-01T12:00:00+15:00",
    "0000-01-01T00:00:00Z",
  ],
  "xsd:base64Binary": ["Q", "QQ=", "QQ==QQ==", "Q===", "QU_D"],
  "xsd:hexBinary": ["0", "0g", "00 "],
};

describe("lexical rules of CWMP types (TR-106)", () => {
  it("has cases here for each writable type", () => {
    expect(Object.keys(LEGAL)).to.have.members([...WRITABLE_TYPES]);
    expect(Object.keys(ILLEGAL)).to.have.members([...WRITABLE_TYPES]);
  });
  for (const type of WRITABLE_TYPES) {
    it(`takes legal values of ${type}`, () => {
      for (const value of LEGAL[type] ?? []) expect(lexicalFault(type, value), JSON.stringify(value)).to.equal(undefined);
    });
    it(`says why not for illegal values of ${type}`, () => {
      for (const value of ILLEGAL[type] ?? []) expect(lexicalFault(type, value), JSON.stringify(value.slice(0, 40))).to.be.a("string");
    });
  }
  it("judges no value of a type it does not know", () => {
    expect(lexicalFault("xsd:anySimpleType", "\u0000")).to.equal(undefined);
  });
  it("compares types by their local name", () => {
    expect(["string", "xs:boolean", "xsd:int", "SOAP-ENC:base64", "x:y"].map(canonicalType)).to.deep.equal([
      "xsd:string",
      "xsd:boolean",
      "xsd:int",
      "xsd:base64Binary",
      "x:y",
    ]);
  });
});
