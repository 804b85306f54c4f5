/**
 * What waits for the end of the session and a restart: reboots, new firmware, the return to factory defaults. One restart is enough for all.
 * Spec: TR-069 A.3.2.8 (firmware), A.3.2.9 (Reboot), A.4.1.4 (FactoryReset). Layer: device-sim.
 */
import type { AutonomousTransferComplete } from "../../acs/cwmp/rpc/autonomous-transfer-complete.js";
import type { ManagementClient } from "../cpe/management-client.js";
import { changeValue, type Device, factoryReset, oweToAcs, raiseEvent } from "../device/device.js";
import { writeTime } from "../device/inform.js";
import { isTold } from "../device/transfer-policy.js";
import { FIRMWARE_FILE_TYPE, type Transfer } from "../device/transfers.js";
import type { Chassis } from "./chassis.js";
import { transferFinished } from "./file-transfers.js";

export interface RestartOptions {
  readonly chassis: Chassis;
  readonly client: ManagementClient;
  /** Cuts the power, and brings it back. */
  readonly restart: (commandKeys: readonly string[]) => void;
  /** Cuts the power: nobody brings it back. */
  readonly stayOff: () => void;
}

export class Restart {
  readonly #options: RestartOptions;
  #rebootKeys: string[] = [];
  #readyFirmware: { readonly transfer: Transfer; readonly version: string }[] = [];
  #localUpgrade: string | undefined;
  #wantsFactoryReset = false;
  #isPlanned = false;

  constructor(options: RestartOptions) {
    this.#options = options;
  }

  reboot(commandKey: string): void {
    this.#rebootKeys.push(commandKey);
    this.#plan();
  }

  factoryReset(): void {
    this.#wantsFactoryReset = true;
    this.#plan();
  }

  /** The new version runs from the restart on; TransferComplete follows it (TR-069 A.3.2.8). */
  firmware(transfer: Transfer, version: string): void {
    this.#readyFirmware.push({ transfer, version });
    this.#plan();
  }

  /** The firmware comes from somebody at the device. */
  localFirmware(version: string): void {
    this.#localUpgrade = version;
    this.#plan();
  }

  /** The power is gone: whatever waited was not done. */
  powerOff(): void {
    this.#rebootKeys = [];
    this.#readyFirmware = [];
    this.#localUpgrade = undefined;
    this.#wantsFactoryReset = false;
    this.#isPlanned = false;
  }

  /** Answer, finish the session, then act (TR-069 A.3.2.9). */
  #plan(): void {
    const { chassis, client } = this.#options;
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    client.whenIdle(() => {
      if (chassis.behaviour.rebootsLate === true) client.trigger("2 PERIODIC"); // and so not idle any more
      client.whenIdle(() => this.#act());
    });
  }

  #act(): void {
    const { chassis, restart, stayOff } = this.#options;
    this.#isPlanned = false;
    if (!chassis.isOn) return;
    const commandKeys = this.#rebootKeys.splice(0);
    const staysOff = this.#readyFirmware.length > 0 && chassis.behaviour.newFirmware === "does-not-start";
    for (const { transfer, version } of this.#readyFirmware.splice(0)) this.#applyFirmware(transfer, version);
    if (this.#localUpgrade !== undefined) this.#applyLocalFirmware(this.#localUpgrade);
    if (this.#wantsFactoryReset) this.#resetToFactory();
    chassis.box.change((device) => commandKeys.reduce((changed: Device, key) => raiseEvent(changed, "M Reboot", key), device));
    for (const commandKey of commandKeys.length > 0 ? commandKeys : [""]) chassis.log({ effect: "reboot", commandKey });
    if (staysOff) stayOff();
    else restart(commandKeys);
  }

  #applyFirmware(transfer: Transfer, version: string): void {
    const { chassis } = this.#options;
    const { commandKey } = transfer;
    if (chassis.behaviour.newFirmware === "not-installed") {
      chassis.box.change((device) => transferFinished(device, transfer, chassis));
      return;
    }
    chassis.box.change((device) => changeValue(transferFinished(device, transfer, chassis), this.#softwareVersion(), version));
    chassis.log({ effect: "apply-firmware", commandKey, version });
    chassis.tell({ kind: "firmware-applied", commandKey, version });
  }

  #applyLocalFirmware(version: string): void {
    const { chassis } = this.#options;
    const time = writeTime(chassis.clock.now());
    const report: AutonomousTransferComplete = {
      kind: "AutonomousTransferComplete",
      ...{ announceUrl: "", transferUrl: "", isDownload: true, fileType: FIRMWARE_FILE_TYPE, fileSizeBytes: 0, targetFileName: "" },
      ...{ fault: { faultCode: 0, faultString: "" }, startTime: time, completeTime: time },
    };
    chassis.box.change((device) => {
      const upgraded = changeValue(device, this.#softwareVersion(), version);
      return isTold(upgraded, report) ? oweToAcs(upgraded, report) : upgraded;
    });
    chassis.log({ effect: "apply-firmware", commandKey: "", version });
    chassis.tell({ kind: "firmware-applied", commandKey: "", version });
  }

  #resetToFactory(): void {
    const { chassis } = this.#options;
    chassis.box.change((device) => factoryReset(device, chassis.model, chassis.factory()));
    chassis.log({ effect: "factory-reset" });
  }

  #softwareVersion(): string {
    return `${this.#options.chassis.model.root}DeviceInfo.SoftwareVersion`;
  }
}
