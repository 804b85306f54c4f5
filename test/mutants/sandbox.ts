/**
 * A copy of the working tree in which a mutation can be made and a test run: nothing of it reaches the tree itself.
 * Layer: test (npm run mutants).
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryPath } from "../support/shared-data.js";
import type { HoldingTest } from "../support/spec-map.js";
import type { Mutant } from "./mutant.js";

const SOURCES = ["acs", "sip-bridge", "device-sim", "schemas", "common", "demo", "bin", "test", "docs", "package.json", "tsconfig.json"];
const TEST_TIMEOUT_MS = 30_000;
/** All tests of that title, with their hooks. */
const RUN_TIMEOUT_MS = 180_000;
const OUTPUT_BYTES_MAX = 64 * 1_048_576;

/** "absent": no test of that title ran, or all were skipped. "broken": the code or the test file could not be loaded. */
export type Verdict = "passed" | "failed" | "absent" | "broken";

export interface Sandbox {
  /** The test's verdict, on the tree as it is or with the mutation. */
  run(test: HoldingTest, mutant?: Mutant): Promise<Verdict>;
  remove(): Promise<void>;
}

export async function openSandbox(): Promise<Sandbox> {
  const folder = await mkdtemp(join(tmpdir(), "reveille-mutants-"));
  for (const source of SOURCES) await cp(repositoryPath(source), join(folder, source), { recursive: true });
  await linkPackages(folder);
  return {
    run: async (test, mutant) => {
      if (mutant === undefined) return judge(folder, test);
      const path = join(folder, mutant.file);
      const text = await readFile(path, "utf8");
      await writeFile(path, mutated(text, mutant));
      try {
        return await judge(folder, test);
      } finally {
        await writeFile(path, text);
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** @throws {Error} The text to be replaced does not stand there exactly once. */
function mutated(text: string, { file, find, replace }: Mutant): string {
  const [before, after, ...more] = text.split(find);
  if (after === undefined || more.length > 0) throw new Error(`${file}: not exactly once: ${find}`);
  return `${before}${replace}${after}`;
}

/** A folder of links, so that what is cached below it is the copy's own. */
async function linkPackages(folder: string): Promise<void> {
  await mkdir(join(folder, "node_modules"));
  const packages = await readdir(repositoryPath("node_modules"));
  for (const name of packages.filter((one) => one !== ".cache")) {
    await symlink(repositoryPath(`node_modules/${name}`), join(folder, "node_modules", name));
  }
}

interface Report {
  readonly stats: { readonly passes: number; readonly failures: number };
}

async function judge(folder: string, { file, title }: HoldingTest): Promise<Verdict> {
  const report = join(folder, "report.json");
  await rm(report, { force: true });
  const pattern = title
    .split(/\$\{[^}]*\}/)
    .map(escapeRegExp)
    .join(".*");
  const options = ["--no-config", "--node-option", "import=tsx", "--exit", "--timeout", String(TEST_TIMEOUT_MS)];
  const reporting = ["--reporter", "json", "--reporter-option", `output=${report}`];
  await run(folder, ["node_modules/mocha/bin/mocha.js", ...options, ...reporting, "--grep", pattern, file]);
  const text = await readFile(report, "utf8").catch(() => undefined);
  if (text === undefined) return "broken";
  const { passes, failures } = (JSON.parse(text) as Report).stats;
  if (failures > 0) return "failed";
  return passes > 0 ? "passed" : "absent";
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Whatever its exit code: the report tells. */
function run(cwd: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], { cwd, timeout: RUN_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX }, () => resolve());
  });
}
