/** What somebody asks a diagnosis for, judged field by field (docs/rest-api.md, Diagnoses). */
import { expect } from "chai";
import { diagnosticObject } from "../../../../acs/diagnostics/diagnostic-objects.js";
import { argumentsWithin, friendlyName, readArguments } from "../../../../acs/diagnostics/named-arguments.js";
import { namedTest, TEST_NAMES, templatesOf } from "../../../../acs/diagnostics/named-tests.js";
import { type AskedDiagnosis, readWish } from "../../../../acs/diagnostics/read-wish.js";
import { NOW_MS } from "../../../support/builders.js";

const IGD = "InternetGatewayDevice.";
const read = (asked: Partial<AskedDiagnosis>, root: string | null = IGD) =>
  readWish({ id: "01d", deviceId: "0A1B2C-VG2000-1", test: "ping", ...asked }, root, NOW_MS);
const errorsOf = (asked: Partial<AskedDiagnosis>, root: string | null = IGD): readonly string[] => {
  const outcome = read(asked, root);
  return "errors" in outcome ? outcome.errors.map(({ field, detail }) => `${field} ${detail}`) : [];
};

describe("a wish", () => {
  it("is good with what its test needs; it expires after a day", () => {
    expect(read({ arguments: { host: "192.0.2.1", repetitions: 3 } })).to.deep.equal({
      wish: {
        ...{ test: "ping", unit: null, path: null, arguments: { host: "192.0.2.1", repetitions: "3" } },
        ...{ timeoutS: null, priority: 5, expiresAtMs: NOW_MS + 86_400_000 },
      },
    });
    expect(read({ test: "sip-registration", line: 2 })).to.have.nested.property("wish.unit", "2");
  });
  it("of an unknown test is told the tests that there are", () => {
    expect(errorsOf({ test: "pong" })).to.deep.equal([`test must be one of ${TEST_NAMES.join(", ")}`]);
    expect(errorsOf({ test: "constructor" })).to.have.length(1);
  });
  it("needs a line or a port where its test has one, and no other", () => {
    expect(errorsOf({ test: "sip-registration" })).to.deep.equal(["line is missing: give its number, like 1, or its full path"]);
    expect(errorsOf({ test: "voice-port", line: 1 })).to.deep.equal([
      "line is of no use: voice-port is a test of a port",
      "port is missing: give its number, like 1, or its full path",
    ]);
    expect(errorsOf({ line: 1, arguments: { host: "x" } })).to.deep.equal(["line is of no use: ping is a test of the device itself"]);
  });
  it("names a line by a number or by a path below the device's root", () => {
    for (const line of [0, -1, 1.5, "one", ""]) expect(errorsOf({ test: "sip-registration", line }), String(line)).to.have.length(1);
    const foreign = "Device.Services.VoiceService.1.CallControl.Line.1.";
    expect(errorsOf({ test: "sip-registration", line: foreign })[0]).to.match(/must begin with InternetGatewayDevice\./);
    expect(errorsOf({ test: "sip-registration", line: foreign }, null)).to.deep.equal([]);
    expect(errorsOf({ test: "sip-registration", line: `${IGD}Services.VoiceService.[a].` })[0]).to.match(/alias/);
    expect(errorsOf({ test: "sip-registration", line: `${IGD}Services` })[0]).to.match(/end in a dot/);
  });
  it("may name the object itself, if it has a state", () => {
    expect(errorsOf({ path: `${IGD}UDPEchoConfig.`, arguments: { host: "x" } })[0]).to.match(/^path has no state/);
    expect(read({ test: "sip-registration", path: `${IGD}X_0A1B2C_Test.` })).to.have.nested.property("wish.unit", null);
  });
  it("takes no longer than a day", () => {
    expect(errorsOf({ arguments: { host: "x" }, timeoutS: 86_401 })).to.deep.equal(["timeoutS must be an integer from 1 to 86400"]);
  });
});

describe("arguments of a test", () => {
  const errors = (test: string, given: Parameters<typeof readArguments>[1], root: string | null = IGD): readonly string[] => {
    const outcome = readArguments(test, given, root);
    return "errors" in outcome ? outcome.errors.map(({ field, detail }) => `${field} ${detail}`) : [];
  };
  it("have friendly names with units, or those of the data model", () => {
    expect(argumentsWithin("ping", { host: "a", timeoutMs: "500", DSCP: "46" })).to.deep.equal([
      { name: "Host", value: "a" },
      { name: "Timeout", value: "500" },
      { name: "DSCP", value: "46" },
    ]);
    expect([friendlyName("ping", "NumberOfRepetitions"), friendlyName("ping", "SuccessCount")]).to.deep.equal(["repetitions", undefined]);
  });
  it("that a test can't do without are missed by name, unless the data model's name is given", () => {
    expect(errors("upload", {})).to.deep.equal(["arguments.url is missing", "arguments.sizeBytes is missing"]);
    expect(errors("ping", { Host: "192.0.2.1" })).to.deep.equal([]);
  });
  it("out of range are told the range", () => {
    expect(errors("ping", { host: "a", repetitions: 0 })).to.deep.equal(["arguments.repetitions must be an integer from 1 to 4294967295"]);
    expect(errors("ping", { host: "a", dscp: 64 })).to.deep.equal(["arguments.dscp must be an integer from 0 to 63"]);
    expect(errors("ping", { host: " " })).to.deep.equal(["arguments.host is empty"]);
    expect(errors("exchange-port", { selector: "Ringing" })).to.deep.equal(["arguments.selector must be one of Battery, DialTone"]);
    expect(errors("udp-echo", { host: "a", port: 7, eachPacket: "yes" }, "Device.")[0]).to.match(/must be true or false/);
  });
  it("that only TR-181 has are refused for TR-098, and taken where the root is not known yet", () => {
    const given = { host: "a", protocolVersion: "IPv6" };
    expect(errors("ping", given)[0]).to.match(/^arguments.protocolVersion is not known to TR-098/);
    expect([...errors("ping", given, "Device."), ...errors("ping", given, null)]).to.deep.equal([]);
  });
  it("that are URLs have a scheme that the test can use, a host, and no password", () => {
    expect(errors("download", { url: "http://192.0.2.1/10MB" })).to.deep.equal([]);
    expect(errors("download", { url: "file:///etc/passwd" })[0]).to.match(/must be a URL of http, https, ftp/);
    for (const name of ["url", "DownloadURL", "X_0A1B2C_Mirror"]) {
      const asked = { url: "http://192.0.2.1/", [name]: "http://me:secret@192.0.2.1/" };
      expect(errors("download", asked).join(), name).to.contain("must not hold a user name or a password");
    }
  });
  it("are refused when unknown, secret, given twice, too many, too long, or with octets that XML can't carry", () => {
    expect(errors("ping", { host: "a", hots: "b" })[0]).to.match(/^arguments.hots is not known: must be one of host, repetitions/);
    expect(errors("self-test", { speed: 1 })[0]).to.match(/this test has none/);
    expect(errors("ping", { host: "a", X_Password: "p" })[0]).to.match(/is a secret/);
    expect(errors("ping", { host: "a", Host: "b" })).to.deep.equal(["arguments.host is the same as Host, which is given too"]);
    expect(errors("ping", Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`P${at}`, "x"])))[0]).to.match(/more than 64/);
    expect(errors("ping", { host: "a".repeat(257) })[0]).to.match(/more than 256 characters/);
    expect(errors("ping", { host: "a\u0001" })).to.have.length(1);
  });
  it("of several hosts may be a list", () => {
    expect(readArguments("server-selection", { hosts: ["a.example", "b.example"] }, "Device.")).to.deep.equal({
      arguments: { hosts: "a.example,b.example" },
    });
  });
});

describe("the table of tests", () => {
  it("has an object with a state for each template, and arguments that the object knows", () => {
    for (const test of TEST_NAMES)
      for (const root of [IGD, "Device."]) {
        const named = namedTest(test);
        if (named === undefined) throw new Error(test);
        for (const template of templatesOf(named, root)) {
          const object = diagnosticObject(template.replaceAll("{i}", "1"));
          expect(object, template).not.to.equal(undefined);
          const needed = Object.values(named.arguments).filter(({ isNeeded }) => isNeeded);
          for (const { parameter } of needed) expect(object?.arguments, template).to.have.property(parameter);
        }
      }
  });
});
