/**
 * A device that keeps the cookies of its last session (field quirk 29).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const staleCookie: Behaviour = {
  name: "stale-cookie",
  description: "the first Inform of a session has the cookies of the last one",
  cookies: "stale",
};
