/**
 * Header fields on their way through the relay: all stay as they are, in order and in their letters, but those that belong to one
 * connection. Spec: RFC 9110 7.6.1 (hop by hop), 10.1.1 (Expect); RFC 9112 6.3. Layer: connection-requests, pure.
 */

/** Names and values in turn, as node:http has them. */
export type RawHeaders = readonly string[];

const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

export function headersNamed(raw: RawHeaders, name: string): readonly string[] {
  return raw.filter((_, i) => i % 2 === 1 && raw[i - 1]?.toLowerCase() === name);
}

/** Without those of one connection, those that Connection names, and those of `without` (in lower case). */
export function endToEnd(raw: RawHeaders, without: readonly string[] = []): string[] {
  const named = headersNamed(raw, "connection").flatMap((value) => value.split(",").map((option) => option.trim().toLowerCase()));
  // Whoever names one of these wants a message of two meanings: its length or its host is not of one connection.
  const dropped = new Set([...named.filter((name) => name !== "content-length" && name !== "host"), ...HOP_BY_HOP, ...without]);
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (!dropped.has(raw[i]?.toLowerCase() ?? "")) kept.push(raw[i] ?? "", raw[i + 1] ?? "");
  }
  return kept;
}

/** Whether the sender will close its connection after the message. */
export function isLastOfConnection(raw: RawHeaders, httpVersion: string): boolean {
  const options = headersNamed(raw, "connection").join(",").toLowerCase();
  return /(^|[\s,])close([\s,]|$)/.test(options) || (httpVersion === "1.0" && !options.includes("keep-alive"));
}

export interface RequestHeaderOptions {
  /** As the ACS knows itself. */
  readonly upstreamHost: string;
  readonly hostHeader: "device" | "upstream";
  /** Replaces what the device says of itself; undefined: is not told. */
  readonly forwarded?: { readonly for: string; readonly proto: string };
  /** Octets of the body; undefined: it comes in chunks. null: there is none, and none was announced. */
  readonly contentLength: number | undefined | null;
  /** The device will close its connection. */
  readonly isLast: boolean;
}

/** What the relay sends to the ACS. */
export function requestHeaders(raw: RawHeaders, options: RequestHeaderOptions): string[] {
  const { upstreamHost, hostHeader, forwarded, contentLength, isLast } = options;
  const own = hostHeader === "device" ? (headersNamed(raw, "host")[0] ?? "") : "";
  const replaced = ["host", "expect", "content-length", ...(forwarded === undefined ? [] : ["x-forwarded-for", "x-forwarded-proto"])];
  return [
    ...["Host", own || upstreamHost],
    ...endToEnd(raw, replaced),
    ...(forwarded === undefined ? [] : ["X-Forwarded-For", forwarded.for, "X-Forwarded-Proto", forwarded.proto]),
    ...(contentLength === undefined
      ? ["Transfer-Encoding", "chunked"]
      : contentLength === null
        ? []
        : ["Content-Length", String(contentLength)]),
    ...(isLast ? ["Connection", "close"] : []),
  ];
}

/** `name=value` of each cookie that the ACS sets. */
export const cookiesSet = (raw: RawHeaders): readonly string[] =>
  headersNamed(raw, "set-cookie").map((value) => (value.split(";", 1)[0] ?? "").trim());

const COOKIES_MAX = 16;

/** `name=value` of each cookie that the device shows; beyond 16 none is looked at. */
export const cookiesShown = (raw: RawHeaders): readonly string[] =>
  headersNamed(raw, "cookie")
    .join(";")
    .split(";", COOKIES_MAX)
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== "" && !cookie.startsWith("$")); // $Version, $Path of RFC 2965

/** A body that something else vouches for can't be changed: digest with auth-int covers it, so does Content-MD5. */
export function isSealed(raw: RawHeaders): boolean {
  const isCovered = headersNamed(raw, "authorization").some((value) => /qop\s*=\s*"?auth-int/i.test(value));
  return isCovered || ["content-md5", "digest", "content-digest"].some((name) => headersNamed(raw, name).length > 0);
}
