/**
 * The systematic half of the crash tests: the same order again and again, each time with deaths at other commits.
 * Layer: test support.
 */
import type { CrashBench, Order } from "./crash-bench.js";
import type { Judgement } from "./judge.js";
import type { Kill } from "./messages.js";

export interface Case extends Judgement {
  /** One after another: each but the first counts from the start of the process that it ends. */
  readonly kills: readonly Kill[];
  /** How many of them came about: a task has only so many commits. */
  readonly deaths: number;
}

/** More commits than any task makes: an ACS that never stops to commit is a bug. */
const COMMITS_MAX = 30;
const MOMENTS = ["before", "after"] as const;

/**
 * Deaths around the first commit after `earlier` deaths, the second …, until none is left to die at.
 * @param step 1: all of them; 3: each third commit.
 */
export async function sweep(
  bench: CrashBench,
  order: (number: number) => Order,
  earlier: readonly Kill[],
  step = 1,
): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (let commit = 1; commit <= COMMITS_MAX; commit += step) {
    for (const moment of MOMENTS) cases.push(await play(bench, order(cases.length), [...earlier, { commit, moment }]));
    if (cases.slice(-MOMENTS.length).every(({ deaths, kills }) => deaths < kills.length)) return cases;
  }
  throw new Error(`${COMMITS_MAX} commits, and no end`);
}

/** One order to a gateway of its own. @throws with the kills, when the device tells another story than the task. */
async function play(bench: CrashBench, order: Order, kills: readonly Kill[]): Promise<Case> {
  try {
    const gateway = await bench.addGateway();
    const before = bench.acs.kills;
    await bench.acs.arm(kills);
    const taskId = await bench.order(gateway, order);
    await bench.callIn();
    const [judgement] = await bench.judgeAll([{ gateway, id: taskId }]);
    if (judgement === undefined) throw new Error("nothing was judged");
    await bench.acs.arm([]);
    await bench.switchOff(gateway);
    return { kills, deaths: bench.acs.kills - before, ...judgement };
  } catch (error) {
    throw new Error(`${order.kind}, killed ${tellKills(kills)}: ${(error as Error).message}`, { cause: error });
  }
}

export function tellKills(kills: readonly Kill[]): string {
  return kills.map(({ commit, moment }) => `${moment} commit ${commit}`).join(", then ");
}
