/**
 * Data to develop against that is no part of the repository: it lies beside it, in ../shared, or is absent. A test that needs it skips visibly.
 * Layer: test support.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const SHARED = join(REPOSITORY, "..", "shared");

const told = new Set<string>();

/** Absolute path of something in ../shared, as "data/clients"; undefined, and a word about it, if it is not there. */
export function sharedPath(path: string): string | undefined {
  const full = join(SHARED, path);
  if (existsSync(full)) return full;
  if (!told.has(path)) console.warn(`      (skipped: ../shared/${path} is not there)`);
  told.add(path);
  return undefined;
}

/** Absolute path of something in the repository. */
export function repositoryPath(path: string): string {
  return join(REPOSITORY, path);
}

/** All files below a folder, sorted, as paths relative to it. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}
