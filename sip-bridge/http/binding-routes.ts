/**
 * What is registered: /bindings. For operators, and for the ACS that maps devices to addresses. An operator can end a registration here.
 * Layer: http.
 */
import Router from "@koa/router";
import type { Context } from "koa";
import { z } from "zod";
import { type Domains, readAddressOfRecord } from "../registrar/address-of-record.js";
import { type Binding, bindingIdentity } from "../registrar/binding.js";
import { instanceNode } from "../registrar/instance-id.js";
import { octetsToUnicode } from "../registrar/octets.js";
import type { RegistrarService } from "../registrar-service.js";
import type { Flow } from "../sip/flow.js";
import type { BindingStore } from "../stores/binding-store.js";
import { type BindingName, readBindingId, writeBindingId } from "./binding-id.js";
import { RefusedHttpRequest, readShape } from "./problem.js";
import { readJson } from "./read-json.js";

const PAGE = { default: 100, max: 1_000 };
/** The largest id: both parts at their limits, in base64. */
const ID_CHARACTERS_MAX = 1_600;

const query = z.object({
  addressOfRecord: z.string().max(400).optional(),
  state: z.enum(["registered", "ended"]).default("registered"),
  username: z.string().max(128).optional(),
  transport: z.enum(["udp", "tcp", "tls"]).optional(),
  remoteAddress: z.string().max(64).optional(),
  instanceNode: z
    .string()
    .regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){5}$/, "expected a MAC address like 00:11:22:AA:BB:CC")
    .optional(),
  /** `id` of the last binding of the page before. */
  after: z.string().max(ID_CHARACTERS_MAX).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE.max).default(PAGE.default),
});

/** Less than a minute leaves no time to come back. */
const shortening = z.strictObject({ expiresInS: z.number().int().min(60).max(604_800) });

export interface BindingRoutesOptions {
  readonly bindings: BindingStore;
  readonly domains: Domains;
  /** Whether something sent on this flow can leave now. */
  readonly isFlowOpen: (flow: Flow) => boolean;
  readonly operate: Pick<RegistrarService, "deregister" | "shorten">;
  readonly now: () => number;
}

export function bindingRoutes({ bindings, domains, isFlowOpen, operate, now }: BindingRoutesOptions): Router {
  return new Router({ prefix: "/bindings" })
    .get("/", async (ctx) => {
      const { addressOfRecord, after, limit, state, ...others } = readShape(query, ctx.query);
      const nowMs = now();
      const key = addressOfRecord === undefined ? undefined : readAddressOfRecord(addressOfRecord, domains);
      const isNobody = addressOfRecord !== undefined && key === undefined;
      const filter = { ...others, state, ...(key === undefined ? {} : { addressOfRecord: key }) };
      const page = { filter, limit, ...(after === undefined ? {} : { after: readId(after, "after") }) };
      const found = isNobody ? [] : await bindings.list(page, nowMs);
      ctx.body = { bindings: found.map((binding) => showBinding(binding, isFlowOpen, nowMs)), total: await bindings.count(nowMs) };
    })
    .delete("/:id", async (ctx) => {
      const { addressOfRecord, identity } = readId(ctx.params["id"] ?? "", "id");
      answerDone(ctx, await operate.deregister(addressOfRecord, identity));
    })
    .patch("/:id", async (ctx) => {
      const { addressOfRecord, identity } = readId(ctx.params["id"] ?? "", "id");
      const { expiresInS } = readShape(shortening, await readJson(ctx.req));
      answerDone(ctx, await operate.shorten(addressOfRecord, identity, expiresInS));
    });
}

function answerDone(ctx: Context, done: "done" | "unknown"): void {
  if (done === "unknown") throw new RefusedHttpRequest(404, "no such registration");
  ctx.status = 204;
}

function readId(text: string, field: string): BindingName {
  const name = readBindingId(text);
  if (name !== undefined) return name;
  throw new RefusedHttpRequest(400, "the request does not have the expected shape", [{ field, detail: "must be an id of GET /bindings" }]);
}

function showBinding(binding: Binding, isFlowOpen: BindingRoutesOptions["isFlowOpen"], nowMs: number) {
  const { addressOfRecord, contact, instanceId, regId, q, contactParams, path, username, callId, cseq, flow, userAgent } = binding;
  return {
    id: writeBindingId({ addressOfRecord, identity: bindingIdentity(binding) }),
    addressOfRecord: octetsToUnicode(addressOfRecord),
    contact: octetsToUnicode(contact),
    q,
    contactParams: octetsToUnicode(contactParams),
    instanceId: octetsToUnicode(instanceId),
    /** The MAC address in the instance id; "" if it holds none. */
    instanceNode: instanceNode(instanceId),
    /** 0: without outbound. */
    regId,
    path: path.map(octetsToUnicode),
    username,
    callId: octetsToUnicode(callId),
    cseq,
    flow,
    isFlowOpen: isFlowOpen(flow),
    userAgent: octetsToUnicode(userAgent),
    allowEvents: octetsToUnicode(binding.allowEvents),
    state: binding.expiresAtMs > nowMs ? "registered" : "ended",
    registeredAt: new Date(binding.registeredAtMs).toISOString(),
    lastSeenAt: new Date(binding.lastSeenAtMs).toISOString(),
    expiresAt: new Date(binding.expiresAtMs).toISOString(),
  };
}
