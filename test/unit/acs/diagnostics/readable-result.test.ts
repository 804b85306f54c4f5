/** Results under friendly names with units (cwmp.md 8.2, 9.5; TR-106 3.2.1; TR-143). */
import { expect } from "chai";
import { DIAGNOSIS_LIMITS } from "../../../../acs/diagnostics/diagnosis.js";
import { readableResult } from "../../../../acs/diagnostics/readable-result.js";

const NOTHING = { state: "Complete", values: {}, tables: {} };
const of = (test: string, values: Readonly<Record<string, string>>) => readableResult(test, { ...NOTHING, values });

describe("a readable result", () => {
  it("has numbers with their units, and not the arguments", () => {
    expect(
      of("ping", { Host: "192.0.2.1", NumberOfRepetitions: "3", SuccessCount: "2", AverageResponseTime: "18", IPAddressUsed: "192.0.2.1" }),
    ).to.deep.equal({
      ...{ successCount: 2, averageResponseTimeMs: 18, addressUsed: "192.0.2.1" },
    });
  });
  it("counts microseconds where the data model does (UDP echo, server selection)", () => {
    expect(of("udp-echo", { AverageResponseTime: "1800" })).to.deep.equal({ averageResponseTimeUs: 1_800 });
  });
  it("of a registration test has what cwmp.md 9.5 lists", () => {
    const values = {
      FaultCode: "200",
      GrantedExpires: "3600",
      RoundTripTime: "21",
      AttemptCount: "2",
      LastAttemptTime: "2026-01-01T00:00:00Z",
    };
    expect(of("sip-registration", { ...values, Timeout: "32000" })).to.deep.equal({
      ...{ faultCode: 200, grantedExpiresS: 3_600, roundTripTimeMs: 21, attempts: 2, lastAttemptAt: "2026-01-01T00:00:00.000Z" },
    });
  });
  it("the year 1 is an unknown time (TR-106), as is a clock that was never set, and what is no time at all", () => {
    for (const text of ["0001-01-01T00:00:00Z", "0001-01-01T00:12:30Z", "1970-01-01T00:00:41Z", "soon", ""])
      expect(of("sip-registration", { LastAttemptTime: text }), text).to.deep.equal({ lastAttemptAt: null });
  });
  it("a time without zone is UTC, and microseconds stay", () => {
    expect(of("sip-registration", { LastAttemptTime: "2026-01-01T08:00:00" })).to.deep.equal({ lastAttemptAt: "2026-01-01T08:00:00.000Z" });
    expect(of("download", { BOMTime: "2026-01-01T00:00:00.123456Z" })).to.deep.equal({ beganAt: "2026-01-01T00:00:00.123456Z" });
  });
  it("tells the throughput of a transfer, by a clock that was never set as well (TR-143)", () => {
    const values = { TestBytesReceived: "1000000", BOMTime: "1970-01-01T00:00:10.000000Z", EOMTime: "1970-01-01T00:00:10.500000Z" };
    expect(of("download", values)).to.deep.include({ throughputBitsPerS: 16_000_000 });
    expect(of("download", { ...values, EOMTime: values.BOMTime })).not.to.have.property("throughputBitsPerS");
    expect(of("upload", { TestFileLength: "500000", BOMTime: "2026-01-01T00:00:00Z", EOMTime: "2026-01-01T00:00:04Z" })).to.deep.include({
      throughputBitsPerS: 1_000_000,
    });
  });
  it("has the rows of its tables in order, times as lists", () => {
    const rows = [{ instance: 1, values: { HopHost: "192.0.2.254", HopRTTimes: "2, 2,1", HopErrorCode: "0" } }];
    expect(readableResult("traceroute", { ...NOTHING, tables: { RouteHops: rows } })).to.deep.equal({
      hops: [{ row: 1, host: "192.0.2.254", roundTripTimesMs: [2, 2, 1], icmpErrorCode: 0 }],
    });
  });
  it("keeps the name and the text of what it does not know, however it is called", () => {
    expect(of("ping", { X_0A1B2C_Jitter: "3 ms", constructor: "x" })).to.deep.equal({ X_0A1B2C_Jitter: "3 ms", constructor: "x" });
    const odd = readableResult("ping", { ...NOTHING, tables: { constructor: [{ instance: 1, values: { A: "1" } }] } });
    expect(Object.keys(odd)).to.deep.equal(["constructor"]);
  });
  it("a number that is none stays as it was told", () => {
    expect(of("ping", { SuccessCount: "many" })).to.deep.equal({ successCount: "many" });
  });
  it("is bounded: what does not fit is counted", () => {
    const rows = Array.from({ length: 2_000 }, (_, at) => ({ instance: at + 1, values: { SSID: "n".repeat(100) } }));
    const result = readableResult("wifi-neighbours", { ...NOTHING, tables: { Result: rows }, leftOut: 2 });
    expect(JSON.stringify(result).length).to.be.lessThan(DIAGNOSIS_LIMITS.resultCharactersMax + 100);
    const shown = result["rows"] as readonly unknown[];
    expect(result["leftOut"]).to.equal(2_000 - shown.length + 2);
    expect(JSON.stringify(of("ping", { X_Long: "x".repeat(100_000) })).length).to.be.lessThan(2_000);
  });
});
