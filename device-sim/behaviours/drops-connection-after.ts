/**
 * A gateway that loses its session at the worst moment: the ACS can't tell whether its request was carried out.
 * Layer: behaviours, pure.
 */
import type { Behaviour, SessionMessage } from "./behaviour.js";

/** @param times Sessions that it happens in; later ones go well. */
export function dropsConnectionAfter(message: SessionMessage, times = 1): Behaviour {
  return {
    name: `drops-connection-after-${message}`,
    description: `the session dies after ${message}, ${times} time(s)`,
    dropsAfter: { message, times },
  };
}
