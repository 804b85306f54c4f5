import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { CatalogueFile } from "../../acs/stores/file-store.js";
import { openStores, type Stores } from "../../acs/stores/sqlite/open-stores.js";
import { type Catalogue, openCatalogue } from "../../acs/upgrades/catalogue.js";
import { createFileServer, type DownloadProgress } from "../../acs/upgrades/file-server.js";
import { openReceivedFiles } from "../../acs/upgrades/received-files.js";
import { signFileUrl } from "../../acs/upgrades/signed-url.js";
import { UploadReceiver } from "../../acs/upgrades/upload-receiver.js";
import { SecretKey } from "../../common/secret-box.js";
import { type FakeClock, fakeClock, settle } from "../support/fake-clock.js";

const KEY = Buffer.alloc(32, 1);
const HOUR_MS = 3_600_000;
/** Larger than what a socket buffers. */
const BYTES = Buffer.alloc(8 * 1_048_576, "0123456789abcdef");

describe("the file server", () => {
  let root: string;
  let stores: Stores;
  let catalogue: Catalogue;
  let file: CatalogueFile;
  let server: Server;
  let origin: string;
  let clock: FakeClock;
  const progress: DownloadProgress[] = [];
  const failures: unknown[] = [];

  before(async () => {
    root = await mkdtemp(join(tmpdir(), "reveille-files-"));
    stores = await openStores({ file: join(root, "acs.sqlite") });
    clock = fakeClock();
    catalogue = await openCatalogue({ directory: join(root, "files"), files: stores.files, publicUrl: "http://f", clock });
    file = await addFile("fw.bin", BYTES);
    const { received } = await openReceivedFiles({
      ...{ directory: join(root, "received"), store: stores.received, key: new SecretKey(KEY), clock },
      limits: { keptPerTypeMax: 1, retentionMs: 60_000, bytesMax: 1_000 },
    });
    const listener = createFileServer({
      catalogue,
      received,
      uploads: new UploadReceiver({
        ...{ tasks: stores.tasks, received, clock, onUpload: () => undefined },
        limits: { fileBytesMax: 1_000, uploadsMax: 1, uploadMs: 60_000 },
      }),
      key: KEY,
      clock,
      onDownload: (step) => progress.push(step),
      report: (error) => failures.push(error),
    });
    server = createServer(listener).listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.close().closeAllConnections();
    await stores.close();
    await rm(root, { recursive: true });
  });
  beforeEach(() => {
    progress.length = 0;
  });
  afterEach(() => expect(failures).to.deep.equal([]));

  const addFile = async (name: string, bytes: Buffer): Promise<CatalogueFile> => {
    const description = {
      name,
      fileType: "1 Firmware Upgrade Image",
      model: "HG1",
      version: name,
      appliesTo: [],
      releaseNote: "",
      expectedSha256: "",
    };
    const added = await catalogue.add(
      description,
      (async function* () {
        yield bytes;
      })(),
    );
    if (typeof added === "string") throw new Error(added);
    return added;
  };
  const linkTo = (linked: { id: string; name: string } = file, key = KEY): string =>
    signFileUrl(origin, linked, clock.now() + HOUR_MS, key);
  const get = async (url: string, headers: Readonly<Record<string, string>> = {}, method = "GET") => {
    const response = await fetch(url, { method, headers });
    return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  };

  it("gives the whole file for a valid link", async () => {
    const { status, headers, bytes } = await get(linkTo());
    expect(status).to.equal(200);
    expect(bytes.equals(BYTES)).to.equal(true);
    expect(headers.get("content-type")).to.equal("application/octet-stream");
    expect(headers.get("accept-ranges")).to.equal("bytes");
    expect(headers.get("etag")).to.equal(`"${file.sha256}"`);
  });

  it("answers HEAD with the length and no bytes", async () => {
    const { status, headers, bytes } = await get(linkTo(), {}, "HEAD");
    expect([status, headers.get("content-length"), bytes.length]).to.deep.equal([200, String(BYTES.length), 0]);
  });

  it("gives a range (RFC 9110 14.2)", async () => {
    const { status, headers, bytes } = await get(linkTo(), { Range: "bytes=10-19" });
    expect([status, headers.get("content-range")]).to.deep.equal([206, `bytes 10-19/${BYTES.length}`]);
    expect(bytes.toString()).to.equal("abcdef0123");
  });

  it("goes on where a download was cut, if the file is still the same (RFC 9110 13.1.5)", async () => {
    const from = BYTES.length - 5;
    const same = await get(linkTo(), { Range: `bytes=${from}-`, "If-Range": `"${file.sha256}"` });
    expect([same.status, same.bytes.toString()]).to.deep.equal([206, "bcdef"]);
    const changed = await get(linkTo(), { Range: `bytes=${from}-`, "If-Range": '"another"' });
    expect([changed.status, changed.bytes.length]).to.deep.equal([200, BYTES.length]);
  });

  it("answers 416 with the length for a range behind the end", async () => {
    const { status, headers, bytes } = await get(linkTo(), { Range: `bytes=${BYTES.length}-` });
    expect([status, headers.get("content-range")]).to.deep.equal([416, `bytes */${BYTES.length}`]);
    expect(JSON.parse(bytes.toString()).type).to.equal("urn:reveille:problem:range-not-satisfiable");
  });

  it("answers 304 and 412 to conditional requests", async () => {
    // fetch would add no-cache, which asks for the bytes in any case.
    const fresh = await get(linkTo(), { "If-None-Match": `"${file.sha256}"`, "Cache-Control": "max-age=60" });
    expect(fresh.status).to.equal(304);
    expect((await get(linkTo(), { "If-Match": '"another"' })).status).to.equal(412);
  });

  it("refuses a link that has expired, was changed, or was signed with another key", async () => {
    const expired = signFileUrl(origin, file, clock.now() - 1_000, KEY);
    for (const url of [
      expired,
      linkTo(file, Buffer.alloc(32, 2)),
      linkTo().replace(/expires=\d/, "expires=9"),
      linkTo().split("?")[0] ?? "",
    ]) {
      const { status, headers, bytes } = await get(url);
      expect([status, headers.get("content-type")], url).to.deep.equal([403, "application/problem+json"]);
      expect(JSON.parse(bytes.toString()).type).to.equal("urn:reveille:problem:link-refused");
    }
  });

  it("answers 404 for everything that is no file of the catalogue", async () => {
    for (const path of ["/", "/files/", `/files/${file.id}`, `/files/${file.id}/`, "/favicon.ico", `/files/${file.id}/a/b`]) {
      expect((await get(origin + path)).status, path).to.equal(404);
    }
    expect((await get(linkTo({ id: file.id, name: "other.bin" }))).status, "a name that is not its own").to.equal(404);
    expect((await get(linkTo({ id: "0".repeat(26), name: "fw.bin" }))).status, "an id that is none").to.equal(404);
  });

  it("lets nobody out of its directory, whatever the path", async () => {
    const answers = [
      await raw("GET /files/../../../../etc/passwd HTTP/1.1"),
      await raw("GET /files/%2e%2e/%2e%2e/etc/passwd HTTP/1.1"),
      await raw(`GET /files/${file.id}/..%2f..%2facs.sqlite HTTP/1.1`),
      await raw(`GET /files/${file.id}/fw.bin%00 HTTP/1.1`),
      await raw("GET //etc/passwd HTTP/1.1"),
      await raw("GET http://evil.example/files/x HTTP/1.1"),
    ];
    expect(answers.map((answer) => answer.slice(0, 12))).to.deep.equal(Array(6).fill("HTTP/1.1 404"));
  });

  it("allows GET and HEAD only", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const { status, headers } = await get(linkTo(), {}, method);
      expect([status, headers.get("allow")], method).to.deep.equal([405, "GET, HEAD"]);
    }
  });

  it("ends the connection of a request whose body it does not read", async () => {
    const answer = await raw("POST /files/x HTTP/1.1", "Content-Length: 1000000\r\n");
    expect(answer).to.match(/^HTTP\/1\.1 405 [\s\S]*\r\nConnection: close\r\n/);
  });

  it("answers 404 when the bytes are gone", async () => {
    const gone = await addFile("gone.bin", Buffer.from("x"));
    await rm(catalogue.path(gone.id));
    const { status, headers } = await get(linkTo(gone));
    expect([status, headers.get("content-type")]).to.deep.equal([404, "application/problem+json"]);
  });

  it("answers 404 once the file is removed from the catalogue", async () => {
    const removed = await addFile("removed.bin", Buffer.from("x"));
    await catalogue.remove(removed.id);
    expect((await get(linkTo(removed))).status).to.equal(404);
  });

  it("tells when a download starts and ends, with what was sent", async () => {
    await get(linkTo());
    while (progress.length < 2) await settle();
    const told = { fileId: file.id, remoteAddress: "127.0.0.1", status: 200, sizeBytes: BYTES.length };
    expect(progress).to.deep.equal([
      { ...told, phase: "started", sentBytes: 0, complete: false },
      { ...told, phase: "ended", sentBytes: BYTES.length, complete: true },
    ]);
  });

  it("tells that a download was broken off", async () => {
    const { pathname, search, port } = new URL(linkTo());
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(socket, "readable");
    socket.destroy();
    while (progress.length < 2) await settle();
    expect(progress[1]).to.include({ phase: "ended", complete: false });
    expect(progress[1]?.sentBytes).to.be.lessThan(BYTES.length);
  });

  const raw = async (requestLine: string, headers = ""): Promise<string> => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("latin1").on("data", (text: string) => {
      answer += text;
    });
    socket.write(`${requestLine}\r\nHost: x\r\n${headers}\r\n`);
    while (!answer.includes("\r\n\r\n")) await once(socket, "data");
    socket.destroy();
    return answer;
  };
});
