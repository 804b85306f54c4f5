/**
 * Settings on which it depends whether the device can still be reached: they go in a call of their own, before all others.
 * Spec: DESIGN 4; TR-098 and TR-181 (ManagementServer, WAN side). Layer: planning, pure.
 */

/** Below the root object. */
const REACHABILITY = [
  /^ManagementServer\.(?:URL|Username|Password|EnableCWMP|PeriodicInform\w*|ConnectionRequest\w*|UDPConnectionRequest\w*|STUN\w*|ConnReq\w*)$/,
  // TR-098: all of the WAN side; TR-181: the stack below IP, and who gives addresses.
  /^(?:WANDevice|Layer3Forwarding|Routing|IP\.Interface|PPP|DSL|ATM|PTM|Optical|Cellular|DHCPv[46]\.Client|Ethernet\.(?:Interface|Link|VLANTermination))\./,
];

export function isReachabilitySetting(name: string): boolean {
  const belowRoot = name.slice(name.indexOf(".") + 1);
  return REACHABILITY.some((pattern) => pattern.test(belowRoot));
}
