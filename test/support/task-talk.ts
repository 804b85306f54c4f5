/**
 * Plays the device to one task: each answer brings the next request, or the end.
 * Layer: test support.
 */
import type { AcsRequest } from "../../acs/cwmp/messages.js";
import type { Task, TaskChange, TaskOrder } from "../../acs/tasks/task.js";
import { advanceTask, beginTask, beginUnknown, type TaskRun } from "../../acs/tasks/task-run.js";
import type { DeviceAnswer, LearntValueType, SendContext, TaskStep, Told } from "../../acs/tasks/task-step.js";
import { aContext, aTask } from "./builders.js";

export interface TaskTalk {
  /** What was asked last. @throws when nothing is asked. */
  readonly request: AcsRequest;
  readonly requests: readonly AcsRequest[];
  readonly told: readonly Told[];
  /** Progress as it was stored, oldest first. */
  readonly progress: readonly unknown[];
  /** The end. @throws while there is none. */
  readonly change: TaskChange;
  readonly left: boolean;
  /** Types that were learnt. */
  readonly learnt: readonly LearntValueType[];
  answer(answer: DeviceAnswer): TaskTalk;
}

export function talkOf(order: TaskOrder, context: Partial<SendContext> = {}, more: Partial<Task> = {}): TaskTalk {
  const whole = aContext({ ...(order.kind === "setParameterValues" ? { values: order.values } : {}), ...context });
  return play(beginTask(aTask(order, more), whole), whole);
}

/** The session of this task died, or the device accepted it. */
export function readBackOf(order: TaskOrder, context: Partial<SendContext> = {}, more: Partial<Task> = {}): TaskTalk {
  const whole = aContext({ ...(order.kind === "setParameterValues" ? { values: order.values } : {}), ...context });
  return play(beginUnknown(aTask(order, { state: "unknown", ...more }), whole), whole);
}

function play(first: TaskStep, context: SendContext): TaskTalk {
  const requests: AcsRequest[] = [];
  const told: Told[] = [];
  const progress: unknown[] = [];
  let run: TaskRun | undefined;
  let change: TaskChange | undefined;
  let left = false;
  const learnt: LearntValueType[] = [];
  const take = (step: TaskStep): void => {
    run = undefined;
    if (step.do === "leave") left = true;
    if (step.do !== "leave" && step.told !== null) told.push(step.told);
    if (step.do !== "leave") learnt.push(...(step.learnt ?? []));
    if (step.do === "settle") change = step.change;
    if (step.do !== "ask") return;
    requests.push(step.request);
    run = step.run;
    if (step.progress === undefined) return;
    progress.push(step.progress.progress);
    run = { ...run, task: { ...run.task, progress: step.progress.progress } };
  };
  take(first);
  const talk: TaskTalk = {
    requests,
    told,
    progress,
    learnt,
    get left() {
      return left;
    },
    get request() {
      const request = requests.at(-1);
      if (run === undefined || request === undefined) throw new Error(`nothing is asked: ${JSON.stringify(change)}`);
      return request;
    },
    get change() {
      if (change === undefined) throw new Error(`no end yet: ${JSON.stringify(requests.at(-1))}`);
      return change;
    },
    answer(answer) {
      if (run === undefined) throw new Error("nothing is asked");
      take(advanceTask(run, answer, context));
      return talk;
    },
  };
  return talk;
}

export const fault = (faultCode: number, ...parameters: readonly (readonly [string, number])[]): DeviceAnswer => ({
  kind: "Fault",
  faultCode,
  faultString: "",
  setParameterValuesFaults: parameters.map(([name, code]) => ({ name, faultCode: code, faultString: "" })),
});

/** "name=value" pairs of strings. */
export const values = (...pairs: readonly string[]): DeviceAnswer => ({
  kind: "GetParameterValuesResponse",
  values: pairs.map((pair) => ({ name: pair.split("=")[0] ?? "", type: "xsd:string", text: pair.split("=")[1] ?? "" })),
});

export const names = (...all: readonly string[]): DeviceAnswer => ({
  kind: "GetParameterNamesResponse",
  parameters: all.map((name) => ({ name, writable: true })),
});
