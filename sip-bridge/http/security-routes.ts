/**
 * What protects gateways and the bridge: the switch of all NOTIFYs, and the sources that are banned.
 * Layer: http.
 */
import Router from "@koa/router";
import { z } from "zod";
import type { NotifySwitch, NotifySwitchState } from "../notify-switch.js";
import type { SourceGuard } from "../source-guard.js";
import { RefusedHttpRequest, readShape } from "./problem.js";
import { readJson } from "./read-json.js";

const switchBody = z.strictObject({ enabled: z.boolean(), reason: z.string().max(200).default("") });

export interface SecurityRoutesOptions {
  readonly notifySwitch: NotifySwitch;
  readonly guard: SourceGuard;
  readonly now: () => number;
}

export function securityRoutes({ notifySwitch, guard, now }: SecurityRoutesOptions): Router {
  return new Router()
    .get("/notify-switch", (ctx) => {
      ctx.body = showSwitch(notifySwitch.state());
    })
    .put("/notify-switch", async (ctx) => {
      const { enabled, reason } = readShape(switchBody, await readJson(ctx.req));
      ctx.body = showSwitch(await notifySwitch.set(enabled, reason, now()));
    })
    .get("/bans", (ctx) => {
      ctx.body = { bans: guard.banned(now()).map(({ address, untilMs }) => ({ address, until: new Date(untilMs).toISOString() })) };
    })
    .delete("/bans/:address", (ctx) => {
      if (!guard.unban(String(ctx.params["address"]))) throw new RefusedHttpRequest(404, "this source is not banned");
      ctx.status = 204;
    });
}

function showSwitch({ enabled, reason, changedAtMs }: NotifySwitchState) {
  return { enabled, reason, changedAt: changedAtMs === 0 ? null : new Date(changedAtMs).toISOString() };
}
