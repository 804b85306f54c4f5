/**
 * A device that begins with a malformed Authorization header (field quirk 32).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const digestGarbledFirst: Behaviour = {
  name: "digest-garbled-first",
  description: "its first credentials of a session can't be read",
  digest: "garbled-first",
};
