/**
 * A device whose envelopes come in many small segments.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const fragmentedBody: Behaviour = {
  name: "fragmented-body",
  description: "envelopes come in pieces of 64 bytes",
  pieces: { bytes: 64, pauseMs: 0 },
};
