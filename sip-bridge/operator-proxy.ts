/**
 * The operator's proxy: where NOTIFYs go for devices that are registered elsewhere, and how they reach it.
 * Spec: RFC 3261 8.1.2 (a pre-set route), 16.12; RFC 3263 4.3; sip.md 1.3. Layer: sip-bridge.
 */
import { DIGEST_HASHES, digestHa1 } from "../common/digest.js";
import type { ServerAddress } from "./locate/servers.js";
import { type ResolveOptions, resolveTarget } from "./net/resolve-target.js";
import type { WakeAccount } from "./notify/wake.js";
import type { Domains } from "./registrar/address-of-record.js";
import { readAddressOfRecord } from "./registrar/address-of-record.js";
import { param } from "./sip/message.js";
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
}

export interface OperatorProxyParts extends ResolveOptions {
  readonly ourDomains: Domains;
}

/** @throws {MalformedMessage} The URI is none. */
export function createOperatorProxy({ uri, account, domains }: OperatorProxyOptions, parts: OperatorProxyParts): OperatorProxy {
  const parsed = parseUri(uri);
  const isLoose = param(parsed.params, "lr") !== undefined;
  const { ourDomains } = parts;
  return {
    route: writeUri({ ...parsed, params: isLoose ? parsed.params : [...parsed.params, { name: "lr" }] }),
    account: account === undefined ? undefined : accountOf(account),
    redirectHosts: [ourDomains.main, ...domains],
    addressOfRecord: (text) =>
      [ourDomains, ...domains.map((main) => ({ main, aliases: [] }))]
        .map((domain) => readAddressOfRecord(text, domain))
        .find((key) => key !== undefined),
    servers: () => resolveTarget(uri, parts),
  };
}

function accountOf({ username, password, realm }: NonNullable<OperatorProxyOptions["account"]>): WakeAccount {
  return { username, realm, ha1s: Object.fromEntries(DIGEST_HASHES.map((hash) => [hash, digestHa1(hash, username, realm, password)])) };
}
