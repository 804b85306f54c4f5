/**
 * A device that never tells how a test ended (field quirk 57).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const diagnosticsStuck: Behaviour = {
  name: "diagnostics-stuck",
  description: "no test ever ends: its state stays Requested, and no event 8 comes",
  diagnosticsEnd: "never",
};
