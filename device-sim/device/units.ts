/**
 * Deployment units of a device: rows of SoftwareModules.DeploymentUnit, and what the operations of ChangeDUState do to them.
 * A unit's file is one line `REVEILLE-UNIT <name> <version>`, then any bytes.
 * Spec: TR-069 A.4.1.10, A.4.2.2, A.5.1 (9022-9032); TR-157 (SoftwareModules). Layer: device, pure.
 */
import type { CpeFaultCode } from "../../acs/cwmp/faults.js";
import type { ChangeDUState, DuOperation, InstallOperation, UpdateOperation } from "../../acs/cwmp/rpc/change-du-state.js";
import { hasRoom, rowNumbers } from "./model-index.js";
import { addRow, deleteRow } from "./objects.js";
import { currentValue, type ParameterTree, withStored } from "./parameter-tree.js";
import { RpcFault } from "./rpc-fault.js";

/** An order that waits for the end of its session. */
export interface UnitChange {
  readonly id: number;
  readonly commandKey: string;
  readonly operations: readonly DuOperation[];
}

export interface Unit {
  readonly row: number;
  readonly uuid: string;
  readonly name: string;
  readonly version: string;
  readonly url: string;
}

/** An operation, or a part of one, fails with this code in its result. */
export class UnitFault extends Error {
  override readonly name = "UnitFault";
  readonly faultCode: CpeFaultCode;

  constructor(faultCode: CpeFaultCode, why: string) {
    super(why);
    this.faultCode = faultCode;
  }
}

export const UNIT_LIMITS = { changesMax: 4, operationsMax: 16, fileBytesMax: 16_777_216 } as const;

const TABLE = "SoftwareModules.DeploymentUnit.";
const UUID = /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/;
const FIRST_LINE = /^REVEILLE-UNIT ([\x21-\x7e]{1,64}) ([\x21-\x7e]{1,32})\n/;

/** @throws {RpcFault} 9004: more than the device can queue. What is wrong with one operation is told in its result. */
export function queueUnitChange(changes: readonly UnitChange[], { operations, commandKey }: ChangeDUState): readonly UnitChange[] {
  if (changes.length >= UNIT_LIMITS.changesMax || operations.length > UNIT_LIMITS.operationsMax)
    throw new RpcFault(9004, "too many operations");
  return [...changes, { id: 1 + Math.max(0, ...changes.map(({ id }) => id)), commandKey, operations }];
}

/** Path of a unit's row without the final dot, as references have it. */
export const unitRef = ({ index }: ParameterTree, row: number): string => `${index.root}${TABLE}${row}`;

export function units(tree: ParameterTree): readonly Unit[] {
  return rowNumbers(tree.index, tree.index.root + TABLE).map((row) => {
    const text = (leaf: string): string => currentValue(tree, `${unitRef(tree, row)}.${leaf}`) ?? "";
    return { row, uuid: text("UUID"), name: text("Name"), version: text("Version"), url: text("URL") };
  });
}

/** Name and version that a unit's file tells. @param start Its first bytes. @throws {UnitFault} 9018: no unit. */
export function readUnitFile(start: Uint8Array): { readonly name: string; readonly version: string } {
  const [, name, version] = FIRST_LINE.exec(Buffer.from(start).toString("latin1")) ?? [];
  if (name === undefined || version === undefined) throw new UnitFault(9018, "not a deployment unit of this device");
  return { name, version };
}

/** What can be refused before anything is fetched. @throws {UnitFault} */
export function checkInstall(tree: ParameterTree, { uuid, executionEnvRef }: InstallOperation): void {
  if (uuid !== "") checkUuid(uuid);
  if (executionEnvRef !== "") throw new UnitFault(9023, executionEnvRef); // its one environment has no row in the model
  if (!hasRoom(tree.index, tree.index.root + TABLE)) throw new UnitFault(9027, "no more rows for units");
}

/** @throws {UnitFault} 9022. */
function checkUuid(uuid: string): void {
  if (!UUID.test(uuid)) throw new UnitFault(9022, uuid);
}

/** The units that an Update means: by UUID, by URL, or all. @throws {UnitFault} 9022, 9028: none. */
export function unitsToUpdate(tree: ParameterTree, { uuid, version, url }: UpdateOperation): readonly Unit[] {
  if (uuid !== "") return findUnits(tree, uuid, version);
  const all = units(tree);
  const meant = url === "" ? all : all.filter((unit) => unit.url === url);
  if (meant.length === 0) throw new UnitFault(9028, url);
  return meant;
}

/** @param version "": all versions of it. @throws {UnitFault} 9022, 9028. */
export function findUnits(tree: ParameterTree, uuid: string, version: string): readonly Unit[] {
  checkUuid(uuid);
  const found = units(tree).filter((unit) => isSameId(unit.uuid, uuid) && (version === "" || unit.version === version));
  if (found.length === 0) throw new UnitFault(9028, uuid);
  return found;
}

const isSameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** @throws {UnitFault} 9026: this version of it is there already. */
export function installUnit(tree: ParameterTree, unit: Omit<Unit, "row">): { readonly tree: ParameterTree; readonly row: number } {
  if (units(tree).some(({ uuid, version }) => isSameId(uuid, unit.uuid) && version === unit.version)) throw new UnitFault(9026, unit.uuid);
  const added = addRow(tree, tree.index.root + TABLE);
  return { tree: writeUnit(added.tree, { ...unit, row: added.instanceNumber }), row: added.instanceNumber };
}

/** @throws {UnitFault} 9032: it has this version already. */
export function updateUnit(tree: ParameterTree, unit: Unit, version: string, url: string): ParameterTree {
  if (unit.version === version) throw new UnitFault(9032, version);
  return writeUnit(tree, { ...unit, version, url });
}

export function uninstallUnit(tree: ParameterTree, { row }: Unit): ParameterTree {
  return deleteRow(tree, tree.index.root + TABLE, row);
}

function writeUnit(tree: ParameterTree, { row, uuid, name, version, url }: Unit): ParameterTree {
  const leaves = Object.entries({ UUID: uuid, Name: name, Version: version, URL: url });
  return leaves.reduce((written, [leaf, text]) => withStored(written, `${unitRef(tree, row)}.${leaf}`, text), tree);
}
