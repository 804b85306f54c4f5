/**
 * What a change of bindings means to those who watch a registration: an event for each contact that it touches.
 * Spec: RFC 3680 4.7.1 (the states of a contact, and the events between them). Layer: registrar, pure.
 */
import { type Binding, type BindingChange, bindingIdentity } from "./binding.js";

/** "registered" to "shortened": the contact is active. The others end it; "deactivated" asks the user agent to register anew, "rejected" not to. */
export type ContactEvent = "registered" | "created" | "refreshed" | "shortened" | EndEvent;
export type EndEvent = "expired" | "deactivated" | "probation" | "unregistered" | "rejected";

export interface ContactNews {
  readonly binding: Binding;
  readonly event: ContactEvent;
}

const ENDS: ReadonlySet<ContactEvent> = new Set(["expired", "deactivated", "probation", "unregistered", "rejected"]);
export const isEnd = (event: ContactEvent): event is EndEvent => ENDS.has(event);

/**
 * @param before Valid bindings of the address before the change.
 * @param endedAs Why those that the change removes end: the user agent's word, or an operator's.
 * @returns In the order: what ended, then what is there.
 */
export function newsOf({ remove, put }: BindingChange, before: readonly Binding[], endedAs: EndEvent): readonly ContactNews[] {
  const removed = new Set(remove);
  const known = new Map(before.map((binding) => [bindingIdentity(binding), binding]));
  const ended = before.filter((binding) => removed.has(bindingIdentity(binding))).map((binding) => ({ binding, event: endedAs }));
  const active = put.map((binding) => ({ binding, event: activeEvent(binding, known.get(bindingIdentity(binding))) }));
  return [...ended, ...active];
}

const activeEvent = (binding: Binding, old: Binding | undefined): ContactEvent => {
  if (old === undefined) return "registered";
  // An operator's change keeps the request's Call-ID and CSeq: the network has shortened what the user agent asked for.
  const isOperators = old.callId === binding.callId && old.cseq === binding.cseq;
  return isOperators && binding.expiresAtMs < old.expiresAtMs ? "shortened" : "refreshed";
};
