/**
 * Transcripts of a device's sessions: ask for them, list them, download one as text.
 * Layer: northbound.
 */
import { Router } from "@koa/router";
import { z } from "zod";
import type { Clock } from "../../../common/clock.js";
import { Problem } from "../../http/problem.js";
import { readJson, readQuery } from "../../http/read-json.js";
import type { TranscriptShelf, TranscriptSummary } from "../../http/transcripts.js";
import type { DeviceStore } from "../../stores/device-store.js";
import { showTime } from "./fields.js";

const MINUTE_MS = 60_000;
const MINUTES_MAX = 1_440;

/** To be read in a browser, or (if left out) to be saved. */
const showQuery = z.strictObject({ inline: z.enum(["true", "false"]).default("false") });
const newTranscript = z.strictObject({ minutes: z.int().min(1).max(MINUTES_MAX) });

export interface TranscriptRoutesOptions {
  readonly devices: DeviceStore;
  readonly transcripts: TranscriptShelf;
  readonly clock: Clock;
}

export function transcriptRoutes({ devices, transcripts, clock }: TranscriptRoutesOptions): Router {
  const known = async (id: string): Promise<string> => {
    if ((await devices.get(id)) === undefined) throw new Problem("not-found", "there is no such device");
    return id;
  };
  return new Router()
    .post("/devices/:device/transcript", async (ctx) => {
      const { device } = ctx.params as { device: string };
      const { minutes } = await readJson(ctx, newTranscript, clock);
      const asked = transcripts.ask(await known(device), minutes * MINUTE_MS);
      if (asked === undefined) throw new Problem("overloaded", "transcripts of too many devices are asked for: wait for some to end");
      ctx.status = 202;
      ctx.body = { until: showTime(asked.untilMs) };
    })
    .get("/devices/:device/transcripts", async (ctx) => {
      const { device } = ctx.params as { device: string };
      ctx.body = { transcripts: transcripts.list(await known(device)).map(showTranscript) };
    })
    .get("/devices/:device/transcripts/:id", async (ctx) => {
      const { device, id } = ctx.params as { device: string; id: string };
      const found = transcripts.get(await known(device), id);
      if (found === undefined) throw new Problem("not-found", "there is no such transcript, or no longer");
      ctx.attachment(`transcript-${id}.txt`, { type: readQuery(ctx, showQuery).inline === "true" ? "inline" : "attachment" });
      ctx.type = "text/plain; charset=utf-8";
      ctx.body = found.text;
    });
}

function showTranscript({ id, atMs, kept, outcome, characters }: TranscriptSummary) {
  return { id, at: showTime(atMs), kept, outcome, characters };
}
