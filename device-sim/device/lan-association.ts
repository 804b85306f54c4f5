/**
 * What device-gateway association shows in the tree: whom a gateway has in its LAN, and which gateway a device is behind.
 * Spec: TR-069 Annex F; TR-098 and TR-181 ManagementServer.ManageableDevice, TR-181 GatewayInfo. Layer: device, pure.
 */
import { changeValue, type Device } from "./device.js";
import { hasRoom, rowNumbers } from "./model-index.js";
import { addRow } from "./objects.js";
import { currentValue } from "./parameter-tree.js";

interface Named {
  readonly oui: string;
  readonly productClass: string;
  readonly serialNumber: string;
}

const TABLE = "ManagementServer.ManageableDevice.";
const GATEWAY = "GatewayInfo.";

const leavesOf = ({ oui, productClass, serialNumber }: Named) =>
  [
    ["ManufacturerOUI", oui],
    ["ProductClass", productClass],
    ["SerialNumber", serialNumber],
  ] as const;

/** Whether it is a device that may be behind a gateway, and shows which. */
export function mayHaveGateway({ tree: { index } }: Device): boolean {
  return index.definitions.has(`${index.root}${GATEWAY}SerialNumber`);
}

/** @param gateway undefined: it was asked, and nobody named itself. */
export function gatewayFound(device: Device, gateway: Named | undefined): Device {
  const leaves = leavesOf(gateway ?? { oui: "", productClass: "", serialNumber: "" });
  return leaves.reduce((changed, [leaf, text]) => changeValue(changed, `${device.tree.index.root}${GATEWAY}${leaf}`, text), device);
}

/** A row for it, unless there is one, or no room. */
export function lanDeviceSeen(device: Device, seen: Named): Device {
  const { index } = device.tree;
  const table = index.root + TABLE;
  const isListed = rowNumbers(index, table).some((number) =>
    leavesOf(seen).every(([leaf, text]) => currentValue(device.tree, `${table}${number}.${leaf}`) === text),
  );
  if (isListed || !hasRoom(index, table)) return device;
  const counter = `${index.root}ManagementServer.ManageableDeviceNumberOfEntries`;
  const counted = changeValue(device, counter, String(rowNumbers(index, table).length + 1));
  const { tree, instanceNumber } = addRow(counted.tree, table);
  return leavesOf(seen).reduce((filled, [leaf, text]) => changeValue(filled, `${table}${instanceNumber}.${leaf}`, text), {
    ...counted,
    tree,
  });
}
