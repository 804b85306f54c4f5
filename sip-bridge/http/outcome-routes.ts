/**
 * How REGISTERs ended: /registration-outcomes. For support.
 * Layer: http.
 */
import Router from "@koa/router";
import { z } from "zod";
import { type Domains, readAddressOfRecord } from "../registrar/address-of-record.js";
import { octetsToUnicode } from "../registrar/octets.js";
import type { RegistrationOutcome, RegistrationOutcomes } from "../registration-outcomes.js";
import { readShape } from "./problem.js";

const PAGE = { default: 100, max: 1_000 };

const query = z.object({
  addressOfRecord: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE.max).default(PAGE.default),
});

export interface OutcomeRoutesOptions {
  readonly outcomes: RegistrationOutcomes;
  readonly domains: Domains;
}

export function outcomeRoutes({ outcomes, domains }: OutcomeRoutesOptions): Router {
  return new Router({ prefix: "/registration-outcomes" }).get("/", (ctx) => {
    const { addressOfRecord, limit } = readShape(query, ctx.query);
    const key = addressOfRecord === undefined ? undefined : readAddressOfRecord(addressOfRecord, domains);
    const found = addressOfRecord === undefined ? outcomes.newest(limit) : key === undefined ? [] : outcomes.of(key);
    ctx.body = { outcomes: found.map(showOutcome) };
  });
}

function showOutcome({ addressOfRecord, atMs, reason, userAgent, callId, ...others }: RegistrationOutcome) {
  return {
    addressOfRecord: octetsToUnicode(addressOfRecord),
    at: new Date(atMs).toISOString(),
    ...others,
    reason,
    userAgent: octetsToUnicode(userAgent),
    callId: octetsToUnicode(callId),
  };
}
