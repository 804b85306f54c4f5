/**
 * What a device tells on its own account and the ACS only takes note of: which messages, what each is answered, what is kept of them.
 * Spec: TR-069 A.3.3.3, A.4.2.1-A.4.2.4. Layer: session, pure.
 */
import type { AcsResponse, DeviceRequest } from "../cwmp/messages.js";

export type DeviceReport = Extract<
  DeviceRequest,
  {
    readonly kind:
      | "AutonomousTransferComplete"
      | "DUStateChangeComplete"
      | "AutonomousDUStateChangeComplete"
      | "RequestDownload"
      | "Kicked";
  }
>;

/** A RequestDownload does not oblige the ACS to download; to Kicked there is no page of ours to show. */
export const REPORT_RESPONSES: { readonly [K in DeviceReport["kind"]]: AcsResponse } = {
  AutonomousTransferComplete: { kind: "AutonomousTransferCompleteResponse" },
  DUStateChangeComplete: { kind: "DUStateChangeCompleteResponse" },
  AutonomousDUStateChangeComplete: { kind: "AutonomousDUStateChangeCompleteResponse" },
  RequestDownload: { kind: "RequestDownloadResponse" },
  Kicked: { kind: "KickedResponse", nextUrl: "" },
};

/** Of a longer report the beginning is kept: a device may send megabytes, and an event is read by people. */
const REPORT_CHARACTERS_MAX = 8_192;
/** What each field or entry counts beside its text, so that there can't be very many of them. */
const ENTRY_CHARACTERS = 16;

/** The message as the data of an event: its fields, without a user and password in its URLs, `truncated` if not all of it. */
export function reportData({ kind, ...fields }: DeviceReport): Readonly<Record<string, unknown>> {
  const budget = { left: REPORT_CHARACTERS_MAX };
  const kept = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, bounded(value, budget)]));
  return { message: kind, ...kept, ...(budget.left < 0 ? { truncated: true } : {}) };
}

function bounded(value: unknown, budget: { left: number }): unknown {
  budget.left -= ENTRY_CHARACTERS;
  if (typeof value === "string") {
    const kept = value.slice(0, Math.max(0, budget.left));
    budget.left -= value.length;
    return withoutUserinfo(kept, kept.length < value.length);
  }
  if (Array.isArray(value)) {
    const kept: unknown[] = [];
    for (const item of value) {
      if (budget.left < 0) break;
      kept.push(bounded(item, budget));
    }
    return kept;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, bounded(one, budget)]));
}

/**
 * "ftp://anna:secret@files/x" gives "ftp://files/x". No such URL is legal here (TR-069 A.3.2.8), so that some device will send one.
 * @param isCut The end of the text is missing: what stands there may be a user and password whose "@" was cut off.
 */
function withoutUserinfo(text: string, isCut: boolean): string {
  const safe = text.replace(/\/\/[^/?#\s@]*@/g, "//");
  return isCut ? safe.replace(/\/\/[^/?#\s@]*$/, "//") : safe;
}
