/**
 * What became of a fleet that was woken: each gateway accounted for, times, and what each process has cost.
 * Layer: test support (simulation).
 */
import type { GatewayLog } from "./messages.js";

export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export interface Missing {
  readonly user: string;
  readonly notifies: number;
  /** By the gateway itself. */
  readonly failures: readonly string[];
  /** By the ACS: the last thing that was seen on the wire, and how its wake stands. */
  readonly acs: string;
}

export interface FleetReport {
  readonly gateways: number;
  /** Called in once, and heard one NOTIFY. */
  readonly once: number;
  /** Heard more than one NOTIFY, or called in more than once. */
  readonly twice: readonly GatewayLog[];
  readonly missing: readonly Missing[];
  /** Tasks that are done, by the ACS. */
  readonly tasksDone: number;
  /** From the first order to the last call-in. */
  readonly tookMs: number;
  /** From a gateway's order to the end of its session; its turn to be woken included. */
  readonly orderedMs: Spread;
  /** From its NOTIFY to the end of its session. */
  readonly notifiedMs: Spread;
  /** Sessions that were told to come later, by the gateways. */
  readonly toldToComeLater: number;
  readonly retransmissions: number;
  /** Most NOTIFYs in a second, by the gateways' clock, after the first second. */
  readonly busiestSecond: number;
  readonly blockedByNat: number;
  /** CPU seconds from the first order on, by process. */
  readonly cpuS: Readonly<Record<string, number>>;
}

const SHOWN_MAX = 20;

export function showReport(report: FleetReport): string {
  const { gateways, once, twice, missing, tookMs, cpuS } = report;
  const accounts = missing
    .slice(0, SHOWN_MAX)
    .map(({ user, notifies, failures, acs }) => `  ${user}: ${notifies} NOTIFYs; ${[...failures, acs].join("; ")}`);
  const doubled = twice.slice(0, SHOWN_MAX).map(({ user, notifies, callIns }) => `  ${user}: ${notifies} NOTIFYs, ${callIns} call-ins`);
  const spread = ({ p50, p95, max }: Spread): string => `p50 ${p50} ms, p95 ${p95} ms, max ${max} ms`;
  return [
    `${gateways} gateways: ${once} woken and called in once, ${twice.length} twice, ${missing.length} not; ${report.tasksDone} tasks done; in ${(tookMs / 1_000).toFixed(1)} s from the first order to the last call-in`,
    `order to call-in: ${spread(report.orderedMs)}`,
    `NOTIFY to call-in: ${spread(report.notifiedMs)}`,
    `busiest second ${report.busiestSecond} NOTIFYs; ${report.retransmissions} retransmissions, ${report.toldToComeLater} told to come later, ${report.blockedByNat} datagrams kept out by NATs`,
    `CPU: ${Object.entries(cpuS)
      .map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s (${((seconds * 1_000) / gateways).toFixed(2)} ms each)`)
      .join(", ")}`,
    ...doubled,
    ...accounts,
  ].join("\n      ");
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** Most of them in one second; the first one, in which a full bucket leaves, is not counted. */
export function busiestSecond(timesMs: readonly number[]): number {
  const first = timesMs.reduce((least, atMs) => Math.min(least, atMs), Number.POSITIVE_INFINITY);
  const perSecond = new Map<number, number>();
  for (const atMs of timesMs) {
    const second = Math.floor((atMs - first) / 1_000);
    if (second > 0) perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  return Math.max(0, ...perSecond.values());
}
