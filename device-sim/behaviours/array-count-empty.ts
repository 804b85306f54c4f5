/**
 * A stack whose arrays do not say how many members they have (field quirk 17).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const arrayCountEmpty: Behaviour = {
  name: "array-count-empty",
  description: "arrayType says []",
  rewrite: (envelope) => envelope.replace(/(:arrayType="[^"[]*)\[\d+\]/g, "$1[]"),
};
