/**
 * Carries out the changes of deployment units that a device owes, one after another, outside of the session that ordered them.
 * Spec: TR-069 A.4.1.10, A.4.2.2. Layer: cpe.
 */
import { createHash } from "node:crypto";
import { CPE_FAULTS, type CpeFaultCode } from "../../acs/cwmp/faults.js";
import type { DuOperation } from "../../acs/cwmp/rpc/change-du-state.js";
import type { DuResult } from "../../acs/cwmp/rpc/du-state-change-complete.js";
import type { Clock } from "../../common/clock.js";
import { writeTime } from "../device/inform.js";
import type { ParameterTree } from "../device/parameter-tree.js";
import { RpcFault } from "../device/rpc-fault.js";
import { checkUrl } from "../device/transfers.js";
import {
  checkInstall,
  findUnits,
  installUnit,
  readUnitFile,
  UNIT_LIMITS,
  type Unit,
  type UnitChange,
  UnitFault,
  uninstallUnit,
  unitRef,
  unitsToUpdate,
  updateUnit,
} from "../device/units.js";
import type { DeviceBox } from "../device-box.js";
import { downloadFile, TransferFailure } from "./download-file.js";
import { WorkLine } from "./work-line.js";

export interface UnitRunnerOptions {
  readonly box: DeviceBox;
  readonly clock: Clock;
  readonly silenceMs: number;
  readonly newCnonce: () => string;
  readonly ca?: string;
  /** An operation has changed, or failed to change, one unit. */
  readonly onResult: (change: UnitChange, operation: DuOperation, result: DuResult) => void;
  /** All operations of an order are over. The owner reports them. */
  readonly onDone: (change: UnitChange, results: readonly DuResult[]) => void;
  readonly onError: (error: unknown) => void;
}

type Outcome = Pick<DuResult, "uuid" | "deploymentUnitRef" | "version" | "currentState">;

const NO_FAULT = { faultCode: 0, faultString: "" };

export class UnitRunner {
  readonly #options: UnitRunnerOptions;
  readonly #line: WorkLine<UnitChange>;

  constructor(options: UnitRunnerOptions) {
    this.#options = options;
    const { clock, onError } = options;
    this.#line = new WorkLine({ clock, next: () => this.#next(), run: (change, power) => this.#run(change, power), onError });
  }

  powerOn(): void {
    this.#line.powerOn();
  }

  powerOff(): void {
    this.#line.powerOff();
  }

  /** Starts the oldest order. */
  look(): void {
    this.#line.look();
  }

  #next() {
    const [job] = this.#options.box.get().unitChanges;
    return job === undefined ? undefined : { job, dueAtMs: 0 };
  }

  async #run(change: UnitChange, power: AbortSignal): Promise<void> {
    const results: DuResult[] = [];
    for (const operation of change.operations) {
      for (const result of await this.#perform(operation, power)) {
        if (power.aborted) return; // begins anew when the power is back
        results.push(result);
        this.#options.onResult(change, operation, result);
      }
    }
    if (!power.aborted) this.#options.onDone(change, results);
  }

  /** "…operations are independent of each other": a failure is a result like any other. */
  async #perform(operation: DuOperation, power: AbortSignal): Promise<readonly DuResult[]> {
    switch (operation.operation) {
      case "Install":
        return [await this.#timed(operation.uuid, () => this.#install(operation, power))];
      case "Update":
        return this.#each(
          operation.uuid,
          (tree) => unitsToUpdate(tree, operation),
          (unit) => this.#update(unit, operation, power),
        );
      case "Uninstall":
        return this.#each(
          operation.uuid,
          (tree) => findUnits(tree, operation.uuid, operation.version),
          async (unit) => this.#uninstall(unit),
        );
    }
  }

  async #each(
    uuid: string,
    find: (tree: ParameterTree) => readonly Unit[],
    perform: (unit: Unit) => Promise<Outcome>,
  ): Promise<readonly DuResult[]> {
    let found: readonly Unit[] = [];
    const none = await this.#timed(uuid, async () => {
      found = find(this.#tree());
      return { uuid, deploymentUnitRef: "", version: "", currentState: "Failed" };
    });
    if (found.length === 0) return [none];
    const results: DuResult[] = [];
    for (const unit of found) results.push(await this.#timed(unit.uuid, () => perform(unit)));
    return results;
  }

  async #timed(uuid: string, perform: () => Promise<Outcome>): Promise<DuResult> {
    const { clock } = this.#options;
    const startTime = writeTime(clock.now());
    const rest = { resolved: true, executionUnitRefs: [], startTime };
    try {
      const outcome = await perform();
      return { ...outcome, ...rest, completeTime: writeTime(clock.now()), fault: NO_FAULT };
    } catch (error) {
      const faultCode = faultCodeOf(error);
      if (faultCode === undefined || !(error instanceof Error)) throw error;
      const fault = { faultCode, faultString: `${CPE_FAULTS[faultCode]}: ${error.message}` };
      const failed = { uuid, deploymentUnitRef: "", version: "", currentState: "Failed", resolved: false } as const;
      return { ...rest, ...failed, completeTime: writeTime(clock.now()), fault };
    }
  }

  async #install(operation: Extract<DuOperation, { operation: "Install" }>, power: AbortSignal): Promise<Outcome> {
    const { url } = operation;
    checkInstall(this.#tree(), operation);
    const { name, version } = await this.#fetch(operation, power);
    const uuid = operation.uuid || uuidOf(name);
    let row = 0;
    this.#change((tree) => {
      const installed = installUnit(tree, { uuid, name, version, url });
      row = installed.row;
      return installed.tree;
    });
    return { uuid, deploymentUnitRef: unitRef(this.#tree(), row), version, currentState: "Installed" };
  }

  async #update(unit: Unit, operation: Extract<DuOperation, { operation: "Update" }>, power: AbortSignal): Promise<Outcome> {
    const url = operation.url || unit.url;
    const { version } = await this.#fetch({ ...operation, url }, power);
    this.#change((tree) => updateUnit(tree, unit, version, url));
    return { uuid: unit.uuid, deploymentUnitRef: unitRef(this.#tree(), unit.row), version, currentState: "Installed" };
  }

  #uninstall(unit: Unit): Outcome {
    const deploymentUnitRef = unitRef(this.#tree(), unit.row);
    this.#change((tree) => uninstallUnit(tree, unit));
    return { uuid: unit.uuid, deploymentUnitRef, version: unit.version, currentState: "Uninstalled" };
  }

  async #fetch(
    { url, username, password }: { readonly url: string; readonly username: string; readonly password: string },
    power: AbortSignal,
  ) {
    const { clock, silenceMs, newCnonce, ca } = this.#options;
    checkUrl(url);
    const file = await downloadFile({
      ...{ url, login: { username, password }, fileSizeBytes: 0, fileBytesMax: UNIT_LIMITS.fileBytesMax },
      ...{ silenceMs, clock, newCnonce, power, onProgress: () => {}, ...(ca === undefined ? {} : { ca }) },
    });
    if (power.aborted) throw new TransferFailure(9017, "power is off");
    return readUnitFile(file.start);
  }

  #tree(): ParameterTree {
    return this.#options.box.get().tree;
  }

  #change(edit: (tree: ParameterTree) => ParameterTree): void {
    this.#options.box.change((device) => ({ ...device, tree: edit(device.tree) }));
  }
}

function faultCodeOf(error: unknown): CpeFaultCode | undefined {
  if (error instanceof UnitFault || error instanceof TransferFailure) return error.faultCode;
  return error instanceof RpcFault ? (error.fault.faultCode as CpeFaultCode) : undefined;
}

/** "…the CPE MUST generate a UUID": of the unit's name, so that the same unit gets the same one (RFC 4122 4.3, version 5). */
function uuidOf(name: string): string {
  const digest = createHash("sha1").update(`REVEILLE-UNIT ${name}`).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
