/**
 * The report of the million: what came of the messages, what they cost, and which bars are missed.
 * Layer: test (npm run fuzz).
 */
import type { AttackCost } from "./attacks.js";
import type { FolderCoverage } from "./coverage.js";
import { added, histogram, percent, reportMemory, reportMissed } from "./tally.js";
import type { WorkerResult } from "./worker.js";

export interface Run {
  readonly seed: number;
  readonly messages: number;
  readonly wallS: number;
  readonly results: readonly WorkerResult[];
  readonly attacks: readonly AttackCost[];
  readonly folders: readonly FolderCoverage[];
}

export const FUZZ_BARS = {
  /** Of the messages in process: read as a message. */
  decodedShareMin: 0.3,
  /** Of them: answered by the session. */
  reachedShareMin: 0.1,
  cpuMsMax: 60,
  /** Of one process between a tenth of its run and the end: what a leak of 1 kB a message would exceed many times. */
  rssGrowthMiBMax: 150,
} as const;

/** @returns true when every bar is met. */
export function printReport(run: Run): boolean {
  const missed = [
    ...reportMessages(run),
    ...reportEndpoint(run),
    ...reportMemory(
      run.results.map(({ memory }) => memory),
      FUZZ_BARS.rssGrowthMiBMax,
    ),
    ...reportAttacks(run),
  ];
  for (const { folder, branches, lines } of run.folders) {
    console.log(`coverage of ${folder}, by the first twentieth: ${share(branches)} of branches, ${share(lines)} of lines`);
  }
  return reportMissed(missed);
}

const share = ({ covered, total }: { readonly covered: number; readonly total: number }): string => percent(covered, total);

function reportMessages({ seed, messages, wallS, results }: Run): readonly string[] {
  const codec = results.map((result) => result.codec);
  const runs = codec.reduce((sum, one) => sum + one.runs, 0);
  const outcomes = added(codec.map((one) => one.outcomes));
  const { unreadable = 0, refused = 0 } = outcomes;
  const cpuS = results.reduce((sum, one) => sum + one.cpuS.codec, 0);
  console.log(`\nSEED=${seed}: ${messages} messages in ${Math.round(wallS)} s`);
  console.log(`in process: ${runs}, ${Math.round(runs / cpuS)} per CPU-second`);
  histogram("outcomes in process", outcomes);
  histogram("kinds of message in process", added(codec.map((one) => one.kinds)));
  const slowest = codec.flatMap((one) => one.slowest ?? []).sort((a, b) => b.cpuMs - a.cpuMs)[0];
  if (slowest !== undefined) {
    console.log(`slowest: ${slowest.cpuMs.toFixed(1)} CPU-ms, made of ${slowest.origin}, seed ${slowest.seed}`);
    if (slowest.cpuMs > FUZZ_BARS.cpuMsMax) console.log(`  ${slowest.contentType ?? ""} ${slowest.base64}`);
  }
  const decoded = (runs - unreadable) / runs;
  const reached = (runs - unreadable - refused) / runs;
  console.log(`decoded ${percent(runs - unreadable, runs)}, reached the session ${percent(runs - unreadable - refused, runs)}`);
  return [
    ...codec.flatMap((one) => one.broken).map(broken),
    ...(decoded < FUZZ_BARS.decodedShareMin ? ["too few were decoded"] : []),
    ...(reached < FUZZ_BARS.reachedShareMin ? ["too few reached the session"] : []),
    ...((slowest?.cpuMs ?? 0) > FUZZ_BARS.cpuMsMax ? ["the slowest message took too long"] : []),
  ];
}

function broken({
  seed,
  why,
  base64,
  contentType,
}: {
  seed: number;
  why: string;
  base64: string;
  contentType: string | undefined;
}): string {
  return `seed ${seed}: ${why}\n    ${contentType ?? "no type"}: ${base64}`;
}

function reportEndpoint({ results }: Run): readonly string[] {
  const endpoint = results.map((result) => result.endpoint);
  const sum = (of: (one: WorkerResult["endpoint"]) => number): number => endpoint.reduce((all, one) => all + of(one), 0);
  const cpuS = results.reduce((all, one) => all + one.cpuS.endpoint, 0);
  const runs = sum((one) => one.runs);
  console.log(`over HTTP: ${runs}, ${Math.round(runs / cpuS)} per CPU-second, gateways and what is around each included`);
  histogram("answers over HTTP, by what the message met", added(endpoint.map((one) => one.answers)));
  console.log(`refused: ${sum((one) => one.refused)}, each left the rows of its device as they were`);
  console.log(`refused one after another: ${sum((one) => one.refusedAlone)}, each left all tables as they were`);
  const dearest = Math.max(...endpoint.map((one) => one.dearestCpuMs));
  console.log(`dearest over HTTP: ${dearest.toFixed(1)} CPU-ms, client included`);
  return [
    ...endpoint.flatMap((one) => one.broken).map(broken),
    ...(dearest > FUZZ_BARS.cpuMsMax ? ["a message over HTTP took too long"] : []),
  ];
}

function reportAttacks({ attacks }: Run): readonly string[] {
  console.log("attack documents, CPU-ms of the server (all threads)");
  for (const { what, status, bytes, cpuMs } of attacks) {
    console.log(`  ${cpuMs.toFixed(1).padStart(7)}  ${status}  ${String(bytes).padStart(9)} bytes  ${what}`);
  }
  return attacks.filter(({ cpuMs }) => cpuMs > FUZZ_BARS.cpuMsMax).map(({ what, cpuMs }) => `${what}: ${cpuMs.toFixed(1)} CPU-ms`);
}
