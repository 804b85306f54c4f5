/**
 * A simulated voice gateway: parameter tree, management client and phone under one power switch.
 * Spec: TR-069, TR-098, TR-104, RFC 3261. Layer: device-sim.
 */
import type { Kicked } from "../acs/cwmp/rpc/kicked.js";
import type { RequestDownload } from "../acs/cwmp/rpc/request-download.js";
import { ManagementClient } from "./cpe/management-client.js";
import type { TransferRunner } from "./cpe/transfer-runner.js";
import type { UnitRunner } from "./cpe/unit-runner.js";
import { isOpenToSubscriber } from "./device/attributes.js";
import { changeValue, oweToAcs, powerDown, powerUp, setting } from "./device/device.js";
import { urlSet } from "./device/discovery.js";
import type { DeviceInstance } from "./device/instance.js";
import { currentValue } from "./device/parameter-tree.js";
import { readValue } from "./device/parameter-value.js";
import type { Report } from "./device/reports.js";
import { askDhcp, type DhcpServer } from "./dhcp/ask-dhcp.js";
import { type ActingParts, applyChanges, carryOut } from "./gateway/carry-out.js";
import { Chassis } from "./gateway/chassis.js";
import { ConnectionRequests } from "./gateway/connection-requests.js";
import { makeUnitRunner } from "./gateway/deployment-units.js";
import { DiagnosticTests } from "./gateway/diagnostic-tests.js";
import { makeTransferRunner } from "./gateway/file-transfers.js";
import { LanAssociation } from "./gateway/lan-association.js";
import { makePhone } from "./gateway/make-phone.js";
import { NmsManagement } from "./gateway/nms-management.js";
import { DEFAULTS, type GatewayOptions, type NmsOptions } from "./gateway/options.js";
import { Restart } from "./gateway/restart.js";
import { UdpEchoServer } from "./gateway/udp-echo-server.js";
import type { Phone } from "./phone/phone.js";
import type { NotifyCounters, TriggerMessage, TriggerResponse } from "./phone/request-door.js";

export interface Gateway {
  readonly instance: DeviceInstance;
  /** `OUI-ProductClass-SerialNumber`. */
  readonly deviceId: string;
  powerOn(): Promise<void>;
  /** As a pulled plug: whatever is going on stops here. Resolves when its sockets are closed. */
  powerOff(): Promise<void>;
  /** Somebody at the device changes a value: "4 VALUE CHANGE" if it is notified. @throws {RangeError} unknown name, unusable value, access denied. */
  changeLocally(name: string, text: string): void;
  triggerPeriodic(): void;
  /** The device comes back from standby, which is no restart: "13 WAKEUP" (StandbyPolicy). */
  wakeUp(): void;
  /** Somebody at the device installs firmware from a file of theirs: restart, then "10 AUTONOMOUS TRANSFER COMPLETE" if its policy lets it be told. */
  upgradeLocally(version: string): void;
  /** The device asks its ACS for a file: "9 REQUEST DOWNLOAD". @param fileTypeArgs At most 16. */
  requestDownload(fileType: string, fileTypeArgs?: RequestDownload["fileTypeArgs"]): void;
  /** A subscriber's browser opens the kick page: "5 KICKED". */
  kick(query: Omit<Kicked, "kind">): void;
  /** NOTIFYs since power-on. */
  readonly notifies: NotifyCounters;
  /** Where devices in its LAN are heard; undefined: nowhere, or the power is off. */
  readonly lanPort: number | undefined;
  /** The value as the device uses it, passwords too. `undefined`: no such parameter. */
  read(name: string): string | undefined;
}

export function createGateway(options: GatewayOptions): Gateway {
  return new SimulatedGateway(options);
}

class SimulatedGateway implements Gateway {
  readonly #chassis: Chassis;
  readonly #client: ManagementClient;
  readonly #restart: Restart;
  readonly #transfers: TransferRunner;
  readonly #units: UnitRunner;
  readonly #tests: DiagnosticTests;
  readonly #echoServer: UdpEchoServer;
  readonly #connectionRequests: ConnectionRequests;
  readonly #lan: LanAssociation;
  readonly #parts: ActingParts;
  /** In place of the CWMP client. */
  readonly #nms: NmsManagement | undefined;
  #phone: Phone | undefined;
  #cancelBoot: () => void = () => {};

  constructor(options: GatewayOptions) {
    const chassis = new Chassis(options);
    this.#chassis = chassis;
    chassis.phone = () => this.#phone;
    this.#client = this.#makeClient();
    this.#restart = new Restart({
      chassis,
      client: this.#client,
      restart: (commandKeys) => this.#powerCycle(commandKeys),
      stayOff: () => this.#stayOff(),
    });
    this.#transfers = makeTransferRunner({ chassis, client: this.#client, restart: this.#restart });
    this.#units = makeUnitRunner(chassis, (report) => this.#owe(report));
    this.#tests = new DiagnosticTests(chassis, this.#client);
    this.#echoServer = new UdpEchoServer(chassis);
    this.#connectionRequests = new ConnectionRequests(chassis, this.#client);
    this.#lan = new LanAssociation(chassis, () => this.#client.callInIfDue());
    this.#parts = {
      ...{ chassis, client: this.#client, restart: this.#restart, transfers: this.#transfers, units: this.#units, tests: this.#tests },
      ...{ connectionRequests: this.#connectionRequests, echoServer: this.#echoServer },
    };
    this.#nms = options.nms === undefined ? undefined : this.#makeNms(options.nms);
  }

  get instance(): DeviceInstance {
    return this.#chassis.instance;
  }

  get deviceId(): string {
    return this.#chassis.deviceId;
  }

  get notifies(): NotifyCounters {
    return this.#phone?.notifies ?? { obeyed: 0, refused: 0 };
  }

  get lanPort(): number | undefined {
    return this.#lan.port;
  }

  async powerOn(): Promise<void> {
    const chassis = this.#chassis;
    if (chassis.isOn) return;
    chassis.powerOn();
    chassis.box.change(powerUp);
    chassis.log({ effect: "boot" });
    chassis.tell({ kind: "booted", softwareVersion: setting(chassis.box.get(), "DeviceInfo.SoftwareVersion") });
    await Promise.all([this.#connectionRequests.powerOn(), this.#lan.powerOn()]);
    if (!chassis.isOn) return; // the plug was pulled meanwhile
    this.#echoServer.look();
    this.#phone = makePhone(chassis, (message) => this.#trigger(message));
    this.#phone?.configure();
    if (this.#nms !== undefined) {
      this.#nms.powerOn();
      return;
    }
    this.#client.powerOn();
    this.#transfers.powerOn();
    this.#units.powerOn();
  }

  async powerOff(): Promise<void> {
    this.#cancelBoot();
    await this.#cutPower();
    this.#chassis.tell({ kind: "powered-off" });
  }

  changeLocally(name: string, text: string): void {
    const { box } = this.#chassis;
    const { tree } = box.get();
    const definition = tree.index.definitions.get(name);
    if (definition === undefined) throw new RangeError(`no parameter ${name}`);
    if (!isOpenToSubscriber(tree, name)) throw new RangeError(`${name}: the access list is closed to the subscriber`);
    const read = readValue(definition.type, "", text);
    if (!read.ok) throw new RangeError(`${name}: ${read.why}`);
    box.change((device) => urlSet(changeValue(device, name, read.text), [name]));
    applyChanges(this.#parts, [name]);
    this.#client.callInIfDue();
  }

  triggerPeriodic(): void {
    if (this.#nms === undefined) this.#client.trigger("2 PERIODIC");
    else this.#nms.register();
  }

  wakeUp(): void {
    if (this.#chassis.isOn) this.#client.trigger("13 WAKEUP");
  }

  upgradeLocally(version: string): void {
    if (this.#chassis.isOn) this.#restart.localFirmware(version);
  }

  requestDownload(fileType: string, fileTypeArgs: RequestDownload["fileTypeArgs"] = []): void {
    this.#owe({ kind: "RequestDownload", fileType, fileTypeArgs });
  }

  kick(query: Omit<Kicked, "kind">): void {
    this.#owe({ kind: "Kicked", ...query });
  }

  read(name: string): string | undefined {
    this.#chassis.refresh();
    return currentValue(this.#chassis.box.get().tree, name);
  }

  #trigger(message: TriggerMessage): TriggerResponse {
    if (this.#nms !== undefined) return this.#nms.trigger(message);
    this.#client.trigger("6 CONNECTION REQUEST");
    return { accepted: this.#chassis.isOn };
  }

  #makeClient(): ManagementClient {
    const chassis = this.#chassis;
    const { answerTimeoutMs, retryTimeScale, ca, certificate, dhcpServer } = chassis.options;
    return new ManagementClient({
      ...{ box: chassis.box, clock: chassis.clock, random: chassis.random, behaviour: chassis.behaviour },
      newCnonce: () => chassis.randomHex(8),
      answerTimeoutMs: answerTimeoutMs ?? DEFAULTS.answerTimeoutMs,
      retryTimeScale: retryTimeScale ?? DEFAULTS.retryTimeScale,
      tls: { ...certificate, ...(ca === undefined ? {} : { ca }) },
      ...(dhcpServer === undefined ? {} : { discover: (power) => discover(chassis, dhcpServer, power) }),
      refresh: () => chassis.refresh(),
      onConsequence: (consequence) => carryOut(this.#parts, consequence),
      onEvent: (event) => chassis.tell(event),
      onError: (error) => chassis.complain(error),
    });
  }

  #makeNms(options: NmsOptions): NmsManagement {
    return new NmsManagement({
      ...{ chassis: this.#chassis, options },
      carryOut: (consequence) => carryOut(this.#parts, consequence),
      restart: (commandKey) => this.#powerCycle([commandKey]),
    });
  }

  #owe(report: Report): void {
    this.#chassis.box.change((device) => oweToAcs(device, report));
    this.#client.callInIfDue();
  }

  #powerCycle(commandKeys: readonly string[]): void {
    const chassis = this.#chassis;
    chassis.tell({ kind: "rebooting", commandKeys });
    const off = this.#cutPower();
    this.#cancelBoot = chassis.clock.after(chassis.options.bootMs ?? DEFAULTS.bootMs, () => {
      off.then(() => this.powerOn()).catch((error: unknown) => chassis.complain(error));
    });
  }

  #stayOff(): void {
    this.powerOff().catch((error: unknown) => this.#chassis.complain(error));
  }

  async #cutPower(): Promise<void> {
    if (!this.#chassis.isOn) return;
    const parts = [this.#chassis, this.#restart, this.#tests, this.#echoServer, this.#client, this.#transfers, this.#units];
    for (const part of parts) part.powerOff();
    this.#nms?.powerOff();
    const phone = this.#phone;
    this.#phone = undefined;
    this.#chassis.box.change(powerDown);
    await Promise.all([phone?.close(), this.#connectionRequests.powerOff(), this.#lan.powerOff()]);
  }
}

async function discover({ instance, clock, randomBytes }: Chassis, server: DhcpServer, power: AbortSignal) {
  const { macAddress, oui, productClass, serialNumber } = instance;
  const device = { oui, productClass, serialNumber };
  return (await askDhcp({ server, macAddress, device, wanted: "acs", clock, randomBytes, power }))?.acs;
}
