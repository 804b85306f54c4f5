/**
 * The IP ping test: real ICMP echo, sent by the system's ping, since raw sockets need rights that this program does not have.
 * Spec: TR-098 (IPPingDiagnostics), TR-181 (IP.Diagnostics.IPPing). Layer: device-sim.
 */
import { complaintOf, readReplies, saysNoRoute } from "./ping-output.js";
import { summaryOf } from "./response-times.js";
import { runTool } from "./run-tool.js";
import { addressUsed, targetAddress } from "./target-host.js";
import { complete, numberOf, TestFailure, type TestRun, type TestRunner } from "./test-runner.js";

export interface Echoes {
  /** Numeric. */
  readonly address: string;
  readonly repetitions: number;
  readonly timeoutMs: number;
  readonly dataBytes: number;
  readonly dscp: number;
  readonly run: TestRun;
}

/** Between two requests: the least that ping allows to anybody. */
const INTERVAL_S = 0.2;
/** After all requests and their time-out. */
const SPARE_MS = 5_000;
/** Exit codes of ping: it worked, with and without answers. Another one: it did not. */
const WORKED: readonly (number | null)[] = [0, 1, null];

export const runPing: TestRunner = async (run) => {
  const address = await targetAddress(run.argument("Host"), run.argument("ProtocolVersion"));
  const [repetitions, timeoutMs] = [numberOf(run, "NumberOfRepetitions"), numberOf(run, "Timeout")];
  const times = await echoTimes({
    ...{ address, repetitions, timeoutMs, run },
    ...{ dataBytes: numberOf(run, "DataBlockSize"), dscp: numberOf(run, "DSCP") },
  });
  return complete({
    ...{ SuccessCount: String(times.length), FailureCount: String(repetitions - times.length), IPAddressUsed: await addressUsed(address) },
    ...responseTimes(times),
  });
};

/**
 * @returns Microseconds of each answer that came in time; 0 where the data block is too small to carry a time.
 * @throws {TestFailure} Error_NoRouteToHost; Error_Other: it may not send, or refuses the arguments. @throws {ToolMissing}
 */
export async function echoTimes({ address, repetitions, timeoutMs, dataBytes, dscp, run }: Echoes): Promise<readonly number[]> {
  const { stdout, stderr, exitCode } = await runTool({
    program: run.chassis.options.tools?.ping ?? "ping",
    args: [
      ...["-n", "-c", String(repetitions), "-i", String(INTERVAL_S), "-W", String(timeoutMs / 1_000)],
      ...["-s", String(dataBytes), "-Q", String(dscp << 2), "--", address],
    ],
    endsAfterMs: repetitions * INTERVAL_S * 1_000 + timeoutMs + SPARE_MS,
    stop: run.stop,
  });
  if (!WORKED.includes(exitCode)) throw new TestFailure(saysNoRoute(stderr) ? "Error_NoRouteToHost" : "Error_Other", complaintOf(stderr));
  const replies = readReplies(stdout);
  if (exitCode === 0 && replies.length === 0) throw new TestFailure("Error_Internal", "what ping prints is not understood");
  return replies.map(({ timeUs = 0 }) => timeUs).filter((timeUs) => timeUs <= timeoutMs * 1_000);
}

/** Milliseconds are rounded up, so that an answer is never one in no time; without answers all are 0. */
function responseTimes(timesUs: readonly number[]): Readonly<Record<string, string>> {
  const { averageUs, minimumUs, maximumUs } = summaryOf(timesUs);
  const ms = (us: number): string => String(Math.ceil(us / 1_000));
  return {
    ...{ AverageResponseTime: ms(averageUs), MinimumResponseTime: ms(minimumUs), MaximumResponseTime: ms(maximumUs) },
    ...{ AverageResponseTimeDetailed: String(averageUs), MinimumResponseTimeDetailed: String(minimumUs) },
    MaximumResponseTimeDetailed: String(maximumUs),
  };
}
