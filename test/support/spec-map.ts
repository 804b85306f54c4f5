/**
 * docs/spec-map.md as data: which test holds which rule.
 * Layer: test support.
 */
import { existsSync, readFileSync } from "node:fs";
import { repositoryPath } from "./shared-data.js";

export interface HoldingTest {
  readonly file: string;
  /** As it stands in the source: with ${...} where it is made of parts. */
  readonly title: string;
}

export interface SpecRow {
  /** Heading of its table. */
  readonly section: string;
  readonly rule: string;
  readonly heldBy: readonly HoldingTest[];
  readonly isNotYet: boolean;
}

const PIPE = "\u0000";

/** Rows of all tables, without their heads. A cell may hold "\|". */
export function readSpecMap(): readonly SpecRow[] {
  let section = "";
  return readFileSync(repositoryPath("docs/spec-map.md"), "utf8")
    .split("\n")
    .flatMap((line) => {
      if (line.startsWith("## ")) section = line.slice(3);
      return line.startsWith("| ") && !line.startsWith("| Rule |") ? [readRow(section, line)] : [];
    });
}

function readRow(section: string, line: string): SpecRow {
  const [, rule = "", held = ""] = line.replaceAll("\\|", PIPE).split("|");
  const heldBy = [...held.matchAll(/`(test\/[^`]+\.test\.ts)`: (.*?)(?=<br>`test\/| *$)/g)].map(([, file = "", title = ""]) => ({
    file,
    title: title.trim().replaceAll(PIPE, "|"),
  }));
  return { section, rule: rule.trim(), heldBy, isNotYet: held.trim() === "not yet" };
}

/** A test or suite of that title, in quotes of any kind. */
export function exists({ file, title }: HoldingTest): boolean {
  if (!existsSync(repositoryPath(file))) return false;
  const source = readFileSync(repositoryPath(file), "utf8");
  return [`("${title}"`, `('${title}'`, `(\`${title}\``].some((call) => source.includes(`it${call}`) || source.includes(`describe${call}`));
}
