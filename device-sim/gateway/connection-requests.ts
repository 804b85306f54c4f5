/**
 * The gateway's ear for HTTP connection requests, and the URL that tells the ACS where it is.
 * Spec: TR-069 3.2.2; TR-181 (HTTPConnectionRequestEnable). Layer: device-sim.
 */
import { type ConnectionRequestListener, openConnectionRequestListener } from "../cpe/connection-request-listener.js";
import type { ManagementClient } from "../cpe/management-client.js";
import { changeValue, setting } from "../device/device.js";
import type { Chassis } from "./chassis.js";

export class ConnectionRequests {
  readonly #chassis: Chassis;
  readonly #client: ManagementClient;
  #listener: ConnectionRequestListener | undefined;
  /** Opening and closing take their turns. */
  #turn: Promise<void> = Promise.resolve();
  /** The port of the last start is kept, so that the URL which the ACS knows stays true. */
  #port: number;

  constructor(chassis: Chassis, client: ManagementClient) {
    this.#chassis = chassis;
    this.#client = client;
    const told = setting(chassis.box.get(), "ManagementServer.ConnectionRequestURL");
    this.#port = chassis.options.connectionRequest?.port || (told.endsWith(this.#path()) ? Number(new URL(told).port) : 0);
  }

  powerOn(): Promise<void> {
    const { options, deviceId } = this.#chassis;
    if (options.connectionRequestUrl !== undefined) this.#show(options.connectionRequestUrl.replaceAll("{device}", deviceId));
    return this.#settle();
  }

  /** Resolves when its socket is closed. */
  powerOff(): Promise<void> {
    return this.#settle();
  }

  /** HTTPConnectionRequestEnable has changed, and so will the URL: which the ACS is told. */
  look(): void {
    this.#settle().then(
      () => this.#client.callInIfDue(),
      (error: unknown) => this.#chassis.complain(error),
    );
  }

  #settle(): Promise<void> {
    const turn = this.#turn.then(() => (this.#isWanted() ? this.#open() : this.#close()));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #isWanted(): boolean {
    const { isOn, options, box } = this.#chassis;
    return isOn && options.connectionRequest !== undefined && setting(box.get(), "ManagementServer.HTTPConnectionRequestEnable") !== "0";
  }

  async #open(): Promise<void> {
    const { clock, randomBytes, options, behaviour } = this.#chassis;
    const host = options.connectionRequest?.host ?? "";
    if (this.#listener !== undefined) return;
    const path = this.#path();
    const login = () => this.#login();
    const onConnectionRequest = () => this.#client.trigger("6 CONNECTION REQUEST");
    this.#listener = await openConnectionRequestListener({
      ...{ host, port: this.#port, path, login, clock, randomBytes, onConnectionRequest },
      neverAnswers: behaviour.connectionRequestAnswer === "none",
    });
    this.#port = this.#listener.port;
    if (this.#chassis.isOn && !this.#isHeardElsewhere()) this.#show(`http://${host}:${this.#port}${path}`);
  }

  /** The device that is off says nothing; one that is switched not to listen says so. */
  async #close(): Promise<void> {
    if (this.#chassis.isOn && this.#listener !== undefined && !this.#isHeardElsewhere()) this.#show("");
    const listener = this.#listener;
    this.#listener = undefined;
    await listener?.close();
  }

  #isHeardElsewhere(): boolean {
    return this.#chassis.options.connectionRequestUrl !== undefined;
  }

  #show(url: string): void {
    const { box, model } = this.#chassis;
    box.change((device) => changeValue(device, `${model.root}ManagementServer.ConnectionRequestURL`, url));
  }

  /** Random per device. */
  #path(): string {
    return `/${this.#chassis.instance.macAddress.replaceAll(":", "").toLowerCase()}`;
  }

  #login() {
    const device = this.#chassis.box.get();
    return {
      username: setting(device, "ManagementServer.ConnectionRequestUsername"),
      password: setting(device, "ManagementServer.ConnectionRequestPassword"),
    };
  }
}
