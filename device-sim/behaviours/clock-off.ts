/**
 * A device whose clock is wrong, and without a zone (field quirks 15, 16).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

const EIGHT_MONTHS_MS = 240 * 86_400_000;

export const clockOff: Behaviour = {
  name: "clock-off",
  description: "CurrentTime is eight months ago, with fractions and without a zone",
  currentTime: (nowMs) => new Date(nowMs - EIGHT_MONTHS_MS).toISOString().replace("Z", ""),
};
