/**
 * A registrar as a value, for tests of RFC 3261 10.3: the pure functions of sip-bridge/registrar in their order, on bindings held here.
 * Layer: test support.
 */
import { answerDigest, chooseChallenge, type DigestHash, digestHa1, parseChallenges, writeCredentials } from "../../common/digest.js";
import { createNonceKeeper } from "../../common/nonce.js";
import type { Account } from "../../sip-bridge/registrar/account.js";
import {
  challenge,
  decoyHashes,
  type Gatekeeper,
  judge,
  OFFERED_ALGORITHMS,
  readOurCredentials,
} from "../../sip-bridge/registrar/authenticate.js";
import { type Binding, bindingIdentity } from "../../sip-bridge/registrar/binding.js";
import {
  type Answer,
  DEFAULT_POLICY,
  type RegistrarPolicy,
  readRegistration,
  refuseUnread,
} from "../../sip-bridge/registrar/read-registration.js";
import { register } from "../../sip-bridge/registrar/register.js";
import type { Flow } from "../../sip-bridge/sip/flow.js";
import { MalformedMessage, type SipRequest } from "../../sip-bridge/sip/message.js";
import { sipRequest } from "./sip-messages.js";

export const DOMAIN = "voice.example";
export const FLOW: Flow = { transport: "udp", localPort: 5060, remoteAddress: "198.51.100.7", remotePort: 41_022 };
const PASSWORD = "s3cret!";

export interface RegistrarTalk {
  /** Sends a REGISTER of anna's with right credentials; a line replaces the usual one of the same name. */
  register(...lines: readonly string[]): Answer;
  /** A request as it is. */
  send(request: SipRequest): Answer;
  /** Contact values of the answer. */
  contactsOf(answer: Answer): readonly string[];
  readonly bindings: readonly Binding[];
  pass(seconds: number): void;
  readonly gatekeeper: Gatekeeper;
  now(): number;
}

export interface TalkOptions {
  readonly policy?: Partial<RegistrarPolicy>;
  readonly addressesOfRecord?: readonly string[];
  /** By which requests come. Default: FLOW. */
  readonly flow?: Flow;
}

export function registrarTalk({
  policy: changes = {},
  addressesOfRecord = [`anna@${DOMAIN}`],
  flow = FLOW,
}: TalkOptions = {}): RegistrarTalk {
  const domains = { main: DOMAIN, aliases: ["192.0.2.1"] };
  const policy: RegistrarPolicy = { domains, realm: DOMAIN, ...DEFAULT_POLICY, ...changes };
  let octet = 0;
  const randomBytes = (count: number): Uint8Array => new Uint8Array(count).fill(++octet & 0xff);
  const nonces = createNonceKeeper({ key: new Uint8Array(32), lifetimeMs: 60_000, noncesMax: 100, randomBytes });
  const gatekeeper: Gatekeeper = { realm: DOMAIN, domains, nonces, algorithms: OFFERED_ALGORITHMS, decoy: decoyHashes(new Uint8Array(64)) };
  const hashes: readonly DigestHash[] = ["MD5", "SHA-256"];
  const ha1s = Object.fromEntries(hashes.map((hash) => [hash, digestHa1(hash, "anna", DOMAIN, PASSWORD)]));
  const anna: Account = { username: "anna", realm: DOMAIN, ha1s, addressesOfRecord, changedAtMs: 0 };
  let nowMs = 1_700_000_000_000;
  let bindings: readonly Binding[] = [];
  let cseq = 0;

  function send(request: SipRequest): Answer {
    const unread = refuseUnread(request, policy);
    if (unread !== undefined) return unread;
    const ours = readOurCredentials(request, gatekeeper, nowMs);
    if (ours === undefined) return challenge(gatekeeper, false, nowMs);
    const account = ours.credentials.username === "anna" ? anna : undefined;
    const verdict = judge(request, ours, account, gatekeeper, nowMs);
    if (verdict !== "authenticated" || account === undefined) return challenge(gatekeeper, verdict === "stale", nowMs);
    return change(request, account);
  }

  function change(request: SipRequest, account: Account): Answer {
    try {
      const read = readRegistration(request, account, flow, policy);
      if (read.refused !== undefined) return read.refused;
      const current = bindings.filter(
        ({ addressOfRecord, expiresAtMs }) => addressOfRecord === read.asked.addressOfRecord && expiresAtMs > nowMs,
      );
      const { answer, change: stored } = register(read.asked, current, flow, policy, nowMs);
      if (stored !== undefined) {
        const replaced = [...stored.remove, ...stored.put.map(bindingIdentity)];
        bindings = [...bindings.filter((binding) => !replaced.includes(bindingIdentity(binding))), ...stored.put];
      }
      return answer;
    } catch (error) {
      return refusalOf(error);
    }
  }

  return {
    register: (...lines) => {
      cseq++;
      const usual = lines.some((line) => line.startsWith("CSeq:")) ? lines : [`CSeq: ${cseq} REGISTER`, ...lines];
      try {
        const bare = sipRequest(`REGISTER sip:${DOMAIN} SIP/2.0`, ...usual);
        const login = authorizationFor(bare, challenge(gatekeeper, false, nowMs));
        return send(sipRequest(`REGISTER sip:${DOMAIN} SIP/2.0`, ...usual, login));
      } catch (error) {
        return refusalOf(error);
      }
    },
    send,
    contactsOf: ({ headers = [] }) => headers.filter(({ key }) => key === "contact").map(({ value }) => value),
    get bindings() {
      return bindings;
    },
    pass: (seconds) => {
      nowMs += seconds * 1_000;
    },
    gatekeeper,
    now: () => nowMs,
  };
}

/** As transport and transaction layer answer it. */
function refusalOf(error: unknown): Answer {
  if (error instanceof MalformedMessage) return { status: error.status };
  throw error;
}

export interface Login {
  readonly username?: string;
  readonly password?: string;
  /** Place of the challenge that is answered: 0 is the topmost. */
  readonly place?: number;
  readonly nc?: number;
}

/** The Authorization line that answers a 401. */
export function authorizationFor(
  request: SipRequest,
  challenged: Answer,
  { username = "anna", password = PASSWORD, place = 0, nc = 1 }: Login = {},
): string {
  const offered = (challenged.headers ?? []).filter(({ key }) => key === "www-authenticate").flatMap(({ value }) => parseChallenges(value));
  const picked = chooseChallenge(offered.slice(place));
  if (picked === undefined) throw new Error("no challenge");
  const ha1 = digestHa1(picked.algorithm.hash, username, picked.realm, password);
  const { method, uri } = request;
  return `Authorization: ${writeCredentials(answerDigest({ challenge: picked, username, ha1, method, uri, cnonce: "c0", nc }))}`;
}
