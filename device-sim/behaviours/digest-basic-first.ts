/**
 * A device that answers digest with Basic before it tries digest (field quirk 31).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const digestBasicFirst: Behaviour = {
  name: "digest-basic-first",
  description: "answers the first digest challenge of a session with Basic",
  digest: "basic-first",
};
