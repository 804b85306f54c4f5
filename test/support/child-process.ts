/**
 * Programs of others, as children of a test: what they said is kept for the failure message, and they end by their own process id.
 * Layer: test support.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export interface Program {
  /** All that it wrote so far, both streams. */
  said(): string;
  stop(): Promise<void>;
}

/** @param env Added to the test's own. Its standard input stays open and empty until it is stopped. */
export function startProgram(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const child = spawn(command, [...args], { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => output.push(chunk.toString("utf8")));
  child.stdin.on("error", () => undefined);
  return { said: () => output.join(""), stop: () => stop(child) };
}

/** At once: what it would still say to the registrar is nobody's business any more. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
