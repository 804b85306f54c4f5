/**
 * Devices that existing ACSs wake: /connection-requests, and what became of it: /connection-request-events. A password goes in and never
 * comes out.
 * Layer: http.
 */
import Router from "@koa/router";
import { z } from "zod";
import type { Clock } from "../../common/clock.js";
import { eventValue, restartsDevice, wakeProfile, wakeTarget } from "../../schemas/wake-contract.js";
import { type ConnectionRequestTarget, connectionRequestUrl, TARGET_ID } from "../connection-requests/target.js";
import type { TargetBook } from "../target-book.js";
import type { GatewayEvent } from "./gateway-event.js";
import { RefusedHttpRequest, readShape } from "./problem.js";
import { readJson } from "./read-json.js";
import { streamWireEvents } from "./stream-wire-events.js";
import type { WireEventLog } from "./wire-event-log.js";

const PAGE = { default: 100, max: 1_000 };
/** Open streams of events. */
const STREAMS_MAX = 8;

/** An ACS asks for a session, and never for a restart. */
const calm = <S extends z.ZodType<string>>(event: S) =>
  event.refine((text) => !restartsDevice(text), "restarts the device: a connection request must not");

const device = z.string().min(1).max(400);
/** TR-069 gives the device 256 characters each. No control characters, and no colon, which would end the name in its hash. */
const username = z
  .string()
  .max(256)
  .regex(/^[^\x00-\x1f:\x7f]+$/, "must be 1 to 256 characters without controls and colons");
const login = z.strictObject({ username, password: z.string().min(1).max(256) });
const settings = {
  /** null: as if it were not known. Left out: as it was; a new device's is not known. */
  target: wakeTarget.nullable().optional(),
  /** What the ACS uses; left out: as it was. */
  login: login.optional(),
  /** null: as the bridge has it; so with the profile. */
  event: calm(eventValue).nullable().optional(),
  profile: wakeProfile
    .omit({ requestsReceived: true, allowsReboot: true })
    .extend({ events: z.array(calm(eventValue)).min(1).max(4).optional() })
    .nullable()
    .optional(),
};
const added = z.strictObject({ device, ...settings });
const page = z.object({
  device: device.optional(),
  after: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE.max).default(PAGE.default),
});

export interface ConnectionRequestRoutesOptions {
  readonly book: TargetBook;
  readonly publicUrl: string;
  readonly log: WireEventLog<GatewayEvent>;
  readonly clock: Clock;
}

export function connectionRequestRoutes({ book, publicUrl, log, clock }: ConnectionRequestRoutesOptions): Router {
  const show = (target: ConnectionRequestTarget) => showTarget(target, publicUrl);
  let streams = 0;

  async function found(id: string | undefined): Promise<ConnectionRequestTarget> {
    const target = await book.store.get(id ?? "");
    if (target === undefined) throw new RefusedHttpRequest(404, "no such device");
    return target;
  }

  async function put(id: string | undefined, body: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
    const { device: name, login: given, event, ...rest } = readShape(added, body);
    const named = event === undefined ? {} : { event: event ?? "" };
    const outcome = await book.set({
      ...(id === undefined ? {} : { id }),
      device: name,
      ...named,
      ...definedOf(rest),
      ...(given === undefined ? {} : given),
    });
    if (outcome === "taken")
      throw new RefusedHttpRequest(409, "the id is another device's", [{ field: "device", detail: "has another id, or the id is taken" }]);
    const target = await book.store.ofDevice(name);
    if (target === undefined) throw new RefusedHttpRequest(409, "the device was removed meanwhile");
    return { status: outcome === "added" ? 201 : 200, body: show(target) };
  }

  return new Router()
    .get("/connection-requests", async (ctx) => {
      const { device: name, after, limit } = readShape(page, ctx.query);
      const named = name === undefined ? undefined : await book.store.ofDevice(name);
      const listed = name === undefined ? await book.store.list({ ...(after === undefined ? {} : { after }), limit }) : [];
      ctx.body = { connectionRequests: (named === undefined ? listed : [named]).map(show) };
    })
    .post("/connection-requests", async (ctx) => Object.assign(ctx, await put(undefined, await readJson(ctx.req))))
    .get("/connection-requests/:id", async (ctx) => {
      ctx.body = show(await found(ctx.params["id"]));
    })
    .put("/connection-requests/:id", async (ctx) => {
      const id = readShape(z.object({ id: z.string().regex(TARGET_ID, "must be 22 to 64 letters, digits, - and _") }), ctx.params).id;
      Object.assign(ctx, await put(id, await readJson(ctx.req)));
    })
    .delete("/connection-requests/:id", async (ctx) => {
      if ((await book.store.remove(ctx.params["id"] ?? "")) === "unknown") throw new RefusedHttpRequest(404, "no such device");
      ctx.status = 204;
    })
    .get("/connection-request-events", (ctx) => {
      if (streams >= STREAMS_MAX) throw new RefusedHttpRequest(503, `${STREAMS_MAX} streams are open already`);
      const { after } = readShape(z.object({ after: z.string().max(64).optional() }), ctx.query);
      streams++;
      ctx.res.on("close", () => {
        streams--;
      });
      ctx.respond = false; // the stream writes for itself
      streamWireEvents(log, ctx.res, after, clock);
    });
}

type Defined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

const definedOf = <T extends object>(given: T): Defined<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>;

function showTarget(found: ConnectionRequestTarget, publicUrl: string) {
  const { id, device: name, target, targetBy, username: user, sealedHa1s, event, profile, originalUrl, changedAtMs } = found;
  return {
    ...{ id, device: name, url: connectionRequestUrl(publicUrl, id), target, targetBy, event: event === "" ? null : event, profile },
    /** The password itself is kept by nobody. */
    ...{ username: user, hasLogin: sealedHa1s !== "" },
    originalUrl,
    changedAt: new Date(changedAtMs).toISOString(),
  };
}
