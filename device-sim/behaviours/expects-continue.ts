/**
 * A device that waits for leave before it sends a body (field quirk 33).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const expectsContinue: Behaviour = {
  name: "expects-continue",
  description: "Expect: 100-continue with each envelope",
  expectsContinue: true,
};
