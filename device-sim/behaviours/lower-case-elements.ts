/**
 * A stack that writes all element names in lower case (field quirk 45).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const lowerCaseElements: Behaviour = {
  name: "lower-case-elements",
  description: "element names are in lower case",
  rewrite: (envelope) => envelope.replace(/<\/?[\w-]+(:[\w-]+)?/g, (start) => (start.includes("SOAP-ENV") ? start : start.toLowerCase())),
};
