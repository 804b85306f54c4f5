/**
 * What the ACS's events and a gateway's own events read like in the demo. null: not worth a line.
 * Layer: demo.
 */
import type { StoredEvent } from "../acs/events/event.js";
import type { GatewayEvent } from "../device-sim/gateway/options.js";

export function tellAcsEvent({ kind, data }: StoredEvent): string | null {
  const text = (name: string): string => String(data[name] ?? "");
  switch (kind) {
    case "device-registered":
      return "device registered (identity and password)";
    case "device-informed":
      return `Inform stored: ${list(data["events"])} (${text("changed")} values changed)`;
    case "task-created":
      return `task ${text("kind")} queued, durable`;
    case "task-changed":
      return `task ${text("kind")}: ${text("from")} → ${text("to")} (${text("reason")})`;
    case "wake-changed":
      return `wake: ${text("state")}: ${text("reason")}`;
    case "wire":
      return tellWire(data);
    case "file-added":
      return `file ${text("name")} in the catalogue`;
    default:
      return `${kind} ${JSON.stringify(data)}`;
  }
}

function list(value: unknown): string {
  return Array.isArray(value) && value.length > 0 ? value.join(", ") : "no events";
}

function tellWire(data: StoredEvent["data"]): string {
  const text = (name: string): string => String(data[name] ?? "");
  switch (data["kind"]) {
    case "sent":
      return `SIP → NOTIFY Event: resync to ${text("to")}`;
    case "retransmitted":
      return `SIP → NOTIFY again (${text("count")})`;
    case "answered":
      return `SIP ← ${text("status")} ${text("reason")}`;
    case "challenged":
      return `SIP ← ${text("status")}, answered with digest`;
    case "registered":
      return `SIP ← REGISTER of ${text("addressOfRecord")}, which was waited for`;
    default:
      return `SIP: ${text("kind")} ${text("detail")}`;
  }
}

export function tellGatewayEvent(event: GatewayEvent): string | null {
  switch (event.kind) {
    case "booted":
      return `up, software ${event.softwareVersion}`;
    case "registered":
      return `registered ${event.addressOfRecord} for ${event.expiresS} s`;
    case "subscribed":
      return `subscribed to ${event.event} for ${event.expiresS} s`;
    case "notify-received":
      return `NOTIFY Event: ${event.event} → ${event.outcome}`;
    case "session-started":
      return `calls in: ${event.events.join(", ")}`;
    case "value-set":
      return `values set: ${event.changed.map((name) => name.split(".").slice(-2).join(".")).join(", ")}`;
    case "rebooting":
      return "restarts";
    case "firmware-applied":
      return `firmware ${event.version} written`;
    case "download-failed":
      return `download failed: ${event.faultCode} ${event.why}`;
    case "upload-failed":
      return `upload failed: ${event.faultCode} ${event.why}`;
    case "test-ended":
      return `test ${event.object} ended: ${event.state}${event.why === undefined ? "" : `, ${event.why}`}`;
    case "echo-server":
      return `UDP echo at port ${event.port}: ${event.state}${event.why === undefined ? "" : `, ${event.why}`}`;
    case "powered-off":
      return "power off";
    case "registration-failed":
      return `registration failed: ${event.why}`;
    case "session-ended":
      return event.outcome === "failed" ? `session failed: ${event.why}` : null;
    case "nms-registered":
      return "tells the NMS server that it is ready";
    case "nms-requested":
      return `asks the NMS server what to do: ${event.action}`;
    case "nms-action":
      return `${event.action}: ${event.result}${event.detail === "" ? "" : `, ${event.detail}`}`;
    case "nms-failed":
      return `${event.what} failed: ${event.why}`;
    case "downloading":
      return event.bytes === event.bytesExpected ? `fetched ${event.bytes} bytes` : null;
  }
}
