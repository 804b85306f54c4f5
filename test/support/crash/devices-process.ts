/**
 * The process of the gateways as a crash test holds it: commands, their sessions, and the effects they wrote down.
 * Layer: test support.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { LoggedEffect } from "../../../device-sim/effects-log.js";
import type { TemporaryFolder } from "../temporary-folder.js";
import type { FromDevices, GatewayIdentity, NewGateway, ToDevices } from "./messages.js";

const SESSION_WAIT_MS = 15_000;

type Command = ToDevices extends infer C ? (C extends { readonly id: number } ? Omit<C, "id"> : never) : never;

interface Talk {
  isRunning: boolean;
  /** Sessions that ended well. */
  well: number;
}

export class DevicesProcess {
  readonly #child: ChildProcess;
  readonly #folder: TemporaryFolder;
  readonly #answers = new Map<number, (identity: GatewayIdentity | undefined) => void>();
  readonly #talks = new Map<number, Talk>();
  readonly #waiting = new Set<() => void>();
  #commands = 0;
  #numbers = 0;
  /** Of the file server; a path that ends in a version is the firmware of that version. */
  #filesUrl = "";

  private constructor(child: ChildProcess, folder: TemporaryFolder) {
    this.#child = child;
    this.#folder = folder;
    child.on("message", (message: FromDevices) => this.#hear(message));
  }

  static async start(script: string, folder: TemporaryFolder): Promise<DevicesProcess> {
    const child = fork(script, [], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const devices = new DevicesProcess(child, folder);
    await once(child, "message");
    return devices;
  }

  get filesUrl(): string {
    return this.#filesUrl;
  }

  /** A gateway that is switched off. */
  async add(gateway: Omit<NewGateway, "number" | "effectsFile">): Promise<{ readonly number: number; readonly identity: GatewayIdentity }> {
    const number = this.#numbers++;
    this.#talks.set(number, { isRunning: false, well: 0 });
    const identity = await this.#command({ kind: "add", gateway: { ...gateway, number, effectsFile: this.#effectsFile(number) } });
    if (identity === undefined) throw new Error("the gateway has no identity");
    return { number, identity };
  }

  async powerOn(number: number): Promise<void> {
    await this.#command({ kind: "power-on", number });
  }

  async powerOff(number: number): Promise<void> {
    await this.#command({ kind: "power-off", number });
  }

  async callIn(number: number): Promise<void> {
    await this.#command({ kind: "call-in", number });
  }

  /** Fulfilled when no session of the gateway runs. */
  untilQuiet(number: number): Promise<void> {
    return this.#until(`gateway ${number} is quiet`, () => this.#talks.get(number)?.isRunning === false);
  }

  /** Calls in once more, and is fulfilled when a session that began after that has ended well. */
  async wholeSession(number: number): Promise<void> {
    await this.untilQuiet(number);
    const before = this.#talks.get(number)?.well ?? 0;
    await this.callIn(number);
    await this.#until(`gateway ${number} has had another session`, () => (this.#talks.get(number)?.well ?? 0) > before);
  }

  /** What really happened in the gateway, in order. */
  async effects(number: number): Promise<readonly LoggedEffect[]> {
    const text = await readFile(this.#effectsFile(number), "utf8");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as LoggedEffect);
  }

  async close(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    await ended;
  }

  #effectsFile(number: number): string {
    return this.#folder.file(`effects-${number}.jsonl`);
  }

  #command(command: Command): Promise<GatewayIdentity | undefined> {
    const id = this.#commands++;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#child.send({ ...command, id }, () => {}); // one that is closed answers nothing
    });
  }

  #hear(message: FromDevices): void {
    switch (message.kind) {
      case "ready":
        this.#filesUrl = message.filesUrl;
        return;
      case "ok":
        this.#answers.get(message.id)?.(message.identity);
        this.#answers.delete(message.id);
        return;
      case "session-began":
      case "session-over": {
        const talk = this.#talks.get(message.number);
        if (talk === undefined) return;
        talk.isRunning = message.kind === "session-began";
        if (message.kind === "session-over" && message.isWell) talk.well++;
        for (const look of [...this.#waiting]) look();
      }
    }
  }

  #until(what: string, isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`waited ${SESSION_WAIT_MS} ms until ${what}`));
      }, SESSION_WAIT_MS);
      const look = (): void => {
        if (!isSo()) return;
        end();
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}
