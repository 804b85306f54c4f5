/**
 * A device that tells nothing can be written, and lets it be written (field quirk 23).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const deniesWritable: Behaviour = {
  name: "denies-writable",
  description: "GetParameterNames says that nothing is writable",
  deniesWritable: true,
};
