/**
 * A server in a process of its own, started from a bench module, that tells its CPU seconds (all threads) when asked.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface ServerProcess<Ready> {
  readonly ready: Ready;
  /** CPU microseconds of all threads since the process began, and what else the server tells. */
  measure(): Promise<{ readonly cpuUs: number; readonly extra: Readonly<Record<string, number>> }>;
  stop(): Promise<void>;
}

export async function startServer<Ready>(moduleUrl: string, args: readonly string[]): Promise<ServerProcess<Ready>> {
  const child: ChildProcess = fork(fileURLToPath(moduleUrl), args, {
    execArgv: [...(process.env["BENCH_EXEC_ARGV"]?.split(" ") ?? []), "--import", "tsx"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [ready] = (await once(child, "message")) as [Ready];
  return {
    ready,
    measure: async () => {
      child.send("measure");
      const [measured] = (await once(child, "message")) as [{ cpuUs: number; extra: Record<string, number> }];
      return measured;
    },
    stop: async () => {
      child.send("stop");
      await once(child, "exit");
    },
  };
}

/** The server's side. @param extra Told with each measurement. */
export function serveMeasurements(ready: unknown, extra: () => Readonly<Record<string, number>>, stop: () => Promise<void>): void {
  process.on("message", (message) => {
    if (message === "measure") {
      const { user, system } = process.cpuUsage();
      process.send?.({ cpuUs: user + system, extra: extra() });
    }
    if (message === "stop") stop().then(() => process.disconnect());
  });
  // Whoever started it is gone, or has stopped it.
  process.once("disconnect", () => process.exit());
  process.send?.(ready);
}
