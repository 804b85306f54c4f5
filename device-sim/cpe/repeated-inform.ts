/**
 * Informs that come again and again at an interval: periodic ones, and heartbeats.
 * Spec: TR-069 3.2.1; TR-098, TR-181 (PeriodicInformEnable, HeartbeatPolicy). Layer: cpe.
 */
import type { Clock } from "../../common/clock.js";
import { type PeriodicPlan, periodicDelayMs } from "../device/periodic.js";

export interface RepeatedInformOptions {
  readonly clock: Clock;
  /** Read anew whenever the next one is planned. */
  readonly plan: () => PeriodicPlan;
  readonly onDue: () => void;
}

/** Timers may fire a little before their time. */
const EARLY_MS = 2;

export class RepeatedInform {
  readonly #options: RepeatedInformOptions;
  #phaseMs = 0;
  #cancel: () => void = () => {};

  constructor(options: RepeatedInformOptions) {
    this.#options = options;
  }

  powerOn(): void {
    this.#phaseMs = this.#options.clock.now();
    this.plan();
  }

  powerOff(): void {
    this.#cancel();
  }

  /** A change of what the plan is made of takes effect at once. */
  plan(notBeforeMs = 0): void {
    this.#cancel();
    const { clock, plan } = this.#options;
    const fromMs = Math.max(clock.now(), notBeforeMs);
    const delayMs = periodicDelayMs(plan(), this.#phaseMs, fromMs);
    if (delayMs !== undefined) this.#await(fromMs + delayMs);
  }

  #await(dueAtMs: number): void {
    const { clock, onDue } = this.#options;
    this.#cancel = clock.after(dueAtMs - clock.now(), () => {
      if (clock.now() < dueAtMs - EARLY_MS) {
        this.#await(dueAtMs); // further off than a timer can be
        return;
      }
      this.plan(dueAtMs);
      onDue();
    });
  }
}
