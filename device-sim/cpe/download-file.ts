/**
 * Fetches a file for a Download: counts and hashes it, keeps none of it but its beginning.
 * What the server says of the bytes (Repr-Digest) is held against those that came.
 * Spec: TR-069 A.3.2.8, 3.4.3 (credentials), A.5.1 (faults); RFC 9530 3 (Repr-Digest). Layer: cpe.
 */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { CpeFaultCode } from "../../acs/cwmp/faults.js";
import type { Clock } from "../../common/clock.js";
import { authorize, type KnownChallenge, type Login, readChallenge } from "./http-credentials.js";
import { type HttpConnections, openHttpConnections } from "./http-exchange.js";

export interface DownloadedFile {
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** The first bytes, at most DOWNLOAD_LIMITS.startBytesMax. */
  readonly start: Uint8Array;
}

export interface DownloadFileOptions {
  readonly url: string;
  /** Both "": none. */
  readonly login: Login;
  /** 0: not known. */
  readonly fileSizeBytes: number;
  readonly fileBytesMax: number;
  readonly silenceMs: number;
  readonly clock: Clock;
  readonly newCnonce: () => string;
  readonly ca?: string;
  /** The bytes change on their way. */
  readonly isDamaged?: boolean;
  /** Called at most once for each DOWNLOAD_LIMITS.progressBytes, and at the end. */
  readonly onProgress: (bytes: number) => void;
  /** Aborted when the device loses power. */
  readonly power: AbortSignal;
}

export const DOWNLOAD_LIMITS = { startBytesMax: 128, redirectsMax: 5, progressBytes: 1_048_576 } as const;

/** The transfer failed; `faultCode` goes into TransferComplete. */
export class TransferFailure extends Error {
  override readonly name = "TransferFailure";
  readonly faultCode: CpeFaultCode;

  constructor(faultCode: CpeFaultCode, why: string, options?: ErrorOptions) {
    super(why, options);
    this.faultCode = faultCode;
  }
}

/** @throws {TransferFailure} 9012, 9015, 9016, 9017 or 9018. */
export async function downloadFile(options: DownloadFileOptions): Promise<DownloadedFile> {
  const http = openHttpConnections(options.clock, options.silenceMs, options.ca === undefined ? {} : { ca: options.ca });
  const cut = (): void => http.close();
  options.power.addEventListener("abort", cut);
  try {
    return await receive(await findFile(http, options), options);
  } finally {
    options.power.removeEventListener("abort", cut);
    http.close();
  }
}

/** Follows redirections and answers one challenge. */
async function findFile(http: HttpConnections, options: DownloadFileOptions): Promise<IncomingMessage> {
  let url = new URL(options.url);
  let known: KnownChallenge | undefined;
  for (let turns = 0; turns <= DOWNLOAD_LIMITS.redirectsMax + 1; turns++) {
    const response = await ask(http, url, known, options);
    const { statusCode: status = 0, headers } = response;
    if (status === 200) return response;
    response.resume();
    if (status === 401 && known === undefined && options.login.username !== "") {
      known = readChallenge(headers["www-authenticate"] ?? "", true);
      if (known === undefined) throw new TransferFailure(9012, "no challenge that can be answered");
    } else if (status >= 301 && status <= 308 && URL.canParse(headers.location ?? "", url.href)) {
      url = redirected(url, headers.location ?? "");
      known = undefined; // credentials are for the host that they were given for, until it asks
    } else {
      throw new TransferFailure(status === 401 || status === 403 ? 9012 : 9016, `HTTP ${status}`);
    }
  }
  throw new TransferFailure(9016, "too many redirections");
}

function redirected(from: URL, location: string): URL {
  const target = new URL(location, from);
  const isWeaker = from.protocol === "https:" && target.protocol !== "https:";
  if ((target.protocol !== "http:" && target.protocol !== "https:") || isWeaker)
    throw new TransferFailure(9016, "redirection to another protocol");
  return target;
}

async function ask(
  http: HttpConnections,
  url: URL,
  known: KnownChallenge | undefined,
  options: DownloadFileOptions,
): Promise<IncomingMessage> {
  const proof = known && authorize(known, options.login, { method: "GET", uri: url.pathname + url.search, cnonce: options.newCnonce() });
  try {
    return await http.send({ url, method: "GET", headers: proof === undefined ? {} : { Authorization: proof.header }, body: "" });
  } catch (error) {
    throw new TransferFailure(9015, error instanceof Error ? error.message : "no connection", { cause: error });
  }
}

async function receive(response: IncomingMessage, options: DownloadFileOptions): Promise<DownloadedFile> {
  const hash = createHash("sha256");
  const start: Uint8Array[] = [];
  let bytes = 0;
  let told = 0;
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      if (options.isDamaged === true && bytes === 0) chunk[chunk.length - 1] = ~(chunk.at(-1) ?? 0);
      if (bytes < DOWNLOAD_LIMITS.startBytesMax) start.push(chunk.subarray(0, DOWNLOAD_LIMITS.startBytesMax));
      bytes += chunk.length;
      if (bytes > options.fileBytesMax) throw new TransferFailure(9018, "larger than the device can take");
      hash.update(chunk);
      if (bytes - told < DOWNLOAD_LIMITS.progressBytes) continue;
      told = bytes;
      options.onProgress(bytes);
    }
  } catch (error) {
    if (error instanceof TransferFailure) throw error;
    throw new TransferFailure(9017, `cut off after ${bytes} bytes`, { cause: error });
  }
  options.onProgress(bytes);
  const expected = options.fileSizeBytes;
  if (expected !== 0 && bytes !== expected)
    throw new TransferFailure(bytes < expected ? 9017 : 9018, `${bytes} bytes instead of ${expected}`);
  const sha256 = hash.digest("hex");
  const expectedSha256 = toldSha256(response);
  if (expectedSha256 !== undefined && expectedSha256 !== sha256)
    throw new TransferFailure(9018, `SHA-256 ${sha256} instead of ${expectedSha256}`);
  return { bytes, sha256, start: Buffer.concat(start).subarray(0, DOWNLOAD_LIMITS.startBytesMax) };
}

/** The SHA-256 among the server's digests of the whole file; undefined: it tells none. */
function toldSha256({ headers }: IncomingMessage): string | undefined {
  const told = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):/.exec(String(headers["repr-digest"] ?? ""))?.[1];
  return told === undefined ? undefined : Buffer.from(told, "base64").toString("hex");
}
