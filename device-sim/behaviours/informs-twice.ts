/**
 * A device that sends a second Inform amid its session.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const informsTwice: Behaviour = {
  name: "informs-twice",
  description: "an Inform follows the Inform in the same session",
  informsTwice: true,
};
