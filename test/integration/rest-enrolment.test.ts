/**
 * Enrolment rules over REST: what is taken, what is refused and why, and that no password comes out.
 * Spec: DESIGN 4. Layer: integration test.
 */
import { expect } from "chai";
import { ENROLMENT_LIMITS } from "../../acs/devices/enrolment.js";
import { GATEWAY, type RestServer, startRestServer } from "../support/rest-server.js";

const WINDOW = { kind: "window", name: "batch 7", openForS: 600, devicesMax: 5, password: "batch-secret" } as const;
const CERTIFICATE = { kind: "certificate", name: "vendor", devicesMax: 1_000 } as const;

describe("REST: enrolment rules", () => {
  let server: RestServer;
  before(async () => {
    server = await startRestServer();
  });
  after(() => server.close());
  afterEach(() => expect(server.failures).to.deep.equal([]));

  const add = (body: unknown) => server.call("POST", "/api/enrolment-rules", body);
  /** Field and detail of each fault. */
  const faults = async (body: unknown): Promise<unknown> => {
    const answer = await add(body);
    if (answer.status !== 422) return answer.status;
    return Object.fromEntries(answer.body.errors.map(({ field, detail }: { field: string; detail: string }) => [field, detail]));
  };

  it("opens a window, and shows it without its password", async () => {
    const { status, headers, body } = await add({
      ...WINDOW,
      ouis: ["00D09E"],
      productClasses: ["HG1"],
      approval: true,
      username: "factory",
    });
    expect(status).to.equal(201);
    expect(headers.get("location")).to.equal(`/api/enrolment-rules/${body.id}`);
    const shown = {
      ...{ id: body.id, kind: "window", name: "batch 7", state: "open", createdAt: "2026-01-01T00:00:00.000Z" },
      ...{ until: "2026-01-01T00:10:00.000Z", closedAt: null, devicesMax: 5, enrolled: 0, ouis: ["00D09E"], productClasses: ["HG1"] },
      ...{ approval: true, username: "factory", allowUnverified: false },
    };
    expect(body).to.deep.equal(shown);
    expect((await server.call("GET", `/api/enrolment-rules/${body.id}`)).body).to.deep.equal(shown);
    expect((await server.call("GET", "/api/enrolment-rules")).body.rules).to.deep.include(shown);
    const [stored] = await server.stores.enrolment.rules();
    expect(stored?.password).to.match(/^v1:/).and.not.include("batch-secret");
  });

  it("closes and removes one, and leaves an event of each step", async () => {
    const { id } = (await add(CERTIFICATE)).body;
    expect((await server.call("POST", `/api/enrolment-rules/${id}/close`)).body).to.include({ state: "closed" });
    expect((await server.call("DELETE", `/api/enrolment-rules/${id}`)).status).to.equal(204);
    const events = await server.stores.events.list({ kinds: ["enrolment-rule-changed"], limit: 3 });
    const steps = events.map(({ data }) => [data["rule"], data["state"]]);
    expect(steps).to.deep.equal([
      [id, "removed"],
      [id, "closed"],
      [id, "open"],
    ]);
  });

  it("404 for a rule that is not there", async () => {
    for (const [method, path] of [
      ["GET", "/nope"],
      ["POST", "/nope/close"],
      ["DELETE", "/nope"],
    ] as const)
      expect((await server.call(method, `/api/enrolment-rules${path}`)).status, method + path).to.equal(404);
  });

  it("a window without a password is refused, with what it would mean", async () => {
    const { password: _, ...open } = WINDOW;
    expect(await faults(open)).to.deep.equal({
      password: "is missing: without it the window would trust whoever calls first; if that is meant, say allowUnverified: true",
    });
  });

  it("and with allowUnverified, where devices can't say their password as it is", async () => {
    const { password: _, ...open } = WINDOW;
    const found = await faults({ ...open, allowUnverified: true });
    expect(found).to.have.key("allowUnverified");
    expect((found as Record<string, string>)["allowUnverified"]).to.match(/^needs CWMP over TLS with ACS_BASIC_OVER_TLS=true/);
  });

  it("a window has an end, within seven days, not in the past, given once", async () => {
    const { openForS: _, ...endless } = WINDOW;
    expect(await faults(endless)).to.have.key("openForS");
    expect(await faults({ ...WINDOW, openForS: 604_801 })).to.have.key("openForS");
    expect(await faults({ ...endless, until: "2026-01-08T00:00:00.001Z" })).to.have.key("until");
    expect(await faults({ ...endless, until: "2026-01-01T00:00:00Z" })).to.have.key("until");
    expect(await faults({ ...WINDOW, until: "2026-01-02T00:00:00Z" })).to.have.key("until");
    expect((await add({ ...endless, until: "2026-01-08T01:00:00+01:00" })).status).to.equal(201);
  });

  it("names each field that is missing, wrong or without meaning", async () => {
    expect(await faults({})).to.have.keys("kind", "name", "devicesMax");
    expect(await faults({ ...WINDOW, devicesMax: 0, ouis: ["00d09e"], productClasses: ["x".repeat(65)], frobnicate: 1 })).to.have.keys(
      ...["devicesMax", "ouis[0]", "productClasses[0]", "frobnicate"],
    );
    expect(await faults({ ...CERTIFICATE, password: "p", username: "u", allowUnverified: true })).to.have.keys(
      ...["password", "username", "allowUnverified"],
    );
    expect(await faults({ ...WINDOW, allowUnverified: true })).to.have.keys("allowUnverified");
    expect(await faults({ ...WINDOW, username: "00D09E-HG1-S1" })).to.have.keys("username");
    expect(await faults({ ...WINDOW, username: "a:b" })).to.have.keys("username");
  });

  it("a user name is a batch's or a device's, not both: 409", async () => {
    await server.call("POST", "/api/devices", { ...GATEWAY, username: "gw-1" });
    expect((await add({ ...WINDOW, username: "gw-1" })).status).to.equal(409);
    await add({ ...WINDOW, username: "batch-name" });
    expect((await server.call("POST", "/api/devices", { ...GATEWAY, serialNumber: "S2", username: "batch-name" })).status).to.equal(409);
  });

  it("has so many at most: 409", async () => {
    for (let i = 0; i < ENROLMENT_LIMITS.rulesMax; i++) await add(CERTIFICATE);
    expect((await add(CERTIFICATE)).status).to.equal(409);
    expect((await server.call("GET", "/api/enrolment-rules")).body.rules).to.have.length(ENROLMENT_LIMITS.rulesMax);
  });
});
