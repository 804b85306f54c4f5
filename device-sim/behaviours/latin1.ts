/**
 * A device that writes ISO-8859-1, says so, and means it (field quirk 10).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const latin1: Behaviour = {
  name: "latin1",
  description: "envelopes are in ISO-8859-1; the manufacturer is Example V\u00f6ice",
  latin1: true,
  rewrite: (envelope) => envelope.replace("<Manufacturer>Example Voice<", "<Manufacturer>Example V\u00f6ice<"),
};
