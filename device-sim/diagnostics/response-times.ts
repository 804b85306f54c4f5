/**
 * What is told of the times of answers: their mean, least and greatest, and whose are the best.
 * Spec: TR-181 (AverageResponseTime, FastestHost). Layer: device-sim, pure.
 */

export interface ResponseTimes {
  readonly averageUs: number;
  readonly minimumUs: number;
  readonly maximumUs: number;
}

/** "…over all repetitions with successful responses"; of `[]`: zeros. */
export function summaryOf(timesUs: readonly number[]): ResponseTimes {
  const sum = timesUs.reduce((total, time) => total + time, 0);
  return {
    averageUs: Math.round(sum / Math.max(timesUs.length, 1)),
    minimumUs: timesUs.length === 0 ? 0 : Math.min(...timesUs),
    maximumUs: Math.max(0, ...timesUs),
  };
}

/** "…the smallest average response time", the first of equals; undefined: nobody answered. */
export function fastestOf<T extends { readonly timesUs: readonly number[] }>(candidates: readonly T[]): T | undefined {
  const answering = candidates.filter(({ timesUs }) => timesUs.length > 0);
  return answering.toSorted((a, b) => summaryOf(a.timesUs).averageUs - summaryOf(b.timesUs).averageUs)[0];
}
