/**
 * A folder that is gone after the test.
 * Layer: test support.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TemporaryFolder {
  /** Path of a file in it. */
  file(name: string): string;
  remove(): Promise<void>;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), "reveille-test-"));
  return { file: (name) => join(path, name), remove: () => rm(path, { recursive: true, force: true }) };
}
