/**
 * Deployment units as rows of SoftwareModules.DeploymentUnit.
 * Spec: TR-069 A.4.1.10, A.5.1.
 */
import { expect } from "chai";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import { currentValue, newTree, type ParameterTree } from "../../../../device-sim/device/parameter-tree.js";
import { RpcFault } from "../../../../device-sim/device/rpc-fault.js";
import {
  checkInstall,
  findUnits,
  installUnit,
  queueUnitChange,
  readUnitFile,
  UNIT_LIMITS,
  UnitFault,
  uninstallUnit,
  units,
  unitsToUpdate,
  updateUnit,
} from "../../../../device-sim/device/units.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";

const tree = newTree(indexModel(tr098VoiceGateway), new Map());
const TABLE = "InternetGatewayDevice.SoftwareModules.DeploymentUnit";
const uuid = (last: number) => `0a1b2c3d-0000-4000-8000-${String(last).padStart(12, "0")}`;
const unit = (last: number, version = "1.0") => ({ uuid: uuid(last), name: "app", version, url: `http://files.example/${last}` });
const withUnits = (...wanted: readonly ReturnType<typeof unit>[]): ParameterTree =>
  wanted.reduce((grown, one) => installUnit(grown, one).tree, tree);
const codeOf = (run: () => unknown): number => {
  try {
    run();
  } catch (error) {
    if (error instanceof UnitFault) return error.faultCode;
    throw error;
  }
  return 0;
};
const install = { operation: "Install", url: "http://files.example/1", uuid: "", username: "", password: "", executionEnvRef: "" } as const;
const update = { operation: "Update", uuid: "", version: "", url: "", username: "", password: "" } as const;

describe("TR-069 A.4.1.10: deployment units", () => {
  it("a unit is a row, counted, that an ACS can't add or delete by itself", () => {
    const two = withUnits(unit(1), unit(2));
    expect(units(two).map(({ row, uuid: id }) => [row, id])).to.deep.equal([
      [1, uuid(1)],
      [2, uuid(2)],
    ]);
    expect(currentValue(two, `${TABLE}NumberOfEntries`)).to.equal("2");
    expect(currentValue(two, `${TABLE}.2.URL`)).to.equal("http://files.example/2");
  });
  it("the same unit in the same version is 9026; in another version it stands beside the first", () => {
    expect(codeOf(() => installUnit(withUnits(unit(1)), { ...unit(1), uuid: uuid(1).toUpperCase() }))).to.equal(9026);
    expect(units(withUnits(unit(1), unit(1, "2.0")))).to.have.length(2);
  });
  it("an Install is refused before anything is fetched: 9022 no UUID, 9023 no such environment, 9027 no room", () => {
    expect(codeOf(() => checkInstall(tree, install))).to.equal(0);
    expect(codeOf(() => checkInstall(tree, { ...install, uuid: "nonsense" }))).to.equal(9022);
    expect(codeOf(() => checkInstall(tree, { ...install, executionEnvRef: "InternetGatewayDevice.SoftwareModules.ExecEnv.1" }))).to.equal(
      9023,
    );
    const full = withUnits(...Array.from({ length: 8 }, (_, at) => unit(at)));
    expect(codeOf(() => checkInstall(full, install))).to.equal(9027);
  });
  it("an Update means a unit by UUID, those of a URL, or all; none is 9028", () => {
    const two = withUnits(unit(1), unit(2));
    expect(unitsToUpdate(two, { ...update, uuid: uuid(2) }).map(({ row }) => row)).to.deep.equal([2]);
    expect(unitsToUpdate(two, { ...update, url: "http://files.example/1" }).map(({ row }) => row)).to.deep.equal([1]);
    expect(unitsToUpdate(two, update)).to.have.length(2);
    expect(codeOf(() => unitsToUpdate(tree, update))).to.equal(9028);
    expect(codeOf(() => unitsToUpdate(two, { ...update, uuid: "nonsense" }))).to.equal(9022);
  });
  it("an update to the version that it has is 9032", () => {
    const one = withUnits(unit(1));
    const [found] = findUnits(one, uuid(1), "");
    if (found === undefined) throw new Error("no unit");
    expect(codeOf(() => updateUnit(one, found, "1.0", ""))).to.equal(9032);
    expect(units(updateUnit(one, found, "2.0", "http://b/"))[0]).to.include({ version: "2.0", url: "http://b/" });
    expect(units(uninstallUnit(one, found))).to.deep.equal([]);
  });
  it("its file tells name and version, else it is 9018", () => {
    expect(readUnitFile(Buffer.from("REVEILLE-UNIT app 1.0\n..."))).to.deep.equal({ name: "app", version: "1.0" });
    for (const text of ["", "REVEILLE-UNIT app\n", "REVEILLE-FIRMWARE 1.0\n", `REVEILLE-UNIT app ${"1".repeat(33)}\n`]) {
      expect(
        codeOf(() => readUnitFile(Buffer.from(text))),
        text,
      ).to.equal(9018);
    }
  });
  it("more orders than the device can queue are 9004", () => {
    const order = { kind: "ChangeDUState", commandKey: "c", operations: [install] } as const;
    const full = Array.from({ length: UNIT_LIMITS.changesMax }).reduce(
      (queue: ReturnType<typeof queueUnitChange>) => queueUnitChange(queue, order),
      [],
    );
    expect(full.map(({ id }) => id)).to.deep.equal([1, 2, 3, 4]);
    expect(() => queueUnitChange(full, order)).to.throw(RpcFault, /^9004/);
    expect(() => queueUnitChange([], { ...order, operations: Array.from({ length: 17 }, () => install) })).to.throw(RpcFault, /^9004/);
  });
});
