/**
 * From a SIP URI to the servers that it means: which transport, which DNS names to ask for, in which order to try what they answer.
 * Spec: RFC 3263 4.1, 4.2; RFC 2782 (SRV); RFC 3403 4.1 (NAPTR). Layer: locate, pure.
 */
import { MalformedMessage, param } from "../sip/message.js";
import { bareHost, isAddress, parseUri, type SipUri } from "../sip/uri.js";

export type ServerTransport = "udp" | "tcp" | "tls";

/** Where a request can be sent. */
export interface ServerAddress {
  readonly transport: ServerTransport;
  /** Numeric, IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  /** Of TLS: the domain of the URI, which the certificate must be for (RFC 5922 7.3). */
  readonly serverName?: string;
}

/** What a URI says of its server. */
export interface Target {
  /** A name, or a numeric address without brackets: maddr, else the host (RFC 3263 4). */
  readonly host: string;
  readonly isNumeric: boolean;
  readonly port?: number;
  /** The URI's own word. */
  readonly transport?: ServerTransport;
  /** sips: nothing but TLS. */
  readonly isSecure: boolean;
}

/** "No URI of ours can be reached this way": the URI itself is at fault, so that nothing else would help. */
export class Unlocatable extends Error {
  override readonly name = "Unlocatable";
}

/** @throws {Unlocatable} No SIP URI, or one that asks for a transport that we don't know or that sips forbids. */
export function readTarget(text: string): Target {
  const uri = readUri(text);
  const host = bareHost(param(uri.params, "maddr") ?? uri.host).toLowerCase();
  const isNumeric = isAddress(param(uri.params, "maddr") ?? uri.host);
  if (!isNumeric && !isHostName(host)) throw new Unlocatable(`${host} is no host name`);
  const transport = transportOf(uri);
  const isSecure = uri.scheme === "sips";
  return {
    ...{ host, isNumeric, isSecure },
    ...(uri.port === undefined ? {} : { port: uri.port }),
    ...(transport === undefined ? {} : { transport }),
  };
}

function readUri(text: string): SipUri {
  try {
    return parseUri(text);
  } catch (error) {
    if (error instanceof MalformedMessage) throw new Unlocatable(`${error.message} (a SIP URI is needed)`);
    throw error;
  }
}

/** RFC 3261 26.2.2: "transport=tls" is deprecated, and still means TLS; under sips, "tcp" is TLS over TCP. */
function transportOf({ scheme, params }: SipUri): ServerTransport | undefined {
  const word = param(params, "transport")?.toLowerCase();
  if (word === undefined) return undefined;
  if (word !== "udp" && word !== "tcp" && word !== "tls") throw new Unlocatable(`transport ${word} is not spoken here`);
  if (scheme === "sip") return word;
  if (word === "udp") throw new Unlocatable("a sips URI can't be reached over UDP");
  return "tls";
}

/** A host name as it is looked up: letters, digits, hyphens, underscores (SRV owner names), 253 characters (RFC 1035 2.3.4). */
export function isHostName(name: string): boolean {
  if (name.length === 0 || name.length > 253) return false;
  return name.split(".").every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
}

/** What is to be asked first. "addresses": A and AAAA of the host, no service record counts. */
export type FirstQuestion =
  | { readonly ask: "nothing"; readonly server: ServerAddress }
  | { readonly ask: "addresses"; readonly transport: ServerTransport; readonly port: number }
  | { readonly ask: "srv"; readonly transports: readonly ServerTransport[] }
  | { readonly ask: "naptr" };

/** RFC 3263 4.1 and 4.2. A numeric host or a port needs no service record; a transport needs no NAPTR. */
export function firstQuestion(target: Target): FirstQuestion {
  const { host, isNumeric, port, transport } = target;
  const spoken = transport ?? standardTransport(target);
  if (isNumeric) return { ask: "nothing", server: { transport: spoken, address: host, port: port ?? standardPort(spoken) } };
  if (port !== undefined) return { ask: "addresses", transport: spoken, port };
  return transport === undefined ? { ask: "naptr" } : { ask: "srv", transports: [transport] };
}

/** "If no SRV records are found, the client SHOULD use TCP for a SIPS URI, and UDP for a SIP URI." */
export const standardTransport = ({ isSecure }: Pick<Target, "isSecure">): ServerTransport => (isSecure ? "tls" : "udp");

export const standardPort = (transport: ServerTransport): number => (transport === "tls" ? 5061 : 5060);

/** A service to ask SRV records of. */
export interface Service {
  readonly transport: ServerTransport;
  /** Owner name of the SRV records. */
  readonly name: string;
}

const PREFIXES: Readonly<Record<ServerTransport, string>> = { udp: "_sip._udp", tcp: "_sip._tcp", tls: "_sips._tcp" };

/** Without NAPTR: the names that stand for each transport which we speak and the URI allows, UDP first. */
export function guessServices({ host, isSecure }: Target, spoken: readonly ServerTransport[]): readonly Service[] {
  return spoken.filter((item) => !isSecure || item === "tls").map((item) => ({ transport: item, name: `${PREFIXES[item]}.${host}` }));
}

export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

const NAPTR_SERVICES: Readonly<Record<string, ServerTransport>> = { "sip+d2u": "udp", "sip+d2t": "tcp", "sips+d2t": "tls" };

/**
 * The services that NAPTR records name, best first. "The client discards any records whose services fields are not applicable":
 * others than SIP's, transports that we don't speak, anything but SIPS for a sips URI, and what is no flag "s" with a plain replacement.
 */
export function servicesOf(records: readonly NaptrRecord[], { isSecure }: Target, spoken: readonly ServerTransport[]): readonly Service[] {
  return records
    .filter(({ flags, regexp, replacement }) => flags.toLowerCase() === "s" && regexp === "" && isHostName(replacement))
    .toSorted((a, b) => a.order - b.order || a.preference - b.preference)
    .flatMap(({ service, replacement }) => {
      const transport = NAPTR_SERVICES[service.toLowerCase()];
      if (transport === undefined || !spoken.includes(transport) || (isSecure && transport !== "tls")) return [];
      return [{ transport, name: replacement.toLowerCase() }];
    });
}

export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** Host name, without a dot at the end. */
  readonly name: string;
}

/**
 * The order in which SRV targets are tried: lowest priority first, among equals by chance in proportion to weight (RFC 2782).
 * A target "." or "", a bad name or port 0 is left out: the service is not there.
 * @param random 0 ≤ n < 1, drawn anew for each choice.
 */
export function orderServers(records: readonly SrvRecord[], random: () => number): readonly SrvRecord[] {
  const usable = records.filter(({ name, port }) => isHostName(name) && port > 0 && port <= 65_535);
  const priorities = [...new Set(usable.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((wanted) =>
    byWeight(
      usable.filter(({ priority }) => priority === wanted),
      random,
    ),
  );
}

/** "Arrange all SRV RRs in any order, except that all those with weight 0 are placed at the beginning of the list", then draw. */
function byWeight(records: readonly SrvRecord[], random: () => number): readonly SrvRecord[] {
  const left = records.toSorted((a, b) => Math.sign(a.weight) - Math.sign(b.weight));
  const ordered: SrvRecord[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    const drawn = Math.floor(random() * (total + 1));
    let sum = 0;
    // "Select the RR whose running sum value is the first in the selected order which is greater than or equal to the random number."
    const index = left.findIndex(({ weight }) => {
      sum += weight;
      return sum >= drawn;
    });
    ordered.push(...left.splice(Math.max(index, 0), 1));
  }
  return ordered;
}
