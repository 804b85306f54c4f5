/**
 * SUBSCRIBEs: who asks, and which package's notifier answers.
 * Spec: RFC 6665 4.2.1, 8.2.1. Layer: sip-bridge (shell).
 */
import type { Identifier } from "./identify.js";
import type { IncomingRequest } from "./net/server-transactions.js";
import type { Notifier } from "./notifier.js";
import { eventOf } from "./notify/subscribe-request.js";
import { header } from "./sip/message.js";

/** Of any package: a notifier is asked by requests here, whatever it publishes. */
export type Subscribable = Pick<Notifier<never>, "subscribe">;

/** @param notifiers By event type, which is compared case-sensitively. */
export function createSubscribeService(identifier: Identifier, notifiers: ReadonlyMap<string, Subscribable>) {
  return async (incoming: IncomingRequest): Promise<void> => {
    const { request, flow, answer } = incoming;
    const notifier = notifiers.get(eventOf(request));
    // "If the event is not supported, the notifier returns 489", and says what is.
    if (notifier === undefined) {
      answer(489, { headers: [header("Allow-Events", [...notifiers.keys()].join(", "))] });
      return;
    }
    const identified = await identifier.identify(request, flow);
    if ("refused" in identified) {
      const { status, ...draft } = identified.refused;
      answer(status, draft);
      return;
    }
    notifier.subscribe(incoming, identified.account);
  };
}
