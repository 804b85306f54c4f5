/**
 * A device that for a moment does not know its own parameters (field quirk 24).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const forgetsNames: Behaviour = {
  name: "forgets-names",
  description: "the first request of each kind that names parameters is answered 9005, in each session",
  forgetsNames: true,
};
