/**
 * An ACS in a process of its own, started again whenever it was killed, on the same ports and the same store.
 * Layer: test support.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { ApiClient } from "../../../demo/api-client.js";
import type { FromAcs, Kill, ToAcs } from "./messages.js";

/** Below what the system gives to outgoing connections, so that nobody takes a port while its owner is dead. */
const PORTS = { from: 20_000, to: 32_000 };
/** A dead process is known to be dead by then. */
const STALE_CONNECTION_MS = 200;
const START_TIMEOUT_MS = 15_000;
const STDERR_CHARACTERS_MAX = 4_000;

export class SupervisedAcs {
  readonly cwmpUrl: string;
  readonly #apiUrl: string;
  readonly #script: string;
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #ready: Promise<void> = Promise.resolve();
  #token = "";
  #kills = 0;
  #isClosing = false;
  /** Called when it is there again after a kill. */
  onRestarted: () => void = () => {};

  private constructor(script: string, dataDir: string, [cwmp = 0, api = 0, files = 0]: readonly number[]) {
    this.#script = script;
    this.cwmpUrl = `http://127.0.0.1:${cwmp}/`;
    this.#apiUrl = `http://127.0.0.1:${api}`;
    this.#env = {
      PATH: process.env["PATH"] ?? "",
      ACS_DATA_DIR: dataDir,
      ACS_CWMP_HOST: "127.0.0.1",
      ACS_CWMP_PORT: String(cwmp),
      ACS_API_PORT: String(api),
      ACS_FILES_HOST: "127.0.0.1",
      ACS_FILES_PORT: String(files),
      ACS_PERIODIC_INFORM_INTERVAL_S: "604800", // devices call when the test wants it
      LOG_LEVEL: "silent",
    };
  }

  static async start(script: string, dataDir: string): Promise<SupervisedAcs> {
    const acs = new SupervisedAcs(script, dataDir, [await freePort(), await freePort(), await freePort()]);
    acs.#start();
    await acs.ready();
    return acs;
  }

  /** How often it was killed so far. */
  get kills(): number {
    return this.#kills;
  }

  /** Fulfilled when the process that runs now, or is being started, can be spoken to. Rejects when it ended by itself. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Fulfilled when it is there again after more than so many kills. A connection's end may be heard before the process's. */
  async restarted(kills: number): Promise<void> {
    while (this.#kills === kills) {
      const child = this.#child;
      if (child === undefined) return;
      await Promise.race([once(child, "exit"), delay(STALE_CONNECTION_MS)]);
      if (child.exitCode === null && child.signalCode === null) break; // not dead: an idle connection had been closed
    }
    await this.#ready;
  }

  /** @throws with the problem's detail when the answer is no success; a TypeError when the ACS died meanwhile. */
  call(method: string, path: string, body?: unknown): Promise<unknown> {
    return new ApiClient(this.#apiUrl, this.#token).call(method, path, body);
  }

  /** From now on commits are counted, and the one named is its last. */
  async arm(kill: Kill): Promise<void> {
    const message: ToAcs = { kind: "arm", kill };
    const armed = this.#hears("armed");
    this.#child?.send(message);
    await armed;
  }

  /** Whatever it does at this moment. Fulfilled when it is dead. */
  async killNow(): Promise<void> {
    await this.#ready;
    const child = this.#child;
    if (child === undefined) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.killNow();
  }

  #start(): void {
    const child = fork(this.#script, [], { execArgv: [], env: this.#env, stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#child = child;
    let complaints = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      complaints = (complaints + chunk.toString()).slice(-STDERR_CHARACTERS_MAX);
    });
    this.#ready = Promise.race([this.#hears("ready"), endedByItself(child, () => complaints)]).then((message) => {
      if (message.kind === "ready") this.#token = message.token ?? this.#token;
    });
    this.#ready.catch(() => {}); // whoever waits for it hears it
    child.once("exit", (_code, signal) => {
      if (this.#isClosing || signal !== "SIGKILL") return;
      this.#kills++;
      this.#start();
      this.#ready.then(
        () => this.onRestarted(),
        () => {},
      );
    });
  }

  async #hears<K extends FromAcs["kind"]>(kind: K): Promise<Extract<FromAcs, { kind: K }>> {
    const child = this.#child;
    if (child === undefined) throw new Error("the ACS was not started");
    for (;;) {
      const [message] = (await once(child, "message", { signal: AbortSignal.timeout(START_TIMEOUT_MS) })) as [FromAcs];
      if (message.kind === kind) return message as Extract<FromAcs, { kind: K }>;
    }
  }
}

async function endedByItself(child: ChildProcess, complaints: () => string): Promise<never> {
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  throw new Error(`the ACS ended by itself with ${code ?? signal}: ${complaints()}`);
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
