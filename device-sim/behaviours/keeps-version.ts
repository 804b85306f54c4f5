/**
 * A device that reports new firmware as installed, and restarts with the old one.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const keepsVersion: Behaviour = {
  name: "keeps-version",
  description: "reports success of new firmware, and restarts with the old version",
  newFirmware: "not-installed",
};
