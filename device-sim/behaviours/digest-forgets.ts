/**
 * A device that has each request challenged anew (field quirk 31: two rounds of 401).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const digestForgets: Behaviour = {
  name: "digest-forgets",
  description: "forgets the challenge: each request goes without credentials first",
  digest: "forgets",
};
