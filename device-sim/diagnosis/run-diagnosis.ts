/**
 * Runs a diagnosis of one line's registration: its sockets, its timers and its pings. It has its own SIP client and knows no phone:
 * "a fault of the SIP module does not stop the self-diagnosis" ([0182]).
 * Spec: CN 103067208 B; RFC 3261 10.2, 17.1.2. Layer: diagnosis.
 */
import type { Clock } from "../../common/clock.js";
import type { RequestEvent } from "../../sip-bridge/net/client-transactions.js";
import type { TlsClient } from "../../sip-bridge/net/dial.js";
import { readSeconds } from "../../sip-bridge/sip/header-values.js";
import type { SipRequest, SipResponse } from "../../sip-bridge/sip/message.js";
import { hostField } from "../../sip-bridge/sip/uri.js";
import { type EchoResult, sendEcho } from "../icmp-echo.js";
import type { LineConfig } from "../phone/line.js";
import { grantedExpiresS } from "../phone/registration.js";
import { localAddressTowards, resolveHost } from "../phone/resolve-host.js";
import { openSipWay, type SipServer, type SipWay } from "../phone/sip-way.js";
import { type CompleteLine, isComplete, lackingSettings } from "./basic-configuration.js";
import { RegisterTrials, type TrialContact } from "./register-trials.js";
import {
  beginDiagnosis,
  type Diagnosis,
  type DiagnosisEffect,
  type DiagnosisInput,
  type DiagnosisLimits,
  type DiagnosisStep,
  type PingOutcome,
  stepDiagnosis,
} from "./registration-diagnosis.js";

/** What a diagnosis has found out. */
export interface DiagnosisReport {
  readonly faultCode: number;
  /** The last final response; undefined: none came. */
  readonly lastResponse: { readonly status: number; readonly reason: string } | undefined;
  /** Where no response came: why the last attempt had none, or what the configuration lacks; else "". */
  readonly note: string;
  /** Address and port of the last attempt; "": none was found. */
  readonly registrarAddress: string;
  /** The Contact that was registered; "": no attempt was sent. */
  readonly contactUri: string;
  /** 0 unless a registration succeeded. */
  readonly grantedExpiresS: number;
  /** Of the last challenge; "": there was none. */
  readonly challengeRealm: string;
  /** From the last attempt to its final response; undefined: it had none. */
  readonly roundTripMs: number | undefined;
  readonly attempts: number;
  readonly lastAttemptAtMs: number | undefined;
  readonly registeredAtMs: number | undefined;
}

export interface DiagnosisOptions {
  readonly line: LineConfig;
  readonly limits: DiagnosisLimits;
  readonly instanceId: string;
  readonly userAgent: string;
  /** The line's binding as it is; undefined: it has none, and the Contact is what it would be. */
  readonly contact: () => TrialContact | undefined;
  /** Local address; "": the one that leads to the registrar. */
  readonly address: string;
  /** Port of the Contact of a line that has no binding; 0: that of the diagnosis's own socket. */
  readonly contactPort: number;
  readonly tls: TlsClient;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly resolve?: (host: string) => Promise<string>;
  readonly openWay?: typeof openSipWay;
  /** Resolves when it was answered, or is not within the time. */
  readonly ping?: (address: string, timeoutMs: number, signal: AbortSignal) => Promise<EchoResult>;
  /** Once, unless it is stopped before. */
  readonly onEnd: (report: DiagnosisReport) => void;
  /** Our own bug. */
  readonly onError: (error: unknown) => void;
}

const defaultPing: NonNullable<DiagnosisOptions["ping"]> = (address, timeoutMs, signal) => sendEcho({ address, timeoutMs, signal });

export class DiagnosisRun {
  readonly #options: DiagnosisOptions;
  readonly #trials: RegisterTrials | undefined;
  #state: Diagnosis = { phase: "ended", faultCode: 0 };
  #report: Omit<DiagnosisReport, "faultCode">;
  #way: SipWay | undefined;
  #server: SipServer | undefined;
  /** Goes up with each attempt and each ping, so that what comes late for an older one is dropped. */
  #round = 0;
  #cancelLimit: () => void = () => {};
  #cancelTimer: () => void = () => {};
  #pinging = new AbortController();

  constructor(options: DiagnosisOptions) {
    this.#options = options;
    const { line, instanceId, userAgent } = options;
    const callId = `${this.#randomHex(16)}@${instanceId.slice(-12)}`;
    const identity = { callId, fromTag: this.#randomHex(8), instanceId, userAgent };
    this.#trials = isComplete(line) ? new RegisterTrials({ line, identity, newCnonce: () => this.#randomHex(8) }) : undefined;
    const lacking = lackingSettings(line);
    this.#report = {
      ...{ lastResponse: undefined, note: lacking.length === 0 ? "" : `empty or out of range: ${lacking.join(", ")}` },
      ...{ registrarAddress: "", contactUri: "", grantedExpiresS: 0, challengeRealm: "" },
      ...{ roundTripMs: undefined, attempts: 0, lastAttemptAtMs: undefined, registeredAtMs: undefined },
    };
  }

  /** Once. A configuration that is incomplete ends it before this returns. */
  begin(): void {
    const { line, limits } = this.#options;
    this.#perform(beginDiagnosis({ isComplete: this.#trials !== undefined, expiresS: line.registerExpiresS, limits }));
  }

  /** Gives everything up at once; nothing more is told. */
  stop(): void {
    this.#state = { phase: "ended", faultCode: 0 };
    this.#cancelTimer();
    this.#release();
  }

  #step(input: DiagnosisInput): void {
    this.#perform(stepDiagnosis(this.#state, input));
  }

  #perform({ state, effects }: DiagnosisStep): void {
    this.#state = state;
    for (const effect of effects) this.#performOne(effect);
  }

  #performOne(effect: DiagnosisEffect): void {
    const { clock, onError, onEnd } = this.#options;
    switch (effect.do) {
      case "start-timer":
        this.#cancelTimer = clock.after(effect.delayMs, () => this.#step({ kind: "timeout" }));
        break;
      case "register":
        this.#attempt(effect).catch(onError);
        break;
      case "ping":
        this.#ping(effect.limitMs).catch(onError);
        break;
      case "release":
        this.#release();
        break;
      case "stop-timer":
        this.#cancelTimer();
        break;
      case "conclude":
        this.#release();
        onEnd({ ...this.#report, faultCode: effect.faultCode });
    }
  }

  /** What is under way, and the way that it went. */
  #release(): void {
    this.#round++;
    this.#cancelLimit();
    this.#pinging.abort();
    this.#leaveWay();
  }

  #leaveWay(): void {
    const way = this.#way;
    this.#way = undefined;
    way?.close().catch(this.#options.onError);
  }

  async #attempt({ expiresS, withCredentials, limitMs }: Extract<DiagnosisEffect, { do: "register" }>): Promise<void> {
    const round = ++this.#round;
    this.#cancelLimit();
    this.#cancelLimit = this.#options.clock.after(limitMs, () => this.#silence(round, `no final response in ${limitMs} ms`));
    this.#report = {
      ...this.#report,
      attempts: this.#report.attempts + 1,
      lastAttemptAtMs: this.#options.clock.now(),
      roundTripMs: undefined,
    };
    try {
      const line = this.#options.line;
      if (!isComplete(line)) return;
      const way = await this.#wayOf(line, round);
      if (way !== undefined) this.#send(way, round, expiresS, withCredentials);
    } catch (error) {
      this.#silence(round, error instanceof Error ? error.message : "not sent");
    }
  }

  /** That of the last attempt if it brought an answer, else a new one. @returns undefined: the attempt is over. */
  async #wayOf(line: CompleteLine, round: number): Promise<SipWay | undefined> {
    if (this.#way !== undefined) return this.#way;
    const { resolve = resolveHost, openWay = openSipWay, address, tls, clock, randomBytes, onError } = this.#options;
    const server = { name: line.serverHost, address: await resolve(line.serverHost), port: line.serverPort };
    if (round !== this.#round) return undefined;
    this.#server = server;
    this.#report = { ...this.#report, registrarAddress: `${hostField(server.address)}:${server.port}` };
    const local = address || (await localAddressTowards(server.address));
    const way = await openWay({
      ...{ transport: line.transport, server, address: local, port: 0, tls, clock, randomBytes, onError },
      onRequest: (incoming) => incoming.answer(480), // whoever calls the line calls its phone
      onFlowFailed: () => undefined, // the attempt over it is told, the next one finds it gone
    });
    if (round !== this.#round) {
      await way.close();
      return undefined;
    }
    this.#way = way;
    return way;
  }

  #send(way: SipWay, round: number, expiresS: number, withCredentials: boolean): void {
    const { clock } = this.#options;
    const [trials, server] = [this.#trials, this.#server];
    if (trials === undefined || server === undefined) return;
    const contact = this.#options.contact() ?? this.#ownContact(way);
    const request = trials.next(contact, expiresS, withCredentials);
    this.#report = { ...this.#report, contactUri: contact.contactUri };
    const sentAtMs = clock.now();
    way.layer.request(request, way.flowTo(server), (event) => {
      if (round === this.#round) this.#hear(round, request, sentAtMs, event);
    });
  }

  /** As the line's would be, if it had one. */
  #ownContact({ contact, isConnection }: SipWay): TrialContact {
    const { line, contactPort } = this.#options;
    const user = line.addressOfRecord.slice("sip:".length, line.addressOfRecord.indexOf("@"));
    const place = isConnection || contactPort === 0 ? contact : contact.replace(/:\d+$/, `:${contactPort}`);
    return { contactUri: `sip:${user}@${place}`, isOutbound: isConnection };
  }

  #hear(round: number, request: SipRequest, sentAtMs: number, event: RequestEvent): void {
    if (event.kind === "provisional") this.#step({ kind: "response", status: event.response.status });
    else if (event.kind === "timeout") this.#silence(round, "no final response");
    else if (event.kind === "transport-error") this.#silence(round, event.error.message);
    else if (event.kind === "final") this.#judge(request, sentAtMs, event.response);
  }

  #judge(request: SipRequest, sentAtMs: number, response: SipResponse): void {
    this.#cancelLimit();
    this.#round++;
    const { status, reason } = response;
    const nowMs = this.#options.clock.now();
    const askedS = readSeconds(request, "expires") ?? 0;
    const isSuccess = status >= 200 && status < 300;
    const { contactUri, challengeRealm, grantedExpiresS: before } = this.#report;
    const realm = this.#trials?.learn(request, response);
    this.#report = {
      ...this.#report,
      ...{ lastResponse: { status, reason }, note: "", roundTripMs: nowMs - sentAtMs, challengeRealm: realm ?? challengeRealm },
      ...{ grantedExpiresS: isSuccess ? (grantedExpiresS(response, contactUri, askedS) ?? 0) : before },
      ...(isSuccess ? { registeredAtMs: nowMs } : {}),
    };
    const minExpiresS = readSeconds(response, "min-expires");
    this.#step({ kind: "response", status, ...(minExpiresS === undefined ? {} : { minExpiresS }) });
  }

  /** The next attempt goes another way: retransmissions of this one end with its socket. */
  #silence(round: number, why: string): void {
    if (round !== this.#round) return;
    this.#round++;
    this.#cancelLimit();
    this.#leaveWay();
    if (this.#report.lastResponse === undefined) this.#report = { ...this.#report, note: why };
    this.#step({ kind: "silence" });
  }

  /** The name has as long as the ping, which keeps its own time: it may have to wait for those of other devices. */
  async #ping(limitMs: number): Promise<void> {
    const round = ++this.#round;
    const { line, resolve = resolveHost, ping = defaultPing, clock } = this.#options;
    this.#pinging = new AbortController();
    this.#cancelLimit = clock.after(limitMs, () => this.#pinged(round, "unanswered"));
    try {
      const address = await resolve(line.serverHost);
      if (round !== this.#round) return;
      this.#cancelLimit();
      const result = await ping(address, limitMs, this.#pinging.signal);
      if (round === this.#round && result.kind === "impossible" && this.#report.lastResponse === undefined) {
        this.#report = { ...this.#report, note: result.why };
      }
      this.#pinged(round, result.kind);
    } catch {
      this.#pinged(round, "unanswered"); // the name has no address: nobody is reached
    }
  }

  #pinged(round: number, outcome: PingOutcome): void {
    if (round !== this.#round) return;
    this.#round++;
    this.#cancelLimit();
    this.#pinging.abort();
    this.#step({ kind: "ping", outcome });
  }

  #randomHex(bytes: number): string {
    return Buffer.from(this.#options.randomBytes(bytes)).toString("hex");
  }
}
