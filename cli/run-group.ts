/**
 * Makes groups and waits for them.
 * Layer: command line.
 */
import type { CommandContext } from "./context.js";
import { EXIT } from "./exit-codes.js";
import { type FollowEnd, follow } from "./follow.js";
import { isGood, isOver, memberLine, notTakenOf, progressOf, type ShownGroup, type ShownMember, summaryOf } from "./group-shown.js";
import type { WaitOptions } from "./options.js";
import { openProgressBar } from "./progress-bar.js";
import { remark, tell, tellPrograms } from "./terminal.js";

/** Members without success that are listed at the end; all are to be had with `group show`. */
const LISTED_MAX = 20;
const UNSUCCESSFUL = "failed,refused,aborted";

/** Makes a group of what is given, and waits for its end unless it is told not to. Exit code. */
export async function runGroup(context: CommandContext, body: Readonly<Record<string, unknown>>, options: WaitOptions): Promise<number> {
  const { client, terminal } = context;
  const group = await client.post<ShownGroup>("/api/groups", body);
  tellPrograms(terminal, { event: "made", group });
  remark(terminal, summaryOf(group));
  for (const line of notTakenOf(group)) remark(terminal, line);
  if (!options.wait || group.state === "paused") {
    remark(terminal, `wait for it: reveille group watch ${group.id}`);
    return EXIT.done;
  }
  return watchGroup(context, group.id, options);
}

export async function watchGroup(context: CommandContext, id: string, { timeout }: Pick<WaitOptions, "timeout">): Promise<number> {
  const { client, terminal, interrupted } = context;
  const bar = openProgressBar(terminal);
  const path = `/api/groups/${encodeURIComponent(id)}`;
  let shown = "";
  const end = await follow<ShownGroup>(
    client,
    {
      look: (signal) => client.ask<ShownGroup>(path, { signal }),
      isOver,
      query: "kind=group-changed,group-ended",
      concerns: (event) => (event as { data?: { groupId?: unknown } } | undefined)?.data?.groupId === id,
      onNews: (group) => {
        bar.show(progressOf(group));
        const news = JSON.stringify([group.state, group.counts]);
        if (news !== shown && !isOver(group)) tellPrograms(terminal, { event: "progress", group });
        shown = news;
      },
      onTrouble: (why) => bar.say(`${why}\nwaiting for it`),
    },
    { timeoutMs: timeout === undefined ? undefined : timeout * 1_000, signal: interrupted },
  ).finally(() => bar.close());
  return end.why === "over" ? tellEnd(context, end.last) : tellNoEnd(context, id, end);
}

async function tellEnd({ client, terminal }: CommandContext, group: ShownGroup): Promise<number> {
  const query = `state=${UNSUCCESSFUL}&limit=${LISTED_MAX}`;
  const { members, next } = await client.ask<{ readonly members: readonly ShownMember[]; readonly next: unknown }>(
    `/api/groups/${group.id}/members?${query}`,
  );
  tellPrograms(terminal, { event: "ended", outcome: isGood(group) ? "done" : "failed", group, unsuccessful: members });
  if (!terminal.json) tell(terminal, group, [summaryOf(group), ...members.map(memberLine)].join("\n"));
  if (next !== null) remark(terminal, `all of them: reveille group show ${group.id} --members --state ${UNSUCCESSFUL}`);
  return isGood(group) ? EXIT.done : EXIT.failed;
}

function tellNoEnd({ terminal }: CommandContext, id: string, { why, last }: FollowEnd<ShownGroup>): number {
  tellPrograms(terminal, { event: "left", outcome: why, group: last ?? null });
  remark(
    terminal,
    `${why === "timed-out" ? "the time is over" : "no longer waiting"}: the group goes on. Wait again: reveille group watch ${id}; stop it: reveille group abort ${id}`,
  );
  return why === "timed-out" ? EXIT.timedOut : EXIT.interrupted;
}
