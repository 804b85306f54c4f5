/**
 * The gateway's voice processing module: a SIP user agent that keeps its line registered and hears NOTIFY.
 * It knows nothing of management: a trigger is a message to whoever listens, and brings a response.
 * Spec: RFC 3261 10.2, 11; US 2012/0089717 A1 [0042-0059]. Layer: phone.
 */
import type { RequestEvent } from "../../sip-bridge/net/client-transactions.js";
import type { TlsClient } from "../../sip-bridge/net/dial.js";
import type { IncomingRequest } from "../../sip-bridge/net/server-transactions.js";
import type { SipRequest, SipResponse } from "../../sip-bridge/sip/message.js";
import { authorize, learn, type NonceMemory } from "../../sip-bridge/sip/nonce-memory.js";
import { recoveryDelayMs } from "./flow-recovery.js";
import type { LineConfig, LineStatus } from "./line.js";
import { buildRegister, FIRST_ATTEMPT, judgeRegister, nonceUserOf, type RegisterAttempts, type RegisterIdentity } from "./registration.js";
import { type NotifyCounters, type NotifyReceived, RequestDoor, type RequestDoorOptions } from "./request-door.js";
import { localAddressTowards, resolveHost } from "./resolve-host.js";
import { openSipWay, type PhoneTransport, type SipServer, type SipWay } from "./sip-way.js";
import { Subscriptions } from "./subscriptions.js";

export type PhoneEvent =
  | { readonly kind: "registered"; readonly addressOfRecord: string; readonly contactUri: string; readonly expiresS: number }
  | { readonly kind: "subscribed"; readonly event: string; readonly expiresS: number }
  | { readonly kind: "registration-failed"; readonly why: string; readonly retryInMs: number }
  | NotifyReceived;

export interface PhoneOptions extends Omit<RequestDoorOptions, "onEvent" | "subscriptions"> {
  readonly instanceId: string;
  readonly userAgent: string;
  /** Local address; "": the one that leads to the registrar. */
  readonly address: string;
  /** For UDP. */
  readonly port: number;
  /** Whom it trusts over TLS, and who it is. */
  readonly tls: TlsClient;
  /** Multiplies the waits before a connection is opened again. */
  readonly retryTimeScale: number;
  readonly random: () => number;
  readonly onStatus: (status: LineStatus) => void;
  readonly onEvent: (event: PhoneEvent) => void;
  /** Our own bug, told and not hidden. */
  readonly onError: (error: unknown) => void;
}

export class Phone {
  readonly #options: PhoneOptions;
  readonly #callId: string;
  readonly #fromTag: string;
  readonly #door: RequestDoor;
  readonly #subscriptions: Subscriptions;
  #way: SipWay | undefined;
  /** What the way was opened for: another transport, or over a connection another server, needs another way. */
  #wayKey = "";
  #server: SipServer | undefined;
  /** Of flows in a row, without a registration between them. */
  #flowFailures = 0;
  #cseq = 0;
  /** Of the registrar: refreshes bring their credentials with them, as phones do. */
  #nonces: NonceMemory = [];
  #isClosed = false;
  /** Goes up with each registration, so that what comes late for an older one is dropped. */
  #round = 0;
  #registeredSinceMs: number | undefined;
  #cancelTimer: () => void = () => {};

  constructor(options: PhoneOptions) {
    this.#options = options;
    this.#subscriptions = new Subscriptions({
      ...options,
      randomHex: (bytes) => this.#randomHex(bytes),
      onSubscribed: (event, expiresS) => options.onEvent({ kind: "subscribed", event, expiresS }),
    });
    this.#door = new RequestDoor({ ...options, subscriptions: this.#subscriptions });
    this.#callId = `${this.#randomHex(16)}@${options.instanceId.slice(-12)}`;
    this.#fromTag = this.#randomHex(8);
  }

  /** Registers the line, or takes its registration back, as the line's parameters are now. */
  configure(): void {
    this.#cancelTimer();
    this.#door.changeLock();
    this.#subscriptions.forget();
    this.#nonces = []; // they were given to the user of before
    const round = ++this.#round;
    void this.#configure(round).catch((error: unknown) => this.#failFlow(round, error instanceof Error ? error.message : "SIP failed"));
  }

  /** Since when the line has been registered without a break; undefined: it is not. */
  get registeredSinceMs(): number | undefined {
    return this.#registeredSinceMs;
  }

  /** What it registers, or would: undefined while it has no way to the registrar. */
  get contact(): Pick<RegisterIdentity, "contactUri" | "isOutbound"> | undefined {
    if (this.#way === undefined) return undefined;
    const { contactUri, isOutbound } = this.#identity(this.#way, this.#options.line());
    return { contactUri, isOutbound };
  }

  /** Its Contact was registered by somebody else at this device: its own flow is made the registrar's way to it again. */
  renew(): void {
    if (this.#registeredSinceMs === undefined || !this.#options.line().enabled) return;
    this.#cancelTimer();
    this.#refresh();
  }

  get notifies(): NotifyCounters {
    return this.#door.notifies;
  }

  /** At once and without a word to the registrar, as a pulled plug does. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#round++;
    this.#subscriptions.forget();
    this.#cancelTimer();
    await this.#leaveWay();
  }

  async #leaveWay(): Promise<void> {
    const way = this.#way;
    this.#way = undefined;
    this.#wayKey = "";
    await way?.close();
  }

  async #configure(round: number): Promise<void> {
    const { line, onStatus } = this.#options;
    const config = line();
    if (!config.enabled && this.#registeredSinceMs === undefined) {
      onStatus("Disabled");
      return;
    }
    onStatus(config.enabled ? "Initializing" : "Unregistering");
    const { transport, serverHost, serverPort } = config;
    if (!isBuiltIn(transport)) throw new Error(`transport ${transport} is not built in`);
    if (serverHost === "") throw new Error("no registrar is configured");
    const server = { name: serverHost, address: await resolveHost(serverHost), port: serverPort };
    const way = await this.#wayTo(server, transport, round);
    if (way === undefined) return;
    this.#server = server;
    if (config.enabled) onStatus("Registering");
    const request = buildRegister(config, this.#identity(way, config), ++this.#cseq, config.enabled ? config.registerExpiresS : 0);
    this.#send(round, request, FIRST_ATTEMPT);
  }

  /** @returns undefined: power went, or another configure() was faster. */
  async #wayTo(server: SipServer, transport: PhoneTransport, round: number): Promise<SipWay | undefined> {
    const key = transport === "UDP" ? transport : `${transport} ${server.name} ${server.address} ${server.port}`;
    if (this.#way !== undefined && this.#wayKey !== key) await this.#leaveWay();
    const way = this.#way ?? (await this.#openWay(server, transport));
    if (this.#isClosed || round !== this.#round) {
      if (way !== this.#way) await way.close();
      return undefined;
    }
    this.#way = way;
    this.#wayKey = key;
    return way;
  }

  async #openWay(server: SipServer, transport: PhoneTransport): Promise<SipWay> {
    const { clock, randomBytes, port, tls, onError } = this.#options;
    const address = this.#options.address || (await localAddressTowards(server.address));
    const onRequest = (incoming: IncomingRequest): void => this.#door.receive(incoming, this.#server);
    let way: SipWay | undefined; // undefined if it is lost before it is known: the REGISTER over it tells
    way = await openSipWay({
      ...{ transport, server, address, port, tls, clock, randomBytes, onRequest, onError },
      onFlowFailed: ({ message }) => this.#loseWay(way, message),
    });
    return way;
  }

  /** "The UA… forms a new flow to replace the failed flow" (RFC 5626 4.4). */
  #loseWay(way: SipWay | undefined, why: string): void {
    if (way === undefined || way !== this.#way) return;
    this.#cancelTimer();
    this.#failFlow(++this.#round, why);
  }

  #identity({ contact, isConnection }: SipWay, { addressOfRecord }: LineConfig): RegisterIdentity {
    const { instanceId, userAgent } = this.#options;
    const user = addressOfRecord.slice("sip:".length, addressOfRecord.indexOf("@"));
    return {
      callId: this.#callId,
      fromTag: this.#fromTag,
      contactUri: `sip:${user}@${contact}`,
      instanceId,
      userAgent,
      isOutbound: isConnection,
    };
  }

  #send(round: number, request: SipRequest, attempts: RegisterAttempts): void {
    const way = this.#way;
    const server = this.#server;
    if (way === undefined || server === undefined) return;
    this.#cseq = request.cseq.number;
    const authorized = this.#authorized(request);
    way.layer.request(authorized, way.flowTo(server), (event) => {
      if (round === this.#round) this.#hear(round, authorized, attempts, event);
    });
  }

  /** With credentials for the nonces that are known, unless it answers a challenge. */
  #authorized(request: SipRequest): SipRequest {
    if (request.headers.some(({ key }) => key === "authorization" || key === "proxy-authorization")) return request;
    const authorized = authorize(this.#nonces, request, nonceUserOf(this.#options.line(), this.#randomHex(8)));
    this.#nonces = authorized.memory;
    return authorized.request;
  }

  #hear(round: number, request: SipRequest, attempts: RegisterAttempts, event: RequestEvent): void {
    if (event.kind === "timeout") this.#failFlow(round, "the registrar does not answer");
    else if (event.kind === "transport-error") this.#failFlow(round, event.error.message);
    else if (event.kind === "final") this.#judge(round, request, attempts, event.response);
  }

  #judge(round: number, request: SipRequest, attempts: RegisterAttempts, response: SipResponse): void {
    const way = this.#way;
    if (way === undefined) return;
    const line = this.#options.line();
    const identity = this.#identity(way, line);
    const random = this.#options.random();
    const cnonce = this.#randomHex(8);
    this.#nonces = learn(this.#nonces, request, response, nonceUserOf(line, cnonce));
    const verdict = judgeRegister({ line, identity, request, response, attempts, random, cnonce });
    if (verdict.kind === "again") this.#send(round, verdict.request, verdict.attempts);
    else if (!line.enabled) this.#becomeDisabled();
    else if (verdict.kind === "failed") this.#fail(round, verdict.why, verdict.retryInMs);
    else {
      if (verdict.flowTimerS !== undefined) way.keepAliveEvery(verdict.flowTimerS * 1_000);
      this.#becomeUp(line, identity, verdict.expiresS, verdict.refreshInMs);
      if (this.#subscriptions.isEmpty) this.#subscriptions.begin(way, identity.contactUri);
    }
  }

  #becomeUp({ addressOfRecord }: LineConfig, { contactUri }: RegisterIdentity, expiresS: number, refreshInMs: number): void {
    const { clock, onStatus, onEvent } = this.#options;
    this.#registeredSinceMs ??= clock.now();
    this.#flowFailures = 0;
    onStatus("Up");
    onEvent({ kind: "registered", addressOfRecord, contactUri, expiresS });
    this.#cancelTimer = clock.after(refreshInMs, () => this.#refresh());
  }

  /** The same registration again; the line stays up meanwhile. */
  #refresh(): void {
    const way = this.#way;
    if (way === undefined) return;
    const line = this.#options.line();
    const request = buildRegister(line, this.#identity(way, line), ++this.#cseq, line.registerExpiresS);
    this.#send(++this.#round, request, FIRST_ATTEMPT);
  }

  #becomeDisabled(): void {
    this.#registeredSinceMs = undefined;
    this.#options.onStatus("Disabled");
  }

  /** Nobody is there, or not any more. A connection is left, and opened again after a while; a datagram is tried again as TR-104 says. */
  #failFlow(round: number, why: string): void {
    if (round !== this.#round || this.#isClosed) return;
    const { line, random, retryTimeScale, onError } = this.#options;
    if (line().transport === "UDP") {
      this.#fail(round, why);
      return;
    }
    this.#leaveWay().catch(onError);
    this.#fail(round, why, Math.round(recoveryDelayMs(this.#flowFailures++, random()) * retryTimeScale));
  }

  #fail(round: number, why: string, retryInMs = this.#options.line().retryIntervalS * 1_000): void {
    if (round !== this.#round || this.#isClosed) return;
    if (!this.#options.line().enabled) {
      this.#becomeDisabled(); // nobody confirmed that the registration is gone; it expires
      return;
    }
    const { clock, onStatus, onEvent } = this.#options;
    this.#registeredSinceMs = undefined;
    onStatus("Error");
    onEvent({ kind: "registration-failed", why, retryInMs });
    this.#cancelTimer = clock.after(retryInMs, () => this.configure());
  }

  #randomHex(bytes: number): string {
    return Buffer.from(this.#options.randomBytes(bytes)).toString("hex");
  }
}

const isBuiltIn = (transport: string): transport is PhoneTransport => transport === "UDP" || transport === "TCP" || transport === "TLS";
