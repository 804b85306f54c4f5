/**
 * An event as REST and the event stream show it.
 * Layer: northbound.
 */
import type { StoredEvent } from "../../events/event.js";
import { showTime } from "./fields.js";

export function showEvent({ id, atMs, kind, deviceId, data }: StoredEvent) {
  return { id, at: showTime(atMs), kind, device: deviceId, data };
}
