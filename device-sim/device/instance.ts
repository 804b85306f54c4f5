/**
 * What tells one simulated device from the next: serial number, MAC address, line, secrets. The same seed and index give the same device.
 * Layer: device, pure.
 */
import type { ModelIndex } from "./model-index.js";

export interface DeviceInstance {
  readonly oui: string;
  readonly productClass: string;
  readonly serialNumber: string;
  /** "02:.." or "06:..": locally administered, so nobody's; those of different models differ. */
  readonly macAddress: string;
  /** Directory number, SIP user and authentication user of the line. */
  readonly lineNumber: string;
}

export const INSTANCE_LIMITS = { indexMax: 999_999, seedMax: 9_999 } as const;

/**
 * @param seed 0 to 9999: devices of different seeds share no serial number and no MAC address.
 * @param index 0 to 999999, the device's place in its fleet.
 * @param firstLineNumber The line number of device 0; those of the others follow.
 */
export function deviceInstance(index: ModelIndex, seed: number, device: number, firstLineNumber: number): DeviceInstance {
  const sample = (name: string): string => index.definitions.get(index.root + name)?.sample ?? "";
  const octets = [FIRST_OCTETS[index.places.voice], ...octetsOf(seed, 2), ...octetsOf(device, 3)];
  const macAddress = octets.map((octet) => octet.toString(16).padStart(2, "0").toUpperCase()).join(":");
  return {
    oui: sample("DeviceInfo.ManufacturerOUI"),
    productClass: sample("DeviceInfo.ProductClass"),
    serialNumber: `${sample("DeviceInfo.SerialNumber").slice(0, 4)}${String(seed).padStart(4, "0")}${String(device).padStart(6, "0")}`,
    macAddress,
    lineNumber: String(firstLineNumber + device),
  };
}

const FIRST_OCTETS = { "TR-104 issue 1": 0x02, "TR-104 issue 2": 0x06 } as const;

/** Big-endian. */
function octetsOf(value: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => Math.floor(value / 256 ** (count - 1 - at)) % 256);
}

export interface Provisioning {
  readonly acsUrl: string;
  /** "": `OUI-ProductClass-SerialNumber`. */
  readonly acsUsername: string;
  readonly acsPassword: string;
  readonly periodicInformIntervalS: number;
}

/**
 * Values that the device leaves the factory (or the operator's warehouse) with: they differ from the model's samples.
 * The voice account is another matter (phone/voice-service.ts).
 */
export function factoryValues({ root, places }: ModelIndex, device: DeviceInstance, given: Provisioning): ReadonlyMap<string, string> {
  const management = `${root}ManagementServer.`;
  const { oui, productClass, serialNumber, macAddress } = device;
  return new Map([
    [`${root}DeviceInfo.SerialNumber`, serialNumber],
    [`${management}URL`, given.acsUrl],
    [`${management}Username`, given.acsUsername || `${oui}-${productClass}-${serialNumber}`],
    [`${management}Password`, given.acsPassword],
    [`${management}PeriodicInformInterval`, String(given.periodicInformIntervalS)],
    [root + places.macAddress, macAddress],
  ]);
}
