/**
 * Programs of others and our own, as children of a test: what they said is kept for the failure message, and they end by their own process id.
 * Layer: test support.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export interface Program {
  /** All that it wrote so far, both streams. */
  said(): string;
  /** What fits, as soon as it was said. @throws with what was said, when the program ends before, or the time is over. */
  untilSaid(pattern: RegExp, withinMs: number): Promise<RegExpExecArray>;
  /** @param signal Default: SIGKILL, which nobody survives. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** @param env Added to the test's own. Its standard input stays open and empty until it is stopped. */
export function startProgram(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const child = spawn(command, [...args], { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
  const output: string[] = [];
  let onOutput = (): void => undefined;
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output.push(chunk.toString("utf8"));
      onOutput();
    });
  child.stdin.on("error", () => undefined);
  const said = (): string => output.join("");
  const untilSaid: Program["untilSaid"] = (pattern, withinMs) =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        onOutput = () => undefined;
        settle();
      };
      const timer = setTimeout(() => end(() => reject(new Error(`${command} has not said ${pattern} in time: ${said()}`))), withinMs);
      child.once("exit", () => end(() => reject(new Error(`${command} has ended: ${said()}`))));
      onOutput = () => {
        const found = pattern.exec(said());
        if (found !== null) end(() => resolve(found));
      };
      onOutput();
    });
  return { said, untilSaid, stop: (signal = "SIGKILL") => stop(child, signal) };
}

/** At once, if killed: what it would still say to the registrar is nobody's business any more. */
async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}
