/**
 * What a UAS checks before it looks at what a request means: method, URI scheme, required extensions, body, what may be in the answer.
 * Spec: RFC 3261 8.2.1, 8.2.2, 8.2.3, 20.1. Layer: codec, pure.
 */
import { readTokens } from "./header-values.js";
import { header, headerValue, headerValues, isKnownMethod, type SipHeader, type SipRequest } from "./message.js";
import { uriScheme } from "./uri.js";

export interface UasAbilities {
  readonly methods: readonly string[];
  /** Option tags for Require. */
  readonly extensions: readonly string[];
  /** Lower-case media types taken as a body. Requests of other types are refused, bodies of length 0 are not looked at. */
  readonly bodyTypes: readonly string[];
  /** Lower-case media types of the bodies in our answers to INVITE, one of which Accept must admit. Absent: our answers have none. */
  readonly answerTypes?: readonly string[];
}

export interface Refusal {
  readonly status: number;
  readonly headers: readonly SipHeader[];
}

/** The first reason to refuse, in the order of the standard; undefined if there is none. @throws {MalformedMessage} A header it reads. */
export function refusalOf(request: SipRequest, abilities: UasAbilities): Refusal | undefined {
  return (
    refuseMethod(request, abilities) ??
    refuseScheme(request) ??
    refuseExtensions(request, abilities) ??
    refuseBody(request, abilities) ??
    refuseAccept(request, abilities)
  );
}

/** "The UAS MUST also add an Allow header field to the 405 response." */
function refuseMethod({ method }: SipRequest, { methods }: UasAbilities): Refusal | undefined {
  if (methods.includes(method)) return undefined;
  return { status: isKnownMethod(method) ? 405 : 501, headers: [header("Allow", methods.join(", "))] };
}

/** "If the Request-URI uses a scheme not supported by the UAS, it SHOULD reject the request with a 416." */
function refuseScheme({ uri }: SipRequest): Refusal | undefined {
  const scheme = uriScheme(uri);
  return scheme === "sip" || scheme === "sips" ? undefined : { status: 416, headers: [] };
}

/** "Require MUST NOT be used in a CANCEL request, or in an ACK; if present there, it MUST be ignored." */
function refuseExtensions(request: SipRequest, { extensions }: UasAbilities): Refusal | undefined {
  if (request.method === "CANCEL" || request.method === "ACK") return undefined;
  const unknown = readTokens(request, "require").filter((tag) => !extensions.includes(tag.toLowerCase()));
  return unknown.length === 0 ? undefined : { status: 420, headers: [header("Unsupported", unknown.join(", "))] };
}

function refuseBody(request: SipRequest, { bodyTypes }: UasAbilities): Refusal | undefined {
  if (request.body.length === 0) return undefined;
  const [type = ""] = (headerValue(request, "content-type") ?? "").split(";");
  if (bodyTypes.includes(type.trim().toLowerCase())) return undefined;
  return { status: 415, headers: [header("Accept", bodyTypes.join(", "))] };
}

/** "If an Accept header field is present and admits none of what we can answer with: 406" (RFC 3261 20.1, 21.4.7). */
function refuseAccept(request: SipRequest, { answerTypes }: UasAbilities): Refusal | undefined {
  const fields = headerValues(request, "accept");
  if (answerTypes === undefined || request.method !== "INVITE" || fields.length === 0) return undefined;
  const ranges = fields.flatMap((field) => field.split(",")).map((range) => (range.split(";")[0] ?? "").trim().toLowerCase());
  const isAdmitted = (type: string): boolean => [type, `${type.split("/")[0]}/*`, "*/*"].some((range) => ranges.includes(range));
  return answerTypes.some(isAdmitted) ? undefined : { status: 406, headers: [] };
}
