/**
 * What keeps strangers at a distance from the SIP port (docs/spec-map.md, "SIP: attacks").
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

const GUARD_TEST = "test/unit/sip-bridge/source-guard.test.ts";

export const HOSTILE_SIP_MUTANTS: readonly Mutant[] = [
  {
    rule: "Scanners get no answer",
    file: "sip-bridge/source-guard.ts",
    find: 'offend(remoteAddress, "scanner", nowMs);',
    replace: "",
    heldBy: { file: GUARD_TEST, title: "who scans goes on to be unheard under another name, at his address only" },
  },
  {
    rule: "Token bucket per source /24 and /64",
    file: "sip-bridge/source-guard.ts",
    find: "bucketOf(networks, sourceNetwork(address),",
    replace: "bucketOf(networks, address,",
    heldBy: { file: GUARD_TEST, title: "a network of 24 bits has its requests a second, and no more" },
  },
  {
    rule: "Ban list with an end and a bound; a spoofed name bans nobody who is here",
    file: "sip-bridge/source-guard.ts",
    find: "if (limits.banMs === 0 || isProven(address, nowMs)) return;",
    replace: "if (limits.banMs === 0) return;",
    heldBy: { file: GUARD_TEST, title: "a source that has proved itself is never banned: a spoofed scan in its name does it no harm" },
  },
  {
    rule: "No reflection: answers no larger than requests before authentication",
    file: "sip-bridge/net/reflection-ledger.ts",
    find: "account.credit -= bytes;",
    replace: "",
    heldBy: { file: "test/unit/sip-bridge/net/reflection-ledger.test.ts", title: "answers no more octets than came, and the allowance" },
  },
  {
    rule: "No relay",
    file: "sip-bridge/sip-listener.ts",
    find: "if (!guard.isForUs(request)) {",
    replace: "if (false) {",
    heldBy: {
      file: "test/integration/sip-security.test.ts",
      title: "is no relay: what is for somebody else is refused, and nobody hears of it",
    },
  },
  {
    rule: "Kill switch for outgoing NOTIFY",
    file: "sip-bridge/notify-switch.ts",
    find: "if (!enabled) state = next;",
    replace: "",
    heldBy: { file: "test/unit/sip-bridge/notify-switch.test.ts", title: "off holds before it is on disk, on only when it is there" },
  },
];
