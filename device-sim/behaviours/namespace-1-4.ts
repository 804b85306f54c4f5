/**
 * A stack that names CWMP 1.4 in its namespace, which no standard does (field quirk 1).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const namespace14: Behaviour = {
  name: "namespace-1-4",
  description: "speaks urn:dslforum-org:cwmp-1-4",
  namespace: "urn:dslforum-org:cwmp-1-4",
};
