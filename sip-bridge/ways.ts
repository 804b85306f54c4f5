/**
 * The ways to a next hop, in the order in which they are tried: the flow of a registration, or the servers of a name.
 * Spec: RFC 3261 8.1.2; RFC 3263 4.3; RFC 3327 5.3; RFC 5626 5.3. Layer: sip-bridge (shell of notify/way.ts).
 */
import { type ServerAddress, Unlocatable } from "./locate/servers.js";
import type { RequestEvent } from "./net/client-transactions.js";
import { DnsFailed } from "./net/dns-client.js";
import type { Flow } from "./net/transport.js";
import type { NotifyIdentity } from "./notify/build-notify.js";
import { hopToLocate } from "./notify/way.js";
import type { Binding } from "./registrar/binding.js";
import type { Resting } from "./resting.js";
import type { SipRequest } from "./sip/message.js";

/** Of one next hop, one after another: each may take 64*T1 to be given up. */
export const SERVERS_TRIED_MAX = 3;

/** A socket that NOTIFYs leave from. */
export interface NotifyEdge {
  readonly local: NotifyIdentity["local"];
  request(request: SipRequest, flow: Flow, onEvent: (event: RequestEvent) => void): void;
}

/** How a NOTIFY gets to the next hop. */
export interface Way {
  readonly edge: NotifyEdge;
  /** Names the next hop, see `hopOf`. */
  readonly hop: string;
  /** @throws {FlowFailed} No connection to it. */
  connect(): Promise<Flow>;
}

export interface WayParts {
  /** The socket that this flow came in by; undefined if it is not open any more. */
  readonly edgeOf: (flow: Flow) => NotifyEdge | undefined;
  /** The servers of a SIP URI, best first. @throws Unlocatable or DnsFailed. */
  readonly locate: (uri: string) => Promise<readonly ServerAddress[]>;
  /** undefined: no socket for it. */
  readonly wayTo: (server: ServerAddress) => Way | undefined;
  readonly resting: Resting;
}

/**
 * The first proxy of a path is found by its URI (RFC 3263), one after another if it has several servers; at last it is whoever sent the
 * REGISTER. An open connection to it is not left for that.
 */
export async function waysTo(
  binding: Binding,
  flow: Flow,
  parts: WayParts,
): Promise<{ readonly ways: readonly Way[] } | { readonly none: string }> {
  const edge = parts.edgeOf(flow);
  const own: readonly Way[] = edge === undefined ? [] : [{ edge, hop: hopOf(flow), connect: async () => flow }];
  const hop = flow.transport === "udp" || edge === undefined ? hopToLocate(binding) : undefined;
  if (hop === undefined) return edge === undefined ? { none: whyDead(flow) } : { ways: own };
  const located = await serversOf("the first proxy of its path", () => parts.locate(hop));
  const servers = "none" in located ? [] : located.servers.filter((server) => parts.resting.untilMs(hopOf(server)) === undefined);
  const ways = servers.flatMap((server) => parts.wayTo(server) ?? []);
  const last = own.filter(({ hop: same }) => ways.every((way) => way.hop !== same));
  const all = [...ways.slice(0, SERVERS_TRIED_MAX - last.length), ...last];
  if (all.length > 0) return { ways: all };
  return "none" in located ? located : { none: "there is no socket by which the first proxy of its path could be reached" };
}

/** `none`: why there are none. */
export async function serversOf(
  who: string,
  locate: () => Promise<readonly ServerAddress[]>,
): Promise<{ readonly servers: readonly ServerAddress[] } | { readonly none: string }> {
  try {
    return { servers: await locate() };
  } catch (error) {
    if (error instanceof Unlocatable || error instanceof DnsFailed) return { none: `${who} can't be found: ${error.message}` };
    throw error;
  }
}

/** Names a next hop. A registered flow is one of its own, whoever else is registered over it. */
export function hopOf(next: ServerAddress | Flow): string {
  const [address, port] = "address" in next ? [next.address, next.port] : [next.remoteAddress, next.remotePort];
  return `${next.transport} ${address} ${port}`;
}

/** "If the flow has failed…": the device is asked when it registers again, and not over another way (RFC 5626 5.3). */
export function whyDead({ transport }: Flow): string {
  return transport === "udp"
    ? "the socket that the device registered with is not open any more"
    : `the ${transport.toUpperCase()} connection that the device registered over is closed; it can be woken when it registers again`;
}
