/**
 * What a device has to tell its ACS: events that wait for delivery, and what becomes of them.
 * Spec: TR-069 3.7.1.5 (event codes, cumulative behaviour, retry and reboot policy). Layer: device, pure.
 */

export const EVENT_CODES = [
  "0 BOOTSTRAP",
  "1 BOOT",
  "2 PERIODIC",
  "3 SCHEDULED",
  "4 VALUE CHANGE",
  "5 KICKED",
  "6 CONNECTION REQUEST",
  "7 TRANSFER COMPLETE",
  "8 DIAGNOSTICS COMPLETE",
  "9 REQUEST DOWNLOAD",
  "10 AUTONOMOUS TRANSFER COMPLETE",
  "11 DU STATE CHANGE COMPLETE",
  "13 WAKEUP",
  "14 HEARTBEAT",
  "M Reboot",
  "M ScheduleInform",
  "M Download",
  "M ScheduleDownload",
  "M Upload",
  "M ChangeDUState",
] as const;
export type EventCode = (typeof EVENT_CODES)[number];

export interface DeviceEvent {
  readonly code: EventCode;
  /** "" unless the code starts with "M ". */
  readonly commandKey: string;
}

/** `listed` stand in the Inform of the running session; what happens after that Inform waits for the next one. */
export interface PendingEvents {
  readonly waiting: readonly DeviceEvent[];
  readonly listed: readonly DeviceEvent[];
}

export const EVENT_LIMITS = { eventsPerInformMax: 64 } as const;

export const NO_EVENTS: PendingEvents = { waiting: [], listed: [] };

/** These announce a request of the device, and are confirmed by the response to it; everything else by InformResponse. */
const CONFIRMED_BY_RESPONSE: readonly EventCode[] = [
  ...(["5 KICKED", "7 TRANSFER COMPLETE", "9 REQUEST DOWNLOAD", "10 AUTONOMOUS TRANSFER COMPLETE"] as const),
  ...(["11 DU STATE CHANGE COMPLETE", "M Download", "M ScheduleDownload", "M Upload", "M ChangeDUState"] as const),
];
/** A restart raises its own BOOT and is no standby, a connection request is no reason to call in twice, and results of diagnostics are lost. */
const FORGOTTEN_BY_REBOOT: readonly EventCode[] = ["1 BOOT", "6 CONNECTION REQUEST", "8 DIAGNOSTICS COMPLETE", "13 WAKEUP"];

/**
 * Raises an event. It is told once however often it happens before the next Inform; an M event once for each command key.
 * "0 BOOTSTRAP" discards every other undelivered event, and until it is delivered only the BOOT of the same start joins it.
 */
export function raise(events: PendingEvents, code: EventCode, commandKey = ""): PendingEvents {
  if (code === "0 BOOTSTRAP") return { ...events, waiting: [{ code, commandKey: "" }] };
  const bootstrapWaits = events.waiting.some((event) => event.code === "0 BOOTSTRAP");
  if (bootstrapWaits && code !== "1 BOOT") return events;
  return { ...events, waiting: merge(events.waiting, [{ code, commandKey }]) };
}

/** An Inform goes out: everything undelivered is listed in it. Of more than 64 the oldest M events are dropped. */
export function list(events: PendingEvents): PendingEvents {
  const all = merge(events.listed, events.waiting);
  let excess = all.length - EVENT_LIMITS.eventsPerInformMax;
  return { waiting: [], listed: all.filter((event) => !event.code.startsWith("M ") || excess-- <= 0) };
}

/** InformResponse has come. */
export function confirmInform(events: PendingEvents): PendingEvents {
  return { ...events, listed: events.listed.filter((event) => CONFIRMED_BY_RESPONSE.includes(event.code)) };
}

/**
 * The response to a request of the device has come.
 * @param announced What the Inform listed because of that request.
 * @param left What it listed because of those that this session has yet to make.
 */
export function confirmReport(events: PendingEvents, announced: readonly DeviceEvent[], left: readonly DeviceEvent[]): PendingEvents {
  const over = announced.filter((event) => !left.some((other) => isSame(event, other)));
  return { ...events, listed: events.listed.filter((event) => !over.some((other) => isSame(event, other))) };
}

/** The session has ended. What it did not deliver waits again, but a connection request is never retried. */
export function unlist(events: PendingEvents): PendingEvents {
  const undelivered = events.listed.filter((event) => event.code !== "6 CONNECTION REQUEST");
  const bootstrapWaits = events.waiting.some((event) => event.code === "0 BOOTSTRAP");
  return { waiting: bootstrapWaits ? events.waiting : merge(undelivered, events.waiting), listed: [] };
}

/** What is still to be told after a loss of power. */
export function survivors(events: PendingEvents): PendingEvents {
  const { waiting } = unlist(events);
  return { waiting: waiting.filter((event) => !FORGOTTEN_BY_REBOOT.includes(event.code)), listed: [] };
}

function merge(older: readonly DeviceEvent[], newer: readonly DeviceEvent[]): readonly DeviceEvent[] {
  return [...older, ...newer.filter((event) => !older.some((other) => isSame(event, other)))];
}

const isSame = (a: DeviceEvent, b: DeviceEvent): boolean => a.code === b.code && a.commandKey === b.commandKey;
