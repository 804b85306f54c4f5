/**
 * sipp as a peer: runs a scenario of test/interop/sipp.
 * Layer: test support.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const SCENARIOS = new URL("../interop/sipp/", import.meta.url);

export interface Sipp {
  /** Resolves when the scenario was played; rejects with what sipp complains of if it went otherwise. */
  readonly played: Promise<void>;
  stop(): Promise<void>;
}

export interface SippOptions {
  readonly scenario: string;
  readonly localPort: number;
  readonly user: string;
  readonly password: string;
  /** Absent: it waits for a request. */
  readonly remotePort?: number;
  /** Milliseconds for each message that the scenario waits for. */
  readonly messageTimeoutMs?: number;
}

export function startSipp({ scenario, localPort, user, password, remotePort, messageTimeoutMs = 8_000 }: SippOptions): Sipp {
  const file = fileURLToPath(new URL(`${scenario}.xml`, SCENARIOS));
  const where = remotePort === undefined ? [] : [`127.0.0.1:${remotePort}`];
  const identity = ["-s", user, "-au", user, "-ap", password];
  const options = ["-sf", file, "-i", "127.0.0.1", "-p", String(localPort), "-m", "1", "-nostdin", "-buff_size", "65536"];
  const child = spawn("sipp", [...options, "-recv_timeout", String(messageTimeoutMs), ...identity, ...where], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { played: outcomeOf(child), stop: () => stop(child) };
}

async function outcomeOf(child: ChildProcess): Promise<void> {
  const output: Buffer[] = [];
  child.stdout?.resume();
  child.stderr?.on("data", (chunk: Buffer) => output.push(chunk));
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  if (code !== 0 && signal === null) throw new Error(`sipp ended with ${code}: ${Buffer.concat(output).toString("latin1").slice(-2_000)}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
