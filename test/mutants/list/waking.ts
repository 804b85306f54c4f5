/**
 * Mutations of the code for rules of docs/spec-map.md: locating servers, and waking.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

const SERVERS = "test/unit/sip-bridge/locate/servers.test.ts";
const PROXY = "test/integration/wake-proxy.test.ts";

export const WAKING_MUTANTS: readonly Mutant[] = [
  {
    rule: "4.1 NAPTR by order and preference; services that don't fit are discarded; sips takes SIPS only",
    file: "sip-bridge/locate/servers.ts",
    find: 'if (transport === undefined || !spoken.includes(transport) || (isSecure && transport !== "tls")) return [];',
    replace: "if (transport === undefined || !spoken.includes(transport)) return [];",
    heldBy: { file: SERVERS, title: "a sips URI takes SIPS only" },
  },
  {
    rule: "RFC 2782: priority, weight, a target of one dot",
    file: "sip-bridge/locate/servers.ts",
    find: "return sum >= drawn;",
    replace: "return true;",
    heldBy: { file: SERVERS, title: "among equals a draw decides, in proportion to weight" },
  },
  {
    rule: "A stranger's name never leads to refused ranges",
    file: "sip-bridge/net/resolve-target.ts",
    find: "found.filter(({ address }) => guard?.refusal(address) === undefined)",
    replace: "found",
    heldBy: {
      file: "test/unit/sip-bridge/net/resolve-target.test.ts",
      title: "a stranger's name may not lead to refused ranges; the operator's may",
    },
  },
  {
    rule: "401 and 407 of the operator's realm, and of no other",
    file: "sip-bridge/notify/wake.ts",
    find: "challenges.list.filter((item) => item.realm === account.realm && account.ha1s",
    replace: "challenges.list.filter((item) => account.ha1s",
    heldBy: { file: PROXY, title: "another realm is not: it would be given a hash to guess the password by" },
  },
  {
    rule: "3xx never leads out of the operator's domains",
    file: "sip-bridge/notify/wake.ts",
    find: "contacts.find(({ uri }) => hosts.includes(parseUri(uri).host.toLowerCase()))?.uri",
    replace: "contacts[0]?.uri",
    heldBy: { file: PROXY, title: "302 out of them is not" },
  },
  {
    rule: "503 with Retry-After: the next hop is left alone (RFC 3261 21.5.4)",
    file: "sip-bridge/wake-run.ts",
    find: "found.servers.filter((server) => resting.untilMs(hopOf(server)) === undefined)",
    replace: "found.servers",
    heldBy: {
      file: PROXY,
      title: "503 with Retry-After: no request to that server until it has passed, whoever is woken (RFC 3261 21.5.4)",
    },
  },
  {
    rule: "Values that restart devices: only with allowsReboot",
    file: "schemas/wake-contract.ts",
    find: "|| /;reboot=true/i.test(event)",
    replace: "",
    heldBy: { file: "test/integration/rest-models.test.ts", title: "takes values that restart devices only with allowsReboot" },
  },
];
