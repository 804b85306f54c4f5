/**
 * Compiles what a test runs in processes of its own, once, so that each start takes a fraction of a second and costs what it costs in production.
 * Layer: test support.
 */
import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TemporaryFolder } from "./temporary-folder.js";

const COMPILE_TIMEOUT_MS = 60_000;
const inRepository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
/** What the programs start by name, so that no import leads the compiler there. */
const WORKER_FILES = ["acs/stores/sqlite/operations.ts", "common/sqlite/writer.ts"];

/**
 * @param files Paths in the repository, with ".ts".
 * @returns The script for node of each file, in this order. @throws with what the compiler said.
 */
export async function compileScripts(folder: TemporaryFolder, files: readonly string[]): Promise<readonly string[]> {
  const outDir = folder.file("compiled");
  await mkdir(outDir);
  await writeFile(`${outDir}/package.json`, '{ "type": "module" }');
  await symlink(inRepository("node_modules"), `${outDir}/node_modules`);
  const config = {
    extends: inRepository("tsconfig.json"),
    compilerOptions: { noEmit: false, noCheck: true, outDir, rootDir: inRepository("."), types: [] },
    include: [],
    files: [...files, ...WORKER_FILES].map(inRepository),
  };
  await writeFile(folder.file("tsconfig.json"), JSON.stringify(config));
  const compiler = inRepository("node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [compiler, "-p", folder.file("tsconfig.json")], { timeout: COMPILE_TIMEOUT_MS });
  return files.map((file) => `${outDir}/${file.replace(/\.ts$/, ".js")}`);
}
