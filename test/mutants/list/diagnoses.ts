/**
 * Mutations of the code for rules of docs/spec-map.md: system D on the ACS.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

const TEXTS = "test/unit/acs/diagnostics/texts/texts.test.ts";
const PLAN = "test/unit/acs/diagnostics/diagnosis-plan.test.ts";
const LOCATE = "test/unit/acs/diagnostics/locate-test.test.ts";

export const DIAGNOSES_MUTANTS: readonly Mutant[] = [
  {
    rule: "200 to 299 are success",
    file: "acs/diagnostics/diagnosis-verdict.ts",
    find: "code <= SUCCESS.to",
    replace: "code < SUCCESS.to",
    heldBy: { file: TEXTS, title: "200 to 299 are good, and no other" },
  },
  {
    rule: "FaultCode, else the last code, else the state",
    file: "acs/diagnostics/diagnosis-verdict.ts",
    find: "if (faultCode > 0 && !(isError && isSuccess(faultCode))) return String(faultCode);",
    replace: "if (lastCode > 0) return String(lastCode);",
    heldBy: { file: PLAN, title: "of a registration: FaultCode; without one the server's last code; in an error the device's word" },
  },
  {
    rule: "The object of a line in either data model, whoever made it",
    file: "acs/diagnostics/voice-lines.ts",
    find: "isEnabled(path, value) ? ++count : null",
    replace: "++count",
    heldBy: {
      file: LOCATE,
      title: "below the line, whatever OUI the vendor has; by number, or by the line's path, also of a disabled one",
    },
  },
];
