/**
 * An ACS in a process of its own, started again whenever it was killed, on the same ports and the same store.
 * Layer: test support.
 */
import { type ChildProcess, fork } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { ApiClient } from "../../../demo/api-client.js";
import type { FromAcs, Kill, ToAcs } from "./messages.js";

/** Below what the system gives to outgoing connections, so that nobody takes a port while its owner is dead. */
const PORTS = { from: 20_000, to: 32_000 };
/** By then the end of a process is heard whose connections have broken. */
const DEATH_HEARD_MS = 500;
const START_TIMEOUT_MS = 15_000;
const STDERR_CHARACTERS_MAX = 4_000;

export class SupervisedAcs {
  readonly cwmpUrl: string;
  readonly #apiUrl: string;
  readonly #script: string;
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #ready: Promise<void> = Promise.resolve();
  #onArmed: () => void = () => {};
  #later: Kill[] = [];
  #token = "";
  #kills = 0;
  #isClosing = false;
  /** Called when it is there again after a kill. */
  onRestarted: () => void = () => {};

  private constructor(
    script: string,
    dataDir: string,
    [cwmp = 0, api = 0, files = 0]: readonly number[],
    more: Readonly<Record<string, string>>,
  ) {
    this.#script = script;
    this.cwmpUrl = `http://127.0.0.1:${cwmp}/`;
    this.#apiUrl = `http://127.0.0.1:${api}`;
    this.#env = {
      PATH: process.env["PATH"] ?? "",
      ACS_DATA_DIR: dataDir,
      ACS_HTTP_CONNECTION_REQUESTS: "false",
      ACS_CWMP_HOST: "127.0.0.1",
      ACS_CWMP_PORT: String(cwmp),
      ACS_API_PORT: String(api),
      ACS_FILES_HOST: "127.0.0.1",
      ACS_FILES_PORT: String(files),
      ACS_PERIODIC_INFORM_INTERVAL_S: "604800", // devices call when the test wants it
      LOG_LEVEL: "silent",
      ...more,
    };
  }

  /** @param env Settings that differ. */
  static async start(script: string, dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<SupervisedAcs> {
    const acs = new SupervisedAcs(script, dataDir, [await freePort(), await freePort(), await freePort()], env);
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

  /** A connection has broken: fulfilled when the process behind it is known to be dead, and another one there. */
  async recovered(): Promise<void> {
    if (this.#isClosing) throw new Error("the ACS was closed");
    await Promise.race([this.#exited, delay(DEATH_HEARD_MS)]);
    await this.#ready;
  }

  /** @throws with the problem's detail when the answer is no success; a TypeError when the ACS died meanwhile. */
  call(method: string, path: string, body?: unknown): Promise<unknown> {
    return new ApiClient(this.#apiUrl, this.#token).call(method, path, body);
  }

  /**
   * From now on commits are counted, and the first one named is its last. The process after it counts from its own start, and dies
   * by the second, and so on. `[]`: it may live.
   */
  async arm([first, ...others]: readonly Kill[]): Promise<void> {
    const message: ToAcs = { kind: "arm", kill: first };
    do {
      this.#later = [...others];
      await this.#ready;
    } while (!(await this.#isArmed(message))); // it died by an older kill just now
  }

  /** false: it died, and has not heard it. */
  #isArmed(message: ToAcs): Promise<boolean> {
    const child = this.#child;
    return new Promise((resolve) => {
      const died = (): void => resolve(false);
      this.#onArmed = () => {
        child?.off("exit", died);
        resolve(true);
      };
      child?.once("exit", died);
      child?.send(message, () => {}); // one that is dead answers nothing
    });
  }

  /** Whatever it does at this moment. Fulfilled when it is dead. */
  async killNow(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#exited;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.killNow();
  }

  #start(): void {
    const next = this.#later.shift();
    const env = { ...this.#env, ...(next === undefined ? {} : { CRASH_TEST_KILL: JSON.stringify(next) }) };
    const child = fork(this.#script, [], { execArgv: [], env, stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#child = child;
    let complaints = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      complaints = (complaints + chunk.toString()).slice(-STDERR_CHARACTERS_MAX);
    });
    const ready = withResolvers();
    const exited = withResolvers();
    this.#ready = ready.promise;
    this.#exited = exited.promise;
    const timer = setTimeout(() => ready.reject(new Error(`the ACS does not start: ${complaints}`)), START_TIMEOUT_MS);
    child.on("message", (message: FromAcs) => {
      if (message.kind === "armed") return this.#onArmed();
      this.#token = message.token ?? this.#token;
      clearTimeout(timer);
      ready.resolve();
    });
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      const isKilled = signal === "SIGKILL" && !this.#isClosing;
      if (isKilled)
        ready.resolve(this.#startAgain()); // for those who wait for one that died while it started
      else ready.reject(new Error(`the ACS ended with ${code ?? signal}: ${complaints}`));
      exited.resolve();
    });
  }

  #startAgain(): Promise<void> {
    this.#kills++;
    this.#start();
    const ready = this.#ready;
    ready.then(
      () => this.#ready === ready && this.onRestarted(),
      () => {},
    );
    return ready;
  }
}

/** The promise's rejection is heard by those who wait for it, if anybody does. */
function withResolvers() {
  let resolve: (value?: Promise<void>) => void = () => {};
  let reject: (why: Error) => void = () => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = (value) => onResolve(value);
    reject = onReject;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
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
