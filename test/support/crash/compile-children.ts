/**
 * Compiles the processes of the crash tests once, so that each start takes a fraction of a second.
 * Layer: test support.
 */
import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TemporaryFolder } from "../temporary-folder.js";

export interface CompiledChildren {
  /** Scripts for node. */
  readonly acs: string;
  readonly devices: string;
}

const COMPILE_TIMEOUT_MS = 60_000;
const inRepository = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const HERE = "test/support/crash";
/** What the children start by name, so that no import leads the compiler there. */
const WORKER_FILES = ["acs/stores/sqlite/operations.ts", "common/sqlite/writer.ts"];

/** @throws with what the compiler said. */
export async function compileChildren(folder: TemporaryFolder): Promise<CompiledChildren> {
  const outDir = folder.file("compiled");
  await mkdir(outDir);
  await writeFile(`${outDir}/package.json`, '{ "type": "module" }');
  await symlink(inRepository("node_modules"), `${outDir}/node_modules`);
  const config = {
    extends: inRepository("tsconfig.json"),
    compilerOptions: { noEmit: false, noCheck: true, outDir, rootDir: inRepository("."), types: [] },
    include: [],
    files: [`${HERE}/acs-child.ts`, `${HERE}/devices-child.ts`, ...WORKER_FILES].map(inRepository),
  };
  await writeFile(folder.file("tsconfig.json"), JSON.stringify(config));
  const compiler = inRepository("node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [compiler, "-p", folder.file("tsconfig.json")], { timeout: COMPILE_TIMEOUT_MS });
  return { acs: `${outDir}/${HERE}/acs-child.js`, devices: `${outDir}/${HERE}/devices-child.js` };
}
