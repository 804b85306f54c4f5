/**
 * Requests that a device owes its ACS besides TransferComplete: kept until the ACS has answered them.
 * Spec: TR-069 3.7.1.5 (which event announces which), A.3.3.3, A.4.2. Layer: device, pure.
 */
import type { AutonomousTransferComplete } from "../../acs/cwmp/rpc/autonomous-transfer-complete.js";
import type { DUStateChangeComplete } from "../../acs/cwmp/rpc/du-state-change-complete.js";
import type { Kicked } from "../../acs/cwmp/rpc/kicked.js";
import type { RequestDownload } from "../../acs/cwmp/rpc/request-download.js";
import type { DeviceEvent } from "./events.js";

export type Report = AutonomousTransferComplete | DUStateChangeComplete | RequestDownload | Kicked;

export const REPORT_KINDS = [
  "AutonomousTransferComplete",
  "DUStateChangeComplete",
  "RequestDownload",
  "Kicked",
] as const satisfies readonly Report["kind"][];

export interface OwedReport {
  /** Goes up by one with each report of the device. */
  readonly id: number;
  readonly report: Report;
}

export const REPORT_LIMITS = { reportsMax: 16 } as const;

/** The oldest gives way where nobody takes them. */
export function oweReport(owed: readonly OwedReport[], report: Report): readonly OwedReport[] {
  const id = 1 + Math.max(0, ...owed.map((other) => other.id));
  return [...owed, { id, report }].slice(-REPORT_LIMITS.reportsMax);
}

/** What the Inform lists before the report. */
export function reportEvents(report: Report): readonly DeviceEvent[] {
  switch (report.kind) {
    case "AutonomousTransferComplete":
      return [{ code: "10 AUTONOMOUS TRANSFER COMPLETE", commandKey: "" }];
    case "DUStateChangeComplete":
      return [
        { code: "11 DU STATE CHANGE COMPLETE", commandKey: "" },
        { code: "M ChangeDUState", commandKey: report.commandKey },
      ];
    case "RequestDownload":
      return [{ code: "9 REQUEST DOWNLOAD", commandKey: "" }];
    case "Kicked":
      return [{ code: "5 KICKED", commandKey: "" }];
  }
}
