/**
 * Which managed devices a gateway has in its LAN, for which it stands itself, and which gateway a device is behind: as they told it, with
 * the ids of those known here.
 * Spec: TR-069 Annex F (TR-111 part 1), J.1.1. Layer: northbound.
 */
import { Router } from "@koa/router";
import { type Device, type DeviceIdentity, deviceId } from "../../devices/device.js";
import { gatewayObject, gatewayOf, LAN_DEVICES_MAX, lanDevices, lanTable, proxiedTable } from "../../devices/lan-neighbours.js";
import { Problem } from "../../http/problem.js";
import type { DeviceStore } from "../../stores/device-store.js";

type Devices = Pick<DeviceStore, "get" | "tree">;

/** Parameters of a row: Alias, OUI, ProductClass, SerialNumber, Host, protocol, commands, and room for a vendor's. */
const ENTRIES_PER_ROW = 16;

export function lanRoutes({ devices }: { readonly devices: Devices }): Router {
  return new Router().get("/devices/:device/lan", async (ctx) => {
    const { device: id } = ctx.params as { device: string };
    const device = await devices.get(id);
    if (device === undefined) throw new Problem("not-found", "there is no such device");
    ctx.body = {
      gateway: await gatewayFor(device, devices),
      devices: await devicesIn(lanTable, device, devices),
      proxied: await devicesIn(proxiedTable, device, devices),
    };
  });
}

async function gatewayFor({ id, root }: Device, devices: Devices) {
  if (root === null) return null;
  const path = gatewayObject(root);
  const gateway = gatewayOf(path, await devices.tree(id, path, { limit: ENTRIES_PER_ROW }));
  return gateway === undefined ? null : { ...gateway, device: await knownId(gateway, devices) };
}

async function devicesIn(table: (root: string) => string, { id, root }: Device, devices: Devices) {
  if (root === null) return [];
  const told = await devices.tree(id, table(root), { limit: LAN_DEVICES_MAX * ENTRIES_PER_ROW });
  const rows = lanDevices(told).slice(0, LAN_DEVICES_MAX);
  return Promise.all(rows.map(async (row) => ({ ...row, device: await knownId(row, devices) })));
}

/** The id of the device that has this identity; null: it is not registered here. */
async function knownId({ oui, productClass, serialNumber }: DeviceIdentity, devices: Devices): Promise<string | null> {
  const known = await devices.get(deviceId({ oui, productClass, serialNumber }));
  return known?.id ?? null;
}
