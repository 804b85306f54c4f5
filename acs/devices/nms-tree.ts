/**
 * What a voice-signalled gateway tells, as parameters of its tree: the standard's names where there are any, else those of an object of ours.
 * Spec: US 2012/0089717 A1 [0049], [0070]; TR-106 3.3 (vendor-specific names). Layer: devices, pure.
 */
import type { GatewayMessage } from "../nms/gateway-message.js";
import type { ToldParameter } from "./parameter-tree.js";
import { isSecretName } from "./secret-names.js";

export const SOFTWARE_VERSION = "DeviceInfo.SoftwareVersion";
const OBJECT = "X_REVEILLE_NMS.";
const ROOT = /^(?:InternetGatewayDevice|Device)\./;

/** The root of the parameters that it names, else the one that is known, else TR-181's. */
export function nmsRoot({ parameters }: Pick<GatewayMessage, "parameters">, known: string | null): string {
  for (const { name } of parameters) {
    const root = ROOT.exec(name)?.[0];
    if (root !== undefined) return root;
  }
  return known ?? "Device.";
}

/** Values that it left out are left as they are. Secrets are never kept. */
export function toldByNms(message: GatewayMessage, root: string): readonly ToldParameter[] {
  const { identity, information, lastAction, parameters } = message;
  const { manufacturer, ip, softwareVersion, hardwareVersion, fileName, upgradeServer, downloadMethod } = information;
  const named: readonly (readonly [string, string])[] = [
    ["DeviceInfo.Manufacturer", manufacturer],
    ["DeviceInfo.ManufacturerOUI", identity.oui],
    ["DeviceInfo.ProductClass", identity.productClass],
    ["DeviceInfo.SerialNumber", identity.serialNumber],
    [SOFTWARE_VERSION, softwareVersion],
    ["DeviceInfo.HardwareVersion", hardwareVersion],
    [`${OBJECT}IPAddress`, ip],
    [`${OBJECT}FileName`, fileName],
    [`${OBJECT}UpgradeServer`, upgradeServer],
    [`${OBJECT}DownloadMethod`, downloadMethod],
    [`${OBJECT}LastAction.ID`, lastAction?.id ?? ""],
    [`${OBJECT}LastAction.Action`, lastAction?.action ?? ""],
    [`${OBJECT}LastAction.Result`, lastAction?.result ?? ""],
  ];
  const detail = lastAction === null ? [] : [told(`${root}${OBJECT}LastAction.Detail`, lastAction.detail)];
  const own = parameters.filter(({ name }) => name.startsWith(root) && !name.endsWith("."));
  return [
    ...named.filter(([, text]) => text !== "").map(([path, text]) => told(root + path, text)),
    ...detail,
    ...own.map(({ name, value }) => told(name, isSecretName(name) ? "" : value, true)),
  ];
}

/** Its messages carry no types: what a parameter's is known to be stays. */
function told(name: string, text: string, isUntyped = false): ToldParameter {
  return { name, value: isUntyped ? { type: "xsd:string", text, untyped: true } : { type: "xsd:string", text } };
}
