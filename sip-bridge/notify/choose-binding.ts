/**
 * Which registration of several is the device's. To wake a neighbour's telephone is worse than to wake nobody.
 * Spec: DESIGN 4 ("Which SIP address wakes which device"). Layer: notify, pure.
 */
import type { Binding } from "../registrar/binding.js";
import type { Flow } from "../sip/flow.js";

export type Choice = { readonly binding: Binding } | { readonly none: "not-registered" | "ambiguous"; readonly detail: string };

/**
 * One terminal may have left an older binding behind, when it came back with another port; then the newest is the live one.
 * One whose connection is closed is taken only if there is no other; that another terminal is alive never makes it the device.
 * @param candidates Valid bindings, oldest first.
 * @param isAlive Whether something can be sent on this flow now.
 */
export function chooseBinding(candidates: readonly Binding[], isAlive: (flow: Flow) => boolean = () => true): Choice {
  const [first] = candidates;
  if (first === undefined) return { none: "not-registered", detail: "no valid registration" };
  const alive = candidates.filter(({ flow }) => isAlive(flow));
  const newest = (alive.length > 0 ? alive : candidates).reduce((a, b) => (b.lastSeenAtMs >= a.lastSeenAtMs ? b : a));
  if (candidates.every((other) => isSameTerminal(other, newest))) return { binding: newest };
  return { none: "ambiguous", detail: `${candidates.length} registrations of different terminals` };
}

/**
 * By instance id: a gateway registers each of its lines with the same one, and any of them reaches it.
 * Without one on either side, by address and software together: a terminal that lost its port, not its place.
 */
function isSameTerminal(a: Binding, b: Binding): boolean {
  if (a.instanceId !== "" || b.instanceId !== "") return a.instanceId === b.instanceId;
  return a.addressOfRecord === b.addressOfRecord && a.userAgent === b.userAgent && a.flow.remoteAddress === b.flow.remoteAddress;
}
