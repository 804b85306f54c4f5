/**
 * A stack that names CWMP 1.3 in its namespace, which no standard does (field quirk 1).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const namespace13: Behaviour = {
  name: "namespace-1-3",
  description: "speaks urn:dslforum-org:cwmp-1-3",
  namespace: "urn:dslforum-org:cwmp-1-3",
};
