/**
 * Which branches the runs took, per folder: the V8 coverage of all worker processes, merged by c8.
 * Layer: test (npm run fuzz).
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { repositoryPath } from "../../support/shared-data.js";

export interface FolderCoverage {
  readonly folder: string;
  readonly branches: { readonly covered: number; readonly total: number };
  readonly lines: { readonly covered: number; readonly total: number };
}

type Summary = Readonly<Record<string, Readonly<Record<"branches" | "lines", { readonly covered: number; readonly total: number }>>>>;

/** @param directory NODE_V8_COVERAGE of the processes, which have ended. */
export async function readCoverage(directory: string, folders: readonly string[]): Promise<readonly FolderCoverage[]> {
  const report = await mkdtemp(join(tmpdir(), "reveille-coverage-"));
  try {
    const includes = folders.flatMap((folder) => ["--include", `${folder}/**`]);
    const options = ["report", "--temp-directory", directory, "--reports-dir", report, "--reporter", "json-summary", "--all", ...includes];
    await promisify(execFile)(repositoryPath("node_modules/.bin/c8"), options, { cwd: repositoryPath(".") });
    const summary = JSON.parse(await readFile(join(report, "coverage-summary.json"), "utf8")) as Summary;
    return folders.map((folder) => ofFolder(summary, folder));
  } finally {
    await rm(report, { recursive: true, force: true });
  }
}

function ofFolder(summary: Summary, folder: string): FolderCoverage {
  const files = Object.entries(summary).filter(([path]) => relative(repositoryPath("."), path).startsWith(`${folder}/`));
  const sum = (what: "branches" | "lines") => ({
    covered: files.reduce((all, [, one]) => all + one[what].covered, 0),
    total: files.reduce((all, [, one]) => all + one[what].total, 0),
  });
  return { folder, branches: sum("branches"), lines: sum("lines") };
}
