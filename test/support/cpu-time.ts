/**
 * CPU time of a piece of work: other programs on the machine add little to it, so a bound of an order of magnitude holds everywhere.
 * Layer: test support.
 */

/** User and system, all threads of this process. */
export function cpuMsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
