/**
 * Groups and tags over REST: bodies, refusals, what is shown.
 * Layer: integration.
 */
import { expect } from "chai";
import { settle } from "../support/fake-clock.js";
import { type Answer, GATEWAY, type RestServer, startRestServer } from "../support/rest-server.js";

const ids = ["S1", "S2", "S3", "S4"].map((serial) => `00D09E-HG1-${serial}`);
const [first = "", second = "", third = "", fourth = ""] = ids;

describe("REST: groups", () => {
  let server: RestServer;
  before(async () => {
    server = await startRestServer();
    for (const serialNumber of ["S1", "S2", "S3", "S4"]) await server.call("POST", "/api/devices", { ...GATEWAY, serialNumber });
  });
  after(() => server.close());
  beforeEach(() => server.clock.advance(10)); // ids of different milliseconds sort by age
  afterEach(() => expect(server.failures).to.deep.equal([]));

  const create = (more: Readonly<Record<string, unknown>> = {}): Promise<Answer> =>
    server.call("POST", "/api/groups", {
      kind: "task",
      order: { kind: "reboot" },
      devices: { ids: [first, second] },
      paused: true,
      ...more,
    });
  const fromCsv = (query: string, csv: string, type = "text/csv"): Promise<Answer> =>
    server.call("POST", `/api/groups?${query}`, Buffer.from(csv), { "Content-Type": type });
  const detailOf = async (answer: Promise<Answer>): Promise<string> => {
    const { status, body } = await answer;
    return `${status} ${body.detail}`;
  };
  const devicesOf = async (id: string): Promise<readonly string[]> =>
    (await server.call("GET", `/api/groups/${id}/members`)).body.members.map(({ device }: { device: string }) => device);

  describe("making", () => {
    it("answers 202 with the group, its members on disk, and what was not taken", async () => {
      const { status, headers, body } = await create({ name: "pilot", devices: { ids: [first, "nobody", second, first] }, concurrency: 7 });
      expect(status).to.equal(202);
      expect(headers.get("location")).to.equal(`/api/groups/${body.id}`);
      expect(body).to.deep.include({ name: "pilot", kind: "task", state: "paused", members: 2, concurrency: 7, ratePerMinute: null });
      expect(body.counts).to.deep.equal({ queued: 2, running: 0, done: 0, failed: 0, refused: 0, aborted: 0 });
      expect(body.notTaken).to.deep.equal({ unknown: { count: 1, ids: ["nobody"] }, duplicates: { count: 1, ids: [first] } });
      expect(body).to.deep.include({ startedAt: null, endedAt: null, estimatedEndAt: null });
      expect((await server.call("GET", `/api/groups/${body.id}`)).body).to.deep.equal(body);
    });

    it("takes a CSV in the body as JSON, or as text with the rest in the query", async () => {
      const asJson = await create({ devices: { csv: `${second}\n${first}\n` } });
      expect(await devicesOf(asJson.body.id)).to.deep.equal([second, first]);
      const order = encodeURIComponent('{"kind":"reboot","expiresInS":60}');
      const asText = await fromCsv(`kind=task&order=${order}&concurrency=3&ratePerMinute=30&paused=true&name=n`, `name;id\nA;${third}\n`);
      expect(asText.body).to.deep.include({ name: "n", concurrency: 3, ratePerMinute: 30, state: "paused" });
      expect(asText.body.order).to.deep.include({ kind: "reboot", expiresInS: 60 });
      expect(await devicesOf(asText.body.id)).to.deep.equal([third]);
    });

    it("takes the devices of a tag", async () => {
      for (const id of [first, third]) await server.call("PATCH", `/api/devices/${id}`, { tags: ["pilot"] });
      const { body } = await create({ devices: { tag: "pilot" } });
      expect(await devicesOf(body.id)).to.deep.equal([first, third]);
    });

    it("refuses what is wrong, by field and with a remedy", async () => {
      expect(await detailOf(create({ devices: { ids: [] } }))).to.equal("422 devices.ids names no device");
      expect(await detailOf(create({ devices: { ids: ["x"] } }))).to.equal("422 devices.ids names no registered device: unknown are x");
      expect(await detailOf(create({ devices: { tag: "none" } }))).to.match(/^422 devices\.tag is on no device: give it/);
      expect(await detailOf(create({ devices: { csv: '"' } }))).to.match(/^422 devices\.csv has on line 1 a quote/);
      expect(await detailOf(create({ devices: { ids: [first, "x".repeat(1_001)] } }))).to.equal(
        "422 devices.ids[1] must be at most 1000 characters long",
      );
      expect(await detailOf(create({ devices: {} }))).to.equal("422 devices must have one of ids, tag and csv");
      expect(await detailOf(create({ devices: { tag: "a", ids: [first] } }))).to.equal("422 devices must have one of ids, tag and csv");
      expect(await detailOf(create({ kind: "magic" }))).to.match(/^422 kind must be one of task/);
      expect(await detailOf(create({ order: { kind: "magic" } }))).to.match(/^422 order\.kind must be one of /);
      expect(await detailOf(create({ order: { kind: "reboot", expiresAt: "2020-01-01T00:00:00Z" } }))).to.equal(
        "422 order.expiresAt has passed",
      );
      expect(await detailOf(create({ order: { kind: "download", catalogueId: "gone" } }))).to.match(
        /^422 order\.catalogueId names no file/,
      );
      expect(await detailOf(create({ order: { kind: "download", receivedFileId: "x" } }))).to.match(
        /^422 order\.receivedFileId is a file of one/,
      );
      expect(await detailOf(create({ concurrency: 0 }))).to.equal("422 concurrency must be at least 1");
      expect(await detailOf(create({ concurrency: 501 }))).to.equal("422 concurrency must be at most 500");
      expect(await detailOf(create({ ratePerMinute: 0.5 }))).to.match(/^422 ratePerMinute/);
      expect(await detailOf(create({ color: "red" }))).to.equal("422 color is not a known field");
    });

    it("takes upgrades and diagnoses, named by what they do; what is wrong with them whatever the device is refused at once", async () => {
      const query = new URLSearchParams({ name: "f", fileType: "1 Firmware Upgrade Image", version: "2.0" });
      await server.call("POST", `/api/files?${query}`, Buffer.from("REVEILLE-FIRMWARE 2.0\n"), {
        "Content-Type": "application/octet-stream",
      });
      const upgrade = await create({ kind: "upgrade", order: { version: "2.0" } });
      expect(upgrade.body).to.deep.include({ kind: "upgrade", name: "upgrade to 2.0" });
      expect(upgrade.body.order).to.deep.include({ version: "2.0", callInWithinS: 3_600, returnWithinS: 1_800 });
      const diagnosis = await create({ kind: "diagnosis", order: { test: "sip-registration", line: 1 } });
      expect(diagnosis.body).to.deep.include({ kind: "diagnosis", name: "sip-registration" });
      expect(await detailOf(create({ kind: "upgrade", order: { version: "3.0" } }))).to.equal(
        "422 order.version is of no firmware in the catalogue",
      );
      expect(await detailOf(create({ kind: "upgrade", order: { fileId: "x" } }))).to.equal(
        "422 order.fileId names no file of the catalogue",
      );
      expect(await detailOf(create({ kind: "upgrade", order: {} }))).to.match(/^422 order\.fileId is missing/);
      expect(await detailOf(create({ kind: "diagnosis", order: { test: "magic" } }))).to.match(/^422 order\.test must be one of/);
      expect(await detailOf(create({ kind: "diagnosis", order: { test: "sip-registration" } }))).to.match(/^422 order\.line is missing/);
    });

    it("refuses a CSV body that is none, or whose query is wrong", async () => {
      const order = encodeURIComponent('{"kind":"reboot"}');
      expect(await detailOf(fromCsv(`kind=task&order=${order}`, ""))).to.equal("422 the body names no device");
      expect(await detailOf(fromCsv(`kind=task&order=${order}`, '"'))).to.match(/^422 the body has on line 1 a quote/);
      expect(await detailOf(fromCsv("kind=task&order=reboot", first))).to.match(/^422 order/);
      expect(await detailOf(fromCsv(`kind=task&order=${order}&concurrency=many`, first))).to.match(
        /^422 concurrency must be of type number/,
      );
      expect(await detailOf(fromCsv(`kind=task&order=${order}`, "\u0000\ud800"))).to.match(/^422 /);
      expect(await detailOf(fromCsv(`kind=task&order=${order}`, first, "text/plain"))).to.match(/^415 /);
      expect(await detailOf(fromCsv(`kind=task&order=${order}`, "x".repeat(9_000_000)))).to.match(/^413 /);
    });

    it("shows no secret of its order", async () => {
      const values = [
        { name: "Device.Services.VoiceService.1.SIP.Client.1.AuthPassword", value: "hush" },
        { name: "Device.DeviceInfo.ProvisioningCode", value: "told" },
      ];
      const { body } = await create({ order: { kind: "setParameterValues", values } });
      expect(JSON.stringify(body)).to.include("told").and.not.to.include("hush");
      const upload = await create({
        order: { kind: "upload", fileType: "2 Vendor Log File", url: "http://x/", username: "u", password: "hush" },
      });
      expect(JSON.stringify(upload.body)).not.to.include("hush");
    });
  });

  describe("looking", () => {
    it("lists groups newest first, by state, page by page", async () => {
      const [one, two] = [(await create()).body, (await create()).body];
      const { body } = await server.call("GET", "/api/groups?state=paused&limit=1");
      expect(body.groups.map(({ id }: { id: string }) => id)).to.deep.equal([two.id]);
      const next = await server.call("GET", `/api/groups?limit=1&before=${body.next}`);
      expect(next.body.groups[0].id).to.equal(one.id);
      expect(await detailOf(server.call("GET", "/api/groups?state=filling"))).to.match(/^422 state must be of running, paused/);
      expect((await server.call("GET", "/api/groups/none")).status).to.equal(404);
    });

    it("shows each member: its state, the reason, how far its work is; by state, page by page", async () => {
      const { body: group } = await create({ devices: { ids: [fourth, third] }, concurrency: 1, paused: false });
      const path = `/api/groups/${group.id}/members`;
      while (!server.woken.includes(fourth)) await settle();
      const { body } = await server.call("GET", `${path}?limit=1`);
      expect(body.members).to.have.length(1);
      expect(body.members[0]).to.deep.include({ device: fourth, state: "running", reason: "", step: "waits for the device to call in" });
      expect((await server.call("GET", `/api/tasks/${body.members[0].work}`)).body).to.deep.include({ device: fourth, kind: "reboot" });
      expect((await server.call("GET", `${path}?cursor=${body.next}`)).body.members[0]).to.deep.include({ device: third, state: "queued" });
      expect((await server.call("GET", `${path}?state=failed`)).body).to.deep.equal({ members: [], next: null });
      expect(await detailOf(server.call("GET", `${path}?state=lost`))).to.match(/^422 state must be of queued, running/);
      expect((await server.call("GET", "/api/groups/none/members")).status).to.equal(404);
      await server.call("POST", `/api/groups/${group.id}/abort`);
    });
  });

  describe("wishes", () => {
    it("pause, resume and abort; what is over can't be asked", async () => {
      const { body: group } = await create();
      const wish = (what: string) => server.call("POST", `/api/groups/${group.id}/${what}`);
      expect((await wish("pause")).body.state).to.equal("paused");
      expect((await wish("abort")).body.state).to.equal("aborting");
      expect(await detailOf(wish("resume"))).to.equal("409 a group that has ended, or is being aborted, can't be asked to resume");
      expect((await server.call("POST", "/api/groups/none/pause")).status).to.equal(404);
    });
  });

  describe("tags of devices", () => {
    it("are set as a whole, shown with the device, and listed by", async () => {
      expect((await server.call("PATCH", `/api/devices/${second}`, { tags: ["west", "VIP", "west"] })).body.tags).to.deep.equal([
        "VIP",
        "west",
      ]);
      expect((await server.call("GET", `/api/devices/${second}`)).body.tags).to.deep.equal(["VIP", "west"]);
      const listed = await server.call("GET", "/api/devices?tag=west");
      expect(listed.body.devices.map(({ id, tags }: { id: string; tags: unknown }) => [id, tags])).to.deep.equal([
        [second, ["VIP", "west"]],
      ]);
      expect((await server.call("PATCH", `/api/devices/${second}`, { tags: [] })).body.tags).to.deep.equal([]);
      expect((await server.call("GET", "/api/devices?tag=west")).body.devices).to.deep.equal([]);
    });

    it("are short text without commas, not too many, and of devices that there are", async () => {
      const tag = (tags: unknown, id = second) => detailOf(server.call("PATCH", `/api/devices/${id}`, { tags }));
      expect(await tag(["a,b"])).to.match(/^422 tags\[0\] holds a comma/);
      expect(await tag([""])).to.match(/^422 tags\[0\] must be at least 1/);
      expect(await tag([" a"])).to.match(/^422 tags\[0\] /);
      expect(await tag(Array.from({ length: 33 }, (_, at) => `t${at}`))).to.match(/^422 tags must be at most 32 entries/);
      expect(await tag(["a"], "none")).to.match(/^404 /);
      expect(await detailOf(server.call("GET", "/api/devices?tag=a&quarantine=any"))).to.match(/^422 tag can't be given together/);
    });
  });
});
