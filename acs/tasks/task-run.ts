/**
 * What a task says to the device: its RPCs one after another, and what the answers mean for the task and the tree. A kind a file in kinds/.
 * Spec: TR-069 A.3.2, A.4.1 (the RPCs), DESIGN 4 (task states). Layer: tasks, pure.
 */
import type { AcsRequest } from "../cwmp/messages.js";
import { addressedStep } from "./addressed-step.js";
import { type AddressedRun, addressedSteps, beginAddressed } from "./kinds/addressed.js";
import { type AttributesRun, attributesSteps, beginGetAttributes, beginSetAttributes, readBackAttributes } from "./kinds/attributes.js";
import { beginDiagnostic, type DiagnosticRun, diagnosticSteps, readBackDiagnostic } from "./kinds/diagnostic.js";
import { beginChangeDuState, type DuStateRun, duStateSteps, readBackDuState } from "./kinds/du-state.js";
import {
  beginAddObject,
  beginDeleteObject,
  type ObjectsRun,
  objectsSteps,
  readBackAddObject,
  readBackDeleteObject,
} from "./kinds/objects.js";
import { beginProvisionStun, type ProvisionStunRun, provisionStunSteps, readBackStun } from "./kinds/provision-stun.js";
import { beginReadNames, type ReadNamesRun, readNamesSteps } from "./kinds/read-names.js";
import { beginReadValues, type ReadValuesRun, readValuesSteps } from "./kinds/read-values.js";
import { beginRefresh, type RefreshRun, refreshSteps } from "./kinds/refresh.js";
import {
  beginFactoryReset,
  beginReboot,
  beginScheduleInform,
  type RestartRun,
  readBackRestart,
  readBackScheduleInform,
  restartSteps,
} from "./kinds/restarts.js";
import { beginRotatePassword, type RotatePasswordRun, readBackPassword, rotatePasswordSteps } from "./kinds/rotate-password.js";
import { beginGetRpcMethods, type RpcMethodsRun, rpcMethodsSteps } from "./kinds/rpc-methods.js";
import {
  beginProvision,
  beginSetValues,
  readBackProvision,
  readBackSetValues,
  type SetValuesRun,
  setValuesSteps,
} from "./kinds/set-values.js";
import {
  beginCancelTransfer,
  beginDownload,
  beginGetQueuedTransfers,
  beginScheduleDownload,
  beginUpload,
  readBackCancelTransfer,
  readBackTransfer,
  type TransferRun,
  transferSteps,
} from "./kinds/transfers.js";
import { withoutPrepared } from "./nms-prepared.js";
import { repeat } from "./read-back.js";
import type { Task, TaskOrder } from "./task.js";
import { type Advance, type DeviceAnswer, impossible, type SendContext, type Steps, settle, type TaskStep } from "./task-step.js";

/** A task whose RPC is with the device, or is about to be. */
export type TaskRun =
  | ReadValuesRun
  | ReadNamesRun
  | RefreshRun
  | SetValuesRun
  | AttributesRun
  | ObjectsRun
  | RestartRun
  | TransferRun
  | RpcMethodsRun
  | DiagnosticRun
  | DuStateRun
  | AddressedRun
  | RotatePasswordRun
  | ProvisionStunRun;

interface Kind<O> {
  /** The first RPC of a task that is `sent`. */
  readonly begin: (task: Task, order: O, context: SendContext) => TaskStep;
  /** What to ask before anything is repeated. */
  readonly readBack: (task: Task, order: O, context: SendContext) => TaskStep;
}

const readAgain = (task: Task, _order: TaskOrder, context: SendContext): TaskStep =>
  settle(repeat(task, context, "the session died; reading again does no harm"));

const KINDS: { readonly [K in TaskOrder["kind"]]: Kind<Extract<TaskOrder, { readonly kind: K }>> } = {
  getParameterValues: { begin: beginReadValues, readBack: readAgain },
  setParameterValues: { begin: beginSetValues, readBack: readBackSetValues },
  provision: { begin: beginProvision, readBack: readBackProvision },
  rotatePassword: { begin: beginRotatePassword, readBack: readBackPassword },
  provisionStun: { begin: beginProvisionStun, readBack: readBackStun },
  getParameterNames: { begin: beginReadNames, readBack: readAgain },
  refresh: { begin: beginRefresh, readBack: readAgain },
  getParameterAttributes: { begin: beginGetAttributes, readBack: readAgain },
  setParameterAttributes: { begin: beginSetAttributes, readBack: readBackAttributes },
  addObject: { begin: beginAddObject, readBack: readBackAddObject },
  deleteObject: { begin: beginDeleteObject, readBack: readBackDeleteObject },
  reboot: { begin: beginReboot, readBack: readBackRestart },
  factoryReset: { begin: beginFactoryReset, readBack: readBackRestart },
  scheduleInform: { begin: beginScheduleInform, readBack: readBackScheduleInform },
  download: { begin: beginDownload, readBack: readBackTransfer },
  scheduleDownload: { begin: beginScheduleDownload, readBack: readBackTransfer },
  upload: { begin: beginUpload, readBack: readBackTransfer },
  cancelTransfer: { begin: beginCancelTransfer, readBack: readBackCancelTransfer },
  getQueuedTransfers: { begin: beginGetQueuedTransfers, readBack: readAgain },
  getRpcMethods: { begin: beginGetRpcMethods, readBack: readAgain },
  changeDUState: { begin: beginChangeDuState, readBack: readBackDuState },
  diagnostic: { begin: beginDiagnostic, readBack: readBackDiagnostic },
};

const STEPS: Steps<TaskRun> = {
  ...readValuesSteps,
  ...readNamesSteps,
  ...refreshSteps,
  ...setValuesSteps,
  ...attributesSteps,
  ...objectsSteps,
  ...restartSteps,
  ...transferSteps,
  ...rpcMethodsSteps,
  ...duStateSteps,
  ...diagnosticSteps,
  ...addressedSteps(beginOrder),
  ...rotatePasswordSteps,
  ...provisionStunSteps,
};

/** Kinds that are one method and nothing else. getQueuedTransfers knows two. */
const METHODS: Readonly<Partial<Record<TaskOrder["kind"], AcsRequest["kind"]>>> = {
  factoryReset: "FactoryReset",
  scheduleInform: "ScheduleInform",
  scheduleDownload: "ScheduleDownload",
  upload: "Upload",
  cancelTransfer: "CancelTransfer",
  changeDUState: "ChangeDUState",
};

/** The device is known not to have what the task needs, or would ask first. */
export function needsMissing({ order }: Task, { missing }: SendContext): boolean {
  return missing.has(METHODS[order.kind] ?? "") || (order.kind === "getQueuedTransfers" && missing.has("GetAllQueuedTransfers"));
}

/** The first RPC of a task that is `sent`. */
export function beginTask(task: Task, context: SendContext): TaskStep {
  return addressedStep(task, firstStep(task, context));
}

function firstStep(task: Task, context: SendContext): TaskStep {
  const method = METHODS[task.order.kind];
  const learnt = method === undefined ? undefined : context.missing.get(method);
  if (learnt !== undefined) return impossible(context, `the device does not have ${method}: ${learnt}`);
  return beginAddressed(task, context) ?? beginOrder(task, context);
}

function beginOrder(task: Task, context: SendContext): TaskStep {
  const kind: Kind<never> = KINDS[task.order.kind];
  return kind.begin(withoutPrepared(task), task.order as never, context); // the entry of its own kind: the types of the table say so
}

/** A task whose session died, or one that the device may have completed since: what to ask before anything is repeated. */
export function beginUnknown(task: Task, context: SendContext): TaskStep {
  const kind: Kind<never> = KINDS[task.order.kind];
  return addressedStep(task, kind.readBack(withoutPrepared(task), task.order as never, context));
}

/** What the answer to the RPC of `run` means. The answer belongs to the request: one is outstanding at a time. */
export function advanceTask(run: TaskRun, answer: DeviceAnswer, context: SendContext): TaskStep {
  const advance: Advance<never> = STEPS[run.step];
  return addressedStep(run.task, advance(run as never, answer, context));
}
