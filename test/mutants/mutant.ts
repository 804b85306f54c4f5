/**
 * A mutation of the code: what a rule of the standard asks for, broken by a few words. The test that docs/spec-map.md names for the rule
 * must fail by it (npm run mutants).
 * Layer: test (npm run mutants).
 */
import type { HoldingTest } from "../support/spec-map.js";

export interface Mutant {
  /** As it stands in docs/spec-map.md. */
  readonly rule: string;
  readonly file: string;
  /** Stands in the file exactly once: text that has changed is noticed (test/tidy/mutants.test.ts). */
  readonly find: string;
  readonly replace: string;
  /** One of the tests that docs/spec-map.md names for the rule. */
  readonly heldBy: HoldingTest;
}
