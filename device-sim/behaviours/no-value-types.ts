/**
 * A stack that leaves xsi:type out (field quirk 12).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const noValueTypes: Behaviour = {
  name: "no-value-types",
  description: "values have no xsi:type",
  rewrite: (envelope) => envelope.replace(/ xsi:type="[^"]*"/g, ""),
};
