/**
 * Files that are on disk when we say so: bytes first, then their name.
 * Layer: upgrades.
 */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

/** Names that we give to files of ours, finished or not. */
export const OWN_FILE = /^[0-9a-z]{26}(?:\.part)?$/;

/** Fulfilled when the bytes are on disk; their name is not before `syncDirectory`. @throws EEXIST when the file is there. */
export async function writeSynced(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    for await (const chunk of bytes) await file.appendFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export interface Measure {
  /** The same bytes, measured as they pass. */
  readonly bytes: AsyncIterable<Buffer>;
  /** Of what has passed. Once. */
  end(): { readonly sizeBytes: number; readonly sha256: string };
}

/** @param onChunk Told of each piece before it passes; what it throws ends the stream. */
export function measured(bytes: AsyncIterable<Buffer>, onChunk: (sizeBytes: number) => void): Measure {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  return {
    bytes: (async function* () {
      for await (const chunk of bytes) {
        sizeBytes += chunk.length;
        onChunk(sizeBytes);
        hash.update(chunk);
        yield chunk;
      }
    })(),
    end: () => ({ sizeBytes, sha256: hash.digest("hex") }),
  };
}
