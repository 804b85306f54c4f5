/**
 * The download and upload tests: real HTTP over connections that carry nothing else, timed at the socket.
 * Spec: TR-143 4 (DownloadDiagnostics, UploadDiagnostics), TR-181 (several connections, full loading). Layer: device-sim.
 */
import type { TestEnd } from "../device/diagnostics.js";
import { DEFAULTS } from "../gateway/options.js";
import { type Stopwatch, startStopwatch } from "./stopwatch.js";
import { addressUsed, targetAddress } from "./target-host.js";
import { complete, numberOf, TestFailure, type TestRun, type TestRunner } from "./test-runner.js";
import { type Connection, FullLoading, type Measured, transfer } from "./timed-transfer.js";

export const runDownload: TestRunner = (run) => test(run, "DownloadURL", { failed: "Error_TransferFailed" });
export const runUpload: TestRunner = (run) =>
  test(run, "UploadURL", { failed: "Error_NoTransferComplete", bodyBytes: numberOf(run, "TestFileLength") });

interface Direction {
  /** What a transfer that broke off is called. */
  readonly failed: string;
  /** What is sent; absent: nothing, it is fetched. */
  readonly bodyBytes?: number;
}

async function test(run: TestRun, urlLeaf: string, { failed, bodyBytes }: Direction): Promise<TestEnd> {
  const url = readUrl(run.argument(urlLeaf), urlLeaf);
  const address = await targetAddress(url.hostname, run.argument("ProtocolVersion"));
  const count = Math.max(1, numberOf(run, "NumberOfConnections"));
  const watch = startStopwatch(run.chassis.clock);
  const loading = new FullLoading(count, watch);
  const { answerTimeoutMs, ca } = run.chassis.options;
  const broken = new AbortController(); // one that fails ends the others
  const common = {
    ...{ url, address, failed, watch, loading, silenceMs: answerTimeoutMs ?? DEFAULTS.answerTimeoutMs },
    ...{ stop: AbortSignal.any([run.stop, broken.signal]), ...(ca === undefined ? {} : { ca }) },
    ...(bodyBytes === undefined ? {} : { bodyBytes }),
  };
  try {
    const connections = await Promise.all(Array.from({ length: count }, () => transfer(common)));
    return complete(
      { ...summary(connections, loading, watch), IPAddressUsed: await addressUsed(address) },
      run.argument("EnablePerConnectionResults") === "1" ? { PerConnectionResult: connections.map((one) => rowOf(one, watch)) } : {},
    );
  } finally {
    broken.abort();
  }
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
function summary(connections: readonly Connection[], loading: FullLoading, watch: Stopwatch): TestEnd["results"] {
  const first = (leaf: "openRequestUs" | "openResponseUs" | "romUs" | "bomUs"): string =>
    watch.timeAt(Math.min(...connections.map((one) => one[leaf])));
  return {
    ...{ ROMTime: first("romUs"), BOMTime: first("bomUs"), EOMTime: watch.timeAt(Math.max(...connections.map(({ eomUs }) => eomUs))) },
    ...{ TCPOpenRequestTime: first("openRequestUs"), TCPOpenResponseTime: first("openResponseUs") },
    ...bytesOf(sum(connections), ""),
    ...bytesOf(loading.measured, "UnderFullLoading"),
    PeriodOfFullLoading: String(loading.periodUs),
  };
}

function rowOf(connection: Connection, { timeAt }: Stopwatch): Readonly<Record<string, string>> {
  const { openRequestUs, openResponseUs, romUs, bomUs, eomUs } = connection;
  return {
    ...{ ROMTime: timeAt(romUs), BOMTime: timeAt(bomUs), EOMTime: timeAt(eomUs) },
    ...{ TCPOpenRequestTime: timeAt(openRequestUs), TCPOpenResponseTime: timeAt(openResponseUs) },
    ...bytesOf(connection, ""),
  };
}

const sum = (parts: readonly Measured[]): Measured => ({
  sentBytes: parts.reduce((total, { sentBytes }) => total + sentBytes, 0),
  receivedBytes: parts.reduce((total, { receivedBytes }) => total + receivedBytes, 0),
});

/** Nothing else goes over the device's interface: what it carries in all is what the test carries. */
function bytesOf({ sentBytes, receivedBytes }: Measured, suffix: string): Readonly<Record<string, string>> {
  const [sent, received] = [String(sentBytes), String(receivedBytes)];
  const leaves = { TestBytesReceived: received, TotalBytesReceived: received, TestBytesSent: sent, TotalBytesSent: sent };
  return Object.fromEntries(Object.entries(leaves).map(([leaf, bytes]) => [leaf + suffix, bytes]));
}
