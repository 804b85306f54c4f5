/**
 * One registration of a line: what the answer to a REGISTER means and what to do next.
 * Spec: RFC 3261 10.2, 22.2; TR-104 (RegisterExpires, RegisterRetryInterval). Layer: phone, pure.
 */
import { digestHa1 } from "../../common/digest.js";
import { answerChallenge, challengesOf } from "../../sip-bridge/sip/answer-challenge.js";
import { buildRequest } from "../../sip-bridge/sip/build.js";
import { parseSeconds, readContacts, readRetryAfter, readSeconds } from "../../sip-bridge/sip/header-values.js";
import { header, MalformedMessage, type NameAddr, param, type SipRequest, type SipResponse } from "../../sip-bridge/sip/message.js";
import type { NonceUser } from "../../sip-bridge/sip/nonce-memory.js";
import { parseUri, sameUri, uriScheme } from "../../sip-bridge/sip/uri.js";
import type { LineConfig } from "./line.js";

/** What stays the same over the REGISTERs of one boot. */
export interface RegisterIdentity {
  readonly callId: string;
  readonly fromTag: string;
  readonly contactUri: string;
  /** "urn:uuid:…" */
  readonly instanceId: string;
  readonly userAgent: string;
  /** It registers a flow, and keeps it alive (RFC 5626 4.2.1). */
  readonly isOutbound: boolean;
}

/** How often this registration was tried already, by reason. */
export interface RegisterAttempts {
  readonly logins: number;
  readonly briefs: number;
}

export const FIRST_ATTEMPT: RegisterAttempts = { logins: 0, briefs: 0 };

export const REGISTER_LIMITS = {
  /** The challenge, and once more if the nonce had become stale. */
  loginsMax: 2,
  briefsMax: 3,
  /** A registrar that grants less would be asked without pause. */
  expiresMinS: 1,
} as const;

export type RegisterVerdict =
  /** `flowTimerS`: the flow must be kept alive at least so often (RFC 5626 4.4). */
  | { readonly kind: "registered"; readonly expiresS: number; readonly refreshInMs: number; readonly flowTimerS?: number }
  | { readonly kind: "again"; readonly request: SipRequest; readonly attempts: RegisterAttempts }
  | { readonly kind: "failed"; readonly why: string; readonly retryInMs: number };

/** "urn:uuid:00000000-0000-1000-8000-" and the MAC address: a version 1 UUID of no time (RFC 5626 4.1, RFC 4122). */
export function instanceIdOf(macAddress: string): string {
  return `urn:uuid:00000000-0000-1000-8000-${macAddress.replaceAll(":", "").toLowerCase()}`;
}

/** @param expiresS 0: take the registration back. */
export function buildRegister(line: LineConfig, identity: RegisterIdentity, cseq: number, expiresS: number): SipRequest {
  const { callId, fromTag, contactUri, instanceId, userAgent, isOutbound } = identity;
  return buildRequest({
    method: "REGISTER",
    uri: `sip:${line.domain}`,
    from: { uri: line.addressOfRecord, params: [{ name: "tag", value: fromTag }] },
    to: { uri: line.addressOfRecord, params: [] },
    callId,
    cseq,
    headers: [
      header("Contact", `<${contactUri}>;+sip.instance="<${instanceId}>"${isOutbound ? ";reg-id=1" : ""}`),
      ...(isOutbound ? [header("Supported", "path, outbound")] : []),
      header("Expires", expiresS),
      header("Allow", "OPTIONS, NOTIFY"),
      header("Allow-Events", "resync"),
      header("User-Agent", userAgent),
    ],
  });
}

export interface JudgeInput {
  readonly line: LineConfig;
  readonly identity: RegisterIdentity;
  readonly request: SipRequest;
  readonly response: SipResponse;
  readonly attempts: RegisterAttempts;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: number;
  readonly cnonce: string;
}

/** Judges a final answer. */
export function judgeRegister(input: JudgeInput): RegisterVerdict {
  const { status, reason } = input.response;
  if (status >= 200 && status < 300) return judgeSuccess(input);
  if (status === 401 || status === 407) return login(input);
  if (status === 423) return lengthen(input);
  return failed(input, `${status} ${reason}`);
}

/** We come back at 50 to 90 % of the time that the registrar grants. */
function judgeSuccess(input: JudgeInput): RegisterVerdict {
  const { line, identity, response, random } = input;
  const granted = grantedExpiresS(response, identity.contactUri, line.registerExpiresS);
  if (granted === undefined) return failed(input, "the registrar's answer lacks our contact");
  const expiresS = Math.max(granted, REGISTER_LIMITS.expiresMinS);
  const flowTimerS = readSeconds(response, "flow-timer") ?? 0;
  const refreshInMs = Math.round(expiresS * (0.5 + 0.4 * random) * 1_000);
  return { kind: "registered", expiresS, refreshInMs, ...(flowTimerS > 0 ? { flowTimerS } : {}) };
}

/** How long the registrar keeps our contact: by its `expires`, else by Expires, else as asked. undefined: the answer lacks it. */
export function grantedExpiresS(response: SipResponse, contactUri: string, askedS: number): number | undefined {
  const ours = ownContact(response, contactUri);
  return ours === undefined ? undefined : (parseSeconds(param(ours.params, "expires")) ?? readSeconds(response, "expires") ?? askedS);
}

/** Contacts that can't be read, or are of other schemes, are not ours. */
function ownContact(response: SipResponse, contactUri: string): NameAddr | undefined {
  try {
    const contacts = readContacts(response);
    const own = parseUri(contactUri);
    return contacts === "*" ? undefined : contacts.find(({ uri }) => isSipUri(uri) && sameUri(parseUri(uri), own));
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}

const isSipUri = (uri: string): boolean => ["sip", "sips"].includes(uriScheme(uri) ?? "");

/** The line's credentials, for whatever realm asks for them. */
export function nonceUserOf({ authUserName, authPassword }: LineConfig, cnonce: string): NonceUser {
  return {
    username: authUserName,
    ha1: (hash, realm) => digestHa1(hash, authUserName, realm, authPassword),
    ...{ cnonce, policy: "strongest" },
  };
}

/** A challenge is answered once; once more if only its nonce was too old. Another one says that the password is wrong. */
function login(input: JudgeInput): RegisterVerdict {
  const { line, request, response, attempts, cnonce } = input;
  const isStale = challengesOf(response).some((challenge) => challenge.isStale);
  if ((attempts.logins > 0 && !isStale) || attempts.logins >= REGISTER_LIMITS.loginsMax)
    return failed(input, "the registrar refuses the credentials");
  const again = answerChallenge(request, response, { ...nonceUserOf(line, cnonce), nc: 1 });
  if (again === undefined) return failed(input, "no challenge that can be answered");
  return { kind: "again", request: again, attempts: { ...attempts, logins: attempts.logins + 1 } };
}

/** "423 Interval Too Brief": again with the interval that Min-Expires wants (RFC 3261 10.2.8). */
function lengthen(input: JudgeInput): RegisterVerdict {
  const { line, identity, request, response, attempts } = input;
  const wanted = readSeconds(response, "min-expires");
  const asked = readSeconds(request, "expires") ?? 0;
  if (wanted === undefined || wanted <= asked || attempts.briefs >= REGISTER_LIMITS.briefsMax)
    return failed(input, "423 without a usable Min-Expires");
  const again = buildRegister(line, identity, request.cseq.number + 1, wanted);
  return { kind: "again", request: again, attempts: { logins: 0, briefs: attempts.briefs + 1 } };
}

function failed({ line, response }: JudgeInput, why: string): RegisterVerdict {
  const retryAfterS = readRetryAfter(response) ?? 0;
  return { kind: "failed", why, retryInMs: Math.max(line.retryIntervalS, retryAfterS) * 1_000 };
}
