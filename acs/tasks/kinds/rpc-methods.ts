/**
 * getRpcMethods: the methods that the device says it has.
 * Spec: TR-069 A.3.1.1. Layer: tasks, pure.
 */
import type { Task } from "../task.js";
import { ask, boundedResult, done, on, type Steps, settle, type TaskStep } from "../task-step.js";

export type RpcMethodsRun = { readonly step: "get-rpc-methods"; readonly task: Task };

export function beginGetRpcMethods(task: Task): TaskStep {
  return ask({ step: "get-rpc-methods", task }, { kind: "GetRPCMethods" });
}

export const rpcMethodsSteps: Steps<RpcMethodsRun> = {
  "get-rpc-methods": on("GetRPCMethodsResponse", (_run, { methods }, context) => {
    const result = boundedResult("methods", methods, (method) => method.length);
    return settle(done(context, `the device has ${methods.length} methods`, result));
  }),
};
