/**
 * The traceroute test of simulated gateways, where no network is needed.
 * Layer: unit test.
 */
import { expect } from "chai";
import { TestFailure, type TestRun } from "../../../../device-sim/diagnostics/test-runner.js";
import { runTraceRoute } from "../../../../device-sim/diagnostics/trace-route.js";

describe("traceroute", () => {
  it("ends at any address that the system knows, one with a zone too (RFC 4007)", async () => {
    const settings: Readonly<Record<string, string>> = { Host: "fe80::1%lo", ProtocolVersion: "Any" };
    // "true" prints nothing, which is no traceroute: the test fails as a test.
    const run = { chassis: { options: { tools: { traceroute: "true" } } }, argument: (leaf: string) => settings[leaf] ?? "1" };
    const stop = new AbortController().signal;
    const end = await runTraceRoute({ ...run, object: "", stop } as unknown as TestRun).catch((error: unknown) => error);
    expect(end).to.be.instanceOf(TestFailure);
    expect((end as TestFailure).state).to.equal("Error_Internal");
  });
});
