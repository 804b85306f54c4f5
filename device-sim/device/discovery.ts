/**
 * What becomes of an ACS that DHCP names, and when a device asks for one.
 * Spec: TR-069 3.1 (ACS discovery). Layer: device, pure.
 */
import { type Device, noticeNewAcs, raiseEvent, setting } from "./device.js";
import { withStored } from "./parameter-tree.js";

export interface DiscoveredAcs {
  readonly url: string;
  readonly provisioningCode?: string;
  readonly retryMinimumWaitS?: number;
  readonly retryMultiplier?: number;
}

/** There is no ACS, or the one that DHCP named can't be reached. One that was set by hand or by an ACS is never replaced. */
export function mustDiscover(device: Device, isUnreachable: boolean): boolean {
  const url = setting(device, "ManagementServer.URL");
  return url === "" || (isUnreachable && url === device.discoveredUrl);
}

/** Another URL than before is a first contact; a BOOT that waits for delivery joins it. */
export function acsDiscovered(device: Device, { url, provisioningCode, retryMinimumWaitS, retryMultiplier }: DiscoveredAcs): Device {
  const { root } = device.tree.index;
  const values = [
    ["ManagementServer.URL", url],
    ["DeviceInfo.ProvisioningCode", provisioningCode],
    ["ManagementServer.CWMPRetryMinimumWaitInterval", retryMinimumWaitS?.toString()],
    ["ManagementServer.CWMPRetryIntervalMultiplier", retryMultiplier?.toString()],
  ] as const;
  const tree = values.reduce(
    (changed, [path, text]) => (text === undefined ? changed : withStored(changed, root + path, text)),
    device.tree,
  );
  const met = noticeNewAcs({ ...device, tree, discoveredUrl: url });
  return device.events.waiting.some(({ code }) => code === "1 BOOT") ? raiseEvent(met, "1 BOOT") : met;
}

/** Somebody has set ManagementServer.URL, if only to what it was: DHCP has no say any more. @param names Full names of what was set. */
export function urlSet(device: Device, names: readonly string[]): Device {
  const isSet = device.discoveredUrl !== null && names.includes(`${device.tree.index.root}ManagementServer.URL`);
  return isSet ? { ...device, discoveredUrl: null } : device;
}
