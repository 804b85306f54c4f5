/**
 * A device whose cwmp:ID is no number (field quirk 7).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const idText: Behaviour = {
  name: "id-text",
  description: "the cwmp:ID of requests is a text",
  requestId: (nth) => `VENDOR_ID_${nth} a`,
};
