/**
 * A user agent that insists on a subscription (RFC 6665 4.1.3): legal, and no wake-up.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const answers481: Behaviour = {
  name: "answers-481",
  description: "every NOTIFY is answered 481 and not obeyed",
  notifyAnswer: 481,
};
