/**
 * Runs the transaction machines of one kind: holds the state of each, keeps its timers, has the other effects performed, all in order.
 * Layer: net.
 */
import type { Clock } from "../../common/clock.js";

/** What a shell keeps of one machine. */
export interface Machine<State, Timer extends string> {
  state: State;
  /** How to stop those that run; `{}` at the beginning. */
  readonly timers: Partial<Record<Timer, (() => void) | undefined>>;
}

type TimerEffect<Timer> =
  | { readonly do: "start-timer"; readonly timer: Timer; readonly delayMs: number }
  | { readonly do: "stop-timer"; readonly timer: Timer };

type TimerInput<Timer> = { readonly kind: "timer"; readonly timer: Timer };

/** The effects that are left to a shell. */
export type OtherEffect<Effect> = Exclude<Effect, { readonly do: "start-timer" | "stop-timer" }>;

interface MachineStep<State, Effect> {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export interface Machines<One, Input, Step> {
  /** Tells a machine what happened. */
  take(one: One, input: Input): void;
  /** The first step is made elsewhere. */
  perform(one: One, step: Step): void;
  stopTimers(one: One): void;
}

/** @param performOther May tell the machine something in its turn. */
export function createMachines<
  State,
  Timer extends string,
  Input,
  Other extends { readonly do: string },
  One extends Machine<State, Timer>,
>(
  clock: Clock,
  step: (state: State, input: Input | TimerInput<Timer>) => MachineStep<State, TimerEffect<Timer> | Other>,
  performOther: (one: One, effect: Other) => void,
): Machines<One, Input, MachineStep<State, TimerEffect<Timer> | Other>> {
  function take(one: One, input: Input | TimerInput<Timer>): void {
    perform(one, step(one.state, input));
  }

  function perform(one: One, { state, effects }: MachineStep<State, TimerEffect<Timer> | Other>): void {
    one.state = state;
    for (const effect of effects) {
      if (isOfTimer(effect)) performTimer(one, effect);
      else performOther(one, effect);
    }
  }

  function performTimer(one: One, effect: TimerEffect<Timer>): void {
    const timers: Machine<State, Timer>["timers"] = one.timers;
    const { timer } = effect;
    if (effect.do === "start-timer") {
      timers[timer] = clock.after(effect.delayMs, () => take(one, { kind: "timer", timer }));
    } else {
      timers[timer]?.();
      timers[timer] = undefined; // a machine that only absorbs copies keeps none of it
    }
  }

  return {
    take,
    perform,
    stopTimers({ timers }) {
      for (const cancel of Object.values<(() => void) | undefined>(timers)) cancel?.();
    },
  };
}

function isOfTimer<Timer, Other extends { readonly do: string }>(effect: TimerEffect<Timer> | Other): effect is TimerEffect<Timer> {
  return effect.do === "start-timer" || effect.do === "stop-timer";
}
