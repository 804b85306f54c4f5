/**
 * How long a diagnosis takes with the timers that it leaves the factory with, against servers that keep it waiting, over real sockets and
 * with real pings. It fails if one took longer than Timeout + 1 s. SOAK_DIAGNOSES: how many of each, at once; SEED repeats a run.
 * Spec: CN 103067208 B [0082-0085]. Layer: simulation.
 */
import { randomBytes } from "node:crypto";
import { systemClock } from "../../../common/clock.js";
import { DIAGNOSIS_LIMITS } from "../../../device-sim/diagnosis/registration-diagnosis.js";
import { type DiagnosisReport, DiagnosisRun } from "../../../device-sim/diagnosis/run-diagnosis.js";
import { runSeed, seededRandom } from "../../support/seeded-random.js";
import { type DifficultPeer, openDifficultPeers } from "./difficult-peers.js";

const EACH_DEFAULT = 5;
const SPARE_MS = 1_000;
/** Clocks keep no process alive. */
const HEARTBEAT_MS = 1_000;

interface Measured {
  readonly peer: string;
  readonly report: DiagnosisReport;
  readonly tookMs: number;
}

function measure({ name, host, port, transport }: DifficultPeer, number: number): Promise<Measured> {
  const user = String(1_000 + number);
  const beganAt = performance.now();
  return new Promise((resolve, reject) => {
    const onEnd = (report: DiagnosisReport): void => resolve({ peer: name, report, tookMs: performance.now() - beganAt });
    new DiagnosisRun({
      line: {
        ...{ enabled: true, serverHost: host, serverPort: port, transport, domain: "voice.example", subscriptions: [] },
        ...{ addressOfRecord: `sip:${user}@voice.example`, authUserName: user, authPassword: "s3cret" },
        ...{ registerExpiresS: 600, retryIntervalS: 30, userAgentPort: 0 },
      },
      ...{ limits: DIAGNOSIS_LIMITS, instanceId: "urn:uuid:00000000-0000-1000-8000-020000000001", userAgent: "soak" },
      ...{ contact: () => undefined, address: "", contactPort: 0, tls: {}, clock: systemClock, randomBytes, onEnd, onError: reject },
    }).begin();
  });
}

function print(measured: readonly Measured[]): void {
  console.log("server                                     diagnoses  codes              attempts  longest");
  for (const peer of new Set(measured.map((one) => one.peer))) {
    const own = measured.filter((one) => one.peer === peer);
    const codes = [...new Set(own.map(({ report }) => report.faultCode))].sort((a, b) => a - b).join(" ");
    const attempts = Math.max(...own.map(({ report }) => report.attempts));
    const longest = Math.max(...own.map(({ tookMs }) => tookMs));
    console.log(
      `${peer.padEnd(42)} ${String(own.length).padStart(9)}  ${codes.padEnd(18)} ${String(attempts).padStart(8)} ${longest.toFixed(0).padStart(6)} ms`,
    );
  }
}

async function main(): Promise<void> {
  const each = Number(process.env["SOAK_DIAGNOSES"] ?? EACH_DEFAULT);
  const random = seededRandom(runSeed());
  const limitMs = DIAGNOSIS_LIMITS.timeoutMs + SPARE_MS;
  console.log(`seed ${random.seed}; Timeout ${DIAGNOSIS_LIMITS.timeoutMs} ms; none may take longer than ${limitMs} ms`);
  const peers = await openDifficultPeers(random);
  const heartbeat = setInterval(() => undefined, HEARTBEAT_MS);
  const measured = await Promise.all(peers.flatMap((peer) => Array.from({ length: each }, (_, number) => measure(peer, number))));
  clearInterval(heartbeat);
  for (const peer of peers) await peer.close();
  print(measured);
  const late = measured.filter(({ tookMs }) => tookMs > limitMs);
  for (const { peer, tookMs } of late) console.error(`took ${tookMs.toFixed(0)} ms: ${peer}`);
  if (late.length > 0 || measured.length === 0) process.exitCode = 1;
}

await main();
