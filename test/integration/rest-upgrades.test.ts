/**
 * Upgrades over REST: what is taken, what is refused, and how they are shown. Layer: integration.
 */
import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import { type Answer, type RestServer, startRestServer } from "../support/rest-server.js";

describe("REST: upgrades", () => {
  let server: RestServer;
  let fileId: string;
  let serials = 0;
  before(async () => {
    server = await startRestServer();
    fileId = (await addFile("2.0")).id;
  });
  after(async () => {
    await server.close();
    expect(server.failures).to.deep.equal([]);
  });

  const addFile = async (version: string, model = "HG1", fileType = "1 Firmware Upgrade Image"): Promise<{ readonly id: string }> => {
    const query = new URLSearchParams({ name: `fw-${version}.bin`, fileType, model, version });
    const { status, body } = await server.call("POST", `/api/files?${query}`, Buffer.from(`firmware ${version}`));
    expect(status).to.equal(201);
    return body;
  };
  const aDevice = async (more: object = {}): Promise<string> => {
    const identity = { oui: "00D09E", productClass: "HG1", serialNumber: `U${++serials}`, ...more };
    return (await server.call("POST", "/api/devices", { ...identity, password: "device-password-1" })).body.id;
  };
  const order = (device: string, body: object): Promise<Answer> => server.call("POST", `/api/devices/${device}/upgrades`, body);

  it("one is ordered by file or by version, and shown with its defaults", async () => {
    const device = await aDevice();
    const { status, headers, body } = await order(device, { version: "2.0" });
    expect([status, headers.get("location")]).to.deep.equal([202, `/api/upgrades/${body.id}`]);
    expect(body).to.include({ device, state: "running", phase: "reading", attempt: 1, reason: null, backup: false, verifySip: true });
    expect(body.file).to.include({ id: fileId, version: "2.0" });
    expect(body.retry).to.deep.equal({ attempts: 2, afterS: 300 });
    expect(body).to.include({ callInWithinS: 604_800, returnWithinS: 1_800, sipWithinS: 600, createdAt: "2026-01-01T00:00:00.000Z" });
    expect((await order(await aDevice(), { fileId, backup: true })).body).to.include({ backup: true });
  });

  it("a second one of the same device is refused while the first runs, and taken afterwards", async () => {
    const device = await aDevice();
    const { body } = await order(device, { fileId });
    const second = await order(device, { fileId });
    expect([second.status, second.body.detail]).to.deep.equal([409, `another upgrade of the device runs: ${body.id}`]);
    expect((await server.call("DELETE", `/api/upgrades/${body.id}`)).body).to.include({ state: "aborted", reason: "aborted" });
    expect((await server.call("DELETE", `/api/upgrades/${body.id}`)).status).to.equal(200);
    expect((await order(device, { fileId })).status).to.equal(202);
  });

  it("what can't be right is refused with the field that is wrong", async () => {
    const device = await aDevice();
    const refused = async (body: object): Promise<readonly [number, string]> => {
      const answer = await order(device, body);
      return [answer.status, answer.body.errors?.[0]?.field];
    };
    expect(await refused({})).to.deep.equal([422, "fileId"]);
    expect(await refused({ fileId, version: "2.0" })).to.deep.equal([422, "version"]);
    expect(await refused({ fileId: "nothing" })).to.deep.equal([422, "fileId"]);
    expect(await refused({ version: "9.9" })).to.deep.equal([422, "version"]);
    expect(await refused({ fileId, retry: { attempts: 0 } })).to.deep.equal([422, "retry.attempts"]);
    expect(await refused({ fileId, sipWithinS: 1e9 })).to.deep.equal([422, "sipWithinS"]);
    expect(await refused({ fileId: (await addFile("2.0", "OTHER")).id })).to.deep.equal([422, "fileId"]);
    expect(await refused({ fileId: (await addFile("1", "HG1", "2 Web Content")).id })).to.deep.equal([422, "fileId"]);
    expect(await refused({ fileId: (await addFile("", "HG1")).id })).to.deep.equal([422, "fileId"]);
    expect((await order("nobody", { fileId })).status).to.equal(404);
  });

  it("they are listed newest first, of one device or of all, in pages, by state", async () => {
    await server.clock.advance(1);
    const device = await aDevice();
    const first = (await order(device, { fileId })).body.id as string;
    await server.call("DELETE", `/api/upgrades/${first}`);
    await server.clock.advance(1);
    const second = (await order(device, { fileId })).body.id as string;
    const ids = async (path: string) => {
      const { body } = await server.call("GET", path);
      return { ids: body.upgrades.map(({ id }: { id: string }) => id), next: body.next };
    };
    expect(await ids(`/api/devices/${device}/upgrades`)).to.deep.equal({ ids: [second, first], next: null });
    expect(await ids(`/api/devices/${device}/upgrades?state=aborted`)).to.deep.equal({ ids: [first], next: null });
    expect(await ids("/api/upgrades?limit=1")).to.deep.equal({ ids: [second], next: second });
    expect((await ids(`/api/upgrades?limit=1&before=${second}`)).ids).to.deep.equal([first]);
    expect((await server.call("GET", "/api/devices/nobody/upgrades")).status).to.equal(404);
    expect((await server.call("GET", "/api/upgrades/nothing")).status).to.equal(404);
    expect((await server.call("DELETE", "/api/upgrades/nothing")).status).to.equal(404);
  });

  it("a file whose bytes were altered on disk ends it before anything is sent, with events that say so", async () => {
    const altered = await addFile("2.5");
    await writeFile(server.catalogue.path(altered.id), "firmwarE 2.5");
    const device = await aDevice();
    const { id } = (await order(device, { fileId: altered.id })).body;
    let shown = (await server.call("GET", `/api/upgrades/${id}`)).body;
    for (let looks = 0; shown.state === "running" && looks < 100; looks++) {
      await new Promise((resolve) => setImmediate(resolve));
      shown = (await server.call("GET", `/api/upgrades/${id}`)).body;
    }
    expect(shown).to.include({ state: "failed", reason: "file-altered" });
    const events = (await server.call("GET", `/api/events?device=${device}&kind=upgrade-started,upgrade-ended`)).body.events;
    expect(events.map(({ kind, data }: { kind: string; data: object }) => [kind, "reason" in data ? data.reason : ""])).to.deep.equal([
      ["upgrade-ended", "file-altered"],
      ["upgrade-started", ""],
    ]);
    expect((await server.call("DELETE", `/api/upgrades/${id}`)).status).to.equal(409);
  });
});
