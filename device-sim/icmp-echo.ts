/**
 * One ICMP echo by the system's ping: sockets that send ICMP need rights that this program neither has nor wants.
 * Spec: RFC 792, RFC 4443 4. Layer: device-sim.
 */
import { isIP } from "node:net";
import { runTool, ToolMissing, type ToolOutput } from "./diagnostics/run-tool.js";

export type EchoResult =
  | { readonly kind: "answered"; readonly roundTripMs: number }
  | { readonly kind: "unanswered" }
  /** None was sent: it says nothing about the network. */
  | { readonly kind: "impossible"; readonly why: string };

export interface EchoOptions {
  /** Numeric, IPv6 without brackets. */
  readonly address: string;
  readonly timeoutMs: number;
  /** Ends it at once; it is then "unanswered". */
  readonly signal?: AbortSignal;
  /** Name or path of the program. Default "ping", looked for in PATH. */
  readonly program?: string;
}

/** Whole or fractional milliseconds, as iputils, BusyBox and the BSDs print them. */
const ROUND_TRIP = /\btime[=<](\d+(?:\.\d+)?) ?ms/;
const NO_RIGHTS = /not permitted|permission denied|lacking privilege/i;

/** @throws {RangeError} `address` is no numeric address: our bug. Anything else is a result. */
export function sendEcho({ address, timeoutMs, signal, program = "ping" }: EchoOptions): Promise<EchoResult> {
  if (isIP(address) === 0) throw new RangeError("an echo goes to a numeric address");
  const stop = signal ?? new AbortController().signal;
  return runTool({ program, args: ["-n", "-c", "1", address], endsAfterMs: timeoutMs, stop }).then(readResult, (error: unknown) => {
    if (error instanceof ToolMissing) return { kind: "impossible", why: `ping can't be run: ${error.code}` };
    throw error;
  });
}

/** It had no right to send; else it has heard nothing, or was ended. */
function readResult({ exitCode, stdout, stderr }: ToolOutput): EchoResult {
  if (exitCode === 0) return { kind: "answered", roundTripMs: Number(ROUND_TRIP.exec(stdout)?.[1] ?? 0) };
  return NO_RIGHTS.test(stderr) ? { kind: "impossible", why: "ping has no right to send" } : { kind: "unanswered" };
}
