/**
 * A device with a TCP connection for each message (field quirk 30).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const closesEachConnection: Behaviour = {
  name: "closes-each-connection",
  description: "Connection: close with each message",
  closesEachConnection: true,
};
