/**
 * The operator's proxy: where NOTIFYs go for devices that are registered elsewhere, and how they reach it.
 * Spec: RFC 3261 8.1.2 (a pre-set route), 16.12; 22.2, 22.3 (kept nonces); RFC 3263 4.3; sip.md 1.3. Layer: sip-bridge.
 */
import { DIGEST_HASHES, digestHa1 } from "../common/digest.js";
import type { ServerAddress } from "./locate/servers.js";
import { type ResolveOptions, resolveTarget } from "./net/resolve-target.js";
import type { WakeAccount } from "./notify/wake.js";
import type { Domains } from "./registrar/address-of-record.js";
import { readAddressOfRecord } from "./registrar/address-of-record.js";
import { unicodeToOctets } from "./registrar/octets.js";
import { param, type SipRequest, type SipResponse } from "./sip/message.js";
import { authorize, learn, type NonceMemory, type NonceUser } from "./sip/nonce-memory.js";
import { parseUri, writeUri } from "./sip/uri.js";

export interface OperatorProxyOptions {
  /** SIP URI; a route to it gets `lr` if it has none. */
  readonly uri: string;
  /** Whom it challenges. `realm`: no other realm is answered. */
  readonly account?: { readonly username: string; readonly password: string; readonly realm: string };
  /** Domains of addresses-of-record that it knows, beside ours; a redirection may lead to them, and to no other. Lower case. */
  readonly domains: readonly string[];
}

export interface OperatorProxy {
  /** Value of Route. */
  readonly route: string;
  readonly account: WakeAccount | undefined;
  readonly redirectHosts: readonly string[];
  /** The key of an address-of-record of ours or of the proxy's domains. */
  addressOfRecord(text: string): string | undefined;
  /** In the order in which they are to be tried. @throws Unlocatable or DnsFailed. */
  servers(): Promise<readonly ServerAddress[]>;
  /** The request with credentials for the challenge that the proxy gave last, the next count of its nonce in them; else as it is. */
  authorized(request: SipRequest): SipRequest;
  /** What the proxy answered to a request, as that went out: it may hold a challenge, or the next nonce. */
  heard(request: SipRequest, response: SipResponse): void;
}

export interface OperatorProxyParts extends ResolveOptions {
  readonly ourDomains: Domains;
  /** Random. */
  readonly cnonce: () => string;
}

/** @throws {MalformedMessage} The URI is none. */
export function createOperatorProxy({ uri, account, domains }: OperatorProxyOptions, parts: OperatorProxyParts): OperatorProxy {
  const parsed = parseUri(uri);
  const isLoose = param(parsed.params, "lr") !== undefined;
  const { ourDomains } = parts;
  const known = account === undefined ? undefined : accountOf(account);
  let nonces: NonceMemory = [];
  return {
    route: writeUri({ ...parsed, params: isLoose ? parsed.params : [...parsed.params, { name: "lr" }] }),
    account: known,
    redirectHosts: [ourDomains.main, ...domains],
    addressOfRecord: (text) =>
      [ourDomains, ...domains.map((main) => ({ main, aliases: [] }))]
        .map((domain) => readAddressOfRecord(text, domain))
        .find((key) => key !== undefined),
    servers: () => resolveTarget(uri, parts),
    authorized(request) {
      if (known === undefined) return request;
      const { memory, request: authorized } = authorize(nonces, request, userOf(known, parts.cnonce()));
      nonces = memory;
      return authorized;
    },
    heard(request, response) {
      if (known !== undefined) nonces = learn(nonces, request, response, userOf(known, ""));
    },
  };
}

/** No realm but the account's is answered, or remembered. */
function userOf({ username, realm, ha1s }: WakeAccount, cnonce: string): NonceUser {
  const ha1: NonceUser["ha1"] = (hash, asked) => (asked === realm ? ha1s[hash] : undefined);
  return { username: unicodeToOctets(username), ha1, cnonce, policy: "strongest" };
}

function accountOf({ username, password, realm }: NonNullable<OperatorProxyOptions["account"]>): WakeAccount {
  return { username, realm, ha1s: Object.fromEntries(DIGEST_HASHES.map((hash) => [hash, digestHa1(hash, username, realm, password)])) };
}
