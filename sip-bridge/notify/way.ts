/**
 * The way to a binding: its path's first proxy with the whole path in Route, else the flow of its REGISTER.
 * Spec: RFC 3327 5.3, 6; RFC 3261 8.1.2, 12.2.1.1; sip.md 1.3. Layer: notify, pure.
 */
import { type Binding, bindingIdentity } from "../registrar/binding.js";
import type { Flow } from "../sip/flow.js";
import { parseNameAddr } from "../sip/header-values.js";
import { header, param, type SipHeader } from "../sip/message.js";
import { bareHost, isAddress, parseUri } from "../sip/uri.js";

const DEFAULT_PORT = 5_060;

/** The stored path, written into Route as it stands ("loose routers only": registrar/path.ts). */
export const routeOf = ({ path }: Pick<Binding, "path">): readonly SipHeader[] =>
  path.length === 0 ? [] : [header("Route", path.join(", "))];

/**
 * Where the request goes. A path over UDP by numeric address names its first proxy itself; otherwise that proxy is whoever sent the
 * REGISTER: the topmost Path is that of our neighbour.
 */
export function flowTo({ flow, path: [first] }: Pick<Binding, "flow" | "path">): Flow {
  if (first === undefined || flow.transport !== "udp") return flow;
  const { scheme, host, port = DEFAULT_PORT, params } = parseUri(parseNameAddr("path", first).uri);
  const isPlainUdp = scheme === "sip" && (param(params, "transport") ?? "udp").toLowerCase() === "udp";
  return isPlainUdp && isAddress(host) ? { ...flow, remoteAddress: bareHost(host), remotePort: port } : flow;
}

/** By which wakes are one: all flows of an instance lead to the same terminal, so one NOTIFY serves all (RFC 5626 3.1). */
export const terminalKey = (binding: Binding): string =>
  `${binding.addressOfRecord} ${binding.regId > 0 ? binding.instanceId : bindingIdentity(binding)}`;
