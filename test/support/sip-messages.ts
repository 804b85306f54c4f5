/**
 * SIP messages for tests: from lines of text, from golden files, and as plain values.
 * Layer: test support.
 */
import type { Binding } from "../../sip-bridge/registrar/binding.js";
import type { Flow } from "../../sip-bridge/sip/flow.js";
import { readContacts } from "../../sip-bridge/sip/header-values.js";
import { headerKey, type SipMessage, type SipRequest, type SipResponse } from "../../sip-bridge/sip/message.js";
import { parseMessage } from "../../sip-bridge/sip/parse-message.js";

/** The octets of a message: lines with CRLF, an empty line, the body. Characters are octets. */
export function sipBytes(lines: readonly string[], body = ""): Uint8Array {
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`, "latin1");
}

/** The way to a peer at 192.0.2.10, but for what matters. */
export const sipFlow = (more: Partial<Flow> = {}): Flow => ({
  transport: "udp",
  localPort: 5060,
  remoteAddress: "192.0.2.10",
  remotePort: 5060,
  ...more,
});

/** Anna's registration from there, but for what matters. */
export const aBinding = (more: Partial<Binding> = {}): Binding => ({
  addressOfRecord: "anna@voice.example",
  contact: "sip:anna@192.0.2.10",
  q: 1,
  contactParams: "",
  instanceId: "",
  regId: 0,
  path: [],
  username: "anna",
  callId: "call-1",
  cseq: 1,
  flow: sipFlow(),
  userAgent: "",
  allowEvents: "",
  registeredAtMs: 0,
  lastSeenAtMs: 0,
  expiresAtMs: 1,
  ...more,
});

/** A request that differs from an OPTIONS of Anna's only in the lines given; a line replaces the one of the same name. */
export function sipRequest(startLine = "OPTIONS sip:anna@voice.example SIP/2.0", ...lines: readonly string[]): SipRequest {
  const message = parseMessage(sipBytes([startLine, ...merged(startLine.split(" ")[0] ?? "", lines)]));
  if (message.kind !== "request") throw new RangeError("no request");
  return message;
}

function merged(method: string, lines: readonly string[]): readonly string[] {
  const usual = [
    "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKt1;rport",
    "Max-Forwards: 70",
    "From: <sip:anna@voice.example>;tag=f1",
    "To: <sip:anna@voice.example>",
    "Call-ID: call-1",
    `CSeq: 1 ${method}`,
  ];
  const nameOf = (line: string): string => headerKey(line.slice(0, line.indexOf(":")).trim());
  const replaced = new Set(lines.map(nameOf));
  return [...usual.filter((line) => !replaced.has(nameOf(line))), ...lines];
}

/** A response as it would come from the wire, to a request as it went out. */
export function sipResponse(request: SipRequest, status: number, ...lines: readonly string[]): SipResponse {
  const copied = request.headers.filter(({ key }) => ["via", "from", "to", "call-id", "cseq"].includes(key));
  const message = parseMessage(sipBytes([`SIP/2.0 ${status} x`, ...copied.map(({ name, value }) => `${name}: ${value}`), ...lines]));
  if (message.kind !== "response") throw new RangeError("no response");
  return message;
}

/** A message as a golden file tells it: start-line, what every message has, all header fields, the body as text. */
export function showMessage(message: SipMessage): unknown {
  const { vias, from, to, callId, cseq, headers, body } = message;
  const start =
    message.kind === "request" ? { method: message.method, uri: message.uri } : { status: message.status, reason: message.reason };
  const contacts = readContacts(message);
  const fields = headers.map(({ key, value }) => `${key}: ${value}`);
  return { ...start, vias, from, to, callId, cseq, contacts, headers: fields, body: Buffer.from(body).toString("latin1") };
}
