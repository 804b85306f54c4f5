/**
 * Mutations of the code for rules of docs/spec-map.md: SIP over TCP and TLS.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

const FRAMING = "test/unit/sip-bridge/sip/frame-stream.test.ts";
const TCP = "test/unit/sip-bridge/net/stream-transport.test.ts";
const TLS = "test/unit/sip-bridge/net/stream-transport-tls.test.ts";

export const SIP_STREAMS_MUTANTS: readonly Mutant[] = [
  {
    rule: "18.3, 20.14 Content-Length frames a stream; several messages in a segment, one over many",
    file: "sip-bridge/sip/frame-stream.ts",
    find: "if (end - at < bodyBytes) return undefined;",
    replace: "if (end - at < bodyBytes - 1) return undefined;",
    heldBy: { file: FRAMING, title: "a stream cut between any two octets, or all of them, gives the same" },
  },
  {
    rule: "18.3, RFC 4475 3.1.2.3, 3.3.9 A length that is missing, negative, no number or there twice closes the connection",
    file: "sip-bridge/sip/frame-stream.ts",
    find: "if (place === undefined || places.length > 1) return undefined;",
    replace: "if (place === undefined) return undefined;",
    heldBy: { file: FRAMING, title: "${what}: 400, and nothing after it is read" },
  },
  {
    rule: "Limits of a stream: header part, body, what is held, work",
    file: "sip-bridge/sip/frame-stream.ts",
    find: "if (head.contentLength > STREAM_LIMITS.bodyBytesMax)",
    replace: "if (head.contentLength > 2 * STREAM_LIMITS.bodyBytesMax)",
    heldBy: { file: FRAMING, title: "a body over its limit: 513 before any of it is read" },
  },
  {
    rule: "Slow, silent and deaf peers; floods",
    file: "sip-bridge/net/connection.ts",
    find: "if (isAnother || !framer.isInMessage()) {",
    replace: "if (framer.isInMessage()) {",
    heldBy: { file: TCP, title: "a message must be complete 10 s after its first octet, however busily it trickles" },
  },
  {
    rule: "18 Responses and requests go over the connection of their flow; connections of ours are reused",
    file: "sip-bridge/net/reuse.ts",
    find: "if (known !== undefined) return known;",
    replace: "if (known !== undefined && known === undefined) return known;",
    heldBy: { file: TCP, title: "are reused for the same target, also while they are being opened" },
  },
  {
    rule: "18.1.1 Requests over 1300 bytes go over TCP, and over UDP when TCP is refused",
    file: "sip-bridge/net/send-by-size.ts",
    find: "() => udp.request(request, flow, onEvent),",
    replace: '(error: unknown) => onEvent({ kind: "transport-error", error: error as Error }),',
    heldBy: {
      file: "test/unit/sip-bridge/net/send-by-size.test.ts",
      title: "go over UDP when TCP is refused, and nothing is told of the attempt",
    },
  },
  {
    rule: "26.3.1 TLS 1.2 and later, never less than TLS",
    file: "common/tls-files.ts",
    find: 'minVersion: "TLSv1.2" };',
    replace: 'minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" };',
    heldBy: { file: TLS, title: "shakes no hand with less than TLS 1.2" },
  },
  {
    rule: "RFC 5626 4.4.1 CRLFCRLF is answered with CRLF; who gets no pong within 10 s gives the flow up",
    file: "sip-bridge/net/connection.ts",
    find: "sendAway(pings === 1 ? PONG : Buffer.alloc(PONG.length * pings, PONG));",
    replace: "sendAway(PONG);",
    heldBy: { file: TCP, title: "answers CRLFCRLF with CRLF, each of them (RFC 5626 4.4.1)" },
  },
  {
    rule: "RFC 5626 5.3 A failed flow fails its requests; after a restart every one has failed",
    file: "sip-bridge/net/stream-endpoint.ts",
    find: 'layer?.failConnection(flow.connection ?? "", error);',
    replace: 'layer?.failConnection("", error);',
    heldBy: { file: "test/integration/sip-streams.test.ts", title: "a connection that closes under a NOTIFY ends the wake at once" },
  },
  {
    rule: "RFC 5922 7 The certificate must be for the domain: SIP URI or DNS name, no wildcard",
    file: "sip-bridge/net/certificate-identity.ts",
    find: "{ subject, wildcards: false }",
    replace: "{ subject }",
    heldBy: { file: TLS, title: "the domain may stand as a SIP URI; a wildcard stands for none (7.2)" },
  },
  {
    rule: "RFC 5923 5, 8.1 alias, of proven peers, for their own domain",
    file: "sip-bridge/net/reuse.ts",
    find: "certifies(alias.certificate, serverName) ? alias.connection : undefined;",
    replace: "serverName ? alias.connection : undefined;",
    heldBy: { file: TLS, title: "serve requests to the address and port of its Via, for the domain of its certificate" },
  },
  {
    rule: "RFC 5626 4.5 Waits before another flow is formed",
    file: "device-sim/phone/flow-recovery.ts",
    find: "2 ** Math.min(consecutiveFailures, 10)",
    replace: "2 * Math.min(consecutiveFailures, 10)",
    heldBy: { file: "test/unit/device-sim/phone/flow-recovery.test.ts", title: "30 s doubled by each failure, 50 to 100 % of it" },
  },
];
