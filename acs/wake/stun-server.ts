/**
 * The STUN server of UDP connection requests: tells devices their address as the ACS sees it, notes the binding of those that prove
 * their password, and sends connection requests from the very socket whose packets the NAT lets through.
 * Never an amplifier: before the sender has proved itself no answer is longer than its request, and each source has a rate.
 * Spec: RFC 3489 8.1; TR-069 Annex G. Layer: wake.
 */
import { randomBytes } from "node:crypto";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { Clock } from "../../common/clock.js";
import type { UdpAddress } from "../devices/reachability.js";
import { createRateLimit, type RateLimits } from "./rate-limit.js";
import { looksLikeStun, provesStunPassword, readStun, STUN_LIMITS, type StunMessage, writeStun } from "./stun-message.js";

export const STUN_SERVER_LIMITS = {
  /** Per source address and second; a device keeps alive every 20 s or so and probes in between. Many may share one NAT. */
  perSourcePerSecond: 50,
  burst: 200,
  sourcesMax: 100_000,
  /** Password look-ups under way; beyond it requests are dropped, and devices repeat them. */
  lookUpsMax: 256,
  /** Bindings remembered, so that a keep-alive costs neither a look-up nor a challenge. */
  bindingsMax: 200_000,
} as const;

export interface StunServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly clock: Clock;
  /** The passwords that this STUNUsername may be proved with; []: nobody has that name. */
  readonly passwordsOf: (username: string) => Promise<readonly string[]>;
  /** A device that proved its password is reached under another binding than before. */
  readonly onBinding: (binding: { readonly username: string; readonly address: UdpAddress }) => void;
  readonly onTrouble: (error: unknown) => void;
  readonly limits?: Partial<Record<keyof typeof STUN_SERVER_LIMITS, number>>;
}

export interface StunCounters {
  received: number;
  answered: number;
  /** Asked to prove its password: 401. */
  challenged: number;
  /** Wrong password or unknown user name: 431. */
  refused: number;
  /** No message, over a rate, or its answer would be longer than the request. */
  dropped: number;
}

export interface StunServer {
  readonly port: number;
  readonly counters: Readonly<StunCounters>;
  /** Sends a datagram from the server's socket. @throws what the socket says. */
  send(bytes: Uint8Array, to: UdpAddress): Promise<void>;
  /** The next 401 is due even if the binding is the same: its record was removed. */
  forget(username: string): void;
  close(): Promise<void>;
}

/** So that an unknown user name takes as long as a wrong password. */
const NOBODYS_PASSWORD = randomBytes(16).toString("hex");
type StunError = NonNullable<StunMessage["error"]>;
const UNAUTHORIZED: StunError = { code: 401, reason: "Unauthorized" };
const INTEGRITY_CHECK_FAILURE: StunError = { code: 431, reason: "Integrity" };
const UNKNOWN_ATTRIBUTE: StunError = { code: 420, reason: "Unknown" };

/** @throws what binding the socket throws. */
export async function openStunServer(options: StunServerOptions): Promise<StunServer> {
  const limits = { ...STUN_SERVER_LIMITS, ...options.limits };
  const socket = createSocket({ type: "udp4" });
  const desk = new StunDesk(options, limits, socket);
  await bind(socket, options.port, options.host);
  socket.on("error", options.onTrouble);
  socket.on("message", (bytes, source) => desk.hear(bytes, source));
  return {
    port: socket.address().port,
    counters: desk.counters,
    send: (bytes, to) => sendDatagram(socket, bytes, to),
    forget: (username) => desk.forget(username),
    close: () => {
      desk.stop();
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

class StunDesk {
  readonly counters: StunCounters = { received: 0, answered: 0, challenged: 0, refused: 0, dropped: 0 };
  readonly #options: StunServerOptions;
  readonly #limits: Record<keyof typeof STUN_SERVER_LIMITS, number>;
  readonly #socket: Socket;
  readonly #allows: (source: string, nowMs: number) => boolean;
  /** "host:port" that each user name proved last, oldest first. */
  readonly #bindings = new Map<string, string>();
  #lookUps = 0;
  #isStopped = false;

  constructor(options: StunServerOptions, limits: Record<keyof typeof STUN_SERVER_LIMITS, number>, socket: Socket) {
    this.#options = options;
    this.#limits = limits;
    this.#socket = socket;
    const rate: RateLimits = { perSecond: limits.perSourcePerSecond, burst: limits.burst, sourcesMax: limits.sourcesMax };
    this.#allows = createRateLimit(rate);
  }

  /** Look-ups that are under way end unheard. */
  stop(): void {
    this.#isStopped = true;
  }

  forget(username: string): void {
    this.#bindings.delete(username);
  }

  hear(bytes: Buffer, source: RemoteInfo): void {
    this.counters.received++;
    const message = this.#read(bytes, source);
    if (message === undefined) this.counters.dropped++;
    else this.#answer(bytes, message, { host: source.address, port: source.port });
  }

  #read(bytes: Buffer, source: RemoteInfo): StunMessage | undefined {
    if (bytes.length > STUN_LIMITS.messageBytesMax || !looksLikeStun(bytes)) return undefined;
    if (!this.#allows(source.address, this.#options.clock.now())) return undefined;
    const message = readStun(bytes);
    // A CHANGE-REQUEST that can't be met is not answered: silence is what its sender measures.
    return message?.kind === "binding-request" && !message.wantsOtherSource ? message : undefined;
  }

  #answer(bytes: Buffer, message: StunMessage, source: UdpAddress): void {
    const { username, unknownAttributes, hasIntegrity } = message;
    const isNamed = username !== undefined && username !== "";
    if (unknownAttributes.length > 0) this.#refuse(bytes.length, message, UNKNOWN_ATTRIBUTE, source);
    else if (isNamed && hasIntegrity) this.#judge(bytes, message, username, source);
    // A known binding needs no proof anew: the source address of the keep-alive is what was proved.
    else if (!isNamed || this.#bindings.get(username) === textOf(source)) this.#tell(bytes.length, message, source);
    else {
      this.counters.challenged++;
      this.#refuse(bytes.length, message, UNAUTHORIZED, source);
    }
  }

  #refuse(bytesMax: number, { transactionId, unknownAttributes }: StunMessage, error: StunError, to: UdpAddress): void {
    const unknown = unknownAttributes.length === 0 ? {} : { unknownAttributes };
    this.#reply(bytesMax, writeStun({ kind: "binding-error", transactionId, error, ...unknown }), to);
  }

  #judge(bytes: Buffer, message: StunMessage, username: string, source: UdpAddress): void {
    if (this.#lookUps >= this.#limits.lookUpsMax) {
      this.counters.dropped++;
      return;
    }
    this.#lookUps++;
    this.#options
      .passwordsOf(username)
      .then((passwords) => {
        if (!this.#isStopped) this.#proved(bytes, message, { username, passwords }, source);
      })
      .catch((error: unknown) => this.#options.onTrouble(error))
      .finally(() => {
        this.#lookUps--;
      });
  }

  #proved(
    bytes: Buffer,
    message: StunMessage,
    { username, passwords }: { readonly username: string; readonly passwords: readonly string[] },
    source: UdpAddress,
  ): void {
    const tried = passwords.length === 0 ? [NOBODYS_PASSWORD] : passwords;
    const password = tried.find((candidate) => provesStunPassword(bytes, candidate));
    if (password === undefined || passwords.length === 0) {
      this.counters.refused++;
      this.#refuse(bytes.length, message, INTEGRITY_CHECK_FAILURE, source);
      return;
    }
    if (message.isConnectionRequestBinding && this.#bindings.get(username) !== textOf(source)) {
      this.#remember(username, source);
      this.#options.onBinding({ username, address: source });
    }
    this.#tell(Number.POSITIVE_INFINITY, message, source, password);
  }

  #remember(username: string, address: UdpAddress): void {
    this.#bindings.delete(username);
    this.#bindings.set(username, textOf(address));
    const [oldest] = this.#bindings.keys();
    if (this.#bindings.size > this.#limits.bindingsMax && oldest !== undefined) this.#bindings.delete(oldest);
  }

  /**
   * The Binding Response. SOURCE-ADDRESS and CHANGED-ADDRESS are left out: there is no second address to test against, devices look at
   * MAPPED-ADDRESS alone, and with them the answer would be longer than the request.
   */
  #tell(bytesMax: number, { transactionId, responseAddress }: StunMessage, source: UdpAddress, password?: string): void {
    // RESPONSE-ADDRESS probes the binding of another port of the same device. Elsewhere it would aim our packets at strangers.
    const isElsewhere = responseAddress !== undefined && (responseAddress.host !== source.host || responseAddress.port === 0);
    const answer = {
      kind: "binding-response",
      transactionId,
      mappedAddress: source,
      ...(password === undefined ? {} : { password }),
    } as const;
    if (isElsewhere) this.counters.dropped++;
    else this.#reply(bytesMax, writeStun(answer), responseAddress ?? source);
  }

  #reply(bytesMax: number, answer: Buffer, to: UdpAddress): void {
    if (answer.length > bytesMax) {
      this.counters.dropped++;
      return;
    }
    this.counters.answered++;
    this.#socket.send(answer, to.port, to.host, (error) => {
      if (error !== null) this.#options.onTrouble(error);
    });
  }
}

const textOf = ({ host, port }: UdpAddress): string => `${host}:${port}`;

function sendDatagram(socket: Socket, bytes: Uint8Array, to: UdpAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, to.port, to.host, (error) => (error === null ? resolve() : reject(error)));
  });
}

function bind(socket: Socket, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ port, address: host }, () => {
      socket.off("error", reject);
      resolve();
    });
  });
}
