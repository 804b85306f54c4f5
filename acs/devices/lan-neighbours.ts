/**
 * Who stands behind whom: a gateway lists the managed devices in its LAN, and each of them names its gateway. They learn it over DHCP.
 * A proxier lists the devices that it stands for, each of which calls in under an identity of its own.
 * Spec: TR-069 Annex F (TR-111 part 1) and J.1.1; TR-098 and TR-181 (ManagementServer.ManageableDevice, .VirtualDevice), TR-106 and
 * TR-181 (GatewayInfo). Layer: devices, pure.
 */
import { rowOf, segmentsOf } from "../cwmp/path-segments.js";
import type { DeviceIdentity } from "./device.js";

export interface ToldText {
  readonly name: string;
  readonly value: string | null;
}

export interface LanDevice extends DeviceIdentity {
  /** The row of the gateway's table, "Device.ManagementServer.ManageableDevice.1.". */
  readonly row: string;
}

/** TR-098, TR-181: the rows that are told; a gateway may list more. */
export const LAN_DEVICES_MAX = 256;

export const lanTable = (root: string): string => `${root}ManagementServer.ManageableDevice.`;
export const proxiedTable = (root: string): string => `${root}ManagementServer.VirtualDevice.`;
export const gatewayObject = (root: string): string => `${root}GatewayInfo.`;

/** @param told What is known below `lanTable` or `proxiedTable`. Rows without OUI or serial number name nobody, and are left out. */
export function lanDevices(told: readonly ToldText[]): readonly LanDevice[] {
  const rows = [...new Set(told.map(({ name }) => objectOf(name)))].filter((object) => rowOf(object) !== undefined);
  return rows.flatMap((row) => identityAt(row, told).map((identity) => ({ ...identity, row })));
}

/** @param told What is known of the object at `path`. undefined: the device knows no gateway ("" says so in TR-106), or was not asked. */
export function gatewayOf(path: string, told: readonly ToldText[]): DeviceIdentity | undefined {
  return identityAt(path, told)[0];
}

function identityAt(object: string, told: readonly ToldText[]): readonly DeviceIdentity[] {
  const values = new Map(told.map(({ name, value }) => [name, value?.trim() ?? ""]));
  const read = (leaf: string): string => values.get(object + leaf) ?? "";
  const identity = { oui: read("ManufacturerOUI").toUpperCase(), productClass: read("ProductClass"), serialNumber: read("SerialNumber") };
  return identity.oui === "" || identity.serialNumber === "" ? [] : [identity];
}

/** "A.B.1." of "A.B.1.C". */
function objectOf(name: string): string {
  return segmentsOf(name)
    .slice(0, -1)
    .map((segment) => `${segment}.`)
    .join("");
}
