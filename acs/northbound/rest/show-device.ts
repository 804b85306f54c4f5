/**
 * A device as REST shows it: never a secret.
 * Layer: northbound.
 */
import type { Device, NmsRecord, Quarantine, SharedIdentity, WakeRecord } from "../../devices/device.js";
import type { Task, TaskState } from "../../tasks/task.js";
import { showTime } from "./fields.js";

/** @param tags Sorted. */
export function showDevice(device: Device, tags: readonly string[]) {
  const { id, identity, manufacturer, username, sipAddress, registeredAtMs, lastInformAtMs, root, cwmpNamespace, wake } = device;
  const { passwordIsFactory, pendingPassword, enrolledBy, quarantine, sharedIdentity, protocol, nms } = device;
  return {
    id,
    identity,
    manufacturer,
    username,
    passwordIsFactory,
    passwordPendingSince: showTime(pendingPassword?.isFactory === false ? pendingPassword.sinceMs : null),
    factoryPasswordExpectedSince: showTime(pendingPassword?.isFactory === true ? pendingPassword.sinceMs : null),
    sipAddress,
    tags,
    registeredAt: showTime(registeredAtMs),
    lastInformAt: showTime(lastInformAtMs),
    root,
    cwmpNamespace,
    wake: showWake(wake),
    enrolledBy,
    quarantine: quarantine === null ? null : showQuarantine(quarantine),
    sharedIdentity: sharedIdentity === null ? null : showSharedIdentity(sharedIdentity),
    protocol,
    nms: protocol === "nms" ? showNms(nms) : null,
  };
}

function showQuarantine({ reason, sinceMs, claimed }: Quarantine) {
  return { reason, since: showTime(sinceMs), claimed };
}

function showNms({ registeredAtMs, registrations, signalledAtMs, requests }: NmsRecord) {
  return {
    registeredAt: showTime(registeredAtMs),
    registrationsSinceSignal: registrations,
    signalledAt: showTime(signalledAtMs),
    requests,
  };
}

function showSharedIdentity({ atMs, sign, values }: SharedIdentity) {
  return { at: showTime(atMs), sign, values };
}

export function showWake({ state, attempts, reason, nextTryAtMs }: WakeRecord) {
  return { state, attempts, reason, nextTryAt: showTime(nextTryAtMs) };
}

/** With the number of its unfinished tasks by state. */
export function showDeviceWithTasks(device: Device, tags: readonly string[], open: readonly Task[]) {
  const count = (state: TaskState): number => open.filter((task) => task.state === state).length;
  const openTasks = {
    queued: count("queued"),
    sent: count("sent"),
    "awaiting-device": count("awaiting-device"),
    unknown: count("unknown"),
  };
  return { ...showDevice(device, tags), openTasks };
}
