/**
 * One ICMP echo by the system's ping: sockets that send ICMP need rights that this program neither has nor wants.
 * The only file that starts another program; never through a shell.
 * Spec: RFC 792, RFC 4443 4. Layer: device-sim.
 */
import { type ExecFileException, execFile } from "node:child_process";
import { isIP } from "node:net";

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

/** What ping prints beside its answer; more is cut off with the program's life. */
const OUTPUT_BYTES_MAX = 65_536;
/** Whole or fractional milliseconds, as iputils, BusyBox and the BSDs print them. */
const ROUND_TRIP = /\btime[=<](\d+(?:\.\d+)?) ?ms/;
const NO_RIGHTS = /not permitted|permission denied|lacking privilege/i;

/** @throws {RangeError} `address` is no numeric address: our bug. Anything else is a result. */
export function sendEcho({ address, timeoutMs, signal, program = "ping" }: EchoOptions): Promise<EchoResult> {
  if (isIP(address) === 0) throw new RangeError("an echo goes to a numeric address");
  const limits = {
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: OUTPUT_BYTES_MAX,
    ...(signal === undefined ? {} : { signal }),
  } as const;
  return new Promise((resolve) => {
    execFile(program, ["-n", "-c", "1", address], limits, (error, stdout, stderr) => {
      resolve(error === null ? readAnswer(stdout) : readFailure(error, stderr));
    });
  });
}

function readAnswer(output: string): EchoResult {
  return { kind: "answered", roundTripMs: Number(ROUND_TRIP.exec(output)?.[1] ?? 0) };
}

/** The program could not be started, or had no right to send; else it has heard nothing, or was ended. */
function readFailure({ errno, code }: ExecFileException, complaint: string): EchoResult {
  if (errno !== undefined) return { kind: "impossible", why: `ping can't be run: ${code}` };
  if (NO_RIGHTS.test(complaint)) return { kind: "impossible", why: "ping has no right to send" };
  return { kind: "unanswered" };
}
