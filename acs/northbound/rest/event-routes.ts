/**
 * What happened: as pages, and as a stream.
 * Layer: northbound.
 */
import { Router } from "@koa/router";
import { z } from "zod";
import type { EventKind } from "../../events/event.js";
import { invalid } from "../../http/problem.js";
import { readQuery } from "../../http/read-json.js";
import type { EventStore } from "../../stores/event-store.js";
import type { EventStreams, EventWish } from "./event-stream.js";
import { pageOf, queryInteger, queryList } from "./fields.js";
import { showEvent } from "./show-event.js";

const EVENTS_PER_PAGE = { default: 100, max: 1_000 } as const;
const EVENT_KINDS: Readonly<Record<EventKind, true>> = {
  "device-registered": true,
  "device-removed": true,
  "device-informed": true,
  "device-unknown": true,
  "device-report": true,
  "device-notified": true,
  "device-password": true,
  "authentication-failed": true,
  "identity-mismatch": true,
  "session-failed": true,
  "task-created": true,
  "task-changed": true,
  "wake-changed": true,
  wire: true,
  "parameter-limit": true,
  "policy-used": true,
  "file-added": true,
  "file-removed": true,
  "device-enrolled": true,
  "device-quarantined": true,
  "device-released": true,
  "quarantined-call": true,
  "identity-shared": true,
  "enrolment-rule-changed": true,
  "file-received": true,
  "received-file-removed": true,
  "nms-registered": true,
  "nms-requested": true,
  "diagnosis-started": true,
  "diagnosis-ended": true,
  "upgrade-started": true,
  "upgrade-phase": true,
  "upgrade-ended": true,
  "group-changed": true,
  "group-ended": true,
};

const eventId = queryInteger(0, Number.MAX_SAFE_INTEGER);
const wish = { device: z.string().max(1_000).optional(), kind: queryList(EVENT_KINDS).optional() };
const listQuery = z.strictObject({
  ...wish,
  after: eventId.optional(),
  before: eventId.optional(),
  limit: queryInteger(1, EVENTS_PER_PAGE.max).default(EVENTS_PER_PAGE.default),
});
/** `lastEventId` is for clients that can't set the header. */
const streamQuery = z.strictObject({ ...wish, lastEventId: eventId.optional() });

export function eventRoutes({ events, streams }: { readonly events: EventStore; readonly streams: EventStreams }): Router {
  return new Router({ prefix: "/events" })
    .get("/", async (ctx) => {
      const { after, before, limit, ...wanted } = readQuery(ctx, listQuery);
      if (after !== undefined && before !== undefined) throw invalid([{ field: "before", detail: "can't be given together with after" }]);
      const found = await events.list({
        ...readWish(wanted),
        limit: limit + 1,
        ...(after === undefined ? {} : { afterId: after }),
        ...(before === undefined ? {} : { beforeId: before }),
      });
      const { rows, next } = pageOf(found, limit, ({ id }) => id);
      ctx.body = { events: rows.map(showEvent), next };
    })
    .get("/stream", (ctx) => {
      const { lastEventId, ...wanted } = readQuery(ctx, streamQuery);
      const last = readLastEventId(ctx.get("Last-Event-ID")) ?? lastEventId;
      ctx.type = "text/event-stream";
      if (ctx.method === "HEAD") {
        ctx.status = 200;
        return;
      }
      streams.open(ctx.res, readWish(wanted), last);
      ctx.respond = false;
    });
}

function readWish({ device, kind }: { readonly device?: string | undefined; readonly kind?: readonly EventKind[] | undefined }): EventWish {
  return { ...(device === undefined ? {} : { deviceId: device }), ...(kind === undefined ? {} : { kinds: kind }) };
}

function readLastEventId(header: string): number | undefined {
  if (header === "") return undefined;
  if (!/^\d{1,15}$/.test(header)) throw invalid([{ field: "Last-Event-ID", detail: "must be the id of an event" }]);
  return Number(header);
}
