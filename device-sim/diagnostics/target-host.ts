/**
 * The host of a test, from its name to the address that is tested. What is not a name is never handed on.
 * Spec: TR-181 (Host, ProtocolVersion, IPAddressUsed), RFC 1123 2.1 (names). Layer: device-sim.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { localAddressTowards } from "../phone/resolve-host.js";
import { TestFailure } from "./test-runner.js";

/** Letters, digits, hyphens and underscores between dots; none begins or ends with a hyphen. */
const HOST_NAME = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?$/;
const NAME_CHARACTERS_MAX = 253;
const CANNOT_RESOLVE = "Error_CannotResolveHostName";

/** ProtocolVersion; TR-098 has none. */
const FAMILIES: Readonly<Record<string, 4 | 6>> = { IPv4: 4, IPv6: 6 };

export const isHostName = (text: string): boolean => text.length <= NAME_CHARACTERS_MAX && HOST_NAME.test(text);

/** IPAddressUsed: the device's own address on the way to `address`; "" if there is no way. */
export const addressUsed = (address: string): Promise<string> => localAddressTowards(address).catch(() => "");

/**
 * @param protocolVersion "IPv4" or "IPv6"; anything else: either.
 * @returns A numeric address.
 * @throws {TestFailure} Error_CannotResolveHostName.
 */
export async function targetAddress(host: string, protocolVersion: string): Promise<string> {
  const family = FAMILIES[protocolVersion] ?? 0;
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const numeric = isIP(bare);
  if (numeric !== 0) {
    if (family !== 0 && family !== numeric) throw new TestFailure(CANNOT_RESOLVE, `${bare} is no ${protocolVersion} address`);
    return bare;
  }
  if (host === "") throw new TestFailure(CANNOT_RESOLVE, "no host is given");
  if (!isHostName(host)) throw new TestFailure(CANNOT_RESOLVE, `${JSON.stringify(host)} is no host name`);
  try {
    return (await lookup(host, { family })).address;
  } catch (error) {
    throw new TestFailure(CANNOT_RESOLVE, `${host} can't be resolved`, { cause: error });
  }
}
