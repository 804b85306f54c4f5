/** Where a named test is on a device, by its tree (cwmp.md 8.2, 9.1, 9.3, 9.5). */
import { expect } from "chai";
import type { DiagnosisWish } from "../../../../acs/diagnostics/diagnosis.js";
import { type Located, locateTest, notSupported, subtreesOf } from "../../../../acs/diagnostics/locate-test.js";
import { namesAboutLines, voiceLines } from "../../../../acs/diagnostics/voice-lines.js";

const IGD = "InternetGatewayDevice.";
const I1 = `${IGD}Services.VoiceService.1.`;
const I2 = "Device.Services.VoiceService.1.";
const line1 = (number: number, profile = 1): string => `${I1}VoiceProfile.${profile}.Line.${number}.`;
const client = (number: number): string => `${I2}SIP.Client.${number}.`;
const line2 = (number: number): string => `${I2}CallControl.Line.${number}.`;
const OBJECT = "X_0A1B2C_RegistrationDiagnostics.";

type Values = Readonly<Record<string, string>>;
const treeOf = (values: Values) => ({ names: Object.keys(values), value: (name: string) => values[name] });
const wishOf = (test: string, unit: string | null = null, path: string | null = null): DiagnosisWish => ({
  ...{ test, unit, path, arguments: {}, timeoutS: null, priority: 5, expiresAtMs: null },
});
const locate = (wish: DiagnosisWish, values: Values, root: string | null = IGD): Located =>
  locateTest(wish, { root, model: "0A1B2C-VG2000", tree: treeOf(values) });

/** Issue 1: lines 1 (disabled), 2 and 10, each with the object; another profile is disabled. */
const ISSUE_1: Values = {
  [`${I1}VoiceProfile.1.Enable`]: "Enabled",
  [`${line1(10)}Enable`]: "Enabled",
  [`${line1(10)}SIP.${OBJECT}DiagnosticsState`]: "None",
  [`${line1(1)}Enable`]: "Disabled",
  [`${line1(1)}SIP.${OBJECT}DiagnosticsState`]: "None",
  [`${line1(2)}Enable`]: "Quiescent",
  [`${line1(2)}SIP.${OBJECT}DiagnosticsState`]: "None",
  [`${line1(2)}SIP.${OBJECT}Timeout`]: "32000",
  [`${I1}VoiceProfile.2.Enable`]: "Disabled",
  [`${line1(1, 2)}Enable`]: "Enabled",
};
/** Issue 2: two lines whose clients stand the other way round. */
const ISSUE_2: Values = {
  [`${line2(1)}Enable`]: "true",
  [`${line2(1)}Provider`]: `${I2}SIP.Client.2`,
  [`${line2(2)}Enable`]: "1",
  [`${line2(2)}Provider`]: `${I2}SIP.Client.1.`,
  [`${client(1)}${OBJECT}DiagnosticsState`]: "None",
  [`${client(2)}${OBJECT}DiagnosticsState`]: "None",
};

describe("lines of a device", () => {
  it("TR-104 issue 1: enabled ones are counted in path order, 2 before 10; a disabled profile disables its lines", () => {
    const lines = voiceLines(treeOf(ISSUE_1)).map(({ path, number }) => [path, number]);
    expect(lines).to.deep.equal([
      [line1(1), null],
      [line1(2), 1],
      [line1(10), 2],
      [line1(1, 2), null],
    ]);
  });
  it("TR-104 issue 2: they are CallControl's, and register with the client that Provider names, dot or not", () => {
    expect(voiceLines(treeOf(ISSUE_2)).map(({ registers }) => registers)).to.deep.equal([client(2), client(1)]);
  });
  it("an empty Provider means the client of the same number, another provider no client", () => {
    const values = { ...ISSUE_2, [`${line2(1)}Provider`]: "", [`${line2(2)}Provider`]: `${I2}POTS.FXO.1` };
    expect(voiceLines(treeOf(values)).map(({ registers }) => registers)).to.deep.equal([client(1), null]);
  });
  it("without call control each SIP client is a line", () => {
    const values = { [`${client(2)}Enable`]: "1", [`${client(1)}Enable`]: "0" };
    expect(voiceLines(treeOf(values)).map(({ path, number }) => [path, number])).to.deep.equal([
      [client(1), null],
      [client(2), 1],
    ]);
  });
  it("of a device that tells any number of lines are the first 256", () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`${line1(at + 1)}Enable`, "Enabled"]));
    expect(voiceLines(treeOf(many)).map(({ number }) => number)).to.deep.equal(Array.from({ length: 256 }, (_, at) => at + 1));
    expect(namesAboutLines(Object.keys(many))).to.have.length(256);
  });
  it("no other values than Enable and Provider are needed", () => {
    expect(namesAboutLines(Object.keys(ISSUE_1))).to.have.members(Object.keys(ISSUE_1).filter((name) => name.endsWith(".Enable")));
  });
});

describe("where a registration test is", () => {
  const registration = (unit: string) => wishOf("sip-registration", unit);
  it("below the line, whatever OUI the vendor has; by number, or by the line's path, also of a disabled one", () => {
    expect(locate(registration("1"), ISSUE_1)).to.deep.equal({ kind: "at", path: `${line1(2)}SIP.${OBJECT}`, unitPath: line1(2) });
    expect(locate(registration(line1(1)), ISSUE_1)).to.deep.include({ kind: "at", unitPath: line1(1) });
    const other = { [`${line1(1)}X_00D09E_RegistrationDiagnostics.DiagnosticsState`]: "None" };
    expect(locate(registration("1"), other)).to.deep.include({ path: `${line1(1)}X_00D09E_RegistrationDiagnostics.` });
  });
  it("below the SIP client behind the line in issue 2", () => {
    const found = locate(registration("1"), ISSUE_2, "Device.");
    expect(found).to.deep.equal({ kind: "at", path: `${client(2)}${OBJECT}`, unitPath: line2(1) });
  });
  it("is looked for below the line when the tree has the line alone, below the voice services when it has none", () => {
    expect(locate(registration("1"), { [`${line1(1)}Status`]: "Up" })).to.deep.equal({ kind: "look", path: line1(1), unitPath: line1(1) });
    expect(locate(registration("1"), {})).to.deep.equal({ kind: "look", path: `${IGD}Services.VoiceService.`, unitPath: null });
    expect(locate(registration("1"), {}, null)).to.deep.include({ kind: "look", path: "" });
  });
  it("a wrong line is told with the lines that there are, disabled ones by path", () => {
    const found = locate(registration("3"), ISSUE_1);
    expect(found).to.deep.include({ kind: "none", code: "no-such-unit", field: "line" });
    expect(found)
      .to.have.property("detail")
      .that.includes(`1 (${line1(2)}), 2 (${line1(10)})`)
      .and.includes(line1(1));
    expect(locate(registration("1"), { [`${line1(1)}Enable`]: "Disabled" }))
      .to.have.property("detail")
      .that.includes("no line that is enabled");
  });
  it("a line of another kind has none", () => {
    const values = { ...ISSUE_2, [`${line2(1)}Provider`]: `${I2}POTS.FXO.1` };
    expect(locate(registration("1"), values, "Device.")).to.deep.include({ kind: "none", code: "not-supported" });
  });
  it("what is not there after a look is not supported: the sentence names model and object", () => {
    const looked = locate(registration("1"), { [`${line1(1)}Status`]: "Up" });
    if (looked.kind !== "look") throw new Error(looked.kind);
    expect(notSupported(registration("1"), looked, "0A1B2C-VG2000")).to.equal(
      `not supported by this model (0A1B2C-VG2000): the device has no X_<OUI>_RegistrationDiagnostics below ${line1(1)}`,
    );
  });
});

describe("where the other tests are", () => {
  it("under their names of TR-098 and of TR-181", () => {
    expect(locate(wishOf("ping"), { [`${IGD}IPPingDiagnostics.Host`]: "" })).to.deep.include({
      kind: "at",
      path: `${IGD}IPPingDiagnostics.`,
    });
    const tr181 = { "Device.IP.Diagnostics.IPPing.Host": "" };
    expect(locate(wishOf("ping"), tr181, "Device.")).to.deep.include({ path: "Device.IP.Diagnostics.IPPing." });
  });
  it("are looked for where the tree does not have them, the table above where they have rows", () => {
    expect(locate(wishOf("nslookup"), {})).to.deep.include({ kind: "look", path: `${IGD}NSLookupDiagnostics.` });
    expect(locate(wishOf("dsl-line"), {})).to.deep.include({ kind: "look", path: `${IGD}WANDevice.` });
    const rows = { [`${IGD}WANDevice.2.WANDSLDiagnostics.LoopDiagnosticsState`]: "None" };
    expect(locate(wishOf("dsl-line"), rows)).to.deep.include({ kind: "at", path: `${IGD}WANDevice.2.WANDSLDiagnostics.` });
  });
  it("that a data model does not have are not supported, without asking the device", () => {
    expect(locate(wishOf("udp-echo"), {})).to.deep.include({ kind: "none", code: "not-supported", field: "test" });
  });
  it("of a voice port are named by its number, in either issue; a wrong port is told with those there are", () => {
    const issue1 = { [`${I1}PhyInterface.1.Tests.TestState`]: "None", [`${I1}PhyInterface.2.Tests.TestState`]: "None" };
    expect(locate(wishOf("voice-port", "2"), issue1)).to.deep.equal({
      ...{ kind: "at", path: `${I1}PhyInterface.2.Tests.`, unitPath: `${I1}PhyInterface.2.` },
    });
    const issue2 = { [`${I2}POTS.FXS.1.DiagTests.DiagnosticsState`]: "None" };
    expect(locate(wishOf("voice-port", "1"), issue2, "Device.")).to.deep.include({ path: `${I2}POTS.FXS.1.DiagTests.` });
    expect(locate(wishOf("voice-port", "3"), issue1))
      .to.have.property("detail")
      .that.includes(`1 (${I1}PhyInterface.1.)`);
    expect(locate(wishOf("voice-port", "1"), {})).to.deep.include({ kind: "look", path: `${IGD}Services.VoiceService.` });
  });
  it("with a path are there, whatever test and unit say", () => {
    const path = `${IGD}X_0A1B2C_MyTest.`;
    expect(locate(wishOf("ping", null, path), { [`${path}DiagnosticsState`]: "None" })).to.deep.equal({ kind: "at", path, unitPath: null });
    expect(locate(wishOf("ping", null, path), {})).to.deep.include({ kind: "look", path });
  });
  it("need no more of the tree than their own part", () => {
    expect(subtreesOf(wishOf("ping"), "Device.")).to.deep.equal(["Device.IP.Diagnostics.IPPing."]);
    expect(subtreesOf(wishOf("sip-registration", "1"), IGD)).to.deep.equal([`${IGD}Services.VoiceService.`]);
    expect(subtreesOf(wishOf("ping"), null)).to.deep.equal([]);
  });
});
