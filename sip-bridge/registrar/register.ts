/**
 * What a REGISTER does to the bindings of its address-of-record. Digest: authenticate.ts; what it asks for: read-registration.ts.
 * Spec: RFC 3261 10.3 steps 6 to 8; RFC 5626 6. Layer: registrar, pure.
 */
import type { Flow } from "../sip/flow.js";
import { parseUri, sameUri } from "../sip/uri.js";
import { type Binding, type BindingChange, bindingIdentity } from "./binding.js";
import type { Answer, Asked, AskedContact, RegistrarPolicy } from "./read-registration.js";
import { listing } from "./registration-answer.js";

/** What to store (undefined: nothing) and how to answer once it is stored. */
export interface Outcome {
  readonly answer: Answer;
  readonly change?: BindingChange;
}

/** The answer when the store finds the request overtaken by a later one (step 7). */
export const OUT_OF_ORDER: Answer = { status: 500, reason: "CSeq Out Of Order" };

/**
 * Steps 6 to 8. All or nothing: an outcome that is no 200 has no change.
 * @param current Valid bindings of the address-of-record, oldest first.
 */
export function register(asked: Asked, current: readonly Binding[], flow: Flow, policy: RegistrarPolicy, nowMs: number): Outcome {
  if (asked.contacts !== "*" && asked.contacts.length === 0) return { answer: listing(current, asked, policy, nowMs) };
  const { gone, put } = asked.contacts === "*" ? { gone: current, put: [] } : plan(asked.contacts, asked, current, flow, nowMs);
  // "If the Call-ID agrees and the CSeq is not higher, the update MUST be aborted and the request MUST fail."
  if (gone.some((old) => old.callId === asked.callId && old.cseq >= asked.cseq)) return { answer: OUT_OF_ORDER };
  const after = [...current.filter((old) => !gone.includes(old)), ...put];
  if (put.length > 0 && after.length > policy.contactsPerAddressMax) return { answer: { status: 403, reason: "Too Many Contacts" } };
  const { addressOfRecord, callId, cseq } = asked;
  const kept = new Set(put.map(bindingIdentity));
  const remove = gone.map(bindingIdentity).filter((identity) => !kept.has(identity));
  return { answer: listing(after, asked, policy, nowMs), change: { addressOfRecord, callId, cseq, nowMs, remove, put } };
}

/** Which bindings give way (removed or replaced), and which are there instead. */
function plan(contacts: readonly AskedContact[], asked: Asked, current: readonly Binding[], flow: Flow, nowMs: number) {
  const gone = current.filter((old) => contacts.some((contact) => isSameBinding(contact, old)));
  // A contact that the request names twice counts as it stands last.
  const wanted = contacts.filter((contact, i) => !contacts.slice(i + 1).some((later) => sameUri(later.parsed, contact.parsed)));
  const put = wanted
    .filter(({ expiresS }) => expiresS > 0)
    .map((contact) => {
      const since = gone.find((old) => isSameBinding(contact, old))?.registeredAtMs ?? nowMs;
      return newBinding(contact, asked, flow, since, nowMs);
    });
  return { gone, put };
}

/**
 * Under outbound, instance and reg-id name a flow, whatever its contact; the other flows of the instance stay (RFC 5626 6).
 * Else "the registrar searches the list using the URI comparison rules"; or it is the same user agent at a new address.
 */
function isSameBinding(contact: AskedContact, old: Binding): boolean {
  const isSameInstance = contact.instanceId !== "" && contact.instanceId === old.instanceId;
  if (contact.regId > 0) return isSameInstance && (old.regId === contact.regId || old.regId === 0);
  const isSameContact = contact.uri === old.contact || sameUri(contact.parsed, parseUri(old.contact));
  // Who removes a contact by its URI means all flows that have it.
  if (old.regId > 0) return contact.expiresS === 0 && isSameContact;
  return isSameInstance || isSameContact;
}

function newBinding(contact: AskedContact, asked: Asked, flow: Flow, registeredAtMs: number, nowMs: number): Binding {
  const { addressOfRecord, callId, cseq, username, userAgent, allowEvents, path } = asked;
  const { uri, instanceId, regId, q, params } = contact;
  return {
    addressOfRecord,
    contact: uri,
    q,
    contactParams: params,
    instanceId,
    regId,
    path,
    username,
    callId,
    cseq,
    flow,
    userAgent,
    allowEvents,
    registeredAtMs,
    lastSeenAtMs: nowMs,
    expiresAtMs: nowMs + contact.expiresS * 1_000,
  };
}
