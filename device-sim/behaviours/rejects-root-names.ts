/**
 * A device that does not know the empty path (field quirk 21).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const rejectsRootNames: Behaviour = {
  name: "rejects-root-names",
  description: "GetParameterNames of the empty path is answered 9005",
  rejectsRootNames: true,
};
