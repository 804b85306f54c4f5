/**
 * Rows of tables by alias and by wildcard, from REST to a simulated gateway and back: one that takes them, and one that does not.
 * Spec: TR-069 3.6.1, 3.6.2, A.3.2.1, A.3.2.6. Layer: integration.
 */
import { expect } from "chai";
import { aliasAddressing } from "../../device-sim/behaviours/alias-addressing.js";
import { type BenchGateway, openGatewayBench } from "../support/gateway-bench.js";
import { DEVICE_PASSWORD, type RestAnswer, startTestAcs, type TestAcs } from "../support/test-acs.js";

const ROOT = "InternetGatewayDevice.";
const SERVER = `${ROOT}ManagementServer.`;
const LINES = `${ROOT}Services.VoiceService.1.VoiceProfile.1.Line.`;

describe("aliases and wildcards", () => {
  const bench = openGatewayBench();
  let acs: TestAcs;
  beforeEach(async () => {
    acs = await startTestAcs({ realTime: true });
  });
  afterEach(async () => {
    await bench.close();
    await acs.close();
  });

  /** Its tree has been read. */
  async function started(takesAliases: boolean): Promise<BenchGateway> {
    const one = bench.add({
      acsUrl: `http://127.0.0.1:${acs.cwmpPort}/`,
      acsPassword: DEVICE_PASSWORD,
      behaviours: takesAliases ? [aliasAddressing] : [],
    });
    const { oui, productClass, serialNumber } = one.gateway.instance;
    await acs.call("POST", "/api/devices", { oui, productClass, serialNumber, password: DEVICE_PASSWORD });
    await one.gateway.powerOn();
    await one.event("session-ended");
    return one;
  }

  const ask = ({ gateway }: BenchGateway, order: object): Promise<RestAnswer> =>
    acs.call("POST", `/api/devices/${gateway.deviceId}/tasks`, order);
  /** The task once it is over. */
  async function run({ gateway }: BenchGateway, order: object): Promise<RestAnswer["body"]> {
    const id = await acs.task(gateway.deviceId, { ...order });
    gateway.triggerPeriodic();
    await acs.untilTask(id, "done", "failed");
    return (await acs.call("GET", `/api/tasks/${id}`)).body;
  }
  const set = (name: string, value: string) => ({ kind: "setParameterValues", values: [{ name, value }] });
  const tree = async ({ gateway }: BenchGateway, path: string): Promise<readonly (readonly [string, unknown])[]> => {
    const { body } = await acs.call("GET", `/api/devices/${gateway.deviceId}/tree?path=${encodeURIComponent(path)}`);
    return body.entries.map(({ name, value }: { readonly name: string; readonly value: unknown }) => [name, value]);
  };

  it("a device that takes aliases is sent them: it adds a row by its alias, and the row is set, read, asked about and deleted by it", async () => {
    const one = await started(true);
    const added = await run(one, { kind: "addObject", path: `${LINES}[office].` });
    expect(added.result).to.deep.equal({ instanceNumber: 2, path: `${LINES}2.`, addressing: { by: "device" } });
    await run(one, { kind: "refresh", path: `${LINES}[office].` });
    expect(await tree(one, `${LINES}2.Alias`)).to.deep.equal([[`${LINES}2.Alias`, "office"]]);

    const changed = await run(one, set(`${LINES}[office].DirectoryNumber`, "77"));
    expect(changed).to.deep.include({ state: "done", result: { addressing: { by: "device" } } });
    expect(one.gateway.read(`${LINES}2.DirectoryNumber`)).to.equal("77");
    expect(await tree(one, `${LINES}[office].DirectoryNumber`)).to.deep.equal([[`${LINES}2.DirectoryNumber`, "77"]]);

    const attributes = [{ name: `${LINES}[office].DirectoryNumber`, notification: 1 }];
    expect(await run(one, { kind: "setParameterAttributes", attributes })).to.include({ state: "done" });
    const asked = await run(one, { kind: "getParameterAttributes", names: [`${LINES}[office].DirectoryNumber`] });
    expect(asked.result.attributes).to.deep.equal([{ name: `${LINES}2.DirectoryNumber`, notification: 1, accessList: ["Subscriber"] }]);

    expect(await run(one, { kind: "deleteObject", path: `${LINES}[office].` })).to.include({ state: "done" });
    expect(one.gateway.read(`${LINES}2.Alias`)).to.equal(undefined);
    expect(await tree(one, `${LINES}2.`)).to.deep.equal([]);
  });

  it("and wildcards: all rows in one call", async () => {
    const one = await started(true);
    await run(one, { kind: "addObject", path: `${LINES}[office].` });
    const { result, addressing } = await run(one, { kind: "getParameterValues", names: [`${LINES}*.Alias`] });
    expect(result.values.map(({ value }: { readonly value: string }) => value)).to.deep.equal(["cpe-1", "office"]);
    expect(result.addressing).to.deep.equal({ by: "device" });
    expect(addressing).to.deep.equal({ by: "device", asked: [`${LINES}*.Alias`] });
  });

  it("AutoCreateInstances: a value for an unknown alias makes the row, and the result says so", async () => {
    const one = await started(true);
    await run(one, set(`${SERVER}AutoCreateInstances`, "1"));
    const made = await run(one, set(`${LINES}[new].DirectoryNumber`, "5"));
    expect(made.result).to.deep.equal({ addressing: { by: "device", created: [`${LINES}[new].`] } });
    expect(one.gateway.read(`${LINES}2.DirectoryNumber`)).to.equal("5");
  });

  it("without it the device refuses, with the name that was asked for", async () => {
    const { failure } = await run(await started(true), set(`${LINES}[new].DirectoryNumber`, "5"));
    expect(failure.fault.parameters)
      .to.have.nested.property("[0]")
      .that.includes({ name: `${LINES}[new].DirectoryNumber`, faultCode: 9005 });
  });

  it("a device that tells aliases in place of numbers: its tree has them, and a row is found by its alias", async () => {
    const one = await started(true);
    await run(one, set(`${SERVER}InstanceMode`, "InstanceAlias"));
    await run(one, { kind: "refresh", path: "" });
    const line = `${ROOT}Services.VoiceService.[cpe-1].VoiceProfile.[cpe-1].Line.[cpe-1].`;
    expect(await tree(one, `${line}Enable`)).to.deep.equal([[`${line}Enable`, "Enabled"]]);
    expect(await tree(one, `${LINES}1.Enable`), "the numbers are gone with the refresh").to.deep.equal([]);
    expect(await run(one, set(`${line}DirectoryNumber`, "78"))).to.include({ state: "done" });
    expect(await tree(one, `${line}DirectoryNumber`)).to.deep.equal([[`${line}DirectoryNumber`, "78"]]);
    expect(one.gateway.read(`${LINES}1.DirectoryNumber`)).to.equal("78");
  });

  it("for a device that takes neither, wildcards are resolved by the tree, and the result says so", async () => {
    const one = await started(false);
    const name = `${ROOT}LANDevice.*.Hosts.Host.*.MACAddress`;
    const { result, names, addressing } = await run(one, { kind: "getParameterValues", names: [name] });
    expect(names).to.deep.equal([`${ROOT}LANDevice.1.Hosts.Host.1.MACAddress`]);
    expect(result.addressing).to.deep.equal({ by: "tree" });
    expect(addressing.asked).to.deep.equal([name]);
  });

  it("and what the tree does not show is refused at once, with what to do", async () => {
    const one = await started(false);
    const { status, body } = await ask(one, set(`${LINES}[office].DirectoryNumber`, "77"));
    expect(status).to.equal(422);
    expect(body.errors).to.deep.equal([
      {
        field: "values[0].name",
        detail: `means nothing that the tree shows, and ${SERVER}AliasBasedAddressing is false: refresh ${LINES} first`,
      },
    ]);
  });
});
