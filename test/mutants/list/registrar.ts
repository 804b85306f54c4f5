/**
 * Mutations of the code for rules of docs/spec-map.md: the registrar, its extensions, and who is told of registrations.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

export const REGISTRAR_MUTANTS: readonly Mutant[] = [
  {
    rule: "Step 7 q and the parameters of a contact",
    file: "sip-bridge/registrar/registration-answer.ts",
    find: "if (q < 1) params.push",
    replace: "if (q > 1) params.push",
    heldBy: { file: "test/spec/rfc3261-10.3.test.ts", title: "shows q again, and every parameter of the contact as it came" },
  },
  {
    rule: "Step 7 Intervals: parameter, header, default, junk, 2^32, 423",
    file: "sip-bridge/registrar/read-registration.ts",
    find: "expiresS < policy.expiresMinS && expiresS < 3_600",
    replace: "expiresS < policy.expiresMinS",
    heldBy: { file: "test/spec/rfc3261-10.3.test.ts", title: "never calls an hour or zero too brief" },
  },
  {
    rule: "Step 7 Call-ID and CSeq; all or nothing",
    file: "sip-bridge/registrar/register.ts",
    find: "old.cseq >= asked.cseq",
    replace: "old.cseq > asked.cseq",
    heldBy: {
      file: "test/spec/rfc3261-10.3.test.ts",
      title: "answers 500 when the Call-ID agrees and the CSeq is not higher, and changes nothing",
    },
  },
  {
    rule: "RFC 3327 5.3 Path: stored in order, echoed, taken from our edges only",
    file: "sip-bridge/registrar/read-registration.ts",
    find: "if (isTrustedEdge(flow, policy)) return readPath(request);",
    replace: "return readPath(request);",
    heldBy: { file: "test/spec/rfc3327.test.ts", title: "is ignored from elsewhere: the flow is the way" },
  },
  {
    rule: "RFC 3327 5.3 Requests to the contact take the path",
    file: "sip-bridge/notify/way.ts",
    find: 'path.length === 0 ? [] : [header("Route", path.join(", "))]',
    replace: "[]",
    heldBy: { file: "test/spec/rfc3327.test.ts", title: "the stored path is preloaded as Route, and the Request-URI is the contact" },
  },
  {
    rule: "RFC 5626 6 Outbound: a binding per flow of an instance",
    file: "sip-bridge/registrar/register.ts",
    find: "(old.regId === contact.regId || old.regId === 0)",
    replace: "true",
    heldBy: { file: "test/spec/rfc5626.test.ts", title: "keeps several flows of one instance, also when their contact is the same" },
  },
  {
    rule: "RFC 5626 6 The first hop: ob, 439; Flow-Timer",
    file: "sip-bridge/registrar/outbound.ts",
    find: '? "supported" : "no-edge"',
    replace: '? "supported" : "unsupported"',
    heldBy: { file: "test/spec/rfc5626.test.ts", title: "answers 439 when the first hop lacks outbound" },
  },
  {
    rule: "RFC 5626 5.3 The newest live flow, then the next",
    file: "sip-bridge/notify/choose-binding.ts",
    find: "b.lastSeenAtMs - a.lastSeenAtMs",
    replace: "a.lastSeenAtMs - b.lastSeenAtMs",
    heldBy: { file: "test/spec/rfc5626.test.ts", title: "the newest first, then the next" },
  },
  {
    rule: "RFC 5627 Public GRUU",
    file: "sip-bridge/registrar/read-registration.ts",
    find: "instanceOfGruu(parsed) !== undefined && isOurDomain(parsed.host, policy.domains)",
    replace: 'instanceOfGruu(parsed) === "" && isOurDomain(parsed.host, policy.domains)',
    heldBy: {
      file: "test/spec/rfc5626.test.ts",
      title: "5.1: a contact that is a GRUU of this domain is refused with 403: it would lead back to us",
    },
  },
  {
    rule: "sip.md 3.1 No user enumeration: octets, work, delay",
    file: "sip-bridge/registrar/authenticate.ts",
    find: "account?.ha1s ?? decoy",
    replace: "account?.ha1s ?? {}",
    heldBy: { file: "test/unit/sip-bridge/registrar-service.test.ts", title: "does the same work for both: store reads and hashes" },
  },
  {
    rule: "sip.md 3 What one address may cost",
    file: "sip-bridge/registrar-service.ts",
    find: "if (limiter?.take(addressOfRecord, clock.now()) === false) {",
    replace: "if (limiter === null) {",
    heldBy: {
      file: "test/unit/sip-bridge/registrar-service.test.ts",
      title: "answers 503 with Retry-After when its owner registers too often, and neither reads nor writes",
    },
  },
  {
    rule: "RFC 3680 4.6 First the whole state, then what has changed, versions going up",
    file: "sip-bridge/notifier.ts",
    find: "version: version + 1",
    replace: "version",
    heldBy: { file: "test/spec/rfc3680.test.ts", title: "then what has changed, each time with a version one higher" },
  },
  {
    rule: "RFC 3680 4.5 Who may watch",
    file: "sip-bridge/registration-events.ts",
    find: "addressesOfRecord.includes(resource) || watchers.includes(username)",
    replace: "addressesOfRecord.length > 0 || watchers.includes(username)",
    heldBy: { file: "test/spec/rfc3680.test.ts", title: "the owner, the own address only" },
  },
  {
    rule: "RFC 3680 4.10 One NOTIFY in five seconds",
    file: "sip-bridge/registration-events.ts",
    find: "const SPACING_MS = 5_000;",
    replace: "const SPACING_MS = 0;",
    heldBy: {
      file: "test/spec/rfc3680.test.ts",
      title: "is one in five seconds at most; what happens meanwhile is told together, each contact once",
    },
  },
  {
    rule: "RFC 6665 4.2.2 What an answer to NOTIFY means for the subscription",
    file: "sip-bridge/notify/subscribe-request.ts",
    find: "ENDING.has(status)",
    replace: "status >= 400",
    heldBy: { file: "test/spec/rfc3680.test.ts", title: "outlives an answer that says nothing of it, 500" },
  },
];
