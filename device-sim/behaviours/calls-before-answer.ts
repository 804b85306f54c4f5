/**
 * A device that drops the socket of a connection request and calls its ACS at once (field quirk 47).
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const callsBeforeAnswer: Behaviour = {
  name: "calls-before-answer",
  description: "opens the session at a connection request, and never answers the request",
  connectionRequestAnswer: "none",
};
