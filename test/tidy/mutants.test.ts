/**
 * The mutations of npm run mutants: each can be made, and stands for a rule of docs/spec-map.md and one of its tests.
 * Layer: tidy.
 */
import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { MUTANTS } from "../mutants/all.js";
import { repositoryPath } from "../support/shared-data.js";
import { readSpecMap } from "../support/spec-map.js";

describe("tidy: listed mutations", () => {
  const rows = readSpecMap();

  it("find their text exactly once: who changes a line changes its mutation, too", () => {
    const countIn = (file: string, find: string): number =>
      existsSync(repositoryPath(file)) ? readFileSync(repositoryPath(file), "utf8").split(find).length - 1 : 0;
    const stale = MUTANTS.filter(({ file, find }) => countIn(file, find) !== 1);
    expect(stale.map(({ file, find }) => `${file}: ${find}`)).to.deep.equal([]);
  });

  it("stand for a rule of docs/spec-map.md and a test that it names", () => {
    const isNamed = ({ rule, heldBy }: (typeof MUTANTS)[number]): boolean =>
      rows.some((row) => row.rule === rule && row.heldBy.some(({ file, title }) => file === heldBy.file && title === heldBy.title));
    expect(MUTANTS.filter((mutant) => !isNamed(mutant)).map(({ rule, heldBy }) => `${rule}: ${heldBy.title}`)).to.deep.equal([]);
  });

  it("are enough to draw twenty rules from, of nearly every section", () => {
    expect(new Set(MUTANTS.map(({ rule }) => rule)).size).to.be.above(100);
    const held = rows.filter(({ isNotYet }) => !isNotYet);
    const sections = new Set(held.map(({ section }) => section));
    const covered = new Set(held.filter(({ rule }) => MUTANTS.some((mutant) => mutant.rule === rule)).map(({ section }) => section));
    expect(covered.size / sections.size).to.be.above(0.85);
  });
});
