/**
 * A device of the nineties (field quirk 30).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const http10: Behaviour = {
  name: "http-1-0",
  description: "speaks HTTP/1.0, over plain HTTP",
  speaksHttp10: true,
};
