/**
 * Mutations of the code for rules of docs/spec-map.md: devices that nobody registered.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

export const ENROLMENT_MUTANTS: readonly Mutant[] = [
  {
    rule: "Without the proof nothing is registered",
    file: "acs/http/cwmp-auth.ts",
    find: "candidates.filter((candidate) => isRight(candidate.password)).map",
    replace: "candidates.map",
    heldBy: { file: "test/integration/enrolment.test.ts", title: "a wrong password: 401, an event, nothing registered" },
  },
  {
    rule: "Guessing is throttled; known and unknown user names are alike in answer and work",
    file: "acs/http/cwmp-auth.ts",
    find: "if (candidates.length > 0) this.#noteFailure(lockKey(socket), nowMs);",
    replace: "",
    heldBy: {
      file: "test/integration/enrolment.test.ts",
      title: "guesses under ever new user names are one guesser's: after ten, the right password waits a minute",
    },
  },
  {
    rule: "A rule that is closed, expired or full takes in nobody",
    file: "acs/http/enroller.ts",
    find: 'return ruleState(rule, this.#options.clock.now()) === "open";',
    replace: "return true;",
    heldBy: { file: "test/integration/enrolment.test.ts", title: "the window is closed, or its time is over: 401 as for any stranger" },
  },
  {
    rule: "Trust on first use: over TLS, when it is asked for",
    file: "acs/http/enroller.ts",
    find: "rule.password === null && this.#isOpen(rule)",
    replace: "rule.password !== null && this.#isOpen(rule)",
    heldBy: { file: "test/integration/enrolment-tls.test.ts", title: "the first password that a device says is its own from then on" },
  },
];
