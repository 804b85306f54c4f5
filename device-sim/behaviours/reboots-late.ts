/**
 * A device that says yes to a Reboot and calls in once more before it obeys.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const rebootsLate: Behaviour = {
  name: "reboots-late",
  description: "after the Reboot it calls in with 2 PERIODIC, and only then restarts",
  rebootsLate: true,
};
