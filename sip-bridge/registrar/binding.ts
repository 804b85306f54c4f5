/**
 * A registration as a value: one contact of an address-of-record, and how it is reached.
 * Spec: RFC 3261 10.3; RFC 3327 5.3 (Path); RFC 5626 3 ("flow"), 6 (what names a binding). Layer: registrar, pure.
 */
import type { Flow } from "../sip/flow.js";

/** One contact of an address-of-record, and the flow by which its REGISTER came. Text is latin1 octets, as in sip/message.ts. */
export interface Binding {
  /** `user@domain`: the key made by registrar/address-of-record.ts. */
  readonly addressOfRecord: string;
  /** The Contact URI exactly as registered. */
  readonly contact: string;
  /** 0 to 1 in steps of 0.001: which contact is tried first (RFC 3261 20.10). 1 if the contact had none. */
  readonly q: number;
  /** Parameters of the contact that mean nothing to us but go back to the user agent, as written: `;audio;methods="INVITE"`. "" if there are none. */
  readonly contactParams: string;
  /** `+sip.instance` without angle brackets, e.g. "urn:uuid:…"; "" if the contact had none (RFC 5626 4.1). */
  readonly instanceId: string;
  /** Which of the flows of one instance; 0: registered without outbound (RFC 5626 4.2). */
  readonly regId: number;
  /** Route header values that lead to the contact, the first hop first; `[]`: its flow does. */
  readonly path: readonly string[];
  /** Whose credentials registered it. */
  readonly username: string;
  readonly callId: string;
  readonly cseq: number;
  readonly flow: Flow;
  /** "" if the REGISTER had none. */
  readonly userAgent: string;
  /** Tokens of Allow-Events; "" if there were none. */
  readonly allowEvents: string;
  readonly registeredAtMs: number;
  readonly lastSeenAtMs: number;
  readonly expiresAtMs: number;
}

/**
 * What names a binding beside its address-of-record: instance and reg-id under outbound, else the contact (RFC 5626 6).
 * Never the same for both: no URI holds a space.
 */
export const bindingIdentity = ({ contact, instanceId, regId }: Pick<Binding, "contact" | "instanceId" | "regId">): string =>
  regId === 0 ? contact : `${regId} ${instanceId}`;

/** What one REGISTER does to the bindings of one address-of-record: all of it, or nothing. */
export interface BindingChange {
  readonly addressOfRecord: string;
  readonly callId: string;
  readonly cseq: number;
  readonly nowMs: number;
  /** Identities of bindings that end. Unknown ones are ignored. */
  readonly remove: readonly string[];
  /** Bindings added, or put in the place of the one with the same identity. */
  readonly put: readonly Binding[];
}

/** What a change leaves of the valid bindings of its address, oldest first as they came. */
export function bindingsAfter(before: readonly Binding[], { remove, put }: BindingChange): readonly Binding[] {
  const after = new Map(before.map((binding) => [bindingIdentity(binding), binding]));
  for (const identity of remove) after.delete(identity);
  for (const binding of put) after.set(bindingIdentity(binding), binding);
  return [...after.values()].sort((a, b) => a.registeredAtMs - b.registeredAtMs || (bindingIdentity(a) < bindingIdentity(b) ? -1 : 1));
}
