/**
 * What is the same below ManagementServer. in each of the models.
 * Spec: TR-098 1.8, TR-181 2 (ManagementServer). Layer: schemas.
 */
import { BOOLEAN, LIST, oneOf, readOnly, row, text, unsigned, writable } from "./describe-model.js";

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

/** Beside the table ManageableDevice. */
export const MANAGEABLE_DEVICE_LEAVES = [
  readOnly("ManageableDeviceNumberOfEntries", unsigned(), "0"),
  writable("ManageableDeviceNotificationLimit", unsigned(), "0"),
];

/** The table ManageableDevice: a row for each device of the LAN that named itself over DHCP (TR-069 Annex F). */
export const MANAGEABLE_DEVICES = {
  countedBy: "ManageableDeviceNumberOfEntries",
  rowsMax: 32,
  row: row(
    readOnly("ManufacturerOUI", text(6), "", "mayDeny"),
    readOnly("SerialNumber", text(64), "", "mayDeny"),
    readOnly("ProductClass", text(64), "", "mayDeny"),
    readOnly("Host", LIST, ""),
  ),
};

/** TR-181 GatewayInfo.: the gateway that the device is behind; "" where there is none. */
export const GATEWAY_INFO = [
  readOnly("ManufacturerOUI", text(6), "", "active"),
  readOnly("ProductClass", text(64), "", "active"),
  readOnly("SerialNumber", text(64), "", "active"),
];
