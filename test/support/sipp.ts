/**
 * sipp as a peer: runs a scenario of test/interop/sipp.
 * Layer: test support.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";

const SCENARIOS = new URL("../interop/sipp/", import.meta.url);

export interface Sipp {
  /** Resolves when the scenario was played; rejects with what sipp complains of if it went otherwise. */
  readonly played: Promise<void>;
  stop(): Promise<void>;
}

export interface SippOptions {
  /** Name in test/interop/sipp, or the path of a file. */
  readonly scenario: string;
  readonly localPort: number;
  readonly user: string;
  readonly password: string;
  /** Absent: it waits for a request. */
  readonly remotePort?: number;
  /** Milliseconds for each message that the scenario waits for. */
  readonly messageTimeoutMs?: number;
  /** How often the scenario is played, all but at once; default 1. */
  readonly calls?: number;
  /** Percent of the messages that sipp loses, of both directions. */
  readonly lostPercent?: number;
  /** Over one TCP connection in place of UDP. */
  readonly tcp?: boolean;
  /** Local address. Default 127.0.0.1. */
  readonly address?: string;
  /** A command that runs it, e.g. within a network namespace. */
  readonly within?: readonly string[];
  /** Scenario for requests that belong to no call of the first. */
  readonly outOfCall?: string;
}

export function startSipp(options: SippOptions): Sipp {
  const { scenario, localPort, user, password, remotePort, messageTimeoutMs = 15_000, calls = 1, lostPercent = 0 } = options;
  const { tcp = false, outOfCall, address = "127.0.0.1", within = [] } = options;
  const fileOf = (name: string): string => (isAbsolute(name) ? name : fileURLToPath(new URL(`${name}.xml`, SCENARIOS)));
  const scenarios = ["-sf", fileOf(scenario), ...(outOfCall === undefined ? [] : ["-oocsf", fileOf(outOfCall)])];
  const where = remotePort === undefined ? [] : [`127.0.0.1:${remotePort}`];
  const identity = ["-s", user, "-au", user, "-ap", password];
  const plan = ["-m", String(calls), "-r", String(calls), "-lost", String(lostPercent)];
  const network = ["-i", address, "-p", String(localPort), "-nostdin", "-buff_size", "65536"];
  const [command = "sipp", ...before] = [...within, "sipp"];
  const child = spawn(
    command,
    [
      ...before,
      ...scenarios,
      "-t",
      tcp ? "t1" : "u1",
      ...network,
      ...plan,
      "-recv_timeout",
      String(messageTimeoutMs),
      ...identity,
      ...where,
    ],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
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
