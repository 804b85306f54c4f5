/**
 * A device whose nonce count stands still, so that each of its nonces serves once (field quirk 31).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const digestSameCount: Behaviour = {
  name: "digest-same-count",
  description: "counts every use of a nonce as the first",
  digest: "same-count",
};
