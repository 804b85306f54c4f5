/**
 * Builds the file server with what it serves and takes: catalogue, received files, signed links.
 * Layer: main.
 */
import { randomBytes } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import { join } from "node:path";
import type { Clock } from "../common/clock.js";
import type { Logger } from "../common/log.js";
import { openSecret, type SecretKey, sealSecret } from "../common/secret-box.js";
import type { AcsConfig } from "./config.js";
import { closeServer, listen } from "./http/listening.js";
import { SEALED_SETTINGS } from "./reseal-secrets.js";
import type { TransferFiles } from "./session/session-services.js";
import type { Stores } from "./stores/sqlite/open-stores.js";
import { isOwnUpload } from "./tasks/own-upload.js";
import { type Catalogue, openCatalogue } from "./upgrades/catalogue.js";
import { createFileServer, FILE_SERVER_OPTIONS } from "./upgrades/file-server.js";
import { openReceivedFiles, type ReceivedFiles } from "./upgrades/received-files.js";
import { transferLinks } from "./upgrades/transfer-links.js";
import { UploadReceiver } from "./upgrades/upload-receiver.js";

export interface FileSide {
  readonly port: number;
  readonly catalogue: Catalogue;
  readonly received: ReceivedFiles;
  /** What sessions and timers ask. */
  readonly files: TransferFiles;
}

export interface FileSideParts {
  readonly stores: Pick<Stores, "files" | "received" | "tasks" | "events" | "settings">;
  readonly key: SecretKey;
  readonly clock: Clock;
  readonly log: Logger;
}

const KEY_BYTES = 32;

/** @param opened Takes what closes it, also when this fails half-way. */
export async function openFileSide(config: AcsConfig, parts: FileSideParts, opened: (() => Promise<void>)[]): Promise<FileSide> {
  const { stores, clock, log } = parts;
  const linkKey = await openLinkKey(parts);
  const { port, serve } = await openServer(config, opened);
  const publicUrl = config.PUBLIC_FILES_URL ?? `http://127.0.0.1:${port}`;
  if (config.PUBLIC_FILES_URL === undefined)
    log.warn({ publicUrl }, "PUBLIC_FILES_URL is not set: only devices on this machine can download and upload");
  const catalogue = await openCatalogue({ directory: join(config.ACS_DATA_DIR, "files"), files: stores.files, publicUrl, clock });
  for (const { id, name } of catalogue.lost) log.error({ id, name }, "the bytes of a catalogue file are gone: remove it and add it again");
  const received = await openReceived(config, parts);
  serve(
    createFileServer({
      ...{ catalogue, received, key: linkKey, clock },
      uploads: uploadReceiver(config, received, parts),
      onDownload: (progress) => log.info(progress, "firmware download"),
      report: (error) => log.error({ err: error }, "a file could not be served or stored"),
    }),
  );
  const lifetimeMs = config.ACS_FILE_URL_LIFETIME_MS;
  const urlFor = transferLinks({ catalogue, received, publicUrl, key: linkKey, clock, lifetimeMs });
  const broughtBy: TransferFiles["broughtBy"] = async (task) => (isOwnUpload(task) ? ((await received.ofTask(task.id)) ?? null) : null);
  return { port, catalogue, received, files: { urlFor, broughtBy } };
}

/** Whoever has it can take any file that we serve, and send any that we await. */
async function openLinkKey({ stores: { settings }, key }: FileSideParts): Promise<Buffer> {
  const name = SEALED_SETTINGS.fileUrlKey;
  const sealed = await settings.setOnce(name, sealSecret(key, randomBytes(KEY_BYTES).toString("hex"), name));
  return Buffer.from(openSecret(key, sealed, name), "hex");
}

/** The port is part of the links, so it must be known before the catalogue is opened. */
async function openServer(config: AcsConfig, opened: (() => Promise<void>)[]) {
  let listener: RequestListener = (_request, response) => void response.writeHead(503, { "Retry-After": "1", Connection: "close" }).end();
  const server = createServer(FILE_SERVER_OPTIONS, (request, response) => listener(request, response));
  server.on("checkContinue", (request, response) => listener(request, response));
  opened.push(() => closeServer(server));
  const port = await listen(server, config.ACS_FILES_PORT, config.ACS_FILES_HOST);
  const serve = (then: RequestListener): void => {
    listener = then;
  };
  return { port, serve };
}

async function openReceived(config: AcsConfig, { stores, key, clock, log }: FileSideParts): Promise<ReceivedFiles> {
  const { received, lost } = await openReceivedFiles({
    ...{ directory: join(config.ACS_DATA_DIR, "received"), store: stores.received, key, clock },
    limits: {
      keptPerTypeMax: config.ACS_RECEIVED_PER_TYPE_MAX,
      retentionMs: config.ACS_RECEIVED_RETENTION_MS,
      bytesMax: config.ACS_RECEIVED_BYTES_MAX,
    },
  });
  for (const id of lost) log.error({ id }, "the bytes of a received file are gone");
  // With a device go its rows, and with them the only names of its bytes.
  stores.events.onStored((stored) => {
    if (!stored.some(({ kind }) => kind === "device-removed")) return;
    received
      .sweep()
      .catch((error: unknown) => log.error({ err: error }, "files of a removed device could not be removed: the next start does it"));
  });
  return received;
}

function uploadReceiver(config: AcsConfig, received: ReceivedFiles, { stores, clock, log }: FileSideParts): UploadReceiver {
  return new UploadReceiver({
    ...{ tasks: stores.tasks, received, clock },
    limits: {
      fileBytesMax: config.ACS_UPLOAD_BYTES_MAX,
      uploadsMax: config.ACS_UPLOADS_MAX,
      uploadMs: config.ACS_UPLOAD_TIMEOUT_MS,
    },
    onUpload: (outcome) => log.info(outcome, "upload of a device"),
  });
}
