/**
 * Mutations of the code for rules of docs/spec-map.md: methods and their semantics: section 2.
 * Layer: test (npm run mutants).
 */
import type { Mutant } from "../mutant.js";

export const RPCS_MUTANTS: readonly Mutant[] = [
  {
    rule: "GetRPCMethods",
    file: "acs/tasks/kinds/rpc-methods.ts",
    find: 'boundedResult("methods", methods,',
    replace: 'boundedResult("methods", [],',
    heldBy: { file: "test/unit/acs/tasks/kinds/others.test.ts", title: "shows the methods; asking again does no harm" },
  },
  {
    rule: "SetParameterValues",
    file: "acs/tasks/kinds/set-values.ts",
    find: "const parameterKey = keyOf(task, plan.call);",
    replace: 'const parameterKey = "";',
    heldBy: { file: "test/unit/acs/tasks/task-run.test.ts", title: "carries the task's id as ParameterKey" },
  },
  {
    rule: "GetParameterValues",
    file: "acs/tasks/kinds/read-values.ts",
    find: "const read = [...run.read, ...values.map(",
    replace: "const read = [...values.map(",
    heldBy: { file: "test/unit/acs/tasks/task-run.test.ts", title: "asks for 64 names at a time and keeps all that was read" },
  },
  {
    rule: "GetParameterNames",
    file: "acs/tasks/kinds/read-names.ts",
    find: 'told(task, "read", { parameters: leaves })',
    replace: "null",
    heldBy: {
      file: "test/unit/acs/tasks/kinds/read-names.test.ts",
      title: "asks for path and NextLevel as ordered; the result has all names, the tree learns which parameters can be written",
    },
  },
  {
    rule: "SetParameterAttributes",
    file: "acs/tasks/kinds/attributes.ts",
    find: 'const what = told(task, "set", { parameters: changes.filter(({ name }) => !name.endsWith(".")) });',
    replace: 'const what = told(task, "set", { parameters: [] });',
    heldBy: {
      file: "test/unit/acs/tasks/kinds/attributes.test.ts",
      title: "is done with the answer, and the tree knows what was set and nothing more",
    },
  },
  {
    rule: "GetParameterAttributes",
    file: "acs/tasks/kinds/attributes.ts",
    find: 'const what = told(run.task, "read", { parameters: attributes.map(toldAttributes) });',
    replace: 'const what = told(run.task, "read", { parameters: [] });',
    heldBy: {
      file: "test/unit/acs/tasks/kinds/attributes.test.ts",
      title: "puts notification and access list into the tree and the result",
    },
  },
  {
    rule: "AddObject",
    file: "acs/tasks/kinds/objects.ts",
    find: "return askAfter(progress, context, step);",
    replace: "return step;",
    heldBy: {
      file: "test/unit/acs/tasks/kinds/objects.test.ts",
      title: "notes the instances that there are, then asks for one more with the task's id as ParameterKey",
    },
  },
  {
    rule: "DeleteObject",
    file: "acs/tasks/kinds/objects.ts",
    find: 'settle(done(context, "the instance was deleted"), told(task, "set", { gone: [path] }))',
    replace: 'settle(done(context, "the instance was deleted"), null)',
    heldBy: { file: "test/unit/acs/tasks/kinds/objects.test.ts", title: "is done at Status 0, and the tree forgets the instance" },
  },
  {
    rule: "Download",
    file: "acs/tasks/kinds/transfers.ts",
    find: "return { commandKey: task.id, fileType",
    replace: 'return { commandKey: "", fileType',
    heldBy: { file: "test/unit/acs/tasks/task-run.test.ts", title: "carry the task's id as CommandKey and wait for the device" },
  },
  {
    rule: "ScheduleDownload",
    file: "acs/tasks/kinds/transfers.ts",
    find: "timeWindows: order.windows",
    replace: "timeWindows: []",
    heldBy: {
      file: "test/unit/acs/tasks/kinds/transfers.test.ts",
      title: "carries the signed URL and the windows, and waits until after the last of them",
    },
  },
  {
    rule: "Upload",
    file: "acs/tasks/kinds/transfers.ts",
    find: "url, username, password, delayS });",
    replace: 'url, username, password: "", delayS });',
    heldBy: {
      file: "test/unit/acs/tasks/kinds/transfers.test.ts",
      title: "carries the opened password, and waits for TransferComplete as long as its delay and the transfer may take",
    },
  },
  {
    rule: "CancelTransfer",
    file: "acs/tasks/kinds/transfers.ts",
    find: '{ kind: "CancelTransfer", commandKey }',
    replace: '{ kind: "CancelTransfer", commandKey: task.id }',
    heldBy: {
      file: "test/unit/acs/tasks/kinds/transfers.test.ts",
      title: "cancels by key; 9021 says that it is too late; a lost answer is asked for again, which does no harm",
    },
  },
  {
    rule: "GetQueuedTransfers, GetAllQueuedTransfers",
    file: "acs/tasks/kinds/transfers.ts",
    find: "const METHOD_UNKNOWN = 9000;",
    replace: "const METHOD_UNKNOWN = 9001;",
    heldBy: {
      file: "test/unit/acs/tasks/kinds/transfers.test.ts",
      title: "shows the queue; a device that lacks GetAllQueuedTransfers is asked with GetQueuedTransfers",
    },
  },
  {
    rule: "Reboot",
    file: "acs/tasks/kinds/restarts.ts",
    find: '{ kind: "Reboot", commandKey: task.id }',
    replace: '{ kind: "Reboot", commandKey: "" }',
    heldBy: { file: "test/unit/acs/tasks/task-run.test.ts", title: "carry the task's id as CommandKey and wait for the device" },
  },
  {
    rule: "FactoryReset",
    file: "acs/tasks/kinds/restarts.ts",
    find: '{ kind: "FactoryReset" })',
    replace: '{ kind: "Reboot", commandKey: "" })',
    heldBy: { file: "test/unit/acs/tasks/kinds/others.test.ts", title: "waits for 0 BOOTSTRAP" },
  },
  {
    rule: "ScheduleInform",
    file: "acs/tasks/kinds/restarts.ts",
    find: '{ kind: "ScheduleInform", delayS, commandKey: task.id }',
    replace: '{ kind: "ScheduleInform", delayS, commandKey: "" }',
    heldBy: {
      file: "test/unit/acs/tasks/kinds/others.test.ts",
      title: "carries the task's id as CommandKey, and waits for its time to come",
    },
  },
  {
    rule: "ChangeDUState",
    file: "acs/tasks/kinds/du-state.ts",
    find: "operations, commandKey: task.id",
    replace: 'operations, commandKey: ""',
    heldBy: {
      file: "test/unit/acs/tasks/kinds/others.test.ts",
      title: "carries the operations with passwords open, and waits for DUStateChangeComplete",
    },
  },
  {
    rule: "Sizes of arguments",
    file: "acs/cwmp/sizes.ts",
    find: "commandKey: 32,",
    replace: "commandKey: 33,",
    heldBy: { file: "test/unit/acs/cwmp/sizes.test.ts", title: "${argument} has at most ${most} characters" },
  },
  {
    rule: "Inform",
    file: "acs/cwmp/rpc/inform.ts",
    find: 'serialNumber: childText(deviceId, "SerialNumber")',
    replace: 'serialNumber: optionalText(deviceId, "SerialNumber")',
    heldBy: {
      file: "test/unit/acs/cwmp/rpc/inform.test.ts",
      title: "is malformed without what tells who calls, why, or with which values",
    },
  },
  {
    rule: "TransferComplete",
    file: "acs/tasks/settle.ts",
    find: "if (faultCode === NO_FAULT) return { task,",
    replace: "if (faultCode >= NO_FAULT) return { task,",
    heldBy: {
      file: "test/unit/acs/tasks/settle.test.ts",
      title: "ends the download with this key: done for code 0, failed with the device's fault else",
    },
  },
  {
    rule: "AutonomousTransferComplete, RequestDownload, Kicked, DUStateChangeComplete, AutonomousDUStateChangeComplete",
    file: "acs/session/session.ts",
    find: '{ do: "record-device-report", message: request }, ',
    replace: "",
    heldBy: {
      file: "test/spec/tr069-3.7.2.test.ts",
      title: "stores ${report.kind} before it answers it, and asks nothing in its place (row 6)",
    },
  },
  {
    rule: "GetRPCMethods lists what the ACS accepts",
    file: "acs/session/session.ts",
    find: '  "Kicked",\n  "DUState',
    replace: '  "DUState',
    heldBy: { file: "test/spec/tr069-3.7.2.test.ts", title: "tells all methods that a device may call, and only those (TR-069 A.3.1.1)" },
  },
  {
    rule: "SetParameterValues: no name twice, only leaves",
    file: "acs/tasks/check-order.ts",
    find: "...duplicates(names, (at) => `values[${at}].name`),",
    replace: "",
    heldBy: {
      file: "test/unit/acs/tasks/check-order.test.ts",
      title: "refuses the same parameter twice (TR-069 A.3.2.1: the device would answer 9003)",
    },
  },
  {
    rule: "SetParameterValues: no name twice, only leaves",
    file: "acs/tasks/check-order.ts",
    find: "leafFault(name) ?? (known",
    replace: "nameFault(name) ?? (known",
    heldBy: { file: "test/unit/acs/tasks/check-order.test.ts", title: "refuses a partial path: only a leaf can be set" },
  },
  {
    rule: "SetParameterValues: Status 1 is verified in a later session",
    file: "acs/tasks/kinds/set-read-back.ts",
    find: 'if (run.visible.length === 0 || !areWanted(run, read)) return { do: "leave" };',
    replace: "",
    heldBy: { file: "test/unit/acs/tasks/read-back.test.ts", title: "leaves values of Status 1 alone until they are in force" },
  },
  {
    rule: "SetParameterValues: ParameterKey is stored on success only, so it tells whether a lost call was applied",
    file: "acs/tasks/kinds/set-read-back.ts",
    find: "if (key === keyOf(task, plan.call)) return goOn(",
    replace: 'if (key === "") return goOn(',
    heldBy: { file: "test/unit/acs/tasks/read-back.test.ts", title: "is done when ParameterKey is the task's" },
  },
  {
    rule: "SetParameterValues: nothing or all of a call is applied; several calls of one task are each read back by their own key",
    file: "acs/tasks/kinds/set-values.ts",
    find: '(run.onFault === "set-the-rest" ||',
    replace: '(run.onFault !== "set-the-rest" ||',
    heldBy: {
      file: "test/unit/acs/tasks/kinds/set-values.test.ts",
      title: "by default stops at the first fault, names the parameter, and tells what had been set before",
    },
  },
  {
    rule: "GetParameterValues: one unknown name fails the call with 9005; it is found, dropped, and the others are read",
    file: "acs/tasks/kinds/read-values.ts",
    find: "if (asked.length > 1) return next(",
    replace: "if (asked.length > 100) return next(",
    heldBy: {
      file: "test/unit/acs/tasks/kinds/read-values.test.ts",
      title: "looks for the unknown name by halves, drops it after its parent does not list it, and reads the others",
    },
  },
  {
    rule: "GetParameterValues: passwords read empty, a table without rows is an empty list",
    file: "acs/tasks/kinds/read-values.ts",
    find: 'value: isSecretName(name) ? "" : text',
    replace: "value: text",
    heldBy: { file: "test/unit/acs/tasks/task-run.test.ts", title: "shows no secret in its result" },
  },
  {
    rule: "SetParameterAttributes: what is not marked as a change stays; later entries win",
    file: "acs/tasks/kinds/attributes.ts",
    find: "meant.findLast((change) => change.notification",
    replace: "meant.find((change) => change.notification",
    heldBy: {
      file: "test/unit/acs/tasks/kinds/attributes.test.ts",
      title: "read-back: of two changes that mean a parameter the later one counts, for each attribute",
    },
  },
  {
    rule: "AddObject is never repeated blindly",
    file: "acs/tasks/kinds/objects.ts",
    find: "if (key === run.task.id) return listTable(run, true);",
    replace: 'if (key === run.task.id) return settle(repeat(run.task, context, "read back"));',
    heldBy: { file: "test/unit/acs/tasks/kinds/objects.test.ts", title: "read-back of addObject: it is never repeated blindly" },
  },
  {
    rule: "Reboot: 1 BOOT with M Reboot and its key",
    file: "acs/tasks/settle.ts",
    find: 'hasEvent(inform, "1") && keys.size === 0;',
    replace: 'hasEvent(inform, "1");',
    heldBy: { file: "test/unit/acs/tasks/settle.test.ts", title: "completes the reboot whose key M Reboot carries, and no other" },
  },
  {
    rule: "Download: a URL without user and password",
    file: "acs/tasks/check-download.ts",
    find: 'if (username !== "" || password !== "")',
    replace: 'if (password !== "")',
    heldBy: {
      file: "test/unit/acs/tasks/check-download.test.ts",
      title: "refuses a URL that carries user and password, is too long, relative, or of a foreign scheme (TR-069 A.3.2.8)",
    },
  },
];
