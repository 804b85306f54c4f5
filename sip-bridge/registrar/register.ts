/**
 * What a REGISTER does to the bindings of its address-of-record, and how it is answered. Digest: authenticate.ts.
 * Spec: RFC 3261 10.3. Layer: registrar, pure.
 */

import type { Flow } from "../sip/flow.js";
import { parseSeconds, readContacts, readSeconds, readTokens, writeParams } from "../sip/header-values.js";
import {
  header,
  headerValue,
  MalformedMessage,
  type NameAddr,
  type Param,
  param,
  type SipHeader,
  type SipRequest,
} from "../sip/message.js";
import { parseUri, type SipUri, sameUri } from "../sip/uri.js";
import type { Account } from "./account.js";
import { addressOfRecordKey, type Domains, isOurDomain } from "./address-of-record.js";
import type { Binding, BindingChange } from "./binding.js";
import { readContactUri } from "./contact-rules.js";
import { readInstanceId } from "./instance-id.js";

export interface RegistrarPolicy {
  readonly domains: Domains;
  /** Of digest: the accounts' hashes hold for it. */
  readonly realm: string;
  /** Shorter intervals get 423. At most 3,600: "one hour or longer" is never too brief. */
  readonly expiresMinS: number;
  /** Longer intervals are cut to this. */
  readonly expiresMaxS: number;
  /** When the request names none. */
  readonly expiresDefaultS: number;
  readonly contactsPerAddressMax: number;
  readonly contactCharactersMax: number;
}

export const REGISTRAR_LIMITS = {
  expiresMinS: 60,
  expiresMaxS: 7_200,
  /** "…SHOULD be treated as equivalent to 3600": RFC 3261 10.2.1.1. */
  expiresDefaultS: 3_600,
  contactsPerAddressMax: 10,
  contactCharactersMax: 512,
  /** Of what is kept of User-Agent and Allow-Events. */
  noteCharactersMax: 256,
} as const;

/** How a request is answered; `answer` of the transaction layer takes it as it is. */
export interface Answer {
  readonly status: number;
  readonly reason?: string;
  readonly headers?: readonly SipHeader[];
}

/** A contact of the request, checked. */
interface AskedContact {
  readonly uri: string;
  readonly parsed: SipUri;
  readonly instanceId: string;
  readonly expiresS: number;
}

/** What an authenticated and well-formed REGISTER asks for. */
export interface Asked {
  readonly addressOfRecord: string;
  readonly callId: string;
  readonly cseq: number;
  readonly username: string;
  readonly userAgent: string;
  readonly allowEvents: string;
  /** "*": remove all. `[]`: a query. */
  readonly contacts: "*" | readonly AskedContact[];
}

export type Refused = { readonly refused: Answer };
export type ReadRegistration = { readonly asked: Asked; readonly refused?: undefined } | Refused;

const refuse = (status: number, reason?: string, headers: readonly SipHeader[] = []): Refused => ({
  refused: { status, ...(reason === undefined ? {} : { reason }), headers },
});

/** Steps 1 and 2, before anybody is authenticated. @returns undefined: go on. */
export function refuseUnread(request: SipRequest, { domains }: RegistrarPolicy): Answer | undefined {
  const target = readUri(request.uri);
  if (target === undefined) return { status: 416 };
  // Step 1: "determine whether it has access to bindings for the domain identified in the Request-URI". We proxy for nobody.
  if (target.user !== undefined || !isOurDomain(target.host, domains)) return { status: 404 };
  // Step 2: none of the extensions that a client may require is ours.
  const required = readTokens(request, "require");
  return required.length === 0 ? undefined : { status: 420, headers: [header("Unsupported", required.join(", "))] };
}

/** Steps 4 to 7 as far as they need no bindings: who may change what, and what is asked. @throws {MalformedMessage} */
export function readRegistration(request: SipRequest, account: Account, policy: RegistrarPolicy): ReadRegistration {
  const to = readUri(request.to.uri);
  if (to === undefined) return refuse(400, "To Is No SIP URI");
  const addressOfRecord = addressOfRecordKey(to, policy.domains);
  // Step 5: "If the address-of-record is not valid for the domain in the Request-URI, the registrar MUST send a 404".
  if (addressOfRecord === undefined) return refuse(404);
  // Step 4: "If the authenticated user is not authorized to modify bindings, the registrar MUST return a 403".
  if (!account.addressesOfRecord.includes(addressOfRecord)) return refuse(403);
  const contacts = readAskedContacts(request, policy);
  if (contacts !== "*" && "refused" in contacts) return contacts;
  const { callId, cseq } = request;
  const userAgent = note(headerValue(request, "user-agent"));
  const allowEvents = note(readTokens(request, "allow-events").join(", "));
  return { asked: { addressOfRecord, callId, cseq: cseq.number, username: account.username, userAgent, allowEvents, contacts } };
}

function readUri(text: string): SipUri | undefined {
  try {
    return parseUri(text);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}

/** Free text of the peer's, kept for people: bounded, and tabs or other controls become spaces. */
const note = (text = ""): string => text.slice(0, REGISTRAR_LIMITS.noteCharactersMax).replaceAll(/[\x00-\x1f\x7f]/g, " ");

/** Step 6, and the intervals of step 7. */
function readAskedContacts(request: SipRequest, policy: RegistrarPolicy): "*" | readonly AskedContact[] | Refused {
  const contacts = readContacts(request);
  if (contacts === "*") {
    // "If the request has additional Contact fields or an expiration time other than zero, the request is invalid": 400.
    return headerValue(request, "expires") === "0" ? "*" : refuse(400, "Contact * Needs Expires 0");
  }
  const asked = contacts.map((contact) => readContact(contact, request, policy));
  const tooBrief = asked.some(({ expiresS }) => expiresS > 0 && expiresS < policy.expiresMinS && expiresS < 3_600);
  return tooBrief ? refuse(423, undefined, [header("Min-Expires", policy.expiresMinS)]) : asked;
}

function readContact({ uri, params }: NameAddr, request: SipRequest, policy: RegistrarPolicy): AskedContact {
  const parsed = readContactUri(uri, policy.contactCharactersMax);
  const wantedS = readExpires(params, request) ?? policy.expiresDefaultS;
  return { uri, parsed, instanceId: readInstanceId(params), expiresS: Math.min(wantedS, policy.expiresMaxS) };
}

/** The parameter, else the header; one that can't be read counts as 3600 (RFC 3261 10.2.1.1). undefined: neither is there. */
function readExpires(params: readonly Param[], request: SipRequest): number | undefined {
  const text = param(params, "expires");
  if (text !== undefined) return parseSeconds(text) ?? REGISTRAR_LIMITS.expiresDefaultS;
  if (headerValue(request, "expires") === undefined) return undefined;
  return readSeconds(request, "expires") ?? REGISTRAR_LIMITS.expiresDefaultS;
}

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
  if (asked.contacts !== "*" && asked.contacts.length === 0) return { answer: listing(current, nowMs) };
  const { gone, put } = asked.contacts === "*" ? { gone: current, put: [] } : plan(asked.contacts, asked, current, flow, nowMs);
  // "If the Call-ID agrees and the CSeq is not higher, the update MUST be aborted and the request MUST fail."
  if (gone.some((old) => old.callId === asked.callId && old.cseq >= asked.cseq)) return { answer: OUT_OF_ORDER };
  const after = [...current.filter((old) => !gone.includes(old)), ...put];
  if (put.length > 0 && after.length > policy.contactsPerAddressMax) return { answer: { status: 403, reason: "Too Many Contacts" } };
  const { addressOfRecord, callId, cseq } = asked;
  const remove = gone.map((old) => old.contact).filter((contact) => !put.some((fresh) => fresh.contact === contact));
  return { answer: listing(after, nowMs), change: { addressOfRecord, callId, cseq, nowMs, remove, put } };
}

/** Which bindings give way (removed or replaced), and which are there instead. */
function plan(contacts: readonly AskedContact[], asked: Asked, current: readonly Binding[], flow: Flow, nowMs: number) {
  const gone = current.filter((old) => contacts.some((contact) => isSameTerminal(contact, old)));
  // A contact that the request names twice counts as it stands last.
  const wanted = contacts.filter((contact, i) => !contacts.slice(i + 1).some((later) => sameUri(later.parsed, contact.parsed)));
  const put = wanted
    .filter(({ expiresS }) => expiresS > 0)
    .map((contact) => {
      const since = gone.find((old) => isSameTerminal(contact, old))?.registeredAtMs ?? nowMs;
      return newBinding(contact, asked, flow, since, nowMs);
    });
  return { gone, put };
}

/** "For each address, the registrar searches the list using the URI comparison rules"; or it is the same user agent at a new address. */
function isSameTerminal(contact: AskedContact, old: Binding): boolean {
  const isSameInstance = contact.instanceId !== "" && contact.instanceId === old.instanceId;
  return isSameInstance || contact.uri === old.contact || sameUri(contact.parsed, parseUri(old.contact));
}

function newBinding(contact: AskedContact, asked: Asked, flow: Flow, registeredAtMs: number, nowMs: number): Binding {
  const { addressOfRecord, callId, cseq, username, userAgent, allowEvents } = asked;
  return {
    ...{ addressOfRecord, contact: contact.uri, instanceId: contact.instanceId, username, callId, cseq, flow, userAgent, allowEvents },
    ...{ registeredAtMs, lastSeenAtMs: nowMs, expiresAtMs: nowMs + contact.expiresS * 1_000 },
  };
}

/** Step 8: "The response MUST contain Contact header field values enumerating all current bindings", each with what is left of it. */
function listing(bindings: readonly Binding[], nowMs: number): Answer {
  const contacts = bindings.map((binding) => header("Contact", showContact(binding, nowMs)));
  return { status: 200, headers: [...contacts, header("Date", new Date(nowMs).toUTCString())] };
}

function showContact({ contact, instanceId, expiresAtMs }: Binding, nowMs: number): string {
  const instance: readonly Param[] = instanceId === "" ? [] : [{ name: "+sip.instance", value: `<${instanceId}>`, quoted: true }];
  const expires = { name: "expires", value: String(Math.max(1, Math.ceil((expiresAtMs - nowMs) / 1_000))) };
  return `<${contact}>${writeParams([expires, ...instance])}`;
}
