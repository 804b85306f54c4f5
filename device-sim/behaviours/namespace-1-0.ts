/**
 * A stack of the first CWMP: the ACS must answer in its namespace (field quirk 2).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const namespace10: Behaviour = {
  name: "namespace-1-0",
  description: "speaks urn:dslforum-org:cwmp-1-0",
  namespace: "urn:dslforum-org:cwmp-1-0",
};
