/**
 * `reveille group …`: makes, lists, shows, watches, pauses, resumes and aborts groups.
 * Layer: command line.
 */
import { Option } from "commander";
import type { CommandContext } from "./context.js";
import { CommandFailed, EXIT } from "./exit-codes.js";
import { memberLine, notTakenOf, type ShownGroup, type ShownMember, summaryOf } from "./group-shown.js";
import { readTargets, type TargetOptions, targetOptions, type WaitOptions, waitOptions, whole } from "./options.js";
import { plain } from "./plain-text.js";
import type { CommandText } from "./register.js";
import { runGroup, watchGroup } from "./run-group.js";
import { tell } from "./terminal.js";

interface CreateOptions extends TargetOptions, WaitOptions {
  readonly kind: string;
  readonly order: string;
}

export const GROUP_CREATE: CommandText<CreateOptions> = {
  name: "create",
  summary: "makes a group of any order, and waits for it",
  description:
    "Makes a group: the same task, upgrade or diagnosis on many devices. The order is the body that the ACS takes for one device.",
  options: () => [
    new Option("--kind <kind>", "what the order is").choices(["task", "upgrade", "diagnosis"]).default("task"),
    new Option("--order <json>", 'the order, like \'{"kind":"reboot"}\'').makeOptionMandatory(),
    ...targetOptions(),
    ...waitOptions(),
  ],
  examples: [
    `reveille group create --order '{"kind":"reboot"}' --tag pilot --concurrency 50`,
    `reveille group create --order '{"kind":"refresh","path":""}' --devices-file devices.csv --rate 300 --no-wait`,
  ],
  run: async (context, options) => {
    const targets = await readTargets(undefined, options);
    return runGroup(context, { kind: options.kind, order: fromJson(options.order), ...targets }, options);
  },
};

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandFailed(`--order is no JSON: ${plain(text).slice(0, 80)}`, EXIT.usage);
  }
}

interface ListOptions {
  readonly state?: string;
  readonly limit: number;
}

export const GROUP_LIST: CommandText<ListOptions> = {
  name: "list",
  summary: "groups, newest first",
  description: "Lists groups, newest first.",
  options: () => [
    new Option("--state <states>", "only these: running, paused, aborting, done, aborted, with commas between"),
    new Option("--limit <number>", "at most so many").default(50).argParser(whole(1, 100)),
  ],
  examples: ["reveille group list --state running,paused", "reveille group list --json"],
  run: async ({ client, terminal }, { state, limit }) => {
    const query = `limit=${limit}${state === undefined ? "" : `&state=${encodeURIComponent(state)}`}`;
    const page = await client.ask<{ readonly groups: readonly ShownGroup[] }>(`/api/groups?${query}`);
    tell(terminal, page, page.groups.length === 0 ? "no groups" : page.groups.map(summaryOf).join("\n"));
    return EXIT.done;
  },
};

interface ShowOptions {
  readonly members?: true;
  readonly state?: string;
}

export const GROUP_SHOW: CommandText<ShowOptions> = {
  name: "show",
  argument: ["<group>", "its id"],
  summary: "one group, with a result per device where you want it",
  description: "Shows a group. With --members a line per device: its id, state, reason, and the id of its task, upgrade or diagnosis.",
  options: () => [
    new Option("--members", "each device with its result"),
    new Option("--state <states>", "only these members: queued, running, done, failed, refused, aborted, with commas between"),
  ],
  examples: [
    "reveille group show 01kdvdnkzce0m1d64e07kc0txr",
    "reveille group show 01kdvdnkzce0m1d64e07kc0txr --members --state failed,refused",
  ],
  run: async ({ client, terminal }, { members, state }, id) => {
    const path = `/api/groups/${encodeURIComponent(id)}`;
    const group = await client.ask<ShownGroup>(path);
    tell(terminal, group, [summaryOf(group), ...notTakenOf(group)].join("\n"));
    if (members === undefined && state === undefined) return EXIT.done;
    const wanted = state === undefined ? "" : `&state=${encodeURIComponent(state)}`;
    for (let cursor: number | null = -1; cursor !== null; ) {
      const from: string = cursor < 0 ? "" : `&cursor=${cursor}`;
      const page: MemberPage = await client.ask<MemberPage>(`${path}/members?limit=1000${wanted}${from}`);
      for (const member of page.members) tell(terminal, member, memberLine(member));
      cursor = page.next;
    }
    return EXIT.done;
  },
};

interface MemberPage {
  readonly members: readonly ShownMember[];
  readonly next: number | null;
}

export const GROUP_WATCH: CommandText<Pick<WaitOptions, "timeout">> = {
  name: "watch",
  argument: ["<group>", "its id"],
  summary: "waits for the end of a group",
  description: "Shows the progress of a group until it has ended.",
  options: () => waitOptions().filter(({ long }) => long === "--timeout"),
  examples: ["reveille group watch 01kdvdnkzce0m1d64e07kc0txr --timeout 600"],
  run: (context, options, id) => watchGroup(context, id, options),
};

const wish = (name: "pause" | "resume" | "abort", summary: string, description: string): CommandText<object> => ({
  ...{ name, argument: ["<group>", "its id"], summary, description, options: () => [] },
  examples: [`reveille group ${name} 01kdvdnkzce0m1d64e07kc0txr`],
  run: async ({ client, terminal }: CommandContext, _options, id) => {
    const group = await client.post<ShownGroup>(`/api/groups/${encodeURIComponent(id)}/${name}`);
    tell(terminal, group, summaryOf(group));
    return EXIT.done;
  },
});

export const GROUP_WISHES: readonly CommandText<object>[] = [
  wish("pause", "no further device begins", "No further device begins; those that run go on."),
  wish("resume", "goes on", "Goes on with a group that is paused."),
  wish("abort", "stops for good", "Devices that wait end as aborted; the work of those that run is taken back as far as it can be."),
];
