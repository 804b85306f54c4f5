/**
 * What the ACS sets at 0 BOOTSTRAP, in a call of its own: who may send connection requests, and how often the device calls in.
 * Spec: TR-069 3.2.2 (connection request credentials), DESIGN 4. Layer: tasks, pure.
 */
import type { WantedValue } from "./task.js";

export interface Provision {
  readonly root: string;
  readonly connectionRequest: { readonly username: string; readonly password: string };
  readonly periodicInformTime: string;
  readonly intervalS: number;
}

export function provisionValues({ root, connectionRequest, periodicInformTime, intervalS }: Provision): readonly WantedValue[] {
  const server = `${root}ManagementServer.`;
  return [
    { name: `${server}ConnectionRequestUsername`, type: "xsd:string", value: connectionRequest.username },
    { name: `${server}ConnectionRequestPassword`, type: "xsd:string", value: connectionRequest.password },
    { name: `${server}PeriodicInformEnable`, type: "xsd:boolean", value: "1" },
    { name: `${server}PeriodicInformInterval`, type: "xsd:unsignedInt", value: String(intervalS) },
    { name: `${server}PeriodicInformTime`, type: "xsd:dateTime", value: periodicInformTime },
  ];
}

const SECOND_MS = 1_000;

/**
 * A phase for PeriodicInformTime, the same for the same device, spread evenly over the interval (only the phase counts, TR-181).
 * @param spread 0 ≤ spread < 1, e.g. from a hash of the device id.
 */
export function periodicInformTime(spread: number, intervalS: number): string {
  const offsetMs = Math.floor(spread * intervalS) * SECOND_MS;
  return new Date(Date.UTC(2020, 0, 1) + offsetMs).toISOString().replace(".000Z", "Z");
}
