/**
 * A device that compresses what it sends (field quirk 39).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const gzip: Behaviour = {
  name: "gzip",
  description: "envelopes go with Content-Encoding: gzip, until the ACS answers 415",
  compresses: true,
};
