/**
 * What aliases and wildcards of an order mean for a step of its task: under which names the tree is told, and what the result says.
 * Spec: docs/decisions/0015-aliases-and-wildcards.md. Layer: tasks, pure.
 */
import { hasWildcard, isPattern, means } from "../cwmp/path-segments.js";
import { type Addressing, FINAL_STATES, type Task, type TaskChange } from "./task.js";
import type { TaskStep, Told } from "./task-step.js";

export function addressingOf({ order }: Task): Addressing | undefined {
  return "addressing" in order ? order.addressing : undefined;
}

/**
 * What was read of a parameter that was sent by this name. A device may answer to an alias by the number that it stands for: by the one
 * that the tree knows, else by any, so that of several rows without a known number it can't be told which text is whose.
 * @param read Texts by the names that the device told.
 */
export function textsRead(task: Task, name: string, read: ReadonlyMap<string, string>): readonly string[] {
  const known = addressingOf(task)?.inTree?.[name];
  const text = read.get(name) ?? (known === undefined ? undefined : read.get(known));
  if (text !== undefined) return [text];
  return isPattern(name) ? [...read].flatMap(([other, told]) => (means(name, other) ? [told] : [])) : [];
}

/** The step as it is for an order without aliases and wildcards; with them, completed. */
export function addressedStep(task: Task, step: TaskStep): TaskStep {
  const addressing = addressingOf(task);
  if (addressing === undefined || step.do === "leave") return step;
  const told = step.told === null ? null : inTree(step.told, addressing);
  return step.do === "ask" ? { ...step, told } : { ...step, told, change: withResult(task, step.change, addressing) };
}

/** What was sent as it is stands in the tree under another name; what is not known to stand there is not told. */
function inTree(told: Told, { inTree: names = {} }: Addressing): Told {
  const own = (name: string): readonly string[] => {
    const known = Object.hasOwn(names, name) ? names[name] : undefined;
    if (known !== undefined) return [known];
    return isPattern(name) && told.cause.kind === "set" ? [] : [name];
  };
  const { completeUnder } = told;
  return {
    ...told,
    parameters: told.parameters.flatMap((parameter) => own(parameter.name).map((name) => ({ ...parameter, name }))),
    // A path that means several objects tells of none of them that it is all there is.
    completeUnder: completeUnder === null || hasWildcard(completeUnder) ? null : (own(completeUnder)[0] ?? null),
    gone: told.gone.flatMap((name) => [...new Set([name, ...own(name)])]),
  };
}

/** A task that is over says in its result how its names were taken. */
function withResult(task: Task, change: TaskChange, { by, mayCreate, created }: Addressing): TaskChange {
  if (!FINAL_STATES.includes(change.to)) return change;
  const rows = created !== undefined ? { created } : mayCreate !== undefined ? { mayHaveCreated: mayCreate.length } : {};
  const result = { ...asObject(change.result ?? task.result), addressing: { by, ...(change.to === "done" ? rows : {}) } };
  return { ...change, result };
}

function asObject(result: unknown): object {
  return typeof result === "object" && result !== null ? result : {};
}
