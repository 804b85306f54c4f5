/**
 * A gateway that takes no notice of NOTIFY: behind a closed NAT, or with firmware that drops it.
 * Layer: behaviours, pure.
 */
import type { Behaviour } from "./behaviour.js";

export const neverAnswersNotify: Behaviour = {
  name: "never-answers-notify",
  description: "NOTIFY gets no answer at all",
  notifyAnswer: "silence",
};
