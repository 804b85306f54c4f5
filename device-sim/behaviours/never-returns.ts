/**
 * A device that does not start again with new firmware.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const neverReturns: Behaviour = {
  name: "never-returns",
  description: "does not start again with new firmware",
  newFirmware: "does-not-start",
};
