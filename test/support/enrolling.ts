/**
 * Rules and strangers for tests of enrolment.
 * Layer: test support.
 */
import { type DeviceIdentity, deviceId } from "../../acs/devices/device.js";
import { CwmpClient } from "./cwmp-client.js";
import type { TestAcs } from "./test-acs.js";

export const BATCH_PASSWORD = "password-of-the-batch";
let serials = 0;

/** Opens a rule over REST; its id. By default a window with BATCH_PASSWORD. */
export async function openRule(acs: TestAcs, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const window = { kind: "window", openForS: 3_600, password: BATCH_PASSWORD };
  const rule = { ...(more["kind"] === "certificate" ? {} : window), name: "batch", devicesMax: 10, ...more };
  const { status, body } = await acs.call("POST", "/api/enrolment-rules", rule);
  if (status !== 201) throw new Error(`no rule: ${status} ${JSON.stringify(body)}`);
  return body.id as string;
}

/** Tests share an ACS: what one opened must not let in the strangers of another. */
export async function removeRules(acs: TestAcs): Promise<void> {
  const { body } = await acs.call("GET", "/api/enrolment-rules");
  for (const { id } of body.rules) await acs.call("DELETE", `/api/enrolment-rules/${id}`);
}

export interface Stranger extends CwmpClient {
  readonly id: string;
}

/** A device that nobody registered; it knows the password of its batch, and calls itself by its id. */
export function stranger(acs: TestAcs, more: Partial<CwmpClient["options"]> = {}): Stranger {
  const identity: DeviceIdentity = {
    oui: "00D09E",
    productClass: "HG1",
    serialNumber: `E${String(++serials).padStart(6, "0")}`,
    ...more.identity,
  };
  const id = deviceId(identity);
  return Object.assign(new CwmpClient({ port: acs.cwmpPort, username: id, password: BATCH_PASSWORD, ...more, identity }), { id });
}
