/**
 * Device-gateway association of a simulated gateway, on both sides: it asks the DHCP server whose LAN it is in which gateway that is, and it
 * hears, as a gateway, who is in its own.
 * Spec: TR-069 Annex F (TR-111 part 1). Layer: device-sim.
 */
import { gatewayFound, lanDeviceSeen, mayHaveGateway } from "../device/lan-association.js";
import { askDhcp } from "../dhcp/ask-dhcp.js";
import type { LanIdentity } from "../dhcp/lan-identity.js";
import { type LanServer, openLanServer } from "../dhcp/lan-server.js";
import type { Chassis } from "./chassis.js";

export class LanAssociation {
  readonly #chassis: Chassis;
  /** Something may be worth a session. */
  readonly #callInIfDue: () => void;
  #power = new AbortController();
  #server: LanServer | undefined;

  constructor(chassis: Chassis, callInIfDue: () => void) {
    this.#chassis = chassis;
    this.#callInIfDue = callInIfDue;
  }

  /** Port on which devices of its LAN are heard; undefined: none are. */
  get port(): number | undefined {
    return this.#server?.port;
  }

  /** Fulfilled when devices of the LAN are heard. Its own gateway is asked for meanwhile. */
  async powerOn(): Promise<void> {
    const { options } = this.#chassis;
    this.#power = new AbortController();
    this.#findGateway(this.#power.signal).catch((error: unknown) => this.#chassis.complain(error));
    if (options.lanDhcp === undefined) return;
    const server = await openLanServer({
      ...options.lanDhcp,
      gateway: this.#identity(),
      onDevice: (device) => this.#change((before) => lanDeviceSeen(before, device)),
    });
    if (this.#power.signal.aborted) await server.close();
    else this.#server = server;
  }

  async powerOff(): Promise<void> {
    this.#power.abort();
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }

  async #findGateway(power: AbortSignal): Promise<void> {
    const { box, options, instance, clock, randomBytes } = this.#chassis;
    const { dhcpServer: server } = options;
    if (server === undefined || !mayHaveGateway(box.get())) return;
    const device = this.#identity();
    const found = await askDhcp({ server, macAddress: instance.macAddress, device, wanted: "gateway", clock, randomBytes, power });
    if (!power.aborted) this.#change((before) => gatewayFound(before, found?.gateway));
  }

  #change(edit: Parameters<Chassis["box"]["change"]>[0]): void {
    this.#chassis.box.change(edit);
    this.#callInIfDue();
  }

  #identity(): LanIdentity {
    const { oui, productClass, serialNumber } = this.#chassis.instance;
    return { oui, productClass, serialNumber };
  }
}
