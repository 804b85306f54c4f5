/**
 * The IP ping test: what asking for it, changing its arguments and its end do to the device.
 * Spec: TR-098 (IPPingDiagnostics), TR-181 (IP.Diagnostics.IPPing), TR-106 (DiagnosticsState). Layer: device, pure.
 */
import { type Device, raiseEvent, setting, showStatus } from "./device.js";
import type { ModelIndex } from "./model-index.js";
import { currentValue, type ParameterTree, pingState } from "./parameter-tree.js";

/** Full path of the test's object. */
const pingObject = ({ root, places }: ModelIndex): string => root + places.ping;

/** This device may not send ICMP, so that no test of it ever succeeds, unless a behaviour says so. */
export type PingFailure = "Error_CannotResolveHostName" | "Error_Other";

/** Whether these parameters belong to the test. @param names Full names that the ACS has just set. */
export function concernsPing({ index }: ParameterTree, names: readonly string[]): boolean {
  return names.some((name) => name.startsWith(pingObject(index)));
}

export const isPingRequested = (tree: ParameterTree): boolean => currentValue(tree, pingState(tree.index)) === "Requested";

/** A new argument makes the last test, or the one that runs, void: its state is "None" again, unless the same call asks for another. */
export function withoutStaleTest(tree: ParameterTree, names: readonly string[]): ParameterTree {
  const state = pingState(tree.index);
  if (!concernsPing(tree, names) || names.includes(state)) return tree;
  const volatile = new Map([...tree.volatile].filter(([name]) => !name.startsWith(pingObject(tree.index))));
  return { ...tree, volatile };
}

/** What a behaviour lets a device say that has sent nothing: each repetition answered after so many ms. */
const MADE_UP_MS = "12";

export function pingSaidToSucceed(device: Device, state: "Complete" | "Completed"): Device {
  const { ping } = device.tree.index.places;
  const times = { AverageResponseTime: MADE_UP_MS, MinimumResponseTime: MADE_UP_MS, MaximumResponseTime: MADE_UP_MS };
  const results = { SuccessCount: setting(device, `${ping}NumberOfRepetitions`), FailureCount: "0", ...times, DiagnosticsState: state };
  const told = Object.fromEntries(Object.entries(results).map(([leaf, text]) => [ping + leaf, text]));
  return raiseEvent(showStatus(device, told), "8 DIAGNOSTICS COMPLETE");
}

/** "8 DIAGNOSTICS COMPLETE" is due after an error, too. */
export function pingFailed(device: Device, state: PingFailure): Device {
  return raiseEvent(showStatus(device, { [`${device.tree.index.places.ping}DiagnosticsState`]: state }), "8 DIAGNOSTICS COMPLETE");
}
