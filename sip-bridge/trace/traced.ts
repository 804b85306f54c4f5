/**
 * One message of a trace, as it is kept: without what would let its reader log in.
 * Spec: RFC 7616 3.4, 3.5 (what is secret in digest). Layer: trace, pure.
 */
import type { Flow } from "../sip/flow.js";

export interface Traced {
  readonly atMs: number;
  /** From the bridge's side. */
  readonly direction: "in" | "out";
  readonly flow: Flow;
  /** The message without its body and its secrets; a character is an octet. */
  readonly text: string;
  /** 1 for the first repetition of the message before; 0 for a message of its own. */
  readonly repetition: number;
}

/** Lines that hold credentials or what they are made with. */
const SECRET_LINE =
  /^(authorization|proxy-authorization|www-authenticate|proxy-authenticate|authentication-info|proxy-authentication-info)[ \t]*:/i;
const PUBLIC_PARAMETERS: ReadonlySet<string> = new Set([
  "username",
  "realm",
  "uri",
  "algorithm",
  "qop",
  "nc",
  "stale",
  "domain",
  "charset",
]);

/** @param text A whole message. @returns Its head with masked credentials; of the body only how long it was. */
export function maskMessage(text: string): string {
  const end = text.indexOf("\r\n\r\n");
  const head = end === -1 ? text : text.slice(0, end);
  const bodyOctets = end === -1 ? 0 : text.length - end - 4;
  const lines = head
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n")
    .map((line) => (SECRET_LINE.test(line) ? maskLine(line) : line));
  return `${lines.join("\r\n")}\r\n\r\n${bodyOctets === 0 ? "" : `(${bodyOctets} octets of body)`}`;
}

/** Of digest, each parameter that is not known to be harmless; of any other scheme, everything. */
function maskLine(line: string): string {
  const colon = line.indexOf(":");
  const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
  const isInfo = /authentication-info$/i.test(name.trim());
  const scheme = isInfo ? "" : (value.split(" ")[0] ?? "");
  if (!isInfo && scheme.toLowerCase() !== "digest") return `${name}: ${scheme} ***`;
  const parameters = value.slice(scheme.length).trim();
  const masked = parameters.replace(/([A-Za-z0-9_-]+)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"?|[^,\s]*)/g, (whole, parameter: string) =>
    PUBLIC_PARAMETERS.has(parameter.toLowerCase()) ? whole : `${parameter}=***`,
  );
  return `${name}: ${scheme}${scheme === "" ? "" : " "}${masked}`;
}
