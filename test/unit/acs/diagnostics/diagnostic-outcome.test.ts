/** What a diagnostics object says (TR-106 DiagnosticsState, cwmp.md 8.1). */
import { expect } from "chai";
import { type DiagnosticObject, diagnosticObject } from "../../../../acs/diagnostics/diagnostic-objects.js";
import { DEFAULT_TIMEOUT_S, progressOf, resultOf, TIMEOUT_S_MAX, timeoutOf } from "../../../../acs/diagnostics/diagnostic-outcome.js";

function objectAt(path: string): DiagnosticObject {
  const object = diagnosticObject(path);
  if (object === undefined) throw new Error(`${path} has no state`);
  return object;
}
const PING = objectAt("Device.IP.Diagnostics.IPPing.");
const TRACE = objectAt("InternetGatewayDevice.TraceRouteDiagnostics.");
const valueIn = (values: Readonly<Record<string, string>>) => (name: string) => values[name];

describe("the state of a diagnostics object", () => {
  it("Complete and the deprecated Completed both say that it ended well (field quirk 57)", () => {
    for (const state of ["Complete", "Completed", " complete "]) expect(progressOf(PING, state), state).to.equal("complete");
  });
  it("Error and all that begins with it say that it ended with an error, a vendor's too", () => {
    for (const state of ["Error", "Error_CannotResolveHostName", "Error_X_00D09E_Melted"])
      expect(progressOf(PING, state), state).to.equal("error");
  });
  it("None says that nothing was asked for, or that its results are void", () => {
    expect(progressOf(PING, "None")).to.equal("none");
  });
  it("Canceled says so", () => {
    expect(progressOf(PING, "Canceled")).to.equal("canceled");
  });
  it("Requested, and a vendor's own word that says neither, are not its end", () => {
    for (const state of ["Requested", "X_00D09E_Dialling", ""]) expect(progressOf(PING, state), state).to.equal("running");
  });
  it("of a registration test may end with the event's name", () => {
    const object = objectAt("Device.Services.VoiceService.1.SIP.Client.1.X_0A1B2C_RegistrationDiagnostics.");
    expect(progressOf(object, "8 DIAGNOSTICS COMPLETE")).to.equal("complete");
  });
});

describe("how long a test may take", () => {
  it("is its repetitions times its time-out, and a minute", () => {
    expect(timeoutOf(PING, valueIn({ NumberOfRepetitions: "10", Timeout: "1500" }))).to.equal(75);
    expect(timeoutOf(TRACE, valueIn({ NumberOfTries: "3", MaxHopCount: "30", Timeout: "1000" }))).to.equal(150);
  });
  it("is five minutes where that is not known", () => {
    expect(timeoutOf(PING, valueIn({ NumberOfRepetitions: "10" }))).to.equal(DEFAULT_TIMEOUT_S);
    expect(timeoutOf(PING, valueIn({ NumberOfRepetitions: "ten", Timeout: "1" }))).to.equal(DEFAULT_TIMEOUT_S);
    expect(timeoutOf(objectAt("Device.IP.Diagnostics.DownloadDiagnostics."), valueIn({}))).to.equal(DEFAULT_TIMEOUT_S);
  });
  it("is a day at most", () => {
    expect(timeoutOf(PING, valueIn({ NumberOfRepetitions: "4294967295", Timeout: "4294967295" }))).to.equal(TIMEOUT_S_MAX);
  });
});

describe("the result of a test", () => {
  const own = (...pairs: readonly string[]) => pairs.map((pair) => ({ name: pair.split("=")[0] ?? "", text: pair.split("=")[1] ?? "" }));

  it("has the state, the values and the rows of its tables in their order", () => {
    const read = own(
      "DiagnosticsState=Complete",
      "ResponseTime=9",
      "RouteHops.10.HopHost=b",
      "RouteHops.2.HopHost=a",
      "RouteHops.2.HopRTTimes=1,2",
    );
    expect(resultOf(TRACE, read, 10_000)).to.deep.equal({
      state: "Complete",
      values: { ResponseTime: "9" },
      tables: {
        RouteHops: [
          { instance: 2, values: { HopHost: "a", HopRTTimes: "1,2" } },
          { instance: 10, values: { HopHost: "b" } },
        ],
      },
    });
  });
  it("keeps what lies below a row, or in an object that is no table, under its name", () => {
    const { values, tables } = resultOf(TRACE, own("Deep.Value=1", "Outer.1.Inner.2.X=3", "Obj.Table.4.Y=5"), 10_000);
    expect(values).to.deep.equal({ "Deep.Value": "1" });
    expect(tables).to.deep.equal({
      Outer: [{ instance: 1, values: { "Inner.2.X": "3" } }],
      "Obj.Table": [{ instance: 4, values: { Y: "5" } }],
    });
  });
  it("shows no secret", () => {
    expect(resultOf(PING, own("Password=open-sesame"), 10_000).values).to.deep.equal({ Password: "" });
  });
  it("has a limit, and counts what was left out", () => {
    const result = resultOf(PING, own("A=1", `B=${"x".repeat(100)}`, "C=1"), 100);
    expect(result).to.deep.equal({ state: "", values: { A: "1" }, tables: {}, leftOut: 2 });
  });
  it("takes any name for a name", () => {
    expect(Object.keys(resultOf(PING, own("__proto__=1", "__proto__.1.constructor=2"), 10_000).values)).to.deep.equal(["__proto__"]);
  });
});
