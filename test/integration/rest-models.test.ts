/** REST: how models want to be spoken to. */
import { expect } from "chai";
import { DEFAULT_MODEL_POLICY } from "../../acs/devices/model-policy.js";
import { openModelPolicies } from "../../acs/stores/model-policies.js";
import { GATEWAY, GATEWAY_ID, type RestServer, startRestServer } from "../support/rest-server.js";

const POLICY = "/api/models/00D09E-HG1/policy";

describe("REST: model policies", () => {
  let server: RestServer;
  before(async () => {
    server = await startRestServer();
  });
  after(() => server.close());
  afterEach(() => expect(server.failures).to.deep.equal([]));

  it("begins with the defaults, keeps what is put, and takes the default of what is left out", async () => {
    expect((await server.call("GET", POLICY)).body).to.deep.equal(DEFAULT_MODEL_POLICY);
    const put = await server.call("PUT", POLICY, { valuesPerSetMax: 4, booleans: "words" });
    expect([put.status, put.body]).to.deep.equal([200, { ...DEFAULT_MODEL_POLICY, valuesPerSetMax: 4, booleans: "words" }]);
    expect((await server.call("GET", POLICY)).body).to.deep.equal(put.body);
    const after = openModelPolicies(server.stores.settings);
    expect(await after.of({ oui: "00D09E", productClass: "HG1", serialNumber: "S1" }), "after a restart").to.deep.equal(put.body);
    expect((await server.call("PUT", POLICY, {})).body).to.deep.equal(DEFAULT_MODEL_POLICY);
  });

  it("names the field that is wrong", async () => {
    const { status, body } = await server.call("PUT", POLICY, { valuesPerSetMax: 0, booleans: "emoji", colour: "red" });
    expect(status).to.equal(422);
    expect(body.errors.map(({ field }: { field: string }) => field)).to.have.members(["valuesPerSetMax", "booleans", "colour"]);
  });

  it("takes a wake profile by name, and fields in the place of its own", async () => {
    const wake = { profile: "grandstream", events: ["resync"], subscriptionState: null, route: "proxy" };
    expect((await server.call("PUT", POLICY, { wake })).body.wake).to.deep.equal(wake);
    await server.call("PUT", POLICY, {});
  });

  it("takes values that restart devices only with allowsReboot", async () => {
    for (const event of ["check-sync;reboot=true", "reboot", "reboot_now", "restart_now", "factory-reset"]) {
      const { status, body } = await server.call("PUT", POLICY, { wake: { events: [event] } });
      expect([status, body.errors[0]?.field], event).to.deep.equal([422, "wake.events"]);
    }
    const wake = { events: ["check-sync;reboot=true"], allowsReboot: true };
    expect((await server.call("PUT", POLICY, { wake })).status).to.equal(200);
    await server.call("PUT", POLICY, {});
  });

  it("knows no wake profile by another name, and names the field", async () => {
    const { status, body } = await server.call("PUT", POLICY, { wake: { profile: "toaster", colour: "red" } });
    expect([status, body.errors.map(({ field }: { field: string }) => field)]).to.deep.equal([422, ["wake.profile", "wake.colour"]]);
  });

  it("knows no model by another name than OUI-ProductClass", async () => {
    for (const model of ["HG1", "00d09e-HG1", "00D09E"])
      expect((await server.call("GET", `/api/models/${model}/policy`)).status, model).to.equal(404);
    expect((await server.call("GET", `/api/models/${encodeURIComponent("00D09E-a/b c")}/policy`)).status).to.equal(200);
  });

  it("lets a read-only parameter be set where the model tells Writable wrongly", async () => {
    await server.call("POST", "/api/devices", GATEWAY);
    const parameters = [
      { name: "Device.Time.NTPServer1", value: { type: "xsd:string", text: "x" }, writable: false, notification: 2, accessList: [] },
    ];
    const cause = { kind: "read", ref: "01task" } as const;
    await server.stores.devices.recordTold({ deviceId: GATEWAY_ID, lease: 0, atMs: 0, parameters, cause, completeUnder: null, events: [] });
    const tree = await server.call("GET", `/api/devices/${GATEWAY_ID}/tree`);
    expect(tree.body.entries[0]).to.deep.include({ notification: 2, accessList: [] });
    const order = { kind: "setParameterValues", values: [{ name: "Device.Time.NTPServer1", value: "y" }] };
    expect((await server.call("POST", `/api/devices/${GATEWAY_ID}/tasks`, order)).status).to.equal(422);
    await server.call("PUT", POLICY, { trustsWritable: false });
    expect((await server.call("POST", `/api/devices/${GATEWAY_ID}/tasks`, order)).status).to.equal(202);
  });
});
