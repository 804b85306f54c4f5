/**
 * Mutations of the code for rules of docs/spec-map.md: attack documents.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

export const ATTACKS_MUTANTS: readonly Mutant[] = [
  {
    rule: "Entity bombs, depth, attributes, floods, bad bytes, lengths: a defined answer each",
    file: "acs/cwmp/xml-references.ts",
    find: 'this.fault = "a reference to an unknown entity";\n    return undefined;',
    replace: 'this.end = from;\n    return "";',
    heldBy: { file: "test/fuzz/cwmp-endpoint.test.ts", title: "attacks on the CWMP endpoint" },
  },
  {
    rule: "Damaged messages: no crash, one answer each, and what is refused changes nothing",
    file: "acs/session/session.ts",
    find: '{ do: "answer", message: { kind: "InformResponse", maxEnvelopes: 1 } },',
    replace:
      '{ do: "answer", message: { kind: "InformResponse", maxEnvelopes: 1 } },\n    { do: "answer", message: { kind: "InformResponse", maxEnvelopes: 1 } },',
    heldBy: {
      file: "test/fuzz/cwmp-endpoint.test.ts",
      title: "${RUNS} through codec and session: no crash, one answer each (SEED=${seed})",
    },
  },
];
