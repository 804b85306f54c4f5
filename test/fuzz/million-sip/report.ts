/**
 * The report of the million SIP messages: what came of them, what they cost, and which bars are missed.
 * Layer: test (npm run fuzz).
 */
import { added, histogram, percent, reportMemory, reportMissed } from "../million/tally.js";
import type { HostileCost } from "./hostile.js";
import type { SipResult } from "./worker.js";
import type { BrokenShot } from "./world-share.js";

export interface SipRun {
  readonly seed: number;
  readonly messages: number;
  readonly wallS: number;
  readonly results: readonly SipResult[];
  readonly hostile: readonly HostileCost[];
}

export const SIP_FUZZ_BARS = {
  /** Of the messages in process: read as a message, or as a stream with one in it. */
  parsedShareMin: 0.3,
  /** Of them: with right credentials before the registrar. */
  registrarShareMin: 0.02,
  cpuMsMax: 5,
  /** What four times the length may cost, in multiples: 4 and what measuring adds; work that grows with the square would be 16. */
  growthMax: 8,
  /** Of one process between a tenth of its run and the end: what a leak of 1 kB a message would exceed many times. */
  rssGrowthMiBMax: 150,
} as const;

const UNREADABLE = /^(dropped|refused|stream (broken at once|without))/;

/** @returns true when every bar is met. */
export function printSipReport(run: SipRun): boolean {
  const memory = run.results.map((result) => result.memory);
  return reportMissed([
    ...reportWorld(run),
    ...reportSockets(run),
    ...reportMemory(memory, SIP_FUZZ_BARS.rssGrowthMiBMax),
    ...reportHostile(run),
  ]);
}

function reportWorld({ seed, messages, wallS, results }: SipRun): readonly string[] {
  const world = results.map((result) => result.world);
  const runs = world.reduce((sum, one) => sum + one.runs, 0);
  const outcomes = added(world.map((one) => one.outcomes));
  const reached = added(world.map((one) => one.reached));
  const cpuS = results.reduce((sum, one) => sum + one.cpuS.world, 0);
  console.log(`\nSIP, SEED=${seed}: ${messages} messages in ${Math.round(wallS)} s`);
  console.log(`in process: ${runs}, ${Math.round(runs / cpuS)} per CPU-second, damaging included`);
  histogram("outcomes in process", outcomes);
  histogram("kinds of message in process", added(world.map((one) => one.kinds)));
  const slowest = world.flatMap((one) => one.slowest ?? []).sort((a, b) => b.cpuMs - a.cpuMs)[0];
  if (slowest !== undefined) {
    console.log(`slowest: ${slowest.cpuMs.toFixed(1)} CPU-ms, made of ${slowest.origin}, seed ${slowest.seed}`);
    if (slowest.cpuMs > SIP_FUZZ_BARS.cpuMsMax) console.log(`  ${slowest.base64}`);
  }
  const unreadable = Object.entries(outcomes).reduce((sum, [name, count]) => sum + (UNREADABLE.test(name) ? count : 0), 0);
  const { layer = 0, registrar = 0 } = reached;
  console.log(
    `parsed ${percent(runs - unreadable, runs)}; messages that reached the transaction layer: ${layer}, the registrar: ${registrar}`,
  );
  return [
    ...world.flatMap((one) => one.broken).map(shown),
    ...(runs - unreadable < SIP_FUZZ_BARS.parsedShareMin * runs ? ["too few were parsed"] : []),
    ...(registrar < SIP_FUZZ_BARS.registrarShareMin * runs ? ["too few reached the registrar"] : []),
    ...((slowest?.cpuMs ?? 0) > SIP_FUZZ_BARS.cpuMsMax ? ["the slowest message took too long"] : []),
  ];
}

const shown = ({ seed, why, base64 }: BrokenShot): string => `seed ${seed}: ${why}\n    ${base64}`;

function reportSockets({ results }: SipRun): readonly string[] {
  const sockets = results.map((result) => result.sockets);
  const datagrams = sockets.reduce((sum, one) => sum + one.datagrams, 0);
  const streams = sockets.reduce((sum, one) => sum + one.streams, 0);
  const cpuS = results.reduce((sum, one) => sum + one.cpuS.sockets, 0);
  console.log(
    `over sockets: ${datagrams} datagrams, ${streams} streams, ${Math.round((datagrams + streams) / cpuS)} per CPU-second, senders included`,
  );
  histogram("answers over UDP", added(sockets.map((one) => one.answers)));
  const counters = Object.entries(added(sockets.map((one) => one.counters))).filter(([, count]) => count > 0);
  console.log(`the bridges counted: ${counters.map(([name, count]) => `${name} ${count}`).join(", ")}`);
  return sockets.flatMap((one) => one.broken).map(shown);
}

function reportHostile({ hostile }: SipRun): readonly string[] {
  const { cpuMsMax, growthMax } = SIP_FUZZ_BARS;
  const dearest = hostile
    .map((one) => ({ ...one, most: Math.max(...one.cpuMs.map(({ cpuMs }) => cpuMs)) }))
    .sort((a, b) => b.most - a.most);
  console.log(`hostile header values: ${hostile.length} kinds; the five dearest, CPU-ms for one message`);
  for (const { what, cpuMs, growth } of dearest.slice(0, 5)) {
    const all = cpuMs.toSorted((a, b) => a.octets - b.octets).map((one) => `${one.octets} octets ${one.cpuMs.toFixed(3)}`);
    console.log(`  ${what}: ${all.join(", ")}; four times the length, ${growth.toFixed(1)} times the work`);
  }
  console.log(`the most that four times the length cost: ${Math.max(...hostile.map(({ growth }) => growth)).toFixed(1)} times`);
  return [
    ...dearest.filter(({ most }) => most > cpuMsMax).map(({ what, most }) => `${what}: ${most.toFixed(1)} CPU-ms`),
    ...hostile
      .filter(({ growth }) => growth > growthMax)
      .map(({ what, growth }) => `${what}: work grows by ${growth.toFixed(1)} at four times the length`),
  ];
}
