/**
 * SIP traces: /traces. Watch an address, read what was said as text, or take it to Wireshark.
 * Layer: http.
 */
import Router from "@koa/router";
import { z } from "zod";
import { addressOfRecordUri, type Domains, readAddressOfRecord } from "../registrar/address-of-record.js";
import { octetsToUnicode } from "../registrar/octets.js";
import { showLadder } from "../trace/ladder.js";
import { writePcapng } from "../trace/pcapng.js";
import { TRACE_LIMITS, type Trace, type TraceBook } from "../trace-book.js";
import { RefusedHttpRequest, readShape } from "./problem.js";
import { readJson } from "./read-json.js";

const newWatch = z.strictObject({
  addressOfRecord: z.string().min(1).max(400),
  forS: z
    .int()
    .min(1)
    .max(TRACE_LIMITS.watchMsMax / 1_000)
    .default(600),
});
const listQuery = z.object({ deviceId: z.string().max(400).optional(), addressOfRecord: z.string().max(400).optional() });
const showQuery = z.object({ format: z.enum(["text", "pcapng"]).default("text") });

export interface TraceRoutesOptions {
  readonly traces: TraceBook;
  readonly domains: Domains;
}

export function traceRoutes({ traces, domains }: TraceRoutesOptions): Router {
  const readKey = (address: string): string => {
    const key = readAddressOfRecord(address, domains);
    if (key !== undefined) return key;
    throw new RefusedHttpRequest(400, "the address-of-record is not of this bridge", [
      { field: "addressOfRecord", detail: `must be user@${domains.main}` },
    ]);
  };
  return new Router({ prefix: "/traces" })
    .post("/", async (ctx) => {
      const { addressOfRecord, forS } = readShape(newWatch, await readJson(ctx.req));
      const watch = traces.watch(readKey(addressOfRecord), forS * 1_000);
      if (watch === undefined) throw new RefusedHttpRequest(503, `${TRACE_LIMITS.watchesMax} addresses are watched already; end one`);
      ctx.status = 201;
      ctx.body = showTrace(watch);
    })
    .get("/", (ctx) => {
      const { deviceId, addressOfRecord } = readShape(listQuery, ctx.query);
      const key = addressOfRecord === undefined ? undefined : readKey(addressOfRecord);
      const isWanted = (trace: Trace): boolean =>
        (deviceId === undefined || trace.deviceId === deviceId) && (key === undefined || trace.addressOfRecord === key);
      ctx.body = { traces: traces.list().filter(isWanted).map(showTrace) };
    })
    .get("/:id", (ctx) => {
      const { format } = readShape(showQuery, ctx.query);
      const trace = traces.get(String(ctx.params["id"]));
      if (trace === undefined) throw new RefusedHttpRequest(404, "no such trace; a restart forgets them");
      if (format === "pcapng") ctx.attachment(`${trace.id}.pcapng`);
      ctx.body = format === "pcapng" ? Buffer.from(writePcapng(trace.messages)) : showLadder(titleOf(trace), trace.messages);
      ctx.type = format === "pcapng" ? "application/octet-stream" : "text/plain; charset=utf-8";
    })
    .delete("/:id", (ctx) => {
      if (!traces.remove(String(ctx.params["id"]))) throw new RefusedHttpRequest(404, "no such trace");
      ctx.status = 204;
    });
}

function showTrace({ id, kind, addressOfRecord, deviceId, beganAtMs, endsAtMs, messages, dropped }: Trace) {
  return {
    ...{ id, kind, addressOfRecord: octetsToUnicode(addressOfRecord), deviceId },
    ...{ beganAt: new Date(beganAtMs).toISOString(), endsAt: new Date(endsAtMs).toISOString() },
    ...{ messages: messages.length, dropped },
  };
}

function titleOf({ id, kind, addressOfRecord, deviceId, dropped }: Trace): string {
  const whom = addressOfRecord === "" ? "" : ` ${octetsToUnicode(addressOfRecordUri(addressOfRecord))}`;
  const device = deviceId === "" ? "" : ` (device ${deviceId})`;
  return `${id}: ${kind === "watch" ? "watched" : "failed wake of"}${whom}${device}${dropped === 0 ? "" : `; ${dropped} more are forgotten`}`;
}
