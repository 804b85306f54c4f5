/**
 * Mutations of the code for rules of docs/spec-map.md: SIP transactions, dialogs and routing.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

export const SIP_MUTANTS: readonly Mutant[] = [
  {
    rule: "17.1.1.2 INVITE client: A doubles, B ends it, a provisional response ends the repetition",
    file: "sip-bridge/transactions/invite-client.ts",
    find: "nextDelayMs: 2 * state.nextDelayMs }",
    replace: "nextDelayMs: state.nextDelayMs }",
    heldBy: {
      file: "test/unit/sip-bridge/transactions/invite-client.test.ts",
      title: "sends at once; timer B is 64*T1, timer A doubles without limit",
    },
  },
  {
    rule: "9.1 CANCEL only after a provisional response, never after a final one, made of the INVITE",
    file: "sip-bridge/transactions/invite-client.ts",
    find: "return { state: { ...state, cancel: true }, effects: [] };",
    replace: 'return { state: { ...state, cancel: true }, effects: [{ do: "send-cancel" }] };',
    heldBy: { file: "test/unit/sip-bridge/transactions/invite-client.test.ts", title: "waits for a provisional response" },
  },
  {
    rule: "17.1.1.2 A refusal is acknowledged, each copy again, until D",
    file: "sip-bridge/transactions/invite-client.ts",
    find: "export const TIMER_D_MS = 32_000;",
    replace: "export const TIMER_D_MS = 5_000;",
    heldBy: {
      file: "test/unit/sip-bridge/transactions/invite-client.test.ts",
      title: "a refusal is acknowledged by the transaction, each copy again, for 32 s",
    },
  },
  {
    rule: "17.2.1 INVITE server: 100 after 200 ms, copies get the last answer",
    file: "sip-bridge/transactions/invite-server.ts",
    find: '{ do: "start-timer", timer: "trying", delayMs: TRYING_AFTER_MS },',
    replace: "",
    heldBy: {
      file: "test/unit/sip-bridge/transactions/invite-server.test.ts",
      title: "hands the request over, and sends 100 if there is no answer within 200 ms",
    },
  },
  {
    rule: "12.1.1 Begun by a request: route set in order, target, sequences, tags",
    file: "sip-bridge/sip/dialog.ts",
    find: 'routeSet: readAddresses(request, "record-route"),',
    replace: 'routeSet: readAddresses(request, "record-route").toReversed(),',
    heldBy: {
      file: "test/spec/rfc3261-12.test.ts",
      title: "has the Record-Route in order, the Contact as target, the CSeq as remote sequence, and none of its own",
    },
  },
  {
    rule: "12.2.2 Requests of the peer: found by Call-ID and tags, lower CSeq 500, target refresh",
    file: "sip-bridge/sip/dialog.ts",
    find: "cseq.number <= dialog.remoteSequence) return { refused: 500 };",
    replace: "cseq.number < 0) return { refused: 500 };",
    heldBy: {
      file: "test/spec/rfc3261-12.test.ts",
      title: "a number lower than the remote sequence is out of order, and rejected with 500",
    },
  },
  {
    rule: "12.2.1.2 Responses: target refresh; 481 and 408 end it",
    file: "sip-bridge/sip/dialog.ts",
    find: 'if (status === 481 || status === 408) return "ended";',
    replace: 'if (status === 481) return "ended";',
    heldBy: { file: "test/spec/rfc3261-12.test.ts", title: "481, 408 and silence end it" },
  },
  {
    rule: "8.1.2 Next hop of a user agent: route set, outbound proxy, Request-URI",
    file: "sip-bridge/sip/routing.ts",
    find: "if (isLooseRouter(first)) return",
    replace: "if (!isLooseRouter(first)) return",
    heldBy: { file: "test/spec/rfc3261-16.test.ts", title: "to the topmost of a route set, the Request-URI untouched" },
  },
  {
    rule: "16.3 Max-Forwards 0 goes nowhere; loops are found",
    file: "sip-bridge/sip/routing.ts",
    find: "if (request.maxForwards <= 0) return undefined;",
    replace: "if (request.maxForwards < 0) return undefined;",
    heldBy: {
      file: "test/spec/rfc3261-16.test.ts",
      title: "step 3: Max-Forwards goes down, is 70 less one if it was not there, and 0 goes nowhere (16.3: 483)",
    },
  },
  {
    rule: "RFC 3327 5.3 A Path vector is the Route, in its order",
    file: "sip-bridge/sip/routing.ts",
    find: 'headers: path.map((value) => header("Path", value))',
    replace: 'headers: path.toReversed().map((value) => header("Path", value))',
    heldBy: { file: "test/spec/rfc3261-16.test.ts", title: "RFC 3327 5.3: a Path vector is the route set, in its order" },
  },
  {
    rule: "3.1.2 Invalid messages: 400, 501, 505; responses are dropped",
    file: "sip-bridge/sip/parse-message.ts",
    find: "isKnownMethod(method) ? 400 : 501",
    replace: "isKnownMethod(method) ? 400 : 400",
    heldBy: { file: "test/spec/rfc4475.test.ts", title: "${what} (${name}): ${status}" },
  },
  {
    rule: "3.3.1 Missing header fields: 400 all the same",
    file: "sip-bridge/sip/build.ts",
    find: 'if (method === "ACK" || viaFields.length === 0) return undefined;',
    replace: 'if (method === "ACK" || viaFields.length === 0 || headerValue(broken, "from") === undefined) return undefined;',
    heldBy: {
      file: "test/spec/rfc4475-answers.test.ts",
      title: "3.3.1 insuf: the 400 has the Via and the CSeq, and does not invent what was missing",
    },
  },
  {
    rule: "RFC 7616 3.5 Client: nextnonce is taken",
    file: "sip-bridge/sip/nonce-memory.ts",
    find: "return nonce === undefined ? known :",
    replace: "return nonce !== undefined ? known :",
    heldBy: { file: "test/unit/sip-bridge/sip/nonce-memory.test.ts", title: "RFC 7616 3.5: takes the nextnonce of Authentication-Info" },
  },
];
