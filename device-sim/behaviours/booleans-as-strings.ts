/**
 * A firmware that tells booleans as such, and takes them as strings only (field quirk 13).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const booleansAsStrings: Behaviour = {
  name: "booleans-as-strings",
  description: "a boolean is to be set as a string, else 9006",
  booleansAreStrings: true,
};
