/**
 * The traceroute test: UDP packets of the system's traceroute, each hop answering by ICMP.
 * Spec: TR-098 (TraceRouteDiagnostics), TR-181 (IP.Diagnostics.TraceRoute). Layer: device-sim.
 */
import { isIPv6 } from "node:net";
import type { TestEnd } from "../device/diagnostics.js";
import { complaintOf, saysNoRoute } from "./ping-output.js";
import { runTool } from "./run-tool.js";
import { addressUsed, targetAddress } from "./target-host.js";
import { numberOf, TestFailure, type TestRun, type TestRunner } from "./test-runner.js";
import { type Hop, readHops } from "./traceroute-output.js";

/** The least that traceroute itself takes. */
const SPARE_MS = 5_000;
const HEADER_BYTES = { ipv4: 28, ipv6: 48 } as const;

export const runTraceRoute: TestRunner = async (run) => {
  const address = await targetAddress(run.argument("Host"), run.argument("ProtocolVersion"));
  const hops = await trace(run, address);
  const last = hops.at(-1);
  const results = {
    ResponseTime: String(last === undefined ? 0 : meanMs(last)),
    IPAddressUsed: await addressUsed(address),
  };
  return { ...judge(hops, canonical(address), numberOf(run, "MaxHopCount")), results, tables: { RouteHops: hops.map(rowOf) } };
};

async function trace(run: TestRun, address: string): Promise<readonly Hop[]> {
  const [tries, timeoutMs, hopsMax] = ["NumberOfTries", "Timeout", "MaxHopCount"].map((leaf) => numberOf(run, leaf)) as [
    number,
    number,
    number,
  ];
  const packetBytes = numberOf(run, "DataBlockSize") + (isIPv6(address) ? HEADER_BYTES.ipv6 : HEADER_BYTES.ipv4);
  const { stdout, stderr, exitCode } = await runTool({
    program: run.chassis.options.tools?.traceroute ?? "traceroute",
    args: [
      ...["-n", "-q", String(tries), "-w", String(timeoutMs / 1_000), "-m", String(hopsMax)],
      ...["-t", String(numberOf(run, "DSCP") << 2), "--", address, String(packetBytes)],
    ],
    endsAfterMs: tries * hopsMax * timeoutMs + SPARE_MS,
    stop: run.stop,
  });
  const hops = readHops(stdout);
  if (hops.length > 0) return hops;
  if (exitCode === 0) throw new TestFailure("Error_Internal", "what traceroute prints is not understood");
  throw new TestFailure(saysNoRoute(stderr) ? "Error_NoRouteToHost" : "Error_Other", complaintOf(stderr));
}

function judge(hops: readonly Hop[], address: string, hopsMax: number): Pick<TestEnd, "state" | "why"> {
  const last = hops.at(-1);
  if (last?.address === address && last.refusal === undefined) return { state: "Complete" };
  if (last?.refusal !== undefined) return { state: "Error_NoRouteToHost", why: `${last.address} refuses with code ${last.refusal}` };
  return { state: "Error_MaxHopCountExceeded", why: `${address} is not reached in ${hopsMax} hops` };
}

/** Both models' names: a device passes over those that it has not. "A list item of 0: no response", "less than 1 must be rounded up". */
function rowOf({ address, timesMs, refusal = 0 }: Hop): Readonly<Record<string, string>> {
  const times = timesMs.map((ms) => (ms === undefined ? "0" : String(Math.max(1, Math.round(ms))))).join(",");
  const code = String(refusal);
  return {
    ...{ HopHost: address, HopHostAddress: address, HopErrorCode: code, HopRTTimes: times },
    ...{ Host: address, HostAddress: address, ErrorCode: code, RTTimes: times },
  };
}

function meanMs({ timesMs }: Hop): number {
  const answered = timesMs.filter((ms) => ms !== undefined);
  return answered.length === 0 ? 0 : Math.max(1, Math.round(answered.reduce((sum, ms) => sum + ms, 0) / answered.length));
}

/** As traceroute writes it: "0:0:0:0:0:0:0:1" is "::1". A zone ("%eth0") is no part of it (RFC 4007 11). */
function canonical(address: string): string {
  const [bare = ""] = address.split("%");
  return isIPv6(bare) ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : address;
}
