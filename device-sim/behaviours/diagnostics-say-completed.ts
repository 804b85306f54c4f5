/**
 * A device that ends tests with the "Completed" of TR-143, where "Complete" is due (field quirk 57).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const diagnosticsSayCompleted: Behaviour = {
  name: "diagnostics-say-completed",
  description: 'a test of a name that can be resolved ends as "Completed", with made-up results',
  diagnosticsEnd: "Completed",
};
