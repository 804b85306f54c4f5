/**
 * A device whose requests have no cwmp:ID (field quirk 7).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const idNone: Behaviour = {
  name: "id-none",
  description: "requests have no cwmp:ID",
  requestId: () => undefined,
};
