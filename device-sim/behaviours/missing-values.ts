/**
 * A device that leaves the Value element out where it is empty (field quirk 11).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const missingValues: Behaviour = {
  name: "missing-values",
  description: "an empty value has no Value element",
  rewrite: (envelope) => envelope.replace(/<Value[^>]*><\/Value>/g, ""),
};
