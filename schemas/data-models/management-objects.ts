/**
 * What is the same below ManagementServer. in each of the models.
 * Spec: TR-098 1.8, TR-181 2 (ManagementServer). Layer: schemas.
 */
import { BOOLEAN, LIST, oneOf, row, text, writable } from "./describe-model.js";

/** "…indicates that all file types are excluded": the factory lists what this device can get without its ACS. */
export const TRANSFER_POLICY = [
  writable("Enable", BOOLEAN, "1"),
  writable("TransferTypeFilter", oneOf("Upload", "Download", "Both"), "Both"),
  writable("ResultTypeFilter", oneOf("Success", "Failure", "Both"), "Both"),
  writable("FileTypeFilter", text(1024), "1 Firmware Upgrade Image"),
];

/** The table InformParameter. */
export const INFORM_PARAMETERS = {
  countedBy: "InformParameterNumberOfEntries",
  rowsMax: 8,
  row: row(writable("Enable", BOOLEAN, "0"), writable("ParameterName", text(256), ""), writable("EventList", LIST, "")),
};
