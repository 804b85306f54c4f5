/**
 * The gateway's ear for HTTP connection requests, and the URL that tells the ACS where it is.
 * Spec: TR-069 3.2.2. Layer: device-sim.
 */
import { type ConnectionRequestListener, openConnectionRequestListener } from "../cpe/connection-request-listener.js";
import { changeValue, setting } from "../device/device.js";
import type { Chassis } from "./chassis.js";

/** @returns undefined: the device has none. */
export async function openListener(chassis: Chassis, onConnectionRequest: () => void): Promise<ConnectionRequestListener | undefined> {
  const { connectionRequest } = chassis.options;
  if (connectionRequest === undefined) return undefined;
  const path = pathOf(chassis);
  const told = setting(chassis.box.get(), "ManagementServer.ConnectionRequestURL");
  return openConnectionRequestListener({
    host: connectionRequest.host,
    // The port of the last start, so that the URL which the ACS knows stays true.
    port: connectionRequest.port || (told.endsWith(path) ? Number(new URL(told).port) : 0),
    path,
    login: () => loginOf(chassis),
    clock: chassis.clock,
    randomBytes: chassis.randomBytes,
    onConnectionRequest,
  });
}

export function showListener(chassis: Chassis, { port }: ConnectionRequestListener): void {
  const url = `http://${chassis.options.connectionRequest?.host ?? ""}:${port}${pathOf(chassis)}`;
  chassis.box.change((device) => changeValue(device, `${chassis.model.root}ManagementServer.ConnectionRequestURL`, url));
}

const pathOf = ({ instance }: Chassis): string => `/${instance.macAddress.replaceAll(":", "").toLowerCase()}`;

function loginOf({ box }: Chassis) {
  const device = box.get();
  return {
    username: setting(device, "ManagementServer.ConnectionRequestUsername"),
    password: setting(device, "ManagementServer.ConnectionRequestPassword"),
  };
}
