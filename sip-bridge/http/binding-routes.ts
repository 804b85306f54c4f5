/**
 * What is registered now: /bindings. For operators, and for the ACS that maps devices to addresses.
 * Layer: http.
 */
import Router from "@koa/router";
import { z } from "zod";
import { type Domains, readAddressOfRecord } from "../registrar/address-of-record.js";
import type { Binding } from "../registrar/binding.js";
import { instanceNode } from "../registrar/instance-id.js";
import { octetsToUnicode, unicodeToOctets } from "../registrar/octets.js";
import type { BindingStore } from "../stores/binding-store.js";
import { readShape } from "./problem.js";

const PAGE = { default: 100, max: 1_000 };

const query = z.object({
  addressOfRecord: z.string().max(400).optional(),
  /** Both of the last binding of the page before. */
  afterAddress: z.string().max(400).default(""),
  afterContact: z.string().max(600).default(""),
  limit: z.coerce.number().int().min(1).max(PAGE.max).default(PAGE.default),
});

export interface BindingRoutesOptions {
  readonly bindings: BindingStore;
  readonly domains: Domains;
  readonly now: () => number;
}

export function bindingRoutes({ bindings, domains, now }: BindingRoutesOptions): Router {
  return new Router({ prefix: "/bindings" }).get("/", async (ctx) => {
    const { addressOfRecord, afterAddress, afterContact, limit } = readShape(query, ctx.query);
    const nowMs = now();
    if (addressOfRecord !== undefined) {
      const key = readAddressOfRecord(addressOfRecord, domains);
      ctx.body = { bindings: key === undefined ? [] : (await bindings.current(key, nowMs)).map(showBinding) };
      return;
    }
    const after = { addressOfRecord: unicodeToOctets(afterAddress), contact: unicodeToOctets(afterContact) };
    const found = await bindings.list({ after, limit }, nowMs);
    ctx.body = { bindings: found.map(showBinding), total: await bindings.count(nowMs) };
  });
}

function showBinding(binding: Binding) {
  const { addressOfRecord, contact, instanceId, username, callId, cseq, flow, userAgent, allowEvents } = binding;
  return {
    addressOfRecord: octetsToUnicode(addressOfRecord),
    contact: octetsToUnicode(contact),
    instanceId: octetsToUnicode(instanceId),
    /** The MAC address in the instance id; "" if it holds none. */
    instanceNode: instanceNode(instanceId),
    username,
    callId: octetsToUnicode(callId),
    cseq,
    flow,
    userAgent: octetsToUnicode(userAgent),
    allowEvents,
    registeredAt: new Date(binding.registeredAtMs).toISOString(),
    lastSeenAt: new Date(binding.lastSeenAtMs).toISOString(),
    expiresAt: new Date(binding.expiresAtMs).toISOString(),
  };
}
