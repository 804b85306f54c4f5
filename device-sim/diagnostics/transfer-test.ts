/**
 * The download and upload tests: real HTTP over connections that carry nothing else, timed at the socket.
 * Spec: TR-143 4 (DownloadDiagnostics, UploadDiagnostics), TR-181 (several connections, full loading). Layer: device-sim.
 */

import { DIAGNOSTIC_LIMITS } from "../../schemas/data-models/diagnostics-leaves.js";
import type { TestEnd } from "../device/diagnostics.js";
import { DEFAULTS } from "../gateway/options.js";
import { type Stopwatch, startStopwatch } from "./stopwatch.js";
import { addressUsed, targetAddress } from "./target-host.js";
import { complete, numberOf, TestFailure, type TestRun, type TestRunner } from "./test-runner.js";
import { type Connection, type TransferOrder, transfer } from "./timed-transfer.js";
import { type Carried, type Interval, TransferLoad } from "./transfer-load.js";

export const runDownload: TestRunner = (run) => test(run, "DownloadURL", { method: "GET", failed: "Error_TransferFailed" });
export const runUpload: TestRunner = (run) => test(run, "UploadURL", { method: "PUT", failed: "Error_NoTransferComplete" });

async function test(run: TestRun, urlLeaf: string, direction: Pick<TransferOrder, "method" | "failed">): Promise<TestEnd> {
  const url = readUrl(run.argument(urlLeaf), urlLeaf);
  const address = await targetAddress(url.hostname, run.argument("ProtocolVersion"));
  const count = Math.max(1, numberOf(run, "NumberOfConnections"));
  const watch = startStopwatch(run.chassis.clock);
  const load = loadOf(run, count, watch);
  const { answerTimeoutMs, ca } = run.chassis.options;
  const broken = new AbortController(); // one that fails ends the others
  const order: TransferOrder = {
    ...{ url, address, watch, load, silenceMs: answerTimeoutMs ?? DEFAULTS.answerTimeoutMs, ...direction },
    ...{ bodyBytes: numberOf(run, "TestFileLength"), durationMs: durationMs(run, "TimeBasedTestDuration") },
    ...{ stop: AbortSignal.any([run.stop, broken.signal]), ...(ca === undefined ? {} : { ca }) },
  };
  try {
    const connections = await Promise.all(Array.from({ length: count }, () => transfer(order)));
    const isEachTold = run.argument("EnablePerConnectionResults") === "1";
    return complete(
      { ...summary(connections, load, watch), IPAddressUsed: await addressUsed(address) },
      {
        PerConnectionResult: isEachTold ? connections.map((one) => rowOf(one, watch)) : [],
        IncrementalResult: load.intervals.map((one) => intervalRow(one, watch)),
      },
    );
  } finally {
    broken.abort();
    load.close();
  }
}

/** A parameter in seconds; 0 in models that have no timed tests. */
const durationMs = (run: TestRun, leaf: string): number => numberOf(run, leaf) * 1_000;

function loadOf(run: TestRun, connections: number, watch: Stopwatch): TransferLoad {
  const isTimed = numberOf(run, "TimeBasedTestDuration") > 0;
  return new TransferLoad(connections, watch, {
    everyMs: isTimed ? durationMs(run, "TimeBasedTestMeasurementInterval") : 0,
    offsetMs: durationMs(run, "TimeBasedTestMeasurementOffset"),
    intervalsMax: DIAGNOSTIC_LIMITS.incrementalResultsMax,
  });
}

/** "…MUST NOT include userinfo". FTP, which the standard allows too, this device does not have. */
function readUrl(text: string, leaf: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (url === undefined || !isHttp) throw new TestFailure("Error_InitConnectionFailed", `${leaf} is no URL of http or https`);
  if (url.username !== "" || url.password !== "") throw new TestFailure("Error_InitConnectionFailed", `${leaf} must not have a user in it`);
  return url;
}

/** Both directions and both models: a device passes over what it has not. Of several connections: from the first begin to the last end. */
function summary(connections: readonly Connection[], { fullLoading }: TransferLoad, watch: Stopwatch): TestEnd["results"] {
  const first = (leaf: "openRequestUs" | "openResponseUs" | "romUs" | "bomUs"): string =>
    watch.timeAt(Math.min(...connections.map((one) => one[leaf])));
  return {
    ...{ ROMTime: first("romUs"), BOMTime: first("bomUs"), EOMTime: watch.timeAt(Math.max(...connections.map(({ eomUs }) => eomUs))) },
    ...{ TCPOpenRequestTime: first("openRequestUs"), TCPOpenResponseTime: first("openResponseUs") },
    ...bytesOf(sum(connections), ""),
    ...bytesOf(fullLoading, "UnderFullLoading"),
    PeriodOfFullLoading: String(fullLoading.untilUs - fullLoading.fromUs),
  };
}

const intervalRow = (interval: Interval, { timeAt }: Stopwatch): Readonly<Record<string, string>> => ({
  ...{ StartTime: timeAt(interval.fromUs), EndTime: timeAt(interval.untilUs) },
  ...bytesOf(interval, ""),
});

function rowOf(connection: Connection, { timeAt }: Stopwatch): Readonly<Record<string, string>> {
  const { openRequestUs, openResponseUs, romUs, bomUs, eomUs } = connection;
  return {
    ...{ ROMTime: timeAt(romUs), BOMTime: timeAt(bomUs), EOMTime: timeAt(eomUs) },
    ...{ TCPOpenRequestTime: timeAt(openRequestUs), TCPOpenResponseTime: timeAt(openResponseUs) },
    ...bytesOf(connection, ""),
  };
}

const sum = (parts: readonly Carried[]): Carried => ({
  sentBytes: parts.reduce((total, { sentBytes }) => total + sentBytes, 0),
  receivedBytes: parts.reduce((total, { receivedBytes }) => total + receivedBytes, 0),
});

/** Nothing else goes over the device's interface: what it carries in all is what the test carries. */
function bytesOf({ sentBytes, receivedBytes }: Carried, suffix: string): Readonly<Record<string, string>> {
  const [sent, received] = [String(sentBytes), String(receivedBytes)];
  const leaves = { TestBytesReceived: received, TotalBytesReceived: received, TestBytesSent: sent, TotalBytesSent: sent };
  return Object.fromEntries(Object.entries(leaves).map(([leaf, bytes]) => [leaf + suffix, bytes]));
}
