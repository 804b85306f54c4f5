/**
 * A device whose voice line does not register any more with new firmware.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const lineStaysDown: Behaviour = {
  name: "line-stays-down",
  description: "does not register its line any more with new firmware",
  newFirmware: "without-line",
};
