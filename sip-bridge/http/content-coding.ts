/**
 * Takes content codings off and puts them on again, within a limit.
 * Spec: RFC 9110 8.4; TR-069 3.4.1 (gzip and deflate from devices). Layer: http.
 */
import { promisify } from "node:util";
import { deflate, deflateRaw, gunzip, gzip, inflate, inflateRaw } from "node:zlib";

export interface Opened {
  readonly octets: Buffer;
  /** Writes others in the same coding. */
  readonly close: (octets: Buffer) => Promise<Buffer>;
}

type Limited = (octets: Buffer, limits: { readonly maxOutputLength: number }) => Promise<Buffer>;

const zlib = {
  gunzip: promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip) as Limited,
  inflate: promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate) as Limited,
  inflateRaw: promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw) as Limited,
  gzip: promisify<Buffer, Buffer>(gzip),
  deflate: promisify<Buffer, Buffer>(deflate),
  deflateRaw: promisify<Buffer, Buffer>(deflateRaw),
};

/** @returns undefined: a coding that we don't take off, octets that are not of it, or more than `octetsMax` of them. */
export async function openCoding(octets: Buffer, coding: string | undefined, octetsMax: number): Promise<Opened | undefined> {
  const name = coding?.trim().toLowerCase() ?? "";
  if (name === "" || name === "identity") return { octets, close: async (same) => same };
  const ways = waysOf(name, octets);
  if (ways === undefined) return undefined;
  try {
    return { octets: await ways.open(octets, { maxOutputLength: octetsMax }), close: ways.close };
  } catch {
    return undefined;
  }
}

/** "deflate" is the zlib format (RFC 9110 8.4.1.2), but some clients send the bare stream. RFC 1950 2.2 tells them apart. */
function waysOf(name: string, octets: Buffer) {
  if (name === "gzip" || name === "x-gzip") return { open: zlib.gunzip, close: zlib.gzip };
  if (name !== "deflate") return undefined;
  const hasZlibHeader = octets.length >= 2 && ((octets[0] ?? 0) & 0x0f) === 8 && octets.readUInt16BE(0) % 31 === 0;
  return hasZlibHeader ? { open: zlib.inflate, close: zlib.deflate } : { open: zlib.inflateRaw, close: zlib.deflateRaw };
}
