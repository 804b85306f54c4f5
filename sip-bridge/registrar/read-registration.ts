/**
 * What a REGISTER asks for: whose bindings, which contacts, by which way. Nothing of it looks at the bindings there are.
 * Spec: RFC 3261 10.3 steps 1, 2, 4 to 7; RFC 3327 5.3; RFC 5626 6; RFC 5627 5.1. Layer: registrar, pure.
 */
import type { Flow } from "../sip/flow.js";
import { parseQ, parseSeconds, readContacts, readSeconds, readTokens, writeParams } from "../sip/header-values.js";
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
import { parseUri, type SipUri } from "../sip/uri.js";
import type { Account } from "./account.js";
import { addressOfRecordKey, type Domains, isOurDomain } from "./address-of-record.js";
import type { Binding } from "./binding.js";
import { readContactUri } from "./contact-rules.js";
import { instanceOfGruu } from "./gruu.js";
import { readInstanceId } from "./instance-id.js";
import { outboundSupport, readRegId } from "./outbound.js";
import { isOutboundEdge, isTrustedEdge, type PathPolicy, readPath, writePath } from "./path.js";

export interface RegistrarPolicy extends PathPolicy {
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
  /** In Flow-Timer: within this time a user agent under outbound must show that its flow lives. 0: it keeps to the standard's times. */
  readonly flowTimerS: number;
  /** A new temporary GRUU for this binding (RFC 5627 5.3). Absent: none are given. */
  readonly temporaryGruu?: (binding: Binding) => string;
}

export const REGISTRAR_LIMITS = {
  expiresMinS: 60,
  expiresMaxS: 7_200,
  /** "…SHOULD be treated as equivalent to 3600": RFC 3261 10.2.1.1. */
  expiresDefaultS: 3_600,
  contactsPerAddressMax: 10,
  contactCharactersMax: 512,
  /** Of the parameters of a contact that are kept to be given back. */
  contactParamsCharactersMax: 512,
  /** Of what is kept of User-Agent and Allow-Events. */
  noteCharactersMax: 256,
} as const;

/** What a bridge does unless its operator says otherwise. */
export const DEFAULT_POLICY: Omit<RegistrarPolicy, "domains" | "realm"> = {
  expiresMinS: REGISTRAR_LIMITS.expiresMinS,
  expiresMaxS: REGISTRAR_LIMITS.expiresMaxS,
  expiresDefaultS: REGISTRAR_LIMITS.expiresDefaultS,
  contactsPerAddressMax: REGISTRAR_LIMITS.contactsPerAddressMax,
  contactCharactersMax: REGISTRAR_LIMITS.contactCharactersMax,
  flowTimerS: 0,
  trustedEdges: [],
  untrustedPath: "ignore",
};

/** Option tags that a client may require (RFC 3327 4, RFC 5626 11.3, RFC 5627 10.3). */
export const EXTENSIONS: readonly string[] = ["path", "outbound", "gruu"];

/** How a request is answered; `answer` of the transaction layer takes it as it is. */
export interface Answer {
  readonly status: number;
  readonly reason?: string;
  readonly headers?: readonly SipHeader[];
}

/** A contact of the request, checked. */
export interface AskedContact {
  readonly uri: string;
  readonly parsed: SipUri;
  readonly instanceId: string;
  /** 0: without outbound. */
  readonly regId: number;
  readonly q: number;
  /** The others, as written. */
  readonly params: string;
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
  readonly path: readonly string[];
  /** Extensions of Supported that change the answer. */
  readonly supports: { readonly path: boolean; readonly gruu: boolean };
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
  // Step 2: "the registrar MUST process the Require header field values as described for UASs".
  const unknown = readTokens(request, "require").filter((tag) => !EXTENSIONS.includes(tag.toLowerCase()));
  return unknown.length === 0 ? undefined : { status: 420, headers: [header("Unsupported", unknown.join(", "))] };
}

/**
 * Steps 4 to 7 as far as they need no bindings: who may change what, and what is asked.
 * @param flow By which the request came.
 * @throws {MalformedMessage}
 */
export function readRegistration(request: SipRequest, account: Account, flow: Flow, policy: RegistrarPolicy): ReadRegistration {
  const to = readUri(request.to.uri);
  if (to === undefined) return refuse(400, "To Is No SIP URI");
  const addressOfRecord = addressOfRecordKey(to, policy.domains);
  // Step 5: "If the address-of-record is not valid for the domain in the Request-URI, the registrar MUST send a 404".
  if (addressOfRecord === undefined) return refuse(404);
  // Step 4: "If the authenticated user is not authorized to modify bindings, the registrar MUST return a 403".
  if (!account.addressesOfRecord.includes(addressOfRecord)) return refuse(403);
  const path = readTrustedPath(request, flow, policy);
  if ("refused" in path) return path;
  const supported = readTokens(request, "supported").map((tag) => tag.toLowerCase());
  const outbound = outboundSupport(request, supported, isOutboundEdge(path));
  const contacts = readAskedContacts(request, outbound !== "unsupported", policy);
  if (contacts !== "*" && "refused" in contacts) return contacts;
  const refusal = contacts === "*" ? undefined : refuseOutbound(contacts, outbound === "no-edge");
  if (refusal !== undefined) return refusal;
  const asked: Asked = {
    addressOfRecord,
    callId: request.callId,
    cseq: request.cseq.number,
    username: account.username,
    userAgent: note(headerValue(request, "user-agent")),
    allowEvents: note(readTokens(request, "allow-events").join(", ")),
    contacts,
    path: writePath(path),
    supports: { path: supported.includes("path"), gruu: supported.includes("gruu") },
  };
  return { asked };
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
export const note = (text = ""): string => text.slice(0, REGISTRAR_LIMITS.noteCharactersMax).replaceAll(/[\x00-\x1f\x7f]/g, " ");

/** A path of a stranger's is not taken; who requires that it is, gets 420. */
function readTrustedPath(request: SipRequest, flow: Flow, policy: RegistrarPolicy): readonly NameAddr[] | Refused {
  if (headerValue(request, "path") === undefined) return [];
  if (isTrustedEdge(flow, policy)) return readPath(request);
  const isRequired = readTokens(request, "require").some((tag) => tag.toLowerCase() === "path");
  return isRequired || policy.untrustedPath === "refuse" ? refuse(420, undefined, [header("Unsupported", "path")]) : [];
}

/** Step 6, and the intervals of step 7. */
function readAskedContacts(request: SipRequest, hasOutbound: boolean, policy: RegistrarPolicy): "*" | readonly AskedContact[] | Refused {
  const contacts = readContacts(request);
  if (contacts === "*") {
    // "If the request has additional Contact fields or an expiration time other than zero, the request is invalid": 400.
    return headerValue(request, "expires") === "0" ? "*" : refuse(400, "Contact * Needs Expires 0");
  }
  const asked = contacts.map((contact) => readContact(contact, request, hasOutbound, policy));
  // A GRUU of ours would lead a request back to us, and round again (RFC 5627 5.1: 403).
  if (asked.some(({ parsed }) => instanceOfGruu(parsed) !== undefined && isOurDomain(parsed.host, policy.domains))) return refuse(403);
  const tooBrief = asked.some(({ expiresS }) => expiresS > 0 && expiresS < policy.expiresMinS && expiresS < 3_600);
  return tooBrief ? refuse(423, undefined, [header("Min-Expires", policy.expiresMinS)]) : asked;
}

function readContact({ uri, params }: NameAddr, request: SipRequest, hasOutbound: boolean, policy: RegistrarPolicy): AskedContact {
  const parsed = readContactUri(uri, policy.contactCharactersMax);
  const wantedS = readExpires(params, request) ?? policy.expiresDefaultS;
  const instanceId = readInstanceId(params);
  return {
    uri,
    parsed,
    instanceId,
    regId: hasOutbound ? readRegId(params, instanceId) : 0,
    q: parseQ(params),
    params: readOtherParams(params),
    expiresS: Math.min(wantedS, policy.expiresMaxS),
  };
}

/** What the answer says of itself: these are not given back as they came. */
const OWN_PARAMS: ReadonlySet<string> = new Set(["expires", "q", "+sip.instance", "reg-id", "pub-gruu", "temp-gruu"]);

function readOtherParams(params: readonly Param[]): string {
  const text = writeParams(params.filter(({ name }) => !OWN_PARAMS.has(name)));
  if (text.length > REGISTRAR_LIMITS.contactParamsCharactersMax) throw new MalformedMessage(400, "contact", "its parameters are too long");
  return text;
}

/** The parameter, else the header; one that can't be read counts as 3600 (RFC 3261 10.2.1.1). undefined: neither is there. */
function readExpires(params: readonly Param[], request: SipRequest): number | undefined {
  const text = param(params, "expires");
  if (text !== undefined) return parseSeconds(text) ?? REGISTRAR_LIMITS.expiresDefaultS;
  if (headerValue(request, "expires") === undefined) return undefined;
  return readSeconds(request, "expires") ?? REGISTRAR_LIMITS.expiresDefaultS;
}

function refuseOutbound(contacts: readonly AskedContact[], lacksEdge: boolean): Refused | undefined {
  const lasting = contacts.filter(({ expiresS }) => expiresS > 0);
  if (lasting.every(({ regId }) => regId === 0)) return undefined;
  // A flow is one contact: with several that last, the entire registration is rejected with 400 (RFC 5626 6).
  if (lasting.length > 1) return refuse(400, "One Contact With reg-id");
  return lacksEdge ? refuse(439) : undefined;
}
