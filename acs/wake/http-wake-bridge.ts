/**
 * The SIP bridge over HTTP: wakes go out as POST /wakes, wire events come in as one long answer of lines, resumed where it broke.
 * Contract: test/contracts/wake-bridge.contract.ts. The other end is sip-bridge/http/.
 * Layer: wake.
 */
import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { z } from "zod";
import type { Clock } from "../../common/clock.js";
import type { Secret } from "../../common/config.js";
import {
  BridgeUnreachable,
  type WakeAnswer,
  type WakeBridge,
  type WakeRequest,
  type WireEvent,
  wakeAnswer,
  wireEvent,
} from "../../schemas/wake-contract.js";
import { createPlaces } from "./places.js";

export const HTTP_WAKE_BRIDGE_LIMITS = {
  /** For an answer, and for the first line of the event stream. */
  requestTimeoutMs: 5_000,
  /** The bridge sends at least an empty line every 15 s. */
  silenceMsMax: 45_000,
  backOffMsMin: 250,
  backOffMsMax: 10_000,
  /** Of an answer, and of one line of the event stream. */
  characterMax: 65_536,
  /** Wakes that are being asked for. */
  connectionsMax: 32,
  /** Wakes that wait until one of these is answered, and for how long: thousands may come at once. */
  waitingMax: 100_000,
  turnWithinMs: 30_000,
} as const;

export interface HttpWakeBridgeOptions {
  /** Where the bridge's HTTP side listens, e.g. `http://127.0.0.1:7549`; a path is kept as a prefix. */
  readonly url: URL;
  readonly token: Secret;
  readonly clock: Clock;
  /** 0 to 1: spreads reconnections. */
  readonly random: () => number;
  /** What went wrong and was mended or skipped, for the log. */
  readonly onTrouble: (what: string) => void;
  readonly limits?: Partial<Record<keyof typeof HTTP_WAKE_BRIDGE_LIMITS, number>>;
}

const streamLine = z.object({ position: z.string().max(100), event: z.unknown().optional(), missed: z.boolean().optional() });

export function createHttpWakeBridge(options: HttpWakeBridgeOptions): WakeBridge {
  const { clock, random, onTrouble } = options;
  const limits = { ...HTTP_WAKE_BRIDGE_LIMITS, ...options.limits };
  const isTls = options.url.protocol === "https:";
  const sockets = { keepAlive: true, maxSockets: limits.connectionsMax + 1 }; // one is the event stream's
  const agent = isTls ? new HttpsAgent(sockets) : new HttpAgent(sockets);
  const base = options.url.href.replace(/\/+$/, "");
  const listeners = new Set<(event: WireEvent) => void>();
  const backListeners = new Set<() => void>();
  /** Exchanges under way: close ends them all. */
  const exchanges = new Set<TimeLimit>();
  let isClosed = false;
  let stream: { isEnded: boolean; limit: TimeLimit | undefined; wakeUp: () => void } | undefined;
  /** Behind the last event seen; undefined until the stream was open once. */
  let position: string | undefined;
  const waitingForStream = new Set<() => void>();
  let failures = 0;
  const places = createPlaces(limits.connectionsMax, limits.waitingMax);

  /** Resolves with the head of the response. Rejects with BridgeUnreachable. */
  function exchange(method: string, path: string, signal: AbortSignal, body?: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${options.token.reveal()}`,
        ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
      };
      const given: RequestOptions = { method, agent, headers, signal };
      const request = isTls ? requestHttps(`${base}${path}`, given) : requestHttp(`${base}${path}`, given);
      request.on("error", (error) => reject(new BridgeUnreachable(explain(error, signal), { cause: error })));
      request.on("response", resolve);
      request.end(body);
    });
  }

  async function wake(request: WakeRequest): Promise<WakeAnswer> {
    if (isClosed) throw new BridgeUnreachable("the connection to the bridge was closed");
    const limit = startLimit(clock, limits.requestTimeoutMs, exchanges);
    try {
      // Without a stream the events of this wake would go unheard: nobody would know what came of it.
      if (listeners.size > 0 && position === undefined) await untilStreamOpen(limit.signal);
      return await inTurn(request, limit);
    } finally {
      limit.end();
    }
  }

  /** The time for an answer begins when the request leaves. */
  async function inTurn(request: WakeRequest, limit: TimeLimit): Promise<WakeAnswer> {
    limit.restart(limits.turnWithinMs);
    await places.take(limit.signal);
    try {
      limit.restart(limits.requestTimeoutMs);
      const response = await exchange("POST", "/wakes", limit.signal, JSON.stringify(request));
      const text = await readText(response, limits.characterMax, limit.signal);
      if (response.statusCode !== 200) throw new BridgeUnreachable(`the bridge answered ${response.statusCode}: ${detailOf(text)}`);
      const answer = wakeAnswer.safeParse(readJson(text));
      if (!answer.success) throw new BridgeUnreachable("the bridge's answer is not of the contract");
      return answer.data;
    } finally {
      places.leave();
    }
  }

  function untilStreamOpen(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      waitingForStream.add(resolve);
      const onAbort = (): void => {
        waitingForStream.delete(resolve);
        reject(new BridgeUnreachable("the bridge's event stream can't be opened"));
      };
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  type Stream = NonNullable<typeof stream>;

  function openStream(): Stream {
    const opened: Stream = { isEnded: false, limit: undefined, wakeUp: () => undefined };
    void keepStream(opened);
    return opened;
  }

  function endStream(): void {
    if (stream === undefined) return;
    stream.isEnded = true;
    stream.limit?.abort();
    stream.wakeUp();
    stream = undefined;
    position = undefined;
  }

  /** Never rejects. */
  async function keepStream(own: Stream): Promise<void> {
    while (!own.isEnded) {
      try {
        await readStream(own);
        if (!own.isEnded) onTrouble("the bridge ended its event stream");
      } catch (error) {
        if (!own.isEnded) onTrouble(error instanceof Error ? error.message : String(error));
      }
      if (own.isEnded) return;
      const backOffMs = Math.min(limits.backOffMsMin * 2 ** Math.min(failures++, 20), limits.backOffMsMax);
      await new Promise<void>((resolve) => {
        const cancel = clock.after(backOffMs * (0.5 + random() / 2), resolve);
        own.wakeUp = () => {
          cancel();
          resolve();
        };
      });
    }
  }

  async function readStream(own: Stream): Promise<void> {
    const silence = startLimit(clock, limits.requestTimeoutMs, exchanges);
    own.limit = silence;
    try {
      const after = position === undefined ? "" : `?after=${encodeURIComponent(position)}`;
      const response = await exchange("GET", `/wire-events${after}`, silence.signal);
      if (response.statusCode !== 200) {
        const text = await readText(response, limits.characterMax, silence.signal);
        throw new BridgeUnreachable(`the bridge answered ${response.statusCode}: ${detailOf(text)}`);
      }
      await readLines(response, silence.signal, (line) => {
        silence.restart(limits.silenceMsMax);
        if (line !== "" && !own.isEnded) takeLine(line);
      });
    } finally {
      silence.end();
    }
  }

  async function readLines(response: IncomingMessage, signal: AbortSignal, onLine: (line: string) => void): Promise<void> {
    let rest = "";
    response.setEncoding("utf8");
    try {
      for await (const chunk of response as AsyncIterable<string>) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        if (rest.length > limits.characterMax) throw new BridgeUnreachable("a line of the event stream is too long");
        for (const line of lines) onLine(line);
      }
    } catch (error) {
      if (error instanceof BridgeUnreachable) throw error;
      throw new BridgeUnreachable(explain(error, signal), { cause: error });
    }
  }

  function takeLine(text: string): void {
    const line = streamLine.safeParse(readJson(text));
    if (!line.success) throw new BridgeUnreachable("a line of the event stream is not of the contract");
    const { event, missed } = line.data;
    const isBack = failures > 0;
    failures = 0;
    position = line.data.position;
    if (missed === true) onTrouble("the bridge restarted, or wire events were missed");
    for (const resolve of waitingForStream) resolve();
    waitingForStream.clear();
    if (isBack) for (const listener of backListeners) tell(listener);
    if (event === undefined) return;
    const known = wireEvent.safeParse(event);
    if (known.success) for (const listener of listeners) tell(() => listener(known.data));
    else onTrouble("a wire event that is not of the contract was skipped"); // a newer bridge may tell more
  }

  function tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      onTrouble(`a listener failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  return {
    wake,
    onWireEvent(listener) {
      listeners.add(listener);
      if (!isClosed) stream ??= openStream();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) endStream();
      };
    },
    onBack(listener) {
      backListeners.add(listener);
      return () => backListeners.delete(listener);
    },
    async close() {
      isClosed = true;
      listeners.clear();
      backListeners.clear();
      endStream();
      for (const limit of exchanges) limit.abort();
      waitingForStream.clear();
      agent.destroy();
    },
  };
}

/** A signal that fires after a time, or when somebody says so. */
interface TimeLimit {
  readonly signal: AbortSignal;
  abort(): void;
  restart(ms: number): void;
  /** The exchange is over: nothing fires any more. */
  end(): void;
}

function startLimit(clock: Clock, ms: number, all: Set<TimeLimit>): TimeLimit {
  const own = new AbortController();
  const onTime = (): void => own.abort(new BridgeUnreachable("the bridge does not answer in time"));
  let cancel = clock.after(ms, onTime);
  const limit: TimeLimit = {
    signal: own.signal,
    abort: () => own.abort(new BridgeUnreachable("the connection to the bridge was closed")),
    restart(nextMs) {
      cancel();
      cancel = clock.after(nextMs, onTime);
    },
    end() {
      cancel();
      all.delete(limit);
    },
  };
  all.add(limit);
  return limit;
}

function explain(error: unknown, signal: AbortSignal): string {
  if (signal.reason instanceof BridgeUnreachable) return signal.reason.message;
  return `the bridge can't be reached: ${error instanceof Error ? error.message || ((error as NodeJS.ErrnoException).code ?? "") : String(error)}`;
}

async function readText(response: IncomingMessage, charactersMax: number, signal: AbortSignal): Promise<string> {
  let text = "";
  response.setEncoding("utf8");
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      text += chunk;
      if (text.length > charactersMax) throw new BridgeUnreachable("the bridge's answer is too long");
    }
  } catch (error) {
    if (error instanceof BridgeUnreachable) throw error;
    throw new BridgeUnreachable(explain(error, signal), { cause: error });
  }
  return text;
}

/** undefined: no JSON. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const problem = z.object({ detail: z.string() });

function detailOf(text: string): string {
  const read = problem.safeParse(readJson(text));
  return read.success ? read.data.detail.slice(0, 200) : "without a reason";
}
