/**
 * A device that tells objects like parameters (field quirk 22).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const namesWithoutDots: Behaviour = {
  name: "names-without-dots",
  description: "GetParameterNames tells objects without their dot",
  namesLackDots: true,
};
