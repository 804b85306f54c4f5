/**
 * The IP ping test: what asking for it, changing its arguments and its end do to the device.
 * Spec: TR-098 (IPPingDiagnostics), TR-106 (DiagnosticsState). Layer: device, pure.
 */
import { type Device, raiseEvent, showStatus } from "./device.js";
import { currentValue, type ParameterTree, PING_STATE } from "./parameter-tree.js";

const PING = "IPPingDiagnostics.";
/** This device may not send ICMP, so that no test of it ever succeeds. */
export type PingFailure = "Error_CannotResolveHostName" | "Error_Other";

/** Whether these parameters belong to the test. @param names Full names that the ACS has just set. */
export function concernsPing({ index }: ParameterTree, names: readonly string[]): boolean {
  return names.some((name) => name.startsWith(index.root + PING));
}

export const isPingRequested = (tree: ParameterTree): boolean => currentValue(tree, tree.index.root + PING_STATE) === "Requested";

/** A new argument makes the last test, or the one that runs, void: its state is "None" again, unless the same call asks for another. */
export function withoutStaleTest(tree: ParameterTree, names: readonly string[]): ParameterTree {
  const state = tree.index.root + PING_STATE;
  if (!concernsPing(tree, names) || names.includes(state)) return tree;
  const volatile = new Map([...tree.volatile].filter(([name]) => !name.startsWith(tree.index.root + PING)));
  return { ...tree, volatile };
}

/** "8 DIAGNOSTICS COMPLETE" is due after an error, too. */
export function pingFailed(device: Device, state: PingFailure): Device {
  return raiseEvent(showStatus(device, { [PING_STATE]: state }), "8 DIAGNOSTICS COMPLETE");
}
