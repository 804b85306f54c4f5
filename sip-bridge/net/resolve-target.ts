/**
 * Finds the servers of a SIP URI, in the order in which they are to be tried.
 * Spec: RFC 3263 4; what is asked and how answers are ordered: locate/servers.ts. Layer: net.
 */
import type { AddressGuard } from "../../common/address-guard.js";
import {
  firstQuestion,
  guessServices,
  orderServers,
  readTarget,
  type ServerAddress,
  type ServerTransport,
  type Service,
  servicesOf,
  standardPort,
  standardTransport,
  type Target,
  Unlocatable,
} from "../locate/servers.js";
import { type DnsClient, DnsFailed } from "./dns-client.js";

export const RESOLVE_LIMITS = {
  /** Names of SRV targets that are looked up. */
  targetsMax: 8,
  /** Services of a NAPTR answer that are looked up. */
  servicesMax: 4,
  /** Servers given back. */
  serversMax: 8,
} as const;

export interface ResolveOptions {
  readonly dns: DnsClient;
  /** Best first for a URI that leaves the choice to us. */
  readonly transports: readonly ServerTransport[];
  /** Of the addresses that we have sockets for, the preferred one first. */
  readonly families: readonly (4 | 6)[];
  /** 0 ≤ n < 1. */
  readonly random: () => number;
}

/**
 * @param guard For URIs that a device or another stranger told: addresses that it refuses are left out. undefined: the operator's own word.
 * @returns At least one server.
 * @throws {Unlocatable} Nothing that could be sent to. {DnsFailed} Nobody can say now.
 */
export async function resolveTarget(uri: string, options: ResolveOptions, guard?: AddressGuard): Promise<readonly ServerAddress[]> {
  const target = readTarget(uri);
  const found = await serversOf(target, options);
  const allowed = found.filter(({ address }) => guard?.refusal(address) === undefined);
  if (allowed.length === 0) throw new Unlocatable(explain(target, found, guard));
  const proven = (server: ServerAddress): ServerAddress => (server.transport === "tls" ? { ...server, serverName: target.host } : server);
  return allowed.slice(0, RESOLVE_LIMITS.serversMax).map(proven);
}

function explain({ host }: Target, found: readonly ServerAddress[], guard: AddressGuard | undefined): string {
  const [first] = found;
  if (first === undefined) return `the DNS knows no server of ${host} that we have a socket for`;
  return `${host} leads to ${first.address}, which is a refused address (${guard?.refusal(first.address)})`;
}

async function serversOf(target: Target, options: ResolveOptions): Promise<readonly ServerAddress[]> {
  const question = firstQuestion(target);
  const spoken = (transport: ServerTransport): boolean => options.transports.includes(transport);
  switch (question.ask) {
    case "nothing":
      return spoken(question.server.transport) && hasFamily(question.server, options) ? [question.server] : [];
    case "addresses":
      return spoken(question.transport) ? addressesOf(target.host, question, options) : [];
    case "srv":
      return byServices(target, guessServices(target, question.transports.filter(spoken)), options);
    case "naptr": {
      const services = servicesOf(await options.dns.naptr(target.host), target, options.transports).slice(0, RESOLVE_LIMITS.servicesMax);
      return byServices(target, services.length > 0 ? services : guessServices(target, options.transports), options);
    }
  }
}

const hasFamily = ({ address }: ServerAddress, { families }: ResolveOptions): boolean => families.includes(address.includes(":") ? 6 : 4);

/** "If no SRV records were found, the client performs an A or AAAA record lookup of the domain name." */
async function byServices(target: Target, services: readonly Service[], options: ResolveOptions): Promise<readonly ServerAddress[]> {
  const records = await Promise.all(services.map(({ name }) => options.dns.srv(name)));
  const ordered = services.flatMap(({ transport }, i) =>
    orderServers(records[i] ?? [], options.random).map(({ name, port }) => ({ transport, name: name.toLowerCase(), port })),
  );
  if (records.some((list) => list.length > 0)) {
    const found = await Promise.all(
      ordered.slice(0, RESOLVE_LIMITS.targetsMax).map((server) => addressesOrNone(server.name, server, options)),
    );
    return found.flat();
  }
  const transport = target.transport ?? standardTransport(target);
  if (!options.transports.includes(transport)) return [];
  return addressesOf(target.host, { transport, port: standardPort(transport) }, options);
}

/** One server of several whose name the DNS can't tell now is passed over: the others are there for that. */
async function addressesOrNone(name: string, service: Omit<ServerAddress, "address">, options: ResolveOptions) {
  try {
    return await addressesOf(name, service, options);
  } catch (error) {
    if (error instanceof DnsFailed) return [];
    throw error;
  }
}

async function addressesOf(
  name: string,
  { transport, port }: Omit<ServerAddress, "address">,
  { dns, families }: ResolveOptions,
): Promise<readonly ServerAddress[]> {
  const found = await Promise.all(families.map((family) => dns.addresses(name, family)));
  return found.flat().map((address) => ({ transport, address, port }));
}
