/**
 * The server selection test: each host is asked several times, one after the other; the one that answers fastest on average is told.
 * Spec: TR-181 (IP.Diagnostics.ServerSelectionDiagnostics), TR-143 A.1. Layer: device-sim.
 */
import { readList } from "../../acs/cwmp/values.js";
import { exchangeEchoes } from "./exchange-echoes.js";
import { readHostPort } from "./host-port.js";
import { echoTimes } from "./ping.js";
import { fastestOf, summaryOf } from "./response-times.js";
import { startStopwatch } from "./stopwatch.js";
import { addressUsed, targetAddress } from "./target-host.js";
import { complete, numberOf, TestFailure, type TestRun, type TestRunner } from "./test-runner.js";

interface Candidate {
  /** As HostList has it. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

/** Where the echo service is (RFC 862), and what is sent there. */
const ECHO_PORT = 7;
const DATA_BYTES = 56;

export const runServerSelection: TestRunner = async (run) => {
  const measured: (Candidate & { readonly timesUs: readonly number[] })[] = [];
  for (const candidate of await candidatesOf(run)) measured.push({ ...candidate, timesUs: await timesOf(run, candidate) });
  const fastest = fastestOf(measured);
  const { averageUs, minimumUs, maximumUs } = summaryOf(fastest?.timesUs ?? []);
  return complete({
    ...{
      FastestHost: fastest?.host ?? "",
      IPAddressUsed: fastest === undefined ? "" : await addressUsed(fastest.address),
    },
    ...{ MinimumResponseTime: String(minimumUs), AverageResponseTime: String(averageUs), MaximumResponseTime: String(maximumUs) },
  });
};

/** Hosts without an address can't be the fastest; if none has one, that is the result. A port may follow, which the standard does not have. */
async function candidatesOf(run: TestRun): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const text of readList(run.argument("HostList"))) {
    const { host, port = ECHO_PORT } = readHostPort(text);
    const address = await targetAddress(host, run.argument("ProtocolVersion")).catch((error: unknown) => {
      if (error instanceof TestFailure) return undefined;
      throw error;
    });
    if (address !== undefined) found.push({ host: text, address, port });
  }
  if (found.length === 0) throw new TestFailure("Error_CannotResolveHostName", "no host of HostList has an address");
  return found;
}

/** Microseconds. "There MUST be a ping response to the transmitted ping, or timeout, before the next ping is sent out." */
async function timesOf(run: TestRun, { address, port }: Candidate): Promise<readonly number[]> {
  const common = { address, repetitions: numberOf(run, "NumberOfRepetitions"), timeoutMs: numberOf(run, "Timeout"), dataBytes: DATA_BYTES };
  if (run.argument("Protocol") === "ICMP") return echoTimes({ ...common, dscp: 0, run });
  const packets = await exchangeEchoes({ ...common, port, watch: startStopwatch(run.chassis.clock), stop: run.stop });
  return packets.flatMap(({ sentUs, receivedUs }) => (receivedUs === undefined ? [] : [receivedUs - sentUs]));
}
