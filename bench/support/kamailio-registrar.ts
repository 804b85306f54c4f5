/**
 * Kamailio as the rival registrar of bench/sip-notify.ts: its own processes, and the CPU time of all of them from /proc.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface KamailioRegistrar {
  readonly port: number;
  /** CPU microseconds of all its processes, in steps of 10 ms each. */
  cpuUs(): Promise<number>;
  stop(): Promise<void>;
}

/** Kernels tell CPU time in hundredths of a second, whatever they count in (USER_HZ). */
const TICK_US = 10_000;
const READY_MS = 1_500;

/** undefined: it is not installed. */
export async function startKamailioRegistrar(): Promise<KamailioRegistrar | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "reveille-bench-"));
  const port = 40_000 + (process.pid % 20_000);
  const config = fileURLToPath(new URL("./registrar.cfg", import.meta.url));
  const child = spawn("kamailio", ["-f", config, "-DD", "-E", "-m", "128", "-Y", folder, "-w", folder, "-A", `SIP_PORT=${port}`], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  const ended = new Promise<"ended">((resolve) => {
    child.once("error", () => resolve("ended"));
    child.once("exit", () => resolve("ended"));
  });
  const outcome = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, READY_MS))]);
  if (outcome === "ended" || child.pid === undefined) {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  const main = child.pid;
  return {
    port,
    cpuUs: () => cpuOf(main),
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Of the process and its children, which are all that Kamailio has. */
async function cpuOf(main: number): Promise<number> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, "latin1").catch(() => "")));
  let ticks = 0;
  for (const stat of stats) {
    // After the name in brackets: state, parent, …; user and system time are the 12th and 13th from there.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const isOurs = stat.startsWith(`${main} `) || Number(fields[1]) === main;
    if (isOurs) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * TICK_US;
}
