/**
 * A registration as a value: one contact of an address-of-record, and how it is reached.
 * Spec: RFC 3261 10.3; RFC 5626 3 for "flow". Layer: registrar, pure.
 */
import type { Flow } from "../sip/flow.js";

/** One contact of an address-of-record, and the flow by which its REGISTER came. Text is latin1 octets, as in sip/message.ts. */
export interface Binding {
  /** `user@domain`: the key made by registrar/address-of-record.ts. */
  readonly addressOfRecord: string;
  /** The Contact URI exactly as registered; with the address-of-record it names the binding. */
  readonly contact: string;
  /** `+sip.instance` without angle brackets, e.g. "urn:uuid:…"; "" if the contact had none (RFC 5626 4.1). */
  readonly instanceId: string;
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

/** What one REGISTER does to the bindings of one address-of-record: all of it, or nothing. */
export interface BindingChange {
  readonly addressOfRecord: string;
  readonly callId: string;
  readonly cseq: number;
  readonly nowMs: number;
  /** Contacts whose binding ends. Unknown ones are ignored. */
  readonly remove: readonly string[];
  /** Bindings added, or put in the place of the one with the same contact. */
  readonly put: readonly Binding[];
}
