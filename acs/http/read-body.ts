/**
 * Reads the body of a request within named limits: bytes on the wire, bytes after inflating, time. For CWMP and for REST alike.
 * Spec: RFC 9110 8.4 (content codings), 15.5.14 (413), 15.5.16 (415); TR-069 3.4.1 (gzip and deflate from devices). Layer: http.
 */
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip, inflate, inflateRaw } from "node:zlib";
import { type Clock, systemClock } from "../../common/clock.js";

export interface BodyLimits {
  /** Bytes as sent, before any content coding is taken off. */
  readonly bodyBytesMax: number;
  /** Bytes after inflating. A body without content coding is bounded by `bodyBytesMax` alone. */
  readonly inflatedBytesMax: number;
  /** From the call to the last byte: a body that trickles is given up. */
  readonly bodyTimeoutMs: number;
}

/** "undecodable": the bytes are not of the coding that the header names. "cut-short": the connection ended before the body did. */
export type BodyRefusal = "too-large" | "unsupported-encoding" | "undecodable" | "cut-short" | "timed-out";

/** "cut-short" has a status for completeness only: nobody is left to read it. */
export const BODY_REFUSAL_STATUS: Readonly<Record<BodyRefusal, number>> = {
  "too-large": 413,
  "unsupported-encoding": 415,
  undecodable: 400,
  "cut-short": 400,
  "timed-out": 408,
};

export type BodyResult =
  | { readonly bytes: Buffer; readonly refused?: undefined }
  | {
      readonly bytes?: undefined;
      readonly refused: BodyRefusal;
      /** What came of it, as sent, for those who keep transcripts. */
      readonly received?: Buffer;
    };

type Coding = "identity" | "gzip" | "deflate";

const EMPTY: BodyResult = { bytes: Buffer.alloc(0) };

/**
 * Never rejects. After a refusal the request is paused with bytes unread, so the caller must answer with `Connection: close`.
 * @returns `bytes` without content coding; the empty buffer for a request without a body.
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits, clock: Clock = systemClock): Promise<BodyResult> {
  const { "content-length": length, "content-encoding": encoding, "transfer-encoding": transfer } = request.headers;
  if (transfer === undefined && (length === undefined || length === "0")) return EMPTY;
  const coding = readCoding(encoding);
  if (coding === undefined) return { refused: "unsupported-encoding" };
  if (length !== undefined && Number(length) > limits.bodyBytesMax) return { refused: "too-large" };
  const sent = await collect(request, limits, clock);
  if (coding === "identity" || sent.refused !== undefined || sent.bytes.length === 0) return sent;
  return expand(sent.bytes, coding, limits.inflatedBytesMax);
}

/** undefined: a coding we don't take off, or more than one of them. "x-gzip" is gzip (RFC 9110 8.4.1.3). */
function readCoding(header: string | undefined): Coding | undefined {
  switch (header?.trim().toLowerCase()) {
    case undefined:
    case "":
    case "identity":
      return "identity";
    case "gzip":
    case "x-gzip":
      return "gzip";
    case "deflate":
      return "deflate";
    default:
      return undefined;
  }
}

/** A small body mostly arrives in one piece, which is then returned without a copy. */
function collect(request: IncomingMessage, { bodyBytesMax, bodyTimeoutMs }: BodyLimits, clock: Clock): Promise<BodyResult> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (result: BodyResult): void => {
      cancelTimer();
      request.off("data", onData).off("end", onEnd).off("close", onCutShort);
      resolve(result);
    };
    const refuse = (refused: BodyRefusal): void => {
      request.pause();
      settle({ refused, received: Buffer.concat(chunks) });
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > bodyBytesMax) refuse("too-large");
      else chunks.push(chunk);
    };
    const onEnd = (): void => settle({ bytes: chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, bytes) });
    const onCutShort = (): void => settle({ refused: "cut-short", received: Buffer.concat(chunks) });
    const cancelTimer = clock.after(bodyTimeoutMs, () => refuse("timed-out"));
    if (request.destroyed) return onCutShort();
    // The error listener stays: a connection reset after a refusal must not become an uncaught exception. "close" follows it.
    request.on("error", ignore).on("close", onCutShort).on("end", onEnd).on("data", onData);
  });
}

const ignore = (): void => undefined;

const gunzipAsync = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip);
const inflateAsync = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate);
const inflateRawAsync = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw);

async function expand(bytes: Buffer, coding: "gzip" | "deflate", maxOutputLength: number): Promise<BodyResult> {
  const run = coding === "gzip" ? gunzipAsync : hasZlibHeader(bytes) ? inflateAsync : inflateRawAsync;
  try {
    return { bytes: await run(bytes, { maxOutputLength }) };
  } catch (error) {
    const refused = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "too-large" : "undecodable";
    return { refused, received: bytes };
  }
}

/** "deflate" is the zlib format (RFC 9110 8.4.1.2), but some clients send the bare stream. RFC 1950 2.2 tells them apart. */
function hasZlibHeader(bytes: Buffer): boolean {
  return bytes.length >= 2 && ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}
