/**
 * Transcripts with the folder that they outlive a restart in.
 * Layer: main.
 */
import { join } from "node:path";
import type { Clock } from "../common/clock.js";
import type { Logger } from "../common/log.js";
import type { AcsConfig } from "./config.js";
import { TranscriptFolder } from "./http/transcript-folder.js";
import { TRANSCRIPT_LIMITS, Transcripts } from "./http/transcripts.js";
import type { Stores } from "./stores/sqlite/open-stores.js";

/** Closed after the endpoint, whose last sessions are to be written, too. */
export async function openTranscripts(
  { devices, events }: Stores,
  config: AcsConfig,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  opened: (() => Promise<void>)[],
): Promise<Transcripts> {
  const limits = { ...TRANSCRIPT_LIMITS, failedMax: config.ACS_TRANSCRIPTS_FAILED_MAX };
  const onTrouble = (error: unknown): void => log.error({ err: error }, "transcripts can't be written: a restart will forget them");
  const folder = new TranscriptFolder({ directory: join(config.ACS_DATA_DIR, "transcripts"), limits, onTrouble });
  const transcripts = new Transcripts(clock, limits, folder);
  transcripts.restore(await folder.load(async (id) => (await devices.get(id)) !== undefined));
  opened.push(() => folder.settled());
  events.onStored((stored) => {
    for (const { kind, deviceId } of stored) if (kind === "device-removed" && deviceId !== null) transcripts.forget(deviceId);
  });
  return transcripts;
}
