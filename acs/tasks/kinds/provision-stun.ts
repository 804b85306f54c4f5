/**
 * provisionStun: tells a device where our STUN server is, so that it can be woken behind a NAT. Which of the parameters it has is asked
 * first: a device without STUN is left alone. STUNUsername and STUNPassword are the connection-request credentials, which are the
 * device's own from its first contact on and don't change with ManagementServer.Password.
 * Spec: TR-069 Annex G.2.1.1 (STUN parameters). Layer: tasks, pure.
 */
import { writeForm } from "../../planning/write-form.js";
import { repeat } from "../read-back.js";
import type { Task, TaskOrder, WantedValue } from "../task.js";
import { ask, type DeviceFault, done, failed, faultOf, on, type SendContext, type Steps, settle, type TaskStep } from "../task-step.js";

export type ProvisionStunRun =
  | { readonly step: "find-stun"; readonly task: Task; readonly order: Order }
  | { readonly step: "set-stun"; readonly task: Task };

type Order = TaskOrder & { readonly kind: "provisionStun" };

export function beginProvisionStun(task: Task, order: Order, context: SendContext): TaskStep {
  if (context.root === null) return withoutStun(context, "the device did not tell its root object");
  return ask({ step: "find-stun", task, order }, { kind: "GetParameterNames", path: `${context.root}ManagementServer.`, nextLevel: true });
}

/** Setting the same again does no harm. */
export function readBackStun(task: Task, _order: Order, context: SendContext): TaskStep {
  return settle(repeat(task, context, "the session died; setting STUN again does no harm"));
}

export const provisionStunSteps: Steps<ProvisionStunRun> = {
  "find-stun": on(
    "GetParameterNamesResponse",
    (run, { parameters }, context) => afterFound(run, parameters, context),
    (_run, fault, context) => withoutStun(context, `the device answered fault ${fault.faultCode} to the question for it`),
  ),
  "set-stun": on("SetParameterValuesResponse", (_run, { status }, context) => afterSet(status, context), afterFault),
};

interface Found {
  readonly name: string;
  readonly writable: boolean;
}

function afterFound(
  { task, order }: ProvisionStunRun & { readonly step: "find-stun" },
  found: readonly Found[],
  context: SendContext,
): TaskStep {
  const wanted = stunValues(`${context.root ?? ""}ManagementServer.`, order, context.connectionRequest);
  const trusts = context.model.trustsWritable;
  const settable = new Set(found.filter(({ writable }) => writable || !trusts).map(({ name }) => name));
  const missing = wanted.filter(({ name }) => !settable.has(name));
  if (missing.length === wanted.length) return withoutStun(context, "the device has no STUN parameters that can be set");
  if (missing.some(({ name }) => isNeeded(name, order))) {
    return withoutStun(context, `the device lacks ${missing.map(({ name }) => name).join(", ")}`);
  }
  const values = wanted
    .filter(({ name }) => settable.has(name))
    .map(({ name, type, value }) => ({ name, type, text: writeForm(type, value, context.model) }));
  return ask({ step: "set-stun", task }, { kind: "SetParameterValues", values, parameterKey: task.id });
}

/** TR-098: the default of STUNServerPort. */
const DEFAULT_PORT = 3_478;

/** Without these there is no use in the others. */
function isNeeded(name: string, { port }: Order): boolean {
  if (name.endsWith(".STUNServerPort")) return port !== DEFAULT_PORT;
  return name.endsWith(".STUNEnable") || name.endsWith(".STUNServerAddress");
}

function stunValues(server: string, { host, port }: Order, login: SendContext["connectionRequest"]): readonly WantedValue[] {
  return [
    { name: `${server}STUNServerAddress`, type: "xsd:string", value: host },
    { name: `${server}STUNServerPort`, type: "xsd:unsignedInt", value: String(port) },
    { name: `${server}STUNUsername`, type: "xsd:string", value: login.username },
    { name: `${server}STUNPassword`, type: "xsd:string", value: login.password },
    { name: `${server}STUNEnable`, type: "xsd:boolean", value: "1" },
  ];
}

function afterSet(status: 0 | 1, context: SendContext): TaskStep {
  return settle(done(context, status === 0 ? "STUN is set" : "STUN is set; in force when the device has restarted (Status 1)"));
}

function afterFault(_run: ProvisionStunRun, fault: DeviceFault, context: SendContext): TaskStep {
  return settle(failed(context, faultOf(fault)));
}

/** Nothing is lost: it is woken another way, or waited for. */
function withoutStun(context: SendContext, why: string): TaskStep {
  return settle(done(context, `STUN is not set: ${why}`));
}
