/**
 * A device that says yes and does nothing.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const ignoresSets: Behaviour = {
  name: "ignores-sets",
  description: "SetParameterValues is answered with Status 0, and nothing is set",
  ignoresSets: true,
};
