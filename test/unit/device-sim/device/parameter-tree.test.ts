/**
 * The parameter tree of a simulated device.
 * Spec: TR-069 A.3.2.1-A.3.2.3.
 */
import { expect } from "chai";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import {
  currentValue,
  getNames,
  getValues,
  newTree,
  setValues,
  withStored,
  withVolatile,
} from "../../../../device-sim/device/parameter-tree.js";
import { RpcFault } from "../../../../device-sim/device/rpc-fault.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";

const index = indexModel(tr098VoiceGateway);
const tree = newTree(index, new Map());
const R = "InternetGatewayDevice.";

function faultOf(run: () => unknown): RpcFault["fault"] {
  try {
    run();
  } catch (error) {
    if (error instanceof RpcFault) return error.fault;
    throw error;
  }
  throw new Error("nothing was refused");
}
const perParameter = (run: () => unknown) =>
  faultOf(run).setParameterValuesFaults.map(({ name, faultCode }) => [name.slice(R.length), faultCode]);
const set = (values: readonly (readonly [string, string, string])[], key = "k1", on = tree) =>
  setValues(
    on,
    values.map(([path, type, text]) => ({ name: R + path, type, text })),
    key,
  );

describe("TR-069 A.3.2.2: GetParameterValues", () => {
  it("a full path gives that parameter, with its type", () => {
    expect(getValues(tree, [`${R}DeviceInfo.UpTime`])).to.deep.equal([
      { name: `${R}DeviceInfo.UpTime`, type: "xsd:unsignedInt", text: "86400" },
    ]);
  });
  it("a partial path gives everything below it, an empty one the whole tree", () => {
    const time = getValues(tree, [`${R}Time.`]).map(({ name }) => name.slice(R.length));
    expect(time).to.deep.equal(["Time.Enable", "Time.NTPServer1", "Time.CurrentLocalTime", "Time.LocalTimeZoneName", "Time.Status"]);
    expect(getValues(tree, [""])).to.have.length(tr098VoiceGateway.parameters.length);
    expect(getValues(tree, [R])).to.have.length(tr098VoiceGateway.parameters.length);
  });
  it("an unknown name refuses the whole call with 9005", () => {
    for (const name of [`${R}Nothing`, `${R}Time`, `${R}Time.NTPServer1.`, "Device.", `${R}DeviceInfo.uptime`, "."]) {
      expect(faultOf(() => getValues(tree, [`${R}DeviceInfo.UpTime`, name])).faultCode, name).to.equal(9005);
    }
  });
  it("a table without rows is an empty list, not a fault", () => {
    expect(getValues(tree, [`${R}ManagementServer.InformParameter.`])).to.deep.equal([]);
  });
  it("hidden parameters read as an empty string, or as false", () => {
    const known = withStored(tree, `${R}ManagementServer.Password`, "secret");
    const [password, reset] = getValues(known, [`${R}ManagementServer.Password`, `${R}Services.VoiceService.1.VoiceProfile.1.Reset`]);
    expect(password?.text).to.equal("");
    expect(reset?.text).to.equal("0");
    expect(currentValue(known, `${R}ManagementServer.Password`)).to.equal("secret");
  });
  it("a name told twice is answered once", () => {
    expect(getValues(tree, [`${R}Time.Status`, `${R}Time.Status`, `${R}Time.`])).to.have.length(5);
  });
  it("volatile values stand before stored ones", () => {
    const both = withVolatile(withStored(tree, `${R}DeviceInfo.UpTime`, "1"), { [`${R}DeviceInfo.UpTime`]: "2" });
    expect(getValues(both, [`${R}DeviceInfo.UpTime`])[0]?.text).to.equal("2");
  });
});

describe("TR-069 A.3.2.3: GetParameterNames", () => {
  const names = (path: string, nextLevel: boolean) => getNames(tree, path, nextLevel).map(({ name }) => name);

  it("an empty path and NextLevel give the root object", () => {
    expect(names("", true)).to.deep.equal([R]);
  });
  it("an empty path without NextLevel gives everything, the root object first", () => {
    const all = names("", false);
    expect(all[0]).to.equal(R);
    expect(all.filter((name) => !name.endsWith("."))).to.have.length(tr098VoiceGateway.parameters.length);
  });
  it("NextLevel gives the direct children and not the object itself", () => {
    expect(names(`${R}Services.VoiceService.1.PhyInterface.`, true)).to.deep.equal([`${R}Services.VoiceService.1.PhyInterface.1.`]);
    expect(names(`${R}LANDevice.1.`, true)).to.deep.equal(
      ["LANHostConfigManagement.", "Hosts.", "WLANConfiguration."].map((name) => `${R}LANDevice.1.${name}`),
    );
  });
  it("without NextLevel the object itself comes first, then all below", () => {
    const below = names(`${R}IPPingDiagnostics.`, false);
    expect(below[0]).to.equal(`${R}IPPingDiagnostics.`);
    expect(below).to.have.length(13);
  });
  it("a parameter gives itself; with NextLevel it is 9003", () => {
    expect(getNames(tree, `${R}Time.Enable`, false)).to.deep.equal([{ name: `${R}Time.Enable`, writable: true }]);
    expect(faultOf(() => getNames(tree, `${R}Time.Enable`, true)).faultCode).to.equal(9003);
  });
  it("a path that does not exist, or an object without its dot, is 9005", () => {
    expect(faultOf(() => getNames(tree, `${R}Time`, true)).faultCode).to.equal(9005);
    expect(faultOf(() => getNames(tree, `${R}Nothing.`, false)).faultCode).to.equal(9005);
  });
  it("says what can be written", () => {
    const writable = new Map(getNames(tree, `${R}ManagementServer.`, true).map(({ name, writable }) => [name.slice(R.length), writable]));
    expect(writable.get("ManagementServer.URL")).to.equal(true);
    expect(writable.get("ManagementServer.ParameterKey")).to.equal(false);
    expect(writable.get("ManagementServer.InformParameter."), "AddObject").to.equal(true);
    const services = getNames(tree, `${R}Services.`, false).filter(({ writable }) => writable);
    expect(
      services.map(({ name }) => name).filter((name) => name.endsWith(".")),
      "AddObject and DeleteObject",
    ).to.have.members(
      ["VoiceProfile.", "VoiceProfile.1.", "VoiceProfile.1.SIP.EventSubscribe.", "VoiceProfile.1.Line.", "VoiceProfile.1.Line.1."].map(
        (path) => `${R}Services.VoiceService.1.${path}`,
      ),
    );
  });
});

describe("TR-069 A.3.2.1: SetParameterValues", () => {
  it("sets all and stores the ParameterKey", () => {
    const { tree: after, changed } = set([
      ["Time.NTPServer1", "xsd:string", "ntp.example"],
      ["Time.Enable", "xsd:boolean", "1"],
    ]);
    expect(currentValue(after, `${R}Time.NTPServer1`)).to.equal("ntp.example");
    expect(currentValue(after, `${R}ManagementServer.ParameterKey`)).to.equal("k1");
    expect(changed, "Enable was 1 already").to.deep.equal([`${R}Time.NTPServer1`]);
  });
  it("one bad value and nothing is set, the ParameterKey neither", () => {
    const before = withStored(tree, `${R}Time.Enable`, "1");
    expect(
      perParameter(() =>
        set(
          [
            ["Time.Enable", "xsd:boolean", "0"],
            ["Time.Status", "xsd:string", "Disabled"],
          ],
          "k2",
          before,
        ),
      ),
    ).to.deep.equal([["Time.Status", 9008]]);
    expect(currentValue(before, `${R}Time.Enable`)).to.equal("1");
    expect(currentValue(before, `${R}ManagementServer.ParameterKey`)).to.equal("");
  });
  it("names each bad parameter with its own fault: 9005, 9008, 9006, 9007", () => {
    const call = () =>
      set([
        ["Nothing", "xsd:string", ""],
        ["Time.", "xsd:string", ""],
        ["DeviceInfo.UpTime", "xsd:unsignedInt", "0"],
        ["Time.Enable", "xsd:string", "maybe"],
        ["ManagementServer.PeriodicInformInterval", "xsd:unsignedInt", "0"],
        ["Services.VoiceService.1.VoiceProfile.1.Enable", "xsd:string", "On"],
      ]);
    expect(faultOf(call).faultCode).to.equal(9003);
    expect(perParameter(call).map(([, code]) => code)).to.deep.equal([9005, 9005, 9008, 9006, 9007, 9007]);
  });
  it("the same parameter twice is 9003 and nothing is set (ATP-069 5.58)", () => {
    const fault = faultOf(() =>
      set([
        ["Time.Enable", "xsd:boolean", "0"],
        ["Time.Enable", "xsd:boolean", "1"],
      ]),
    );
    expect(fault.faultCode).to.equal(9003);
    expect(fault.setParameterValuesFaults).to.deep.equal([]);
  });
  it("a ParameterKey of 32 characters is taken, of 33 refused", () => {
    expect(set([], "k".repeat(32)).changed).to.deep.equal([]);
    expect(faultOf(() => set([], "k".repeat(33))).faultCode).to.equal(9003);
  });
  it("a hidden switch counts as changed each time it is set to true", () => {
    const reset = "Services.VoiceService.1.VoiceProfile.1.Reset";
    const once = set([[reset, "xsd:boolean", "true"]]);
    expect(once.changed).to.deep.equal([R + reset]);
    expect(set([[reset, "xsd:boolean", "true"]], "k", once.tree).changed).to.deep.equal([R + reset]);
    expect(set([[reset, "xsd:boolean", "false"]], "k", once.tree).changed).to.deep.equal([]);
  });
});
