/**
 * What the reports of both millions are written with: shares, sums, histograms, memory and CPU time of this process.
 * Layer: test (npm run fuzz).
 */

export const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(whole, 1)).toFixed(1)} %`;

export function added(records: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sum: Record<string, number> = {};
  for (const record of records) for (const [key, count] of Object.entries(record)) sum[key] = (sum[key] ?? 0) + count;
  return sum;
}

export function histogram(title: string, counts: Readonly<Record<string, number>>): void {
  const whole = Object.values(counts).reduce((sum, count) => sum + count, 0);
  console.log(title);
  for (const [key, count] of Object.entries(counts).sort(([, a], [, b]) => b - a)) {
    console.log(`  ${String(count).padStart(9)}  ${percent(count, whole).padStart(7)}  ${key}`);
  }
}

export interface MemoryFigures {
  readonly peakRssMiB: number;
  /** Of the share in process: at a tenth of it, when all code is loaded and compiled, and at its end. */
  readonly earlyRssMiB: number;
  readonly lateRssMiB: number;
}

/** @returns What grew too much. @param growthMiBMax Between a tenth of the run and its end. */
export function reportMemory(all: readonly MemoryFigures[], growthMiBMax: number): readonly string[] {
  return all.flatMap(({ peakRssMiB, earlyRssMiB, lateRssMiB }, index) => {
    const growth = lateRssMiB - earlyRssMiB;
    console.log(
      `process ${index + 1}: peak RSS ${peakRssMiB} MiB; in process ${earlyRssMiB} MiB after a tenth, ${lateRssMiB} MiB at the end`,
    );
    return growth > growthMiBMax ? [`process ${index + 1} grew by ${growth} MiB`] : [];
  });
}

/** @returns true when nothing was missed. */
export function reportMissed(missed: readonly string[]): boolean {
  console.log(missed.length === 0 ? "every bar is met" : `MISSED:\n  ${missed.join("\n  ")}`);
  return missed.length === 0;
}

const MIB = 1_048_576;
export const rssMiB = (): number => Math.round(process.memoryUsage().rss / MIB);
export const peakRssMiB = (): number => Math.round(process.resourceUsage().maxRSS / 1_024);

/** User and system, all threads of this process. */
export function cpuS(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** The seed of one run: it alone repeats the message. */
export const seedOfRun = (seed: number, run: number): number => (Math.imul(seed ^ run, 0x9e3779b1) + run) >>> 0;
