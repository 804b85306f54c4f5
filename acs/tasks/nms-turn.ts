/**
 * What a message of a voice-signalled gateway tells of its tasks, and which one its answer carries. It tells the outcome of its last action
 * only, so that there is never a second one under way.
 * Spec: US 2012/0089717 A1 [0061-0066]; DESIGN 4 (task states): what was sent is never repeated unless the gateway shows that it did not get it.
 * Layer: tasks, pure.
 */
import type { ModelPolicy } from "../devices/model-policy.js";
import type { GatewayMessage, LastAction } from "../nms/gateway-message.js";
import { judgeVersion, type KnownVersion, wantedVersion } from "./judge-version.js";
import { actionName, nmsKindFault } from "./nms-order.js";
import { repeat, wasAccepted } from "./read-back.js";
import type { Settled } from "./settle.js";
import type { Task, TaskChange } from "./task.js";
import { done, failed } from "./task-step.js";

export interface NmsPolicy {
  readonly format: ModelPolicy["nmsFormat"];
  /** How long a gateway may take to tell the outcome. */
  readonly rebootSettleMs: number;
  readonly downloadSettleMs: number;
  readonly parametersSettleMs: number;
  /** How long the answer may take to leave. */
  readonly answerTimeoutMs: number;
  readonly unknownSettleMs: number;
}

export interface NmsContext {
  readonly nowMs: number;
  readonly policy: NmsPolicy;
  /** What the tree had of DeviceInfo.SoftwareVersion before this message. */
  readonly known: KnownVersion;
}

export interface NmsTurn {
  /** A change for each of these tasks, one at most. */
  readonly settled: readonly Settled[];
  /** The task that the answer carries; undefined: none, or one is under way. */
  readonly next: Task | undefined;
  /** Nothing is under way and nothing waits: the answer may be computed. */
  readonly isFree: boolean;
}

/** An action that the gateway was told, and whose outcome is not known. */
export function isUnderWay({ state }: Task): boolean {
  return state === "sent" || state === "awaiting-device" || state === "unknown";
}

/** One action at a time. @param open All unfinished tasks of the gateway. */
export function mayBeTold(task: Task, open: readonly Task[]): boolean {
  return task.state === "queued" && !open.some(isUnderWay);
}

/** @param open As TaskStore.open gives them. */
export function turnOf(open: readonly Task[], message: GatewayMessage, context: NmsContext): NmsTurn {
  const underWay = open.filter(isUnderWay);
  const judged = underWay.map((task) => ({ task, verdict: judge(task, message, underWay.length === 1, context) }));
  const settled = judged.flatMap(({ task, verdict }) => (typeof verdict === "object" ? [{ task, change: verdict }] : []));
  if (message.kind === "registration") return { settled, next: undefined, isFree: false };
  const isBusy = judged.some(({ verdict }) => verdict === "goes-on" || (typeof verdict === "object" && verdict.to === "awaiting-device"));
  const lost = judged.find(({ verdict }) => verdict === "was-lost")?.task;
  const { impossible, possible } = sorted(open, context.nowMs);
  const next = isBusy ? undefined : (lost ?? possible[0]);
  return { settled: [...settled, ...impossible], next, isFree: !isBusy && next === undefined };
}

/** It may have been queued while the device was managed over CWMP. */
function sorted(open: readonly Task[], nowMs: number): { readonly impossible: readonly Settled[]; readonly possible: readonly Task[] } {
  const queued = open.filter(({ state }) => state === "queued");
  const impossible = queued.flatMap((task) => {
    const why = nmsKindFault(task.order.kind);
    return why === undefined ? [] : [{ task, change: failed({ nowMs }, { code: "not-possible", detail: `${task.order.kind} ${why}` }) }];
  });
  return { impossible, possible: queued.filter(({ order }) => nmsKindFault(order.kind) === undefined) };
}

/** "was-lost": the gateway asks what to do, and shows that it never got this. */
type Verdict = TaskChange | "goes-on" | "was-lost";

function judge(task: Task, message: GatewayMessage, isOnly: boolean, context: NmsContext): Verdict {
  const { lastAction, information } = message;
  if (lastAction !== null && isOf(lastAction, task, isOnly, context)) return outcome(task, lastAction, context);
  if (runsWanted(task, information.softwareVersion, context)) {
    return done(context, `the gateway runs version ${information.softwareVersion}`);
  }
  const shows = message.kind === "request" && context.policy.format === "extended" && lastAction !== null;
  if (task.state === "awaiting-device" || !shows) return "goes-on";
  const again = repeat(task, context, "the gateway has not received it");
  return again.to === "queued" ? "was-lost" : again;
}

/** Without an id, an outcome is of the only action that it can be of. */
function isOf({ id, action }: LastAction, task: Task, isOnly: boolean, { policy }: NmsContext): boolean {
  if (id !== "") return id === task.id;
  return policy.format === "document" && isOnly && action === actionName(task);
}

function outcome(task: Task, { result, detail }: LastAction, context: NmsContext): Verdict {
  switch (result) {
    case "success":
      return done(context, "the gateway told: success");
    case "failure":
      return failed(context, { code: "not-done", detail: `the gateway told: failure${detail === "" ? "" : `: ${detail}`}` });
    case "pending":
      // Only once: one that is always about to act is given up.
      return task.state === "awaiting-device" || wasAccepted(task) ? "goes-on" : accepted(task, context);
  }
}

function runsWanted(task: Task, softwareVersion: string, { known }: NmsContext): boolean {
  return softwareVersion !== "" && wantedVersion(task) !== undefined && judgeVersion(task, softwareVersion, known) === "runs-wanted";
}

/** The response that carries it is about to leave. */
export function sending(task: Task, { nowMs, policy }: NmsContext, progress?: unknown): TaskChange {
  const reason = task.state === "queued" ? "the response carries it" : "the gateway has not received it: the response carries it again";
  const kept = progress === undefined ? {} : { progress };
  return { to: "sent", reason, atMs: nowMs, settleByMs: nowMs + policy.answerTimeoutMs, sends: true, ...kept };
}

/** The response has left, or the gateway has told that it has the action. */
export function accepted({ order }: Pick<Task, "order">, { nowMs, policy }: Pick<NmsContext, "nowMs" | "policy">): TaskChange {
  const { rebootSettleMs, downloadSettleMs, parametersSettleMs } = policy;
  const settleInMs = order.kind === "reboot" ? rebootSettleMs : order.kind === "download" ? downloadSettleMs : parametersSettleMs;
  const reason = "the gateway has it: its next registration tells the outcome";
  return { to: "awaiting-device", reason, atMs: nowMs, settleByMs: nowMs + settleInMs };
}

/** The connection broke before the response had left: perhaps it arrived, perhaps not. */
export function lost({ nowMs, policy }: Pick<NmsContext, "nowMs" | "policy">): TaskChange {
  const reason = "the connection broke before the response had left: to be read back";
  return { to: "unknown", reason, atMs: nowMs, settleByMs: nowMs + policy.unknownSettleMs };
}
