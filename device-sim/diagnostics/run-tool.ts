/**
 * Runs one of the system's programs for a test: never through a shell, with limits in time, output and number.
 * The only file that starts another program. Layer: device-sim.
 */
import { execFile } from "node:child_process";

export const TOOL_LIMITS = {
  /** In this process, for all its devices; others wait their turn. */
  processesMax: 16,
  outputCharactersMax: 1_048_576,
} as const;

/** Where programs are looked for, and the language that they are understood in. */
const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" } as const;

export interface ToolRun {
  /** Name or path. */
  readonly program: string;
  readonly args: readonly string[];
  /** After so long, from its start, it is killed, and what it has said until then stands. */
  readonly endsAfterMs: number;
  /** It is killed, or never started. */
  readonly stop: AbortSignal;
}

export interface ToolOutput {
  /** null: it was killed. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program can't be started here. */
export class ToolMissing extends Error {
  override readonly name = "ToolMissing";
  /** The system's: "ENOENT". */
  readonly code: string;

  constructor(program: string, code: string, options?: ErrorOptions) {
    super(`${program} can't be run here (${code})`, options);
    this.code = code;
  }
}

const NEVER_STARTED: ToolOutput = { exitCode: null, stdout: "", stderr: "" };

/** @throws {ToolMissing} */
export async function runTool(run: ToolRun): Promise<ToolOutput> {
  if (!(await hasTurn(run.stop))) return NEVER_STARTED;
  try {
    return await execute(run);
  } finally {
    passTurn();
  }
}

let running = 0;
const waiting = new Set<() => void>();

/** Resolves when there is room for one more; false: nobody wants it any more. */
function hasTurn(stop: AbortSignal): Promise<boolean> {
  if (stop.aborted) return Promise.resolve(false);
  if (running < TOOL_LIMITS.processesMax) {
    running++;
    return Promise.resolve(true);
  }
  return new Promise((resolve) => {
    const begin = (): void => {
      stop.removeEventListener("abort", leave);
      resolve(true);
    };
    const leave = (): void => {
      waiting.delete(begin);
      resolve(false);
    };
    waiting.add(begin);
    stop.addEventListener("abort", leave, { once: true });
  });
}

/** The place of the one that has ended goes to the one that waits longest. */
function passTurn(): void {
  const [next] = waiting;
  if (next === undefined) {
    running--;
    return;
  }
  waiting.delete(next);
  next();
}

function execute({ program, args, endsAfterMs, stop }: ToolRun): Promise<ToolOutput> {
  const limits = { timeout: Math.ceil(endsAfterMs), killSignal: "SIGKILL", maxBuffer: TOOL_LIMITS.outputCharactersMax } as const;
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...limits, env: ENVIRONMENT, signal: stop }, (error, stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, stdout, stderr });
      else if (error.errno !== undefined) reject(new ToolMissing(program, String(error.code), { cause: error }));
      else resolve({ exitCode: typeof error.code === "number" ? error.code : null, stdout, stderr });
    });
  });
}
