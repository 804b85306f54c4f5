/**
 * Devices for load: known to the ACS, with so many cached values each.
 */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deviceId } from "../../acs/devices/device.js";
import { openStores } from "../../acs/stores/sqlite/open-stores.js";
import { digestHa1 } from "../../common/digest.js";
import { readSecretKey, sealSecret } from "../../common/secret-box.js";
import type { LoadDevice } from "./cwmp-load.js";

export const REALM = "Reveille";
export const PASSWORD = "bench-password";

export function loadDevices(count: number): LoadDevice[] {
  return Array.from({ length: count }, (_, i) => {
    const identity = { oui: "0A1B2C", productClass: "BENCH", serialNumber: `B${String(i).padStart(6, "0")}` };
    const username = deviceId(identity);
    return { username, ha1: digestHa1("MD5", username, REALM, PASSWORD), ...identity, nonce: "", nc: 0, informs: 0 };
  });
}

/** Devices with `size` cached values each, written through the store, in a directory that the server then opens cold. */
export async function prepareStore(directory: string, devices: readonly LoadDevice[], size: number): Promise<void> {
  const key = randomBytes(32).toString("hex");
  await writeFile(join(directory, "secrets-key"), `${key}\n`);
  const stores = await openStores({ file: join(directory, "acs.sqlite") });
  const secretKey = readSecretKey(key);
  for (const { username, oui, productClass, serialNumber } of devices) {
    const sealed = sealSecret(secretKey, PASSWORD, username);
    const identity = { oui, productClass, serialNumber };
    await stores.devices.register(
      {
        identity,
        username,
        password: sealed,
        passwordIsFactory: false,
        connectionRequest: { username: "acs", password: sealed },
        sipAddress: null,
        registeredAtMs: Date.now(),
      },
      [],
    );
  }
  const parameters = Array.from({ length: size }, (_, i) => ({
    name: `InternetGatewayDevice.LANDevice.${1 + (i % 4)}.Hosts.Host.${1 + Math.floor(i / 40)}.Value${i % 40}`,
    value: { type: "xsd:string", text: `value ${i}` },
    writable: i % 2 === 0,
  }));
  for (const { username } of devices) {
    await stores.devices.recordTold({
      deviceId: username,
      lease: 0,
      atMs: Date.now(),
      parameters,
      cause: { kind: "read", ref: "bench" },
      completeUnder: null,
      events: [],
    });
  }
  await stores.close();
}
