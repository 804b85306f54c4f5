/**
 * Runs the IP ping test, after the session that asked for it.
 * Spec: TR-098 (IPPingDiagnostics), TR-181 (IP.Diagnostics.IPPing). Layer: device-sim.
 */
import type { ManagementClient } from "../cpe/management-client.js";
import { setting } from "../device/device.js";
import { concernsPing, isPingRequested, pingFailed, pingSaidToSucceed } from "../device/diagnostics.js";
import { resolveHost } from "../phone/resolve-host.js";
import type { Chassis } from "./chassis.js";

export class PingTest {
  readonly #chassis: Chassis;
  readonly #client: ManagementClient;
  /** Goes up with each test, so that what comes late for an older one is dropped. */
  #round = 0;

  constructor(chassis: Chassis, client: ManagementClient) {
    this.#chassis = chassis;
    this.#client = client;
  }

  powerOff(): void {
    this.#round++;
  }

  /** A test begins when the session has ended; a new argument, or a new request, stops the one that runs. @param names What was set. */
  look(names: readonly string[]): void {
    const { tree } = this.#chassis.box.get();
    if (!concernsPing(tree, names)) return;
    const round = ++this.#round;
    if (!isPingRequested(tree)) return;
    this.#client.whenIdle(() => void this.#run(round).catch((error: unknown) => this.#chassis.complain(error)));
  }

  /** Only the name is really tested: ICMP needs rights that this program neither has nor wants, and results are never invented but by a behaviour. */
  async #run(round: number): Promise<void> {
    const { box, model, behaviour } = this.#chassis;
    const { diagnosticsEnd: end } = behaviour;
    const host = setting(box.get(), `${model.places.ping}Host`);
    const isResolved = host !== "" && (await resolveHost(host).catch(() => "")) !== "";
    if (round !== this.#round || end === "never") return;
    if (isResolved && end !== undefined) box.change((device) => pingSaidToSucceed(device, end));
    else box.change((device) => pingFailed(device, isResolved ? "Error_Other" : "Error_CannotResolveHostName"));
    this.#client.callIn();
  }
}
