/**
 * Which registration of several is the device's. To wake a neighbour's telephone is worse than to wake nobody.
 * Spec: DESIGN 4 ("Which SIP address wakes which device"); RFC 5626 6 (which of several flows). Layer: notify, pure.
 */
import type { Binding } from "../registrar/binding.js";

export type Choice =
  /** `others`: further flows of the same instance, to be tried in this order when nobody answers on the first. */
  | { readonly binding: Binding; readonly others: readonly Binding[] }
  | { readonly none: "not-registered" | "ambiguous"; readonly detail: string };

/**
 * One terminal may have left an older binding behind, when it came back with another port; then the newest is the live one.
 * One whose connection is closed is taken only if there is no other; that another terminal is alive never makes it the device.
 * @param candidates Valid bindings, oldest first.
 * @param isOpen Whether something can be sent to the binding now.
 */
export function chooseBinding(candidates: readonly Binding[], isOpen: (binding: Binding) => boolean = () => true): Choice {
  const [first] = candidates;
  if (first === undefined) return { none: "not-registered", detail: "no valid registration" };
  const [newest = first, ...others] = liveFirst(candidates, isOpen);
  if (!candidates.every((other) => isSameTerminal(other, newest)))
    return { none: "ambiguous", detail: `${candidates.length} registrations of different terminals` };
  // A binding without reg-id is replaced by its terminal's next one: an older one is a remnant.
  return { binding: newest, others: newest.regId === 0 ? [] : others.filter(({ regId }) => regId > 0) };
}

/** Those that can carry something first, the newest before older ones. */
function liveFirst(candidates: readonly Binding[], isOpen: (binding: Binding) => boolean): readonly Binding[] {
  const newestFirst = candidates.toReversed().toSorted((a, b) => b.lastSeenAtMs - a.lastSeenAtMs);
  return [...newestFirst.filter(isOpen), ...newestFirst.filter((binding) => !isOpen(binding))];
}

/**
 * By instance id: a gateway registers each of its lines with the same one, and any of them reaches it.
 * Without one on either side, by address and software together: a terminal that lost its port, not its place.
 */
function isSameTerminal(a: Binding, b: Binding): boolean {
  if (a.instanceId !== "" || b.instanceId !== "") return a.instanceId === b.instanceId;
  return a.addressOfRecord === b.addressOfRecord && a.userAgent === b.userAgent && a.flow.remoteAddress === b.flow.remoteAddress;
}
