/**
 * Sends UDP echo packets and hears their answers.
 * Spec: TR-143 A.1, RFC 862. Layer: device-sim.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type EchoPlusAnswer, readEchoAnswer, readTestGenSn, writeEchoRequest } from "./echo-plus.js";
import type { Stopwatch } from "./stopwatch.js";
import { TestFailure } from "./test-runner.js";

export interface EchoOrder {
  /** Numeric. */
  readonly address: string;
  readonly port: number;
  readonly repetitions: number;
  /** From a packet to its answer. */
  readonly timeoutMs: number;
  /** From a packet to the next; absent: until its answer is here, or late. */
  readonly pauseMs?: number;
  readonly dataBytes: number;
  readonly watch: Stopwatch;
  readonly stop: AbortSignal;
}

/** Microseconds of the stopwatch. */
export interface EchoPacket {
  /** From 1. */
  readonly testGenSn: number;
  readonly sentUs: number;
  /** undefined: no answer, or a late one. */
  readonly receivedUs: number | undefined;
  readonly answer: EchoPlusAnswer | undefined;
}

/** @returns All packets that were sent. @throws {TestFailure} Error_Other: they can't be sent. */
export async function exchangeEchoes(order: EchoOrder): Promise<readonly EchoPacket[]> {
  const socket = createSocket(isIPv6(order.address) ? "udp6" : "udp4");
  socket.on("error", () => {}); // what matters of it is heard below
  try {
    socket.connect(order.port, order.address);
    await once(socket, "connect");
    return await new Exchange(socket, order).run();
  } catch (error) {
    if (order.stop.aborted) return [];
    throw new TestFailure("Error_Other", error instanceof Error ? error.message : "it can't be sent", { cause: error });
  } finally {
    socket.close();
  }
}

class Exchange {
  readonly #socket: Socket;
  readonly #order: EchoOrder;
  readonly #packets = new Map<number, EchoPacket>();
  /** For whoever waits for an answer. */
  #onAnswer: () => void = () => {};
  /** The host has said that nobody is there: nothing will come. */
  #isRefused = false;

  constructor(socket: Socket, order: EchoOrder) {
    this.#socket = socket;
    this.#order = order;
    socket.on("message", (payload) => this.#hear(payload));
    socket.on("error", () => {
      this.#isRefused = true;
      this.#onAnswer();
    });
  }

  async run(): Promise<readonly EchoPacket[]> {
    const { repetitions, pauseMs, timeoutMs, stop } = this.#order;
    for (let testGenSn = 1; testGenSn <= repetitions; testGenSn++) {
      await this.#send(testGenSn);
      const isLast = testGenSn === repetitions;
      if (pauseMs === undefined) await this.#wait(timeoutMs, () => this.#isRefused || this.#isAnswered(testGenSn));
      else if (!isLast) await pause(pauseMs, undefined, { signal: stop });
    }
    if (pauseMs !== undefined) await this.#wait(timeoutMs, () => [...this.#packets.keys()].every((number) => this.#isAnswered(number)));
    return [...this.#packets.values()];
  }

  #isAnswered(testGenSn: number): boolean {
    return this.#packets.get(testGenSn)?.receivedUs !== undefined;
  }

  async #send(testGenSn: number): Promise<void> {
    const payload = writeEchoRequest(testGenSn, this.#order.dataBytes);
    this.#isRefused = false;
    this.#packets.set(testGenSn, { testGenSn, sentUs: this.#order.watch.us(), receivedUs: undefined, answer: undefined });
    await new Promise<void>((resolve, reject) => {
      // A packet that an earlier refusal takes along is one without an answer.
      this.#socket.send(payload, (error) => (error === null || isRefusal(error) ? resolve() : reject(error)));
    });
  }

  #hear(payload: Uint8Array): void {
    const receivedUs = this.#order.watch.us();
    const told = readTestGenSn(payload, this.#order.dataBytes);
    const packet = told === undefined ? undefined : this.#waitingFor(told);
    if (packet === undefined || receivedUs - packet.sentUs > this.#order.timeoutMs * 1_000) return;
    this.#packets.set(packet.testGenSn, { ...packet, receivedUs, answer: readEchoAnswer(payload) });
    this.#onAnswer();
  }

  /** The first of that number, modulo what the payload has room for. */
  #waitingFor(told: number): EchoPacket | undefined {
    const modulus = 2 ** (8 * Math.min(this.#order.dataBytes, 4));
    return [...this.#packets.values()].find(({ testGenSn, receivedUs }) => receivedUs === undefined && testGenSn % modulus === told);
  }

  /** Until it is so, or for so long. */
  async #wait(ms: number, isSo: () => boolean): Promise<void> {
    const done = new AbortController();
    const look = (): void => {
      if (isSo()) done.abort();
    };
    this.#onAnswer = look;
    look();
    const ends = AbortSignal.any([done.signal, this.#order.stop]);
    await pause(ms, undefined, { signal: ends }).catch(() => undefined);
    this.#order.stop.throwIfAborted();
  }
}

const isRefusal = (error: Error): boolean => "code" in error && error.code === "ECONNREFUSED";
