/**
 * npm run mutants: for twenty rules drawn by a seed from docs/spec-map.md, a listed mutation of the code makes the named test fail.
 * SEED=n repeats a draw, MUTANTS=all takes all that are listed, MUTANTS=word those whose rule or file has the word.
 * Prints a table; exits with 1 when a mutant survives.
 * Layer: test (npm run mutants).
 */
import { runSeed, seededRandom } from "../support/seeded-random.js";
import type { HoldingTest } from "../support/spec-map.js";
import { MUTANTS } from "./all.js";
import type { Mutant } from "./mutant.js";
import { openSandbox, type Sandbox, type Verdict } from "./sandbox.js";

const RULES_DRAWN = 20;
const SANDBOXES = 2;

const seed = runSeed();
const wanted = process.env["MUTANTS"];
const mutants =
  wanted === undefined ? drawn(seed) : MUTANTS.filter(({ rule, file }) => wanted === "all" || `${rule} ${file}`.includes(wanted));
console.log(`SEED=${seed}: ${mutants.length} of ${MUTANTS.length} mutations`);

const sandboxes = await Promise.all(Array.from({ length: SANDBOXES }, () => openSandbox()));
/** By file and title: the test passes on the tree as it is. */
const soundness = new Map<string, Promise<Verdict>>();
let survivors = 0;
try {
  const left = [...mutants];
  await Promise.all(sandboxes.map((sandbox) => work(sandbox, left)));
} finally {
  await Promise.all(sandboxes.map((sandbox) => sandbox.remove()));
}
console.log(
  survivors === 0 ? `all ${mutants.length} mutants are noticed` : `${survivors} of ${mutants.length} are not noticed, or not judged`,
);
process.exitCode = survivors === 0 ? 0 : 1;

/** A mutation for each of twenty rules. */
function drawn(from: number): readonly Mutant[] {
  const random = seededRandom(from);
  const rules = [...new Set(MUTANTS.map(({ rule }) => rule))];
  const chosen = Array.from({ length: Math.min(RULES_DRAWN, rules.length) }, () => rules.splice(random.int(rules.length), 1)[0]);
  return chosen.map((rule) => random.pick(MUTANTS.filter((mutant) => mutant.rule === rule)));
}

async function work(sandbox: Sandbox, left: Mutant[]): Promise<void> {
  for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
    const sound = await isSound(sandbox, mutant.heldBy);
    const verdict = sound === "passed" ? await sandbox.run(mutant.heldBy, mutant) : sound;
    const isNoticed = sound === "passed" && verdict === "failed";
    if (!isNoticed) survivors++;
    console.log(
      `${(isNoticed ? "noticed" : sound === "passed" ? `SURVIVES (${verdict})` : `UNSOUND (${sound})`).padEnd(20)} ${mutant.rule}`,
    );
    if (!isNoticed)
      console.log(`${" ".repeat(21)}${mutant.file}: ${mutant.find}\n${" ".repeat(21)}${mutant.heldBy.file}: ${mutant.heldBy.title}`);
  }
}

function isSound(sandbox: Sandbox, test: HoldingTest): Promise<Verdict> {
  const key = `${test.file}: ${test.title}`;
  const known = soundness.get(key) ?? sandbox.run(test);
  soundness.set(key, known);
  return known;
}
