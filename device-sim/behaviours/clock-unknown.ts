/**
 * A device that has never learnt the time (field quirk 16).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const clockUnknown: Behaviour = {
  name: "clock-unknown",
  description: "CurrentTime is the Unknown Time",
  currentTime: () => "0001-01-01T00:00:00Z",
};
