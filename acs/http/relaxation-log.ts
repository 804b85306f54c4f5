/**
 * Counts the rules that are bent for devices, and logs them, though not each time.
 * Layer: http.
 */
import type { Clock } from "../../common/clock.js";
import type { Logger } from "../../common/log.js";
import { type Relaxation, Relaxations } from "../devices/relaxations.js";
import type { EventStore } from "../stores/event-store.js";
import { EventThrottle } from "./event-throttle.js";

/** Told of each rule that is bent for a device. */
export type Relaxed = (deviceId: string, rule: Relaxation) => void;

/** Whose counts are kept; those of the device that came longest ago go first. */
const DEVICES_MAX = 100_000;
/** A rule that is bent for a device is logged once an hour, and so many lines in all. */
const LINES = { windowMs: 3_600_000, keysMax: 10_000, perWindowMax: 1_000 };

export function openRelaxations(
  events: Pick<EventStore, "onStored">,
  clock: Clock,
  log: Pick<Logger, "info">,
): { readonly relaxations: Relaxations; readonly relaxed: Relaxed } {
  const relaxations = new Relaxations(DEVICES_MAX);
  const lines = new EventThrottle(LINES);
  events.onStored((stored) => {
    for (const { kind, deviceId } of stored) if (kind === "device-removed" && deviceId !== null) relaxations.forget(deviceId);
  });
  const relaxed: Relaxed = (deviceId, rule) => {
    const nowMs = clock.now();
    relaxations.note(deviceId, rule, nowMs);
    if (lines.allows(`${deviceId}|${rule}`, nowMs)) log.info({ device: deviceId, rule }, "a rule was bent for a device");
  };
  return { relaxations, relaxed };
}
