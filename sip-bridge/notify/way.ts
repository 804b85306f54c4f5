/**
 * The way to a binding: its path's first proxy with the whole path in Route, else the flow of its REGISTER.
 * Spec: RFC 3327 5.3, 6; RFC 3261 8.1.2, 12.2.1.1; sip.md 1.3. Layer: notify, pure.
 */
import { type Binding, bindingIdentity } from "../registrar/binding.js";
import type { Flow } from "../sip/flow.js";
import { parseNameAddr } from "../sip/header-values.js";
import { header, param, type SipHeader } from "../sip/message.js";
import { bareHost, isAddress, parseUri, type SipUri } from "../sip/uri.js";

const DEFAULT_PORT = 5_060;

/** The stored path, written into Route as it stands ("loose routers only": registrar/path.ts). */
export const routeOf = ({ path }: Pick<Binding, "path">): readonly SipHeader[] =>
  path.length === 0 ? [] : [header("Route", path.join(", "))];

/**
 * Where the request goes if nothing is looked up. A path over UDP by numeric address names its first proxy itself; otherwise that proxy is
 * whoever sent the REGISTER: the topmost Path is that of our neighbour.
 */
export function flowTo({ flow, path: [first] }: Pick<Binding, "flow" | "path">): Flow {
  if (first === undefined || flow.transport !== "udp") return flow;
  const uri = parseUri(parseNameAddr("path", first).uri);
  return isNumericUdp(uri) ? { ...flow, remoteAddress: bareHost(uri.host), remotePort: uri.port ?? DEFAULT_PORT } : flow;
}

/** The URI of the path's first proxy if it has to be located first: it has a name, or is reached otherwise than by the socket of the REGISTER. */
export function hopToLocate({ flow, path: [first] }: Pick<Binding, "flow" | "path">): string | undefined {
  if (first === undefined) return undefined;
  const { uri } = parseNameAddr("path", first);
  return flow.transport === "udp" && isNumericUdp(parseUri(uri)) ? undefined : uri;
}

function isNumericUdp({ scheme, host, params }: SipUri): boolean {
  return scheme === "sip" && (param(params, "transport") ?? "udp").toLowerCase() === "udp" && isAddress(host);
}

/** By which wakes are one: all flows of an instance lead to the same terminal, so one NOTIFY serves all (RFC 5626 3.1). */
export const terminalKey = (binding: Binding): string =>
  `${binding.addressOfRecord} ${binding.regId > 0 ? binding.instanceId : bindingIdentity(binding)}`;
