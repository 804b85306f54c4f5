/**
 * Values for tests: only what a test says matters differs from these.
 */
import type { Inform } from "../../acs/cwmp/rpc/inform.js";
import { type Device, deviceId, IDLE_WAKE, NO_NMS } from "../../acs/devices/device.js";
import { DEFAULT_MODEL_POLICY } from "../../acs/devices/model-policy.js";
import type { Task, TaskOrder } from "../../acs/tasks/task.js";
import type { SendContext } from "../../acs/tasks/task-step.js";

export const NOW_MS = Date.UTC(2026, 0, 1, 12);
export const IDENTITY = { oui: "0A1B2C", productClass: "VG2000", serialNumber: "VG2K00000001" } as const;
export const DEVICE_ID = deviceId(IDENTITY);

export function aTask(order: TaskOrder, more: Partial<Task> = {}): Task {
  return {
    id: "01task",
    deviceId: DEVICE_ID,
    order,
    state: "sent",
    revision: 2,
    priority: 5,
    createdAtMs: NOW_MS,
    expiresAtMs: null,
    settleByMs: null,
    sends: 1,
    sentAtMs: NOW_MS,
    failure: null,
    result: null,
    progress: null,
    transitions: [],
    ...more,
  };
}

export function aContext(more: Partial<SendContext> = {}): SendContext {
  return {
    nowMs: NOW_MS,
    root: "InternetGatewayDevice.",
    model: DEFAULT_MODEL_POLICY,
    connectionRequest: { username: "acs", password: "crpass" },
    newPassword: null,
    periodicInformTime: "2020-01-01T00:00:17Z",
    values: [],
    password: "",
    operations: [],
    fileUrl: null,
    typesOf: () => [],
    missing: new Map(),
    softwareVersion: null,
    brought: null,
    rebootSettleMs: 600_000,
    downloadSettleMs: 3_600_000,
    applySettleMs: 86_400_000,
    passwordUseMs: 3_600_000,
    answerTimeoutMs: 300_000,
    ...more,
  };
}

/** @param codes Event codes; "M Reboot=key" gives the event its CommandKey. */
export function anInform(...codes: readonly string[]): Inform {
  return {
    kind: "Inform",
    deviceId: { manufacturer: "Example Voice", ...IDENTITY },
    events: codes.map((code) => {
      const [name = "", commandKey = ""] = code.split("=", 2);
      return { code: name, commandKey };
    }),
    maxEnvelopes: 1,
    currentTime: "2026-01-01T12:00:00Z",
    retryCount: 0,
    parameters: [{ name: "InternetGatewayDevice.DeviceInfo.SoftwareVersion", type: "xsd:string", text: "3.2.1" }],
  };
}

export function aDevice(more: Partial<Device> = {}): Device {
  return {
    id: DEVICE_ID,
    identity: IDENTITY,
    manufacturer: "",
    username: DEVICE_ID,
    password: "sealed",
    passwordIsFactory: false,
    pendingPassword: null,
    factoryCredentials: null,
    connectionRequest: { username: "acs", password: "sealed" },
    sipAddress: null,
    registeredAtMs: NOW_MS,
    lastInformAtMs: null,
    root: "InternetGatewayDevice.",
    cwmpNamespace: null,
    lease: 0,
    wake: IDLE_WAKE,
    enrolledBy: null,
    quarantine: null,
    awaitsFirstContact: false,
    sharedIdentity: null,
    protocol: "cwmp",
    nms: NO_NMS,
    ...more,
  };
}
