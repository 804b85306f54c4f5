/**
 * A host with a port behind it, where the standard has no parameter for the port.
 * Layer: device-sim, pure.
 */

export interface HostPort {
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

const BRACKETED = /^\[([0-9A-Fa-f:.]+)\](?::(\d{1,5}))?$/;
const NAMED = /^([^:[\]]*):(\d{1,5})$/;
const PORT_MAX = 65_535;

/** "192.0.2.1:53", "[::1]:53", "dns.example"; what has another form is taken for a host as a whole. */
export function readHostPort(text: string): HostPort {
  const [, host = text, port] = BRACKETED.exec(text) ?? NAMED.exec(text) ?? [];
  const number = port === undefined ? undefined : Number(port);
  return number === 0 || (number ?? 0) > PORT_MAX ? { host: text, port: undefined } : { host, port: number };
}
