/**
 * A device whose tests go well whatever they test: the results are made up.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const diagnosticsComplete: Behaviour = {
  name: "diagnostics-complete",
  description: 'a test of a name that can be resolved ends as "Complete", with made-up results',
  diagnosticsEnd: "Complete",
};
