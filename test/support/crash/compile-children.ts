/**
 * The compiled processes of the crash tests.
 * Layer: test support.
 */
import { compileScripts } from "../compile-scripts.js";
import type { TemporaryFolder } from "../temporary-folder.js";

export interface CompiledChildren {
  /** Scripts for node. */
  readonly acs: string;
  readonly devices: string;
}

const HERE = "test/support/crash";

/** @throws with what the compiler said. */
export async function compileChildren(folder: TemporaryFolder): Promise<CompiledChildren> {
  const [acs = "", devices = ""] = await compileScripts(folder, [`${HERE}/acs-child.ts`, `${HERE}/devices-child.ts`]);
  return { acs, devices };
}
