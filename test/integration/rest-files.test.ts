import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { CATALOGUE_LIMITS } from "../../acs/upgrades/catalogue.js";
import { settle } from "../support/fake-clock.js";
import { type Answer, type RestServer, startRestServer } from "../support/rest-server.js";

const FIRMWARE = "fileType=1%20Firmware%20Upgrade%20Image&model=HG1";

describe("REST: the firmware catalogue", () => {
  let server: RestServer;
  before(async () => {
    server = await startRestServer();
  });
  after(() => server.close());
  afterEach(() => expect(server.failures).to.deep.equal([]));

  const upload = (query: string, bytes: Buffer | undefined = Buffer.from("firmware"), headers = {}): Promise<Answer> =>
    server.call("POST", `/api/files?${query}`, bytes, headers);
  /** An upload whose body the test sends by hand. */
  const beginUpload = (version: string, length: number): { readonly socket: Socket; answer: () => string } => {
    const socket = connect(Number(new URL(server.origin).port), "127.0.0.1");
    let answer = "";
    socket.setEncoding("latin1").on("data", (text: string) => {
      answer += text;
    });
    socket.write(
      `POST /api/files?name=fw.bin&${FIRMWARE}&version=${version} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\n` +
        `Content-Type: application/octet-stream\r\nContent-Length: ${length}\r\n\r\n`,
    );
    return { socket, answer: () => answer };
  };
  const filesOnDisk = (): Promise<readonly string[]> => readdir(join(server.directory, "files"));

  it("takes a file as raw bytes, measures it and shows it", async () => {
    const bytes = Buffer.alloc(3_000_000, "firmware");
    const { status, headers, body } = await upload(`name=fw-2.0.bin&${FIRMWARE}&version=2.0`, bytes);
    expect(status).to.equal(201);
    expect(body).to.deep.equal({
      id: body.id,
      name: "fw-2.0.bin",
      fileType: "1 Firmware Upgrade Image",
      model: "HG1",
      version: "2.0",
      appliesTo: [],
      releaseNote: "",
      sizeBytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      addedAt: "2026-01-01T00:00:00.000Z",
    });
    expect(headers.get("location")).to.equal(`/api/files/${body.id}`);
    expect((await server.call("GET", `/api/files/${body.id}`)).body).to.deep.equal(body);
    expect((await server.call("GET", "/api/files")).body).to.deep.equal({ files: [body] });
  });

  it("takes the versions that it applies to, a release note, and the checksum that its maker told", async () => {
    const bytes = Buffer.from("firmware 7.0");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const told = new URLSearchParams({ appliesTo: "2.*, 1.9", releaseNote: "Calls hold.\nLines come back.", sha256 });
    const { status, body } = await upload(`name=fw-7.0.bin&${FIRMWARE}&version=7.0&${told}`, bytes);
    expect([status, body.appliesTo, body.releaseNote]).to.deep.equal([201, ["2.*", "1.9"], "Calls hold.\nLines come back."]);
    const other = await upload(`name=fw-7.1.bin&${FIRMWARE}&version=7.1&sha256=${"0".repeat(64)}`, bytes);
    expect([other.status, other.body.errors]).to.deep.equal([422, [{ field: "sha256", detail: "is not that of the bytes that came" }]]);
    const bad = await upload(`name=fw-7.1.bin&${FIRMWARE}&version=7.1&sha256=abc&appliesTo=1.0,,2.0&releaseNote=%01`, bytes);
    expect(bad.body.errors.map(({ field }: { field: string }) => field)).to.deep.equal(["appliesTo", "releaseNote", "sha256"]);
  });

  it("takes a file for every model, without a version", async () => {
    const { status, body } = await upload("name=page.html&fileType=2%20Web%20Content");
    expect([status, body.model, body.version]).to.deep.equal([201, "", ""]);
  });

  it("refuses a second file of the same type, model and version", async () => {
    expect((await upload(`name=again.bin&${FIRMWARE}&version=2.0`)).status).to.equal(409);
  });

  it("names what is wrong with a description", async () => {
    const fields = async (query: string): Promise<unknown> =>
      (await upload(query)).body.errors?.map((error: { field: string }) => error.field);
    expect(await fields("")).to.deep.equal(["name", "fileType"]);
    expect(await fields(`name=..&${FIRMWARE}`)).to.deep.equal(["name"]);
    expect(await fields(`name=a%2Fb&${FIRMWARE}`)).to.deep.equal(["name"]);
    expect(await fields("name=a&fileType=firmware")).to.deep.equal(["fileType"]);
    expect(await fields(`name=a&${FIRMWARE}&size=1`)).to.deep.equal(["size"]);
  });

  it("refuses bodies of another type, coded bodies and empty ones", async () => {
    expect((await upload(`name=a&${FIRMWARE}`, undefined, { "Content-Type": "application/json" })).status).to.equal(415);
    expect((await upload(`name=a&${FIRMWARE}`, Buffer.from("x"), { "Content-Encoding": "gzip" })).status).to.equal(415);
    const empty = await upload(`name=a&${FIRMWARE}`, Buffer.alloc(0));
    expect([empty.status, empty.body.detail]).to.deep.equal([422, "the body is empty"]);
  });

  it("refuses a file over 512 MiB before it is sent", async () => {
    const { socket, answer } = beginUpload("3.0", CATALOGUE_LIMITS.fileBytesMax + 1);
    await once(socket, "close");
    expect(answer()).to.match(/^HTTP\/1\.1 413 [\s\S]*\r\nConnection: close\r\n/);
  });

  it("gives up an upload that stalls, and keeps nothing of it", async () => {
    const before = await filesOnDisk();
    const { socket, answer } = beginUpload("4.0", 1_000);
    socket.write("begin");
    while ((await filesOnDisk()).length === before.length) await settle();
    while (server.clock.pending() === 0) await settle();
    await server.clock.advance(30_000);
    await once(socket, "close");
    expect(answer()).to.match(/^HTTP\/1\.1 408 /);
    expect(await filesOnDisk()).to.have.members(before);
  });

  it("keeps nothing of an upload whose connection breaks", async () => {
    const before = await filesOnDisk();
    const { socket } = beginUpload("5.0", 1_000);
    socket.write("begin");
    while ((await filesOnDisk()).length === before.length) await settle();
    socket.destroy();
    while ((await filesOnDisk()).length > before.length) await settle();
    expect((await server.call("GET", "/api/files")).body.files.some(({ version }: { version: string }) => version === "5.0")).to.equal(
      false,
    );
  });

  it("refuses more uploads at once than it allows", async () => {
    const uploads = ["6.1", "6.2", "6.3", "6.4"].map((version) => beginUpload(version, 1_000));
    const before = (await filesOnDisk()).length;
    for (const { socket } of uploads) socket.write("begin");
    while ((await filesOnDisk()).filter((name) => name.endsWith(".part")).length < 4) await settle();
    expect((await upload(`name=fw.bin&${FIRMWARE}&version=6.5`)).status).to.equal(503);
    for (const { socket } of uploads) socket.destroy();
    while ((await filesOnDisk()).some((name) => name.endsWith(".part"))) await settle();
    expect((await filesOnDisk()).length).to.be.at.most(before);
    expect((await upload(`name=fw.bin&${FIRMWARE}&version=6.5`)).status).to.equal(201);
  });

  it("removes a file once", async () => {
    const { body } = await upload(`name=old.bin&${FIRMWARE}&version=0.1`);
    expect((await server.call("DELETE", `/api/files/${body.id}`)).status).to.equal(204);
    expect((await server.call("DELETE", `/api/files/${body.id}`)).status).to.equal(404);
    expect((await server.call("GET", `/api/files/${body.id}`)).status).to.equal(404);
    expect(await filesOnDisk()).not.to.include(body.id);
  });

  it("keeps the version wanted for a model", async () => {
    const path = "/api/models/HG%201%2FX/wanted-version";
    expect((await server.call("GET", path)).body).to.deep.equal({ version: null });
    expect((await server.call("PUT", path, { version: "2.0" })).body).to.deep.equal({ version: "2.0" });
    expect((await server.call("GET", path)).body).to.deep.equal({ version: "2.0" });
    expect((await server.call("GET", "/api/models")).body).to.deep.equal({ models: [{ model: "HG 1/X", wantedVersion: "2.0" }] });
    await server.call("PUT", path, { version: null });
    expect((await server.call("GET", "/api/models")).body).to.deep.equal({ models: [] });
  });

  it("refuses versions and models that can't be", async () => {
    expect((await server.call("PUT", "/api/models/HG1/wanted-version", {})).body.errors[0].field).to.equal("version");
    expect((await server.call("PUT", "/api/models/HG1/wanted-version", { version: "" })).body.errors[0].field).to.equal("version");
    const long = `/api/models/${"m".repeat(65)}/wanted-version`;
    expect((await server.call("PUT", long, { version: "1" })).body.errors[0].field).to.equal("model");
  });
});
