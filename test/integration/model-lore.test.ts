/**
 * What models teach, over real sockets and over a restart; policies of models, and the count of rules that were bent for a device.
 * Spec: cwmp.md 12 rows 12, 13, 21, 23, 31, 54 and its output hygiene. Layer: integration.
 */
import { expect } from "chai";
import type { DeviceMessage } from "../../acs/cwmp/messages.js";
import { type HttpAnswer, heard, messageOf } from "../support/cwmp-client.js";
import { startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const ROOT = "InternetGatewayDevice.";
const ENABLE = `${ROOT}X_Example.Enable`;
const UNKNOWN: DeviceMessage = { kind: "Fault", faultCode: 9000, faultString: "Method not supported", setParameterValuesFaults: [] };
const upload = { kind: "upload", url: "http://files.example/in", fileType: "2 Vendor Log File" } as const;
const UPLOAD_TAKEN: DeviceMessage = { kind: "UploadResponse", status: 1, startTime: "", completeTime: "" };
const SET_TAKEN: DeviceMessage = { kind: "SetParameterValuesResponse", status: 0 };

describe("what a model teaches", () => {
  let acs: TestAcs;
  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  after(() => acs.close());

  const modelOf = (gateway: TestGateway): string => `${gateway.options.identity.oui}-${gateway.options.identity.productClass}`;
  const learnt = async (gateway: TestGateway) => (await acs.call("GET", `/api/models/${modelOf(gateway)}/learnt`)).body;
  const taskOf = (id: string) => acs.stores.tasks.get(id);
  const rulesOf = async ({ id }: TestGateway): Promise<readonly string[]> => {
    const { body } = await acs.call("GET", `/api/devices/${encodeURIComponent(id)}/relaxations`);
    return body.relaxations.map(({ rule }: { readonly rule: string }) => rule);
  };
  let models = 0;
  const sibling = (productClass: string) => acs.gateway({ productClass });
  const newModel = (): string => `M${models++}`;
  /** One session with one task; what the ACS asks in it. */
  async function ask(gateway: TestGateway, order: Readonly<Record<string, unknown>>, version = "1.0") {
    const id = await acs.task(gateway.id, order);
    const software = { name: `${ROOT}DeviceInfo.SoftwareVersion`, type: "xsd:string", text: version };
    await gateway.post(gateway.informText(["2 PERIODIC"], {}, [software]));
    return { id, first: await gateway.empty() };
  }
  /** The method asked; 204 when nothing is. */
  const asked = ({ first }: { readonly first: HttpAnswer }): number | string => heard(first);

  it("a method answered with 9000 is not asked again of that device: the task fails with when and where it was learnt (quirk 54)", async () => {
    const gateway = await sibling(newModel());
    const { id } = await ask(gateway, upload);
    await gateway.say(UNKNOWN);
    expect((await taskOf(id))?.failure).to.deep.include({ code: "device-fault" });
    const second = await ask(gateway, upload);
    expect(asked(second)).to.equal(204);
    const failure = (await taskOf(second.id))?.failure;
    expect(failure?.code).to.equal("not-possible");
    expect(failure?.detail)
      .to.include("does not have Upload")
      .and.include(`fault 9000 at ${new Date(acs.clock.now()).toISOString()}`)
      .and.include("learnt");
    expect(await rulesOf(gateway)).to.include("method-missing");
    const [event] = await acs.events(gateway.id, "policy-used");
    expect(event?.data).to.deep.equal({ rule: "method-missing", method: "Upload", softwareVersion: "1.0", model: modelOf(gateway) });
  });
  it("of others of the model it is asked until two devices have said so, and again with another software version", async () => {
    const model = newModel();
    const [first, second, third] = [await sibling(model), await sibling(model), await sibling(model)];
    for (const gateway of [first, second]) {
      expect(asked(await ask(gateway, upload))).to.equal("Upload");
      await gateway.say(UNKNOWN);
    }
    const refused = await ask(third, upload);
    expect(asked(refused)).to.equal(204);
    expect((await taskOf(refused.id))?.failure?.detail).to.include(second.id);
    expect(asked(await ask(third, upload, "2.0"))).to.equal("Upload");
  });
  it("is forgotten when the method is answered after all", async () => {
    const model = newModel();
    const [first, second] = [await sibling(model), await sibling(model)];
    await ask(first, upload);
    await first.say(UNKNOWN);
    expect((await learnt(first)).missingMethods).to.have.length(1);
    await ask(second, upload);
    await second.say(UPLOAD_TAKEN);
    expect((await learnt(first)).missingMethods).to.deep.equal([]);
  });
  it("is shown with the model, survives a restart, and is forgotten on demand", async () => {
    const gateway = await sibling(newModel());
    await ask(gateway, upload);
    await gateway.say(UNKNOWN);
    const at = new Date(acs.clock.now()).toISOString();
    expect((await learnt(gateway)).missingMethods).to.deep.equal([
      { method: "Upload", softwareVersion: "1.0", toldBy: [{ device: gateway.id, at }], believedOfAll: false },
    ]);
    expect((await acs.call("DELETE", `/api/models/${modelOf(gateway)}/learnt`)).status).to.equal(204);
    expect(await learnt(gateway)).to.deep.equal({ types: [], missingMethods: [] });
    expect(asked(await ask(gateway, upload))).to.equal("Upload");
  });
  it("methods that each device must have are asked for whatever one says", async () => {
    const gateway = await sibling(newModel());
    for (let i = 0; i < 2; i++) {
      expect(asked(await ask(gateway, { kind: "reboot" }))).to.equal("Reboot");
      await gateway.say(UNKNOWN);
    }
  });
  it("GetAllQueuedTransfers that is missing is not asked before GetQueuedTransfers a second time", async () => {
    const gateway = await sibling(newModel());
    expect(asked(await ask(gateway, { kind: "getQueuedTransfers" }))).to.equal("GetAllQueuedTransfers");
    expect(heard(await gateway.say(UNKNOWN))).to.equal("GetQueuedTransfers");
    await gateway.say({ kind: "GetQueuedTransfersResponse", transfers: [] });
    expect(asked(await ask(gateway, { kind: "getQueuedTransfers" }))).to.equal("GetQueuedTransfers");
    await gateway.say(UNKNOWN);
    const third = await ask(gateway, { kind: "getQueuedTransfers" });
    expect(asked(third)).to.equal(204);
    expect((await taskOf(third.id))?.failure?.code).to.equal("not-possible");
  });

  it("a type that worked after 9006 is the first one for other devices of the model (quirk 13)", async () => {
    const model = newModel();
    const [first, second] = [await sibling(model), await sibling(model)];
    const set = { kind: "setParameterValues", values: [{ name: ENABLE, value: true, type: "xsd:boolean" }] };
    const { id } = await ask(first, set);
    const again = await first.say({ ...UNKNOWN, faultCode: 9006 } as DeviceMessage);
    expect(messageOf(again)).to.deep.include({ values: [{ name: ENABLE, type: "xsd:string", text: "1" }] });
    await first.say(SET_TAKEN);
    expect((await taskOf(id))?.state).to.equal("done");
    expect((await learnt(first)).types).to.deep.equal([
      { path: ENABLE, type: "xsd:string", device: first.id, at: new Date(acs.clock.now()).toISOString() },
    ]);
    expect(await rulesOf(first)).to.include("type-retried");
    const parameters = [{ name: ENABLE, type: "xsd:string", refused: ["xsd:boolean"] }];
    const [event] = await acs.events(first.id, "policy-used");
    expect(event?.data).to.deep.equal({ rule: "type-retried", taskId: id, parameters, model: modelOf(first) });

    const other = await ask(second, set);
    expect(messageOf(other.first)).to.deep.include({ values: [{ name: ENABLE, type: "xsd:string", text: "1" }] });
  });
  it("a value is written with the type that the device reports now, not with the one of when the task was made (quirk 13)", async () => {
    const gateway = await sibling(newModel());
    const report = (type: string) => ({ name: ENABLE, type, text: "7" });
    await gateway.post(gateway.informText(["2 PERIODIC"], {}, [report("xsd:int")]));
    await gateway.empty();
    await acs.task(gateway.id, { kind: "setParameterValues", values: [{ name: ENABLE, value: 8 }] });
    await gateway.post(gateway.informText(["2 PERIODIC"], {}, [report("xsd:unsignedInt")]));
    expect(messageOf(await gateway.empty())).to.deep.include({ values: [{ name: ENABLE, type: "xsd:unsignedInt", text: "8" }] });
  });
  it("an untyped value takes no type away: a set needs none (quirk 12)", async () => {
    const gateway = await sibling(newModel());
    await gateway.post(gateway.informText(["2 PERIODIC"], {}, [{ name: ENABLE, type: "xsd:unsignedInt", text: "7" }]));
    await gateway.empty();
    await gateway.post(gateway.informText(["2 PERIODIC"], {}, [{ name: ENABLE, type: "xsd:string", text: "9", untyped: true }]));
    await gateway.empty();
    await acs.task(gateway.id, { kind: "setParameterValues", values: [{ name: ENABLE, value: 8 }] });
    await gateway.inform("2 PERIODIC");
    expect(messageOf(await gateway.empty())).to.deep.include({ values: [{ name: ENABLE, type: "xsd:unsignedInt", text: "8" }] });
    expect(await rulesOf(gateway)).to.include("untyped-values");
  });

  describe("policies of a model, and what was bent by them", () => {
    const put = (gateway: TestGateway, policy: object) => acs.call("PUT", `/api/models/${modelOf(gateway)}/policy`, policy);

    it("xmlDeclaration: each message begins with one", async () => {
      const gateway = await sibling(newModel());
      await put(gateway, { xmlDeclaration: true });
      const { body, headers } = await gateway.inform("2 PERIODIC");
      expect(body).to.match(/^<\?xml version="1.0" encoding="UTF-8"\?><SOAP-ENV:Envelope /);
      expect(headers["content-length"]).to.equal(String(Buffer.byteLength(body)));
      expect(await rulesOf(gateway)).to.include("xml-declaration");
    });
    it("HoldRequests is sent to nobody (output hygiene)", async () => {
      const gateway = await sibling(newModel());
      const { first } = await ask(gateway, upload);
      expect((await gateway.inform("2 PERIODIC")).body + first.body).not.to.include("HoldRequests");
    });
    it("trustsWritable false: the use of it is counted", async () => {
      const gateway = await sibling(newModel());
      await put(gateway, { trustsWritable: false });
      const parameters = [{ name: ENABLE, writable: false }];
      const cause = { kind: "read", ref: "t" } as const;
      await acs.stores.devices.recordTold({ deviceId: gateway.id, lease: 0, atMs: 0, parameters, cause, completeUnder: null, events: [] });
      await acs.task(gateway.id, { kind: "setParameterValues", values: [{ name: ENABLE, value: "1" }] });
      expect(await rulesOf(gateway)).to.deep.equal(["writable-not-trusted"]);
    });
    it("nonceReuse: never, on a proven connection, or on any (quirk 31)", async () => {
      const gateway = await sibling(newModel());
      /** The same credentials twice, the second time on this connection or on a new one. */
      const twice = async (where: "same" | "new"): Promise<number> => {
        await gateway.inform("2 PERIODIC");
        const headers = { Authorization: gateway.nextAuthorization() ?? null };
        expect((await gateway.send(gateway.informText(), { headers })).status).to.equal(200);
        if (where === "new") gateway.disconnect();
        return (await gateway.send(gateway.informText(), { headers })).status;
      };
      expect([await twice("same"), await twice("new")], "by default").to.deep.equal([200, 401]);
      expect(await rulesOf(gateway)).to.include("nonce-reused");
      await put(gateway, { nonceReuse: "always" });
      expect([await twice("same"), await twice("new")], "always").to.deep.equal([200, 200]);
      await put(gateway, { nonceReuse: "never" });
      expect([await twice("same"), await twice("new")], "never").to.deep.equal([401, 401]);
    });
    it("what a device got wrong and was forgiven is counted and logged, once an hour", async () => {
      const gateway = await sibling(newModel());
      for (let i = 0; i < 3; i++) await gateway.post(gateway.informText().replace(/<cwmp:ID[^>]*>[^<]*<\/cwmp:ID>/, ""));
      const { body } = await acs.call("GET", `/api/devices/${encodeURIComponent(gateway.id)}/relaxations`);
      expect(body.relaxations.find(({ rule }: { rule: string }) => rule === "no-id")).to.deep.include({ uses: 3 });
      const lines = acs
        .logged()
        .split("\n")
        .filter((line) => line.includes('"rule":"no-id"') && line.includes(gateway.id));
      expect(lines).to.have.length(1);
      expect((await acs.call("GET", "/api/devices/nobody/relaxations")).status).to.equal(404);
    });
  });

  it("survives a restart", async () => {
    const gateway = await sibling(newModel());
    await ask(gateway, upload);
    await gateway.say(UNKNOWN);
    const before = await learnt(gateway);
    acs = await acs.restart();
    expect(await learnt(gateway)).to.deep.equal(before);
  });
});
