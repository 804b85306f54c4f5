import { expect } from "chai";
import type { Cause } from "../../acs/devices/parameter-tree.js";
import { GATEWAY, GATEWAY_ID, opened, type RestServer, startRestServer } from "../support/rest-server.js";

describe("REST: devices and their trees", () => {
  let server: RestServer;
  before(async () => {
    server = await startRestServer();
  });
  after(() => server.close());
  afterEach(() => expect(server.failures).to.deep.equal([]));

  /** The fields at fault. */
  const refusedFields = async (body: unknown): Promise<unknown> => {
    const answer = await server.call("POST", "/api/devices", body);
    return answer.status === 422 ? answer.body.errors.map((error: { field: string }) => error.field) : answer.status;
  };

  it("registers a device, and shows no secret of it", async () => {
    const { status, headers, body } = await server.call("POST", "/api/devices", { ...GATEWAY, sipAddress: "sip:1001@voice.example" });
    expect(status).to.equal(201);
    expect(headers.get("location")).to.equal(`/api/devices/${GATEWAY_ID}`);
    expect(body).to.deep.equal({
      id: GATEWAY_ID,
      identity: { oui: "00D09E", productClass: "HG1", serialNumber: "S1" },
      manufacturer: "",
      username: GATEWAY_ID,
      passwordIsFactory: false,
      passwordPendingSince: null,
      factoryPasswordExpectedSince: null,
      sipAddress: "sip:1001@voice.example",
      tags: [],
      registeredAt: "2026-01-01T00:00:00.000Z",
      lastInformAt: null,
      root: null,
      cwmpNamespace: null,
      wake: { state: "idle", attempts: 0, reason: "", nextTryAt: null },
      enrolledBy: null,
      quarantine: null,
      sharedIdentity: null,
      protocol: "cwmp",
      nms: null,
    });
  });

  it("seals the password before it is stored, and makes connection-request credentials", async () => {
    const stored = await server.stores.devices.get(GATEWAY_ID);
    expect(stored?.password).not.to.include(GATEWAY.password);
    expect(opened(stored?.password, GATEWAY_ID)).to.equal(GATEWAY.password);
    expect(stored?.connectionRequest.username).to.equal(GATEWAY_ID);
    expect(opened(stored?.connectionRequest.password, GATEWAY_ID)).to.match(/^[0-9a-z]{24}$/);
  });

  it("leaves an event of the registration", async () => {
    const [event] = await server.stores.events.list({ deviceId: GATEWAY_ID, limit: 1 });
    expect(event).to.include({ kind: "device-registered", deviceId: GATEWAY_ID });
  });

  it("refuses an identity or a user name that is taken", async () => {
    expect((await server.call("POST", "/api/devices", GATEWAY)).status).to.equal(409);
    const other = { ...GATEWAY, serialNumber: "S9", username: GATEWAY_ID };
    const { status, body } = await server.call("POST", "/api/devices", other);
    expect([status, body.type]).to.deep.equal([409, "urn:reveille:problem:conflict"]);
  });

  it("names each field that is missing, wrong or unknown", async () => {
    expect(await refusedFields({})).to.deep.equal(["oui", "productClass", "serialNumber", "password"]);
    expect(await refusedFields({ ...GATEWAY, oui: "00d09e" })).to.deep.equal(["oui"]);
    expect(await refusedFields({ ...GATEWAY, serialNumber: "" })).to.deep.equal(["serialNumber"]);
    expect(await refusedFields({ ...GATEWAY, serialNumber: "x".repeat(65) })).to.deep.equal(["serialNumber"]);
    expect(await refusedFields({ ...GATEWAY, serialNumber: "ü".repeat(64) })).to.deep.equal(["serialNumber"]);
    expect(await refusedFields({ ...GATEWAY, serialNumber: "a\u0000" })).to.deep.equal(["serialNumber"]);
    expect(await refusedFields({ ...GATEWAY, productClass: "\ud800" })).to.deep.equal(["productClass"]);
    expect(await refusedFields({ ...GATEWAY, password: 7 })).to.deep.equal(["password"]);
    expect(await refusedFields({ ...GATEWAY, username: "a:b" })).to.deep.equal(["username"]);
    expect(await refusedFields({ ...GATEWAY, sipAddress: "1001@voice" })).to.deep.equal(["sipAddress"]);
    expect(await refusedFields({ ...GATEWAY, serial: "S1" })).to.deep.equal(["serial"]);
    expect(await refusedFields([])).to.deep.equal([""]);
    expect(await refusedFields(null)).to.deep.equal([""]);
  });

  it("repeats no value that it refuses: it may be a secret", async () => {
    const { body } = await server.call("POST", "/api/devices", { ...GATEWAY, password: "hunter2\u0007" });
    expect(JSON.stringify(body)).not.to.include("hunter2");
    expect(body.detail).to.equal("password holds a control character");
  });

  it("finds a device whose id has escapes of its own", async () => {
    const made = await server.call("POST", "/api/devices", { ...GATEWAY, serialNumber: "S/1-%é" });
    expect(made.body.id).to.equal("00D09E-HG1-S%2F1%2D%25%C3%A9");
    const found = await server.call("GET", made.headers.get("location") ?? "");
    expect(found.body.id).to.equal(made.body.id);
  });

  it("shows one device with its wake record and its open tasks by state", async () => {
    const { status, body } = await server.call("GET", `/api/devices/${GATEWAY_ID}`);
    expect(status).to.equal(200);
    expect(body.openTasks).to.deep.equal({ queued: 0, sent: 0, "awaiting-device": 0, unknown: 0 });
    expect(body.wake.state).to.equal("idle");
  });

  it("lists devices page by page, each once", async () => {
    for (const serialNumber of ["S2", "S3", "S4"]) await server.call("POST", "/api/devices", { ...GATEWAY, serialNumber });
    const seen: string[] = [];
    for (let path: string | null = "/api/devices?limit=2"; path !== null; ) {
      const { body } = await server.call("GET", path);
      seen.push(...body.devices.map(({ id }: { id: string }) => id));
      path = body.next === null ? null : `/api/devices?limit=2&after=${encodeURIComponent(body.next)}`;
    }
    expect(seen).to.include.members([GATEWAY_ID, "00D09E-HG1-S4"]);
    expect(seen).to.deep.equal([...new Set(seen)].toSorted());
  });

  it("refuses queries that it does not know or that are out of bounds", async () => {
    for (const query of ["limit=0", "limit=1001", "limit=x", "limit=1&limit=2", "page=2"]) {
      const { status, body } = await server.call("GET", `/api/devices?${query}`);
      expect([status, body.errors.length], query).to.deep.equal([422, 1]);
    }
  });

  it("changes password and SIP address, each by itself", async () => {
    const address = await server.call("PATCH", `/api/devices/${GATEWAY_ID}`, { sipAddress: null });
    expect([address.status, address.body.sipAddress]).to.deep.equal([200, null]);
    expect((await server.call("PATCH", `/api/devices/${GATEWAY_ID}`, { password: "new-secret" })).status).to.equal(200);
    const stored = await server.stores.devices.get(GATEWAY_ID);
    expect([opened(stored?.password, GATEWAY_ID), stored?.sipAddress]).to.deep.equal(["new-secret", null]);
  });

  it("looks at a device again whose SIP address was changed", async () => {
    server.woken.length = 0;
    await server.call("PATCH", `/api/devices/${GATEWAY_ID}`, { sipAddress: "sip:1002@voice.example" });
    expect(server.woken).to.deep.equal([GATEWAY_ID]);
  });

  it("refuses a change of nothing, of the identity, and of a device that is not there", async () => {
    expect((await server.call("PATCH", `/api/devices/${GATEWAY_ID}`, {})).status).to.equal(422);
    expect((await server.call("PATCH", `/api/devices/${GATEWAY_ID}`, { oui: "000000" })).body.errors[0].field).to.equal("oui");
    expect((await server.call("PATCH", "/api/devices/none", { sipAddress: null })).status).to.equal(404);
  });

  it("shows a tree in path order with cause and times, secrets hidden", async () => {
    const cause: Cause = { kind: "inform", ref: "0 BOOTSTRAP" };
    const text = (name: string, type: string, value: string) => ({ name, value: { type, text: value } });
    await server.stores.devices.recordInform({
      deviceId: GATEWAY_ID,
      atMs: server.clock.now(),
      manufacturer: "Example",
      root: "Device.",
      cwmpNamespace: "urn:dslforum-org:cwmp-1-0",
      parameters: [
        text("Device.Time.NTPServer1", "xsd:string", "ntp.example"),
        text("Device.ManagementServer.Password", "xsd:string", "top-secret"),
        { name: "Device.ManagementServer.PeriodicInformInterval", writable: true },
      ],
      bootstrap: true,
      cause,
      newTasks: [],
      diagnosticReadIds: [],
      events: [],
      unknownSettleMs: 1_000,
    });
    const { status, body } = await server.call("GET", `/api/devices/${GATEWAY_ID}/tree`);
    expect(status).to.equal(200);
    expect(body.entries.map(({ name }: { name: string }) => name)).to.deep.equal([
      "Device.ManagementServer.Password",
      "Device.ManagementServer.PeriodicInformInterval",
      "Device.Time.NTPServer1",
    ]);
    expect(body.entries[0]).to.include({ value: null, hidden: true });
    expect(JSON.stringify(body)).not.to.include("top-secret");
    expect(body.entries[1]).to.include({ value: null, writable: true, type: null });
    const at = new Date(server.clock.now()).toISOString();
    expect(body.entries[2]).to.deep.include({ value: "ntp.example", type: "xsd:string", readAt: at, changedAt: at, cause });
    expect(body.next).to.equal(null);
  });

  it("shows a subtree, one parameter, and the next page of a tree", async () => {
    const names = async (query: string): Promise<readonly string[]> =>
      (await server.call("GET", `/api/devices/${GATEWAY_ID}/tree?${query}`)).body.entries.map(({ name }: { name: string }) => name);
    expect(await names("path=Device.Time.")).to.deep.equal(["Device.Time.NTPServer1"]);
    expect(await names("path=Device.Time.NTPServer1")).to.deep.equal(["Device.Time.NTPServer1"]);
    expect(await names("path=Device.Nothing.")).to.deep.equal([]);
    const first = await server.call("GET", `/api/devices/${GATEWAY_ID}/tree?limit=2`);
    expect(first.body.next).to.equal("Device.ManagementServer.PeriodicInformInterval");
    expect(await names(`limit=2&after=${first.body.next}`)).to.deep.equal(["Device.Time.NTPServer1"]);
  });

  it("shows a row of a table by its alias, whichever way the device told it; a wildcard is refused", async () => {
    const value = (text: string) => ({ type: "xsd:string", text });
    await server.stores.devices.recordInform({
      ...{ deviceId: GATEWAY_ID, atMs: server.clock.now(), manufacturer: "", root: "Device.", cwmpNamespace: "urn:dslforum-org:cwmp-1-2" },
      parameters: [
        { name: "Device.X.7.Alias", value: value("by-number") },
        { name: "Device.X.7.P", value: value("1") },
        { name: "Device.X.[by.alias].P", value: value("2") },
      ],
      ...{ bootstrap: false, cause: { kind: "inform", ref: "t" }, newTasks: [], diagnosticReadIds: [], events: [], unknownSettleMs: 1_000 },
    });
    const shown = async (path: string): Promise<readonly string[]> =>
      (await server.call("GET", `/api/devices/${GATEWAY_ID}/tree?path=${path}`)).body.entries.map(({ name }: { name: string }) => name);
    expect(await shown("Device.X.[by-number].")).to.deep.equal(["Device.X.7.Alias", "Device.X.7.P"]);
    expect(await shown("Device.X.7.P")).to.deep.equal(["Device.X.7.P"]);
    expect(await shown("Device.X.[by.alias].P")).to.deep.equal(["Device.X.[by.alias].P"]);
    expect(await shown("Device.X.[nobody].")).to.deep.equal([]);
    const { status, body } = await server.call("GET", `/api/devices/${GATEWAY_ID}/tree?path=Device.X.*.P`);
    expect([status, body.errors[0].field]).to.deep.equal([422, "path"]);
  });

  it("answers 404 for the tree of a device that is not there", async () => {
    expect((await server.call("GET", "/api/devices/none/tree")).status).to.equal(404);
  });

  it("removes a device once; its events stay", async () => {
    expect((await server.call("DELETE", `/api/devices/${GATEWAY_ID}`)).status).to.equal(204);
    expect((await server.call("DELETE", `/api/devices/${GATEWAY_ID}`)).status).to.equal(404);
    expect((await server.call("GET", `/api/devices/${GATEWAY_ID}`)).status).to.equal(404);
    const [event] = await server.stores.events.list({ deviceId: GATEWAY_ID, limit: 1 });
    expect(event?.kind).to.equal("device-removed");
  });
});
