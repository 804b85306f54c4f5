/**
 * Which file transfers that nobody ordered are told to the ACS.
 * Spec: TR-098, TR-181 (ManagementServer.AutonomousTransferCompletePolicy). Layer: device, pure.
 */
import type { AutonomousTransferComplete } from "../../acs/cwmp/rpc/autonomous-transfer-complete.js";
import { readList } from "../../acs/cwmp/values.js";
import { type Device, isOn, setting } from "./device.js";

const POLICY = "ManagementServer.AutonomousTransferCompletePolicy.";

/** An empty FileTypeFilter lets nothing pass: "…effectively disabling CPE notification". */
export function isTold(device: Device, { isDownload, fileType, fault }: AutonomousTransferComplete): boolean {
  const fits = (filter: string, kind: string): boolean => ["Both", kind].includes(setting(device, POLICY + filter));
  return (
    isOn(device, `${POLICY}Enable`) &&
    fits("TransferTypeFilter", isDownload ? "Download" : "Upload") &&
    fits("ResultTypeFilter", fault.faultCode === 0 ? "Success" : "Failure") &&
    readList(setting(device, `${POLICY}FileTypeFilter`)).includes(fileType)
  );
}
