/**
 * A stack whose arrays have another number of members than they say (field quirk 17).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const arrayCountWrong: Behaviour = {
  name: "array-count-wrong",
  description: "arrayType says [0009] whatever follows",
  rewrite: (envelope) => envelope.replace(/(:arrayType="[^"[]*)\[\d+\]/g, "$1[0009]"),
};
