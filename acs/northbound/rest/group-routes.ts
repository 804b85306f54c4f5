/**
 * Groups: the same work over many devices, made, watched, paused and aborted.
 * Layer: northbound.
 */
import { Router } from "@koa/router";
import { z } from "zod";
import type { Clock } from "../../../common/clock.js";
import { derivedId } from "../../../common/ids.js";
import { GROUP_LIMITS, type Group, type GroupMember, type GroupState, type MemberState } from "../../groups/group.js";
import type { GroupService } from "../../groups/group-service.js";
import type { GroupWish } from "../../groups/progress.js";
import { invalid, Problem } from "../../http/problem.js";
import { readQuery } from "../../http/read-json.js";
import type { GroupStore } from "../../stores/group-store.js";
import { pageOf, queryInteger, queryList } from "./fields.js";
import { readGroup } from "./group-body.js";
import { showGroup, showGroupOrder, showMember } from "./show-group.js";

/** Orders may be long, and are not listed. */
const GROUPS_PER_PAGE = { default: 50, max: 100 } as const;
const MEMBERS_PER_PAGE = { default: 100, max: 1_000 } as const;
const SHOWN_GROUP_STATES: Readonly<Record<Exclude<GroupState, "filling">, true>> = {
  running: true,
  paused: true,
  aborting: true,
  done: true,
  aborted: true,
};
const SHOWN_MEMBER_STATES: Readonly<Record<MemberState, true>> = {
  queued: true,
  running: true,
  done: true,
  failed: true,
  refused: true,
  aborted: true,
};
const WISHES: readonly GroupWish[] = ["pause", "resume", "abort"];

const listQuery = z.strictObject({
  state: queryList(SHOWN_GROUP_STATES).optional(),
  before: z.string().max(64).optional(),
  limit: queryInteger(1, GROUPS_PER_PAGE.max).default(GROUPS_PER_PAGE.default),
});
const membersQuery = z.strictObject({
  state: queryList(SHOWN_MEMBER_STATES).optional(),
  cursor: queryInteger(0, GROUP_LIMITS.membersMax).optional(),
  limit: queryInteger(1, MEMBERS_PER_PAGE.max).default(MEMBERS_PER_PAGE.default),
});

export interface GroupRoutesOptions {
  readonly groups: GroupStore;
  readonly groupService: GroupService;
  readonly clock: Clock;
}

export function groupRoutes(options: GroupRoutesOptions): Router {
  const { groups, groupService, clock } = options;
  const show = (group: Group) => ({ ...showGroup(group, clock.now()), order: showGroupOrder(groupService.orderOf(group)) });
  const router = new Router({ prefix: "/groups" })
    .post("/", async (ctx) => {
      const group = await made(await readGroup(ctx, clock), groupService);
      ctx.status = 202;
      ctx.set("Location", `/api/groups/${group.id}`);
      ctx.body = show(group);
    })
    .get("/", async (ctx) => {
      const { state, before, limit } = readQuery(ctx, listQuery);
      const wanted = { ...(state === undefined ? {} : { states: state }), ...(before === undefined ? {} : { beforeId: before }) };
      const { rows, next } = pageOf(await groups.list({ ...wanted, limit: limit + 1 }), limit, ({ id }) => id);
      ctx.body = { groups: rows.map((group) => showGroup(group, clock.now())), next };
    })
    .get("/:group", async (ctx) => {
      ctx.body = show(await known(ctx.params, groups));
    })
    .get("/:group/members", async (ctx) => {
      const query = readQuery(ctx, membersQuery);
      ctx.body = await listMembers(await known(ctx.params, groups), query, options);
    });
  for (const wish of WISHES) {
    router.post(`/:group/${wish}`, async (ctx) => {
      ctx.body = show(await wished(await known(ctx.params, groups), wish, groupService));
    });
  }
  return router;
}

async function known(params: unknown, groups: GroupStore): Promise<Group> {
  const group = await groups.get((params as { readonly group: string }).group);
  if (group === undefined) throw new Problem("not-found", "there is no such group");
  return group;
}

async function made(asked: Parameters<GroupService["create"]>[0], service: GroupService): Promise<Group> {
  const group = await service.create(asked);
  if (group === "too-many")
    throw new Problem("conflict", `${GROUP_LIMITS.openMax} groups have not ended yet: wait for one of them, or abort it`);
  if (group === "busy") throw new Problem("overloaded", "other groups are being made; ask again");
  if ("errors" in group) throw invalid(group.errors);
  return group;
}

async function listMembers(group: Group, query: z.output<typeof membersQuery>, { groups, groupService }: GroupRoutesOptions) {
  const { state, cursor, limit } = query;
  const found = await groups.members(group.id, {
    ...(state === undefined ? {} : { states: state }),
    ...(cursor === undefined ? {} : { afterNumber: cursor }),
    limit: limit + 1,
  });
  const { rows, next } = pageOf(found, limit, ({ number }) => number);
  const shown = async (member: GroupMember) => {
    const work = member.state === "running" ? await groupService.workOf(group, derivedId(group.id, member.deviceId)) : undefined;
    return showMember(group, member, work);
  };
  return { members: await Promise.all(rows.map(shown)), next };
}

async function wished({ id }: Group, wish: GroupWish, service: GroupService): Promise<Group> {
  const group = await service.wish(id, wish);
  if (group === undefined) throw new Problem("not-found", "there is no such group");
  if (group === "over") throw new Problem("conflict", `a group that has ended, or is being aborted, can't be asked to ${wish}`);
  return group;
}
