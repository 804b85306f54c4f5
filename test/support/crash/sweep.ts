/**
 * The systematic half of the crash tests: the same task again and again, each time with deaths at other commits.
 * Layer: test support.
 */
import type { BenchGateway, CrashBench } from "./crash-bench.js";
import type { Judgement } from "./judge.js";
import type { Kill } from "./messages.js";

export interface Case extends Judgement {
  /** One after another: each but the first counts from the start of the process that it ends. */
  readonly kills: readonly Kill[];
  /** How many of them came about: a task has only so many commits. */
  readonly deaths: number;
}

/** Gives a gateway a task; from `arm` on the ACS dies. */
export type TaskUnderFire = (
  bench: CrashBench,
  arm: () => Promise<void>,
) => Promise<{ readonly gateway: BenchGateway; readonly id: string }>;

/** More commits than any task makes: an ACS that never stops to commit is a bug. */
const COMMITS_MAX = 30;
const MOMENTS = ["before", "after"] as const;

/**
 * Deaths around the first commit after `earlier` deaths, the second …, until none is left to die at.
 * @param step 1: all of them; 3: each third commit.
 */
export async function sweep(bench: CrashBench, task: TaskUnderFire, earlier: readonly Kill[], step = 1): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (let commit = 1; commit <= COMMITS_MAX; commit += step) {
    for (const moment of MOMENTS) cases.push(await play(bench, task, [...earlier, { commit, moment }]));
    if (cases.slice(-MOMENTS.length).every(({ deaths, kills }) => deaths < kills.length)) return cases;
  }
  throw new Error(`${COMMITS_MAX} commits, and no end`);
}

/** One task on a gateway of its own. @throws with the kills, when the device tells another story than the task. */
export async function play(bench: CrashBench, task: TaskUnderFire, kills: readonly Kill[]): Promise<Case> {
  try {
    const before = bench.acs.kills;
    const given = await task(bench, () => bench.acs.arm(kills));
    const [judgement] = await bench.judgeAll([given]);
    if (judgement === undefined) throw new Error("nothing was judged");
    await bench.acs.arm([]);
    await bench.switchOff(given.gateway);
    return { kills, deaths: bench.acs.kills - before, ...judgement };
  } catch (error) {
    throw new Error(`killed ${tellKills(kills)}: ${(error as Error).message}`, { cause: error });
  }
}

function tellKills(kills: readonly Kill[]): string {
  return kills.map(({ commit, moment }) => `${moment} commit ${commit}`).join(", then ");
}
