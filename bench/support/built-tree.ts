/**
 * What is measured, compiled in a folder of its own: the working tree, or the server as it was at some commit (`bench/against.ts`).
 * Run from source, each closure is given its name again when it is made (tsx), which is no cost of the product.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { loadDevices, prepareStore } from "./load-devices.js";

const run = promisify(execFile);
const HERE = fileURLToPath(new URL("../../", import.meta.url));
const SOURCES = ["acs", "sip-bridge", "device-sim", "schemas", "common", "bench", "tsconfig.json", "package.json", "package-lock.json"];
/** What is started by name, so that no import leads the compiler there. */
const WRITER_FILE = "common/sqlite/writer.ts";
const SERVER_FILES = ["bench/support/acs-server.ts", "bench/support/load-devices.ts", "acs/stores/sqlite/operations.ts", WRITER_FILE];
const BRIDGE_FILES = ["sip-bridge/main.ts", "sip-bridge/stores/sqlite/operations.ts", WRITER_FILE];
const BUILD_TIMEOUT_MS = 300_000;

export interface BuiltTree {
  readonly name: string;
  /** Of bench/support/acs-server, compiled. */
  readonly serverUrl: string;
  /** Its own way to fill a store: tables differ between commits. */
  readonly loadDevices: typeof loadDevices;
  readonly prepareStore: typeof prepareStore;
}

/** The working tree as it is now. */
export async function buildHere(folder: string): Promise<BuiltTree> {
  return build(await copyHere(folder), "here");
}

/** The bridge of the working tree. */
export async function buildBridge(folder: string): Promise<typeof import("../../sip-bridge/main.js")> {
  const outDir = await compile(await copyHere(folder), BRIDGE_FILES);
  return import(pathToFileURL(join(outDir, "sip-bridge/main.js")).href);
}

async function copyHere(folder: string): Promise<string> {
  const tree = join(folder, "here");
  await mkdir(tree);
  for (const source of SOURCES) await cp(join(HERE, source), join(tree, source), { recursive: true });
  return tree;
}

/** @throws when git does not know the commit, or its dependencies can't be installed. */
export async function buildCommit(folder: string, commit: string): Promise<BuiltTree> {
  const tree = join(folder, "other");
  await mkdir(tree);
  const archive = join(folder, "other.tar");
  await run("git", ["-C", HERE, "archive", "--output", archive, commit]);
  await run("tar", ["-xf", archive, "-C", tree]);
  return build(tree, commit);
}

async function build(tree: string, name: string): Promise<BuiltTree> {
  const outDir = await compile(tree, SERVER_FILES);
  const load = (await import(pathToFileURL(join(outDir, "bench/support/load-devices.js")).href)) as Pick<
    BuiltTree,
    "loadDevices" | "prepareStore"
  >;
  return { name, serverUrl: pathToFileURL(join(outDir, "bench/support/acs-server.js")).href, ...load };
}

/** @returns The folder of what was compiled. */
async function compile(tree: string, modules: readonly string[]): Promise<string> {
  await installPackages(tree);
  const outDir = join(tree, "compiled");
  await mkdir(outDir);
  await writeFile(join(outDir, "package.json"), '{ "type": "module" }');
  const files = modules.map((file) => join(tree, file));
  // Nothing is checked, so no types are needed: packages of development are left out.
  const compilerOptions = { noEmit: false, noCheck: true, types: [], outDir, rootDir: tree };
  await writeFile(join(tree, "tsconfig.bench.json"), JSON.stringify({ extends: "./tsconfig.json", compilerOptions, include: [], files }));
  const compiler = join(HERE, "node_modules/typescript/bin/tsc");
  await run(process.execPath, [compiler, "-p", join(tree, "tsconfig.bench.json")], { timeout: BUILD_TIMEOUT_MS });
  return outDir;
}

/** Ours, when the commit wants the same; else its own. */
async function installPackages(tree: string): Promise<void> {
  const [wanted, have] = await Promise.all([tree, HERE].map((folder) => readFile(join(folder, "package-lock.json"), "utf8")));
  if (wanted === have) await symlink(join(HERE, "node_modules"), join(tree, "node_modules"));
  else await run("npm", ["ci", "--omit=dev", "--no-progress"], { cwd: tree, timeout: BUILD_TIMEOUT_MS });
}
