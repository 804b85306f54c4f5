/**
 * A device behind a slow line.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const slowBody: Behaviour = {
  name: "slow-body",
  description: "envelopes come in pieces of 1,024 bytes, with 20 ms between",
  pieces: { bytes: 1_024, pauseMs: 20 },
};
