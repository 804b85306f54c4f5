/**
 * Received files under another key: each is written anew beside the old one, and takes its place in one step. A file that is under the new
 * key already is left, so that a start that died in the middle is simply begun again.
 * Spec: docs/decisions/0011-per-device-secrets.md. Layer: upgrades.
 */
import { createReadStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { SecretBoxError, type SecretKey } from "../../common/secret-box.js";
import { openStream, sealStream } from "../../common/secret-stream.js";
import type { ReceivedFileStore } from "../stores/received-file-store.js";
import { syncDirectory, writeSynced } from "./durable-file.js";
import { ownerOf } from "./received-files.js";

export interface ResealReceived {
  readonly directory: string;
  readonly store: Pick<ReceivedFileStore, "all" | "get">;
  readonly from: SecretKey;
  readonly to: SecretKey;
}

/** @returns how many were sealed anew, and the ids of those that open with neither key, which are left as they are. */
export async function resealReceived({
  directory,
  store,
  from,
  to,
}: ResealReceived): Promise<{ count: number; damaged: readonly string[] }> {
  const damaged: string[] = [];
  let count = 0;
  for (const { id } of await store.all()) {
    const file = await store.get(id);
    if (file === undefined) continue;
    const outcome = await resealFile(join(directory, id), ownerOf(file), from, to);
    if (outcome === "resealed") count++;
    if (outcome === "damaged") damaged.push(id);
  }
  if (count > 0) await syncDirectory(directory);
  return { count, damaged };
}

async function resealFile(path: string, owner: string, from: SecretKey, to: SecretKey): Promise<"resealed" | "as-it-was" | "damaged"> {
  if (await opens(path, owner, to)) return "as-it-was";
  // The next start removes it, if this one dies.
  const part = `${path}.part`;
  try {
    await rm(part, { force: true });
    await writeSynced(part, sealStream(to, openStream(from, createReadStream(path), owner), owner));
    await rename(part, path);
    return "resealed";
  } catch (error) {
    await rm(part, { force: true });
    if (isGone(error)) return "as-it-was"; // told by the catalogue of received files
    if (error instanceof SecretBoxError) return "damaged";
    throw error;
  }
}

/** The first piece tells. */
async function opens(path: string, owner: string, key: SecretKey): Promise<boolean> {
  const stream = openStream(key, createReadStream(path), owner);
  try {
    await stream.next();
    return true;
  } catch (error) {
    if (error instanceof SecretBoxError || isGone(error)) return false;
    throw error;
  } finally {
    await stream.return();
  }
}

const isGone = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";
