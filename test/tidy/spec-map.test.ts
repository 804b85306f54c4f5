/**
 * docs/spec-map.md says which test holds which rule of the standard: each test that it names exists, under that title.
 * Layer: tidy.
 */
import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { repositoryPath } from "../support/shared-data.js";

interface Row {
  readonly rule: string;
  readonly heldBy: readonly { readonly file: string; readonly title: string }[];
  readonly isNotYet: boolean;
}

const PIPE = "\u0000";

/** Rows of all tables, without their heads. A cell may hold "\|". */
function readRows(markdown: string): readonly Row[] {
  const lines = markdown.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| Rule |"));
  return lines.map((line) => {
    const [, rule = "", held = ""] = line.replaceAll("\\|", PIPE).split("|");
    const heldBy = [...held.matchAll(/`(test\/[^`]+\.test\.ts)`: (.*?)(?=<br>`test\/| *$)/g)].map(([, file = "", title = ""]) => ({
      file,
      title: title.trim().replaceAll(PIPE, "|"),
    }));
    return { rule: rule.trim(), heldBy, isNotYet: held.trim() === "not yet" };
  });
}

/** The title as it stands in the source, in quotes of either kind: with ${...} where it is made of parts. */
function hasTitle(file: string, title: string): boolean {
  if (!existsSync(repositoryPath(file))) return false;
  const source = readFileSync(repositoryPath(file), "utf8");
  return [`("${title}"`, `(\`${title}\``].some((call) => source.includes(`it${call}`) || source.includes(`describe${call}`));
}

describe("tidy: docs/spec-map.md", () => {
  const rows = readRows(readFileSync(repositoryPath("docs/spec-map.md"), "utf8"));

  it('has a row for each rule, with a test or with "not yet"', () => {
    expect(rows).to.have.length.above(200);
    const unclear = rows.filter(({ heldBy, isNotYet }) => isNotYet === heldBy.length > 0);
    expect(unclear.map(({ rule }) => rule)).to.deep.equal([]);
  });

  it("names tests that exist", () => {
    const lost = rows.flatMap(({ heldBy }) => heldBy).filter(({ file, title }) => !hasTitle(file, title));
    expect(lost).to.deep.equal([]);
  });

  it("has all 37 rows of what the ACS must do when the CPE does X", () => {
    const numbers = rows.map(({ rule }) => Number(/^Row (\d+):/.exec(rule)?.[1] ?? 0));
    for (let row = 1; row <= 37; row++) expect(numbers, `row ${row}`).to.include(row);
  });
});
