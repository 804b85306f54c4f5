/**
 * A device whose requests have an empty cwmp:ID (field quirk 7).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const idEmpty: Behaviour = {
  name: "id-empty",
  description: "requests have an empty cwmp:ID",
  requestId: () => "",
};
