/**
 * What is asked before an order with aliases: whether rows that the tree told by their aliases are still called so, and which rows the
 * device does not have yet and will create.
 * Spec: TR-069 3.6.1, A.3.2.1 (auto-create); docs/decisions/0015-aliases-and-wildcards.md. Layer: tasks, pure.
 */
import { toldValue } from "../../devices/parameter-tree.js";
import { batchesOf } from "../../planning/batches.js";
import { addressingOf } from "../addressed-step.js";
import { changesNothing } from "../kind-traits.js";
import type { Task } from "../task.js";
import { ask, type DeviceFault, failed, on, type SendContext, type Steps, settle, type TaskStep, type Told, told } from "../task-step.js";

export type AddressedRun =
  | {
      readonly step: "check-aliases";
      readonly task: Task;
      readonly asked: readonly string[];
      readonly left: readonly (readonly string[])[];
    }
  | {
      readonly step: "look-for-rows";
      readonly task: Task;
      readonly row: string;
      readonly left: readonly string[];
      readonly created: readonly string[];
    };

type Begin = (task: Task, context: SendContext) => TaskStep;

const INVALID_NAME = 9005;
/** Rows of one order that are looked for before they may be created; of more the result says only how many there may be. */
const ROWS_LOOKED_FOR_MAX = 16;

/** The first question; undefined: there is none, and the order is sent. */
export function beginAddressed(task: Task, context: SendContext): TaskStep | undefined {
  const { aliases = {}, mayCreate = [] } = addressingOf(task) ?? {};
  const [asked, ...left] = changesNothing(task) ? [] : batchesOf(Object.keys(aliases), context.model.namesPerGetMax);
  if (asked !== undefined) return askAliases({ task, asked, left }, null);
  const [row, ...rows] = mayCreate;
  if (row === undefined || mayCreate.length > ROWS_LOOKED_FOR_MAX) return undefined;
  return askRow({ task, row, left: rows, created: [] });
}

/** @param begin Sends the order itself. */
export function addressedSteps(begin: Begin): Steps<AddressedRun> {
  return {
    "check-aliases": on(
      "GetParameterValuesResponse",
      ({ task, asked: names, left }, { values }, context) => {
        const read = new Map(values.map(({ name, text }) => [name, text]));
        const what = told(task, "read", { parameters: values.map(toldValue) });
        const { aliases = {} } = addressingOf(task) ?? {};
        const moved = names.find((name) => read.get(name) !== aliases[name]);
        if (moved !== undefined) return settle(notPossible(`${moved} is not ${aliases[moved]} any more`, context), what);
        const [asked, ...rest] = left;
        return asked === undefined ? withTold(begin(task, context), what) : askAliases({ task, asked, left: rest }, what);
      },
      ({ asked }, fault, context) => settle(notPossible(`${asked[0]} can't be read (fault ${fault.faultCode})`, context)),
    ),
    "look-for-rows": on(
      "GetParameterNamesResponse",
      (run, { parameters }, context) => afterRow(run, parameters.length > 0, begin, context),
      (run, fault, context) => afterRow(run, !isUnknown(fault), begin, context),
    ),
  };
}

const isUnknown = ({ faultCode }: DeviceFault): boolean => faultCode === INVALID_NAME;

function askAliases(run: Omit<AddressedRun & { readonly step: "check-aliases" }, "step">, what: Told | null): TaskStep {
  return ask({ ...run, step: "check-aliases" }, { kind: "GetParameterValues", names: run.asked }, what);
}

function notPossible(why: string, context: SendContext) {
  return failed(context, { code: "not-possible", detail: `${why}: nothing was changed; refresh the table and retry the task` });
}

function askRow(run: Omit<AddressedRun & { readonly step: "look-for-rows" }, "step">): TaskStep {
  return ask({ ...run, step: "look-for-rows" }, { kind: "GetParameterNames", path: run.row, nextLevel: true });
}

function afterRow(run: AddressedRun & { readonly step: "look-for-rows" }, isThere: boolean, begin: Begin, context: SendContext): TaskStep {
  const created = isThere ? run.created : [...run.created, run.row];
  const [row, ...left] = run.left;
  return row === undefined ? begin(withCreated(run.task, created), context) : askRow({ ...run, row, left, created });
}

/** What the result will say. It is not stored with the order: after a lost session, nobody can tell. */
function withCreated(task: Task, created: readonly string[]): Task {
  const { order } = task;
  if (order.kind !== "setParameterValues" || order.addressing === undefined) return task;
  return { ...task, order: { ...order, addressing: { ...order.addressing, created } } };
}

/** What was read goes into the tree with what the next step tells. */
function withTold(step: TaskStep, what: Told): TaskStep {
  return step.do === "leave" || step.told !== null ? step : { ...step, told: what };
}
