/**
 * When a device calls its ACS: at start, periodically, on events, and again after a session that failed.
 * Spec: TR-069 3.2.1 (one session at a time), 3.2.1.1 (retries), TR-098 PeriodicInform. Layer: cpe.
 */
import type { Clock } from "../../common/clock.js";
import type { Behaviour, SessionMessage } from "../behaviours/behaviour.js";
import type { Consequence } from "../device/answer-request.js";
import { type Device, raiseDueInforms, raiseEvent, reasonToCall, sessionEnded, setting } from "../device/device.js";
import { acsDiscovered, type DiscoveredAcs, mustDiscover } from "../device/discovery.js";
import type { EventCode } from "../device/events.js";
import { heartbeatPlan, type PeriodicPlan, periodicPlan } from "../device/periodic.js";
import { retryDelayMs } from "../device/retry-policy.js";
import type { DeviceBox } from "../device-box.js";
import { openAcsConnection, SessionFailure, UnreachableAcs } from "./acs-connection.js";
import type { CookieJar } from "./cookie-jar.js";
import type { KnownChallenge } from "./http-credentials.js";
import type { TlsMaterial } from "./http-exchange.js";
import { RepeatedInform } from "./repeated-inform.js";
import { runSession } from "./run-session.js";

export type ClientEvent =
  | { readonly kind: "session-started"; readonly events: readonly string[]; readonly retryCount: number }
  | { readonly kind: "session-ended"; readonly outcome: "done" }
  | { readonly kind: "session-ended"; readonly outcome: "failed"; readonly why: string; readonly retryInMs: number };

export interface ManagementClientOptions {
  readonly box: DeviceBox;
  readonly clock: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly newCnonce: () => string;
  readonly answerTimeoutMs: number;
  /** Retry waits are multiplied by this; 1 is what the standard says. */
  readonly retryTimeScale: number;
  readonly behaviour: Behaviour;
  readonly tls: TlsMaterial;
  /** Asks DHCP for the ACS; absent: nobody is asked. */
  readonly discover?: (power: AbortSignal) => Promise<DiscoveredAcs | undefined>;
  readonly refresh: () => void;
  readonly onConsequence: (consequence: Consequence) => void;
  readonly onEvent: (event: ClientEvent) => void;
  /** Our own bug, told and not hidden. */
  readonly onError: (error: unknown) => void;
}

/** Timers may fire a little before their time. */
const EARLY_MS = 2;

export class ManagementClient {
  readonly #options: ManagementClientOptions;
  readonly #periodic: RepeatedInform;
  readonly #heartbeat: RepeatedInform;
  readonly #challenges = new Map<string, KnownChallenge>();
  #power = new AbortController();
  #closeConnection: () => void = () => {};
  #isRunning = false;
  #failures = 0;
  /** The last session failed because the ACS could not be reached. */
  #isUnreachable = false;
  #cancelRetry: () => void = () => {};
  #cancelStart: () => void = () => {};
  #cancelNotification: () => void = () => {};
  #cancelScheduled: () => void = () => {};
  /** When the last session ended well. */
  #lastSessionMs = Number.NEGATIVE_INFINITY;
  /** Those of the last session; only for a device that sends them again. */
  #oldCookies: CookieJar = [];
  #dropsLeft: number;
  #whenIdle: (() => void)[] = [];

  constructor(options: ManagementClientOptions) {
    this.#options = options;
    this.#power.abort();
    const repeated = (plan: (device: Device) => PeriodicPlan, code: EventCode): RepeatedInform =>
      new RepeatedInform({ clock: options.clock, plan: () => plan(options.box.get()), onDue: () => this.trigger(code) });
    this.#periodic = repeated(periodicPlan, "2 PERIODIC");
    this.#heartbeat = repeated(heartbeatPlan, "14 HEARTBEAT");
    this.#dropsLeft = options.behaviour.dropsAfter?.times ?? 0;
  }

  powerOn(): void {
    this.#power = new AbortController();
    this.#failures = 0; // a reboot begins again with the first retry interval (TR-069 3.2.1.1)
    this.#periodic.powerOn();
    this.#heartbeat.powerOn();
    this.planScheduled();
    this.callIn();
  }

  /** At once: a connection is cut in the middle of whatever it carries. */
  powerOff(): void {
    this.#power.abort();
    this.#isRunning = false;
    this.#whenIdle = [];
    this.#cancelRetry();
    this.#periodic.powerOff();
    this.#heartbeat.powerOff();
    this.#cancelStart();
    this.#cancelNotification();
    this.#cancelScheduled();
    this.#closeConnection();
  }

  /** Something to tell: a session, at once or when the running one has ended. */
  trigger(code: EventCode, commandKey = ""): void {
    this.#options.box.change((device) => raiseEvent(device, code, commandKey));
    this.callIn();
  }

  /** Opens a session unless one runs, or CWMP is switched off. "…after waiting for an interval, or when a new event occurs, whichever comes first." */
  callIn(): void {
    if (this.#power.signal.aborted || this.#isRunning || isMute(this.#options.box.get())) return;
    this.#cancelRetry();
    this.#isRunning = true;
    // After this turn of the event loop: the answer to what triggers a session leaves before the session begins.
    this.#cancelStart = this.#options.clock.after(0, () => void this.#runSession().catch(this.#options.onError));
  }

  /** As callIn, if something waits that is worth a session; active notifications wait for DefaultActiveNotificationThrottle. */
  callInIfDue(): void {
    const { box, clock } = this.#options;
    this.#cancelNotification();
    const device = box.get();
    const reason = reasonToCall(device);
    if (reason === undefined) return;
    const throttleMs = Number(setting(device, "ManagementServer.DefaultActiveNotificationThrottle")) * 1_000;
    const waitMs = reason === "event" ? 0 : this.#lastSessionMs + throttleMs - clock.now();
    if (waitMs <= 0) this.callIn();
    else this.#cancelNotification = clock.after(waitMs, () => this.callInIfDue());
  }

  /** Runs something that must not happen within a session. */
  whenIdle(run: () => void): void {
    if (this.#isRunning) this.#whenIdle.push(run);
    else run();
  }

  /** A change of PeriodicInformEnable, Interval or Time, or of HeartbeatPolicy, takes effect at once. */
  planRepeated(): void {
    this.#periodic.plan();
    this.#heartbeat.plan();
  }

  /** Sessions ordered by ScheduleInform; those whose time came while the power was off are due at once. */
  planScheduled(): void {
    this.#cancelScheduled();
    const { box, clock } = this.#options;
    const [next] = box.get().scheduledInforms;
    if (next === undefined) return;
    this.#cancelScheduled = clock.after(next.dueAtMs - clock.now(), () => {
      box.change((device) => raiseDueInforms(device, clock.now() + EARLY_MS));
      this.planScheduled();
      this.callInIfDue();
    });
  }

  async #runSession(): Promise<void> {
    const power = this.#power.signal;
    const failure = await this.#trySession(power);
    if (power.aborted) return;
    const { box, clock, onEvent } = this.#options;
    const isToldNew = reasonToCall(box.get()) !== undefined;
    box.change(sessionEnded);
    this.#isRunning = false;
    if (failure === undefined) {
      this.#failures = 0;
      this.#lastSessionMs = clock.now();
      onEvent({ kind: "session-ended", outcome: "done" });
    } else {
      this.#failures++;
      const retryInMs = this.#retryDelayMs();
      onEvent({ kind: "session-ended", outcome: "failed", why: failure.message, retryInMs });
      this.#planRetry(retryInMs);
    }
    const isToldNewAcs = box.get().events.waiting.some((event) => event.code === "0 BOOTSTRAP");
    for (const run of this.#whenIdle.splice(0)) run();
    // What happened during the session is told in exactly one new session after it (TR-069 3.2.1).
    if (failure === undefined && (isToldNew || isToldNewAcs)) this.callInIfDue();
  }

  /** @returns what failed; undefined if the session ended well. Anything but a SessionFailure is our bug and is thrown. */
  async #trySession(power: AbortSignal): Promise<SessionFailure | undefined> {
    const { box, clock, behaviour, refresh, onConsequence, onEvent } = this.#options;
    try {
      await this.#discover(power);
      const connection = this.#connect();
      this.#closeConnection = () => connection.close();
      const waiting = [...box.get().events.listed, ...box.get().events.waiting];
      onEvent({ kind: "session-started", events: waiting.map((event) => event.code), retryCount: this.#failures });
      const isDroppedAfter = (message: SessionMessage): boolean => this.#isDroppedAfter(message);
      const context = {
        box,
        connection,
        retryCount: this.#failures,
        now: () => clock.now(),
        behaviour,
        refresh,
        onConsequence,
        isDroppedAfter,
        power,
      };
      await runSession(context);
      this.#oldCookies = connection.cookies();
      this.#isUnreachable = false;
      return undefined;
    } catch (error) {
      if (!(error instanceof SessionFailure)) throw error;
      this.#isUnreachable = error instanceof UnreachableAcs;
      return error;
    } finally {
      if (!power.aborted) this.#closeConnection();
    }
  }

  async #discover(power: AbortSignal): Promise<void> {
    const { box, discover } = this.#options;
    if (discover === undefined || !mustDiscover(box.get(), this.#isUnreachable)) return;
    const found = await discover(power);
    if (power.aborted) throw new SessionFailure("power is off");
    if (found !== undefined) box.change((device) => acsDiscovered(device, found));
  }

  #connect() {
    const { box, clock, newCnonce, answerTimeoutMs, behaviour, tls } = this.#options;
    const device = box.get();
    return openAcsConnection({
      url: setting(device, "ManagementServer.URL"),
      login: {
        username: setting(device, "ManagementServer.Username"),
        password: behaviour.acsPassword ?? setting(device, "ManagementServer.Password"),
      },
      challenges: this.#challenges,
      clock,
      newCnonce,
      answerTimeoutMs,
      flaws: setting(device, "ManagementServer.HTTPCompression") === "GZIP" ? { ...behaviour, compresses: true } : behaviour,
      cookies: behaviour.cookies === "stale" ? this.#oldCookies : [],
      tls,
    });
  }

  #isDroppedAfter(message: SessionMessage): boolean {
    if (this.#options.behaviour.dropsAfter?.message !== message || this.#dropsLeft <= 0) return false;
    this.#dropsLeft--;
    return true;
  }

  #retryDelayMs(): number {
    const { box, random, retryTimeScale } = this.#options;
    const policy = {
      minimumWaitS: Number(setting(box.get(), "ManagementServer.CWMPRetryMinimumWaitInterval")),
      multiplier: Number(setting(box.get(), "ManagementServer.CWMPRetryIntervalMultiplier")),
    };
    return retryDelayMs(policy, this.#failures, random()) * retryTimeScale;
  }

  #planRetry(delayMs: number): void {
    this.#cancelRetry = this.#options.clock.after(delayMs, () => this.callIn());
  }
}

/** EnableCWMP is false: "the device MUST NOT send any Inform messages" (TR-181). TR-098 has no such parameter. */
const isMute = (device: Device): boolean => setting(device, "ManagementServer.EnableCWMP") === "0";
