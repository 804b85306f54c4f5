/**
 * Uploads of devices to our file server, over raw sockets: what is taken, what is refused, and that nothing of a broken one stays.
 * Spec: TR-069 A.4.1.5, A.3.3.2; RFC 9110 9.3.4, 10.1.1. Layer: integration.
 */
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { newId } from "../../common/ids.js";
import { type HttpAnswer, messageOf, RawConnection } from "../support/cwmp-client.js";
import { settle } from "../support/fake-clock.js";
import { startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const CONFIGURATION = "1 Vendor Configuration File";
const BYTES_MAX = 2_097_152;
const CONTENT = Buffer.from("WiFi.KeyPassphrase=hunter2\nNTP=ntp.example\n");
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

interface Asked {
  readonly gateway: TestGateway;
  readonly taskId: string;
  readonly url: URL;
  readonly path: string;
}

describe("uploads to our own file server", () => {
  let acs: TestAcs;
  before(async () => {
    acs = await startTestAcs({
      env: {
        ...{ ACS_UPLOAD_BYTES_MAX: String(BYTES_MAX), ACS_RECEIVED_BYTES_MAX: "1048576", ACS_UPLOADS_MAX: "3" },
        ...{ ACS_UPLOAD_TIMEOUT_MS: "60000", ACS_RECEIVED_PER_TYPE_MAX: "2", ACS_REFRESH_AT_BOOTSTRAP: "false" },
      },
    });
  });
  after(() => acs.close());

  /** A device that was asked for a file, and has answered that it will bring it. */
  async function asked(more: Readonly<Record<string, unknown>> = {}, gateway?: TestGateway, status: 0 | 1 = 1): Promise<Asked> {
    const device = gateway ?? (await acs.gateway());
    const taskId = await acs.task(device.id, { kind: "upload", fileType: CONFIGURATION, ...more });
    await device.inform("2 PERIODIC");
    const request = messageOf(await device.empty());
    if (request.kind !== "Upload") throw new Error(`the ACS asked ${request.kind}`);
    expect(request).to.include({ commandKey: taskId, username: "", password: "" });
    if (status === 1) await device.say({ kind: "UploadResponse", status, startTime: "", completeTime: "" });
    const url = new URL(request.url);
    return { gateway: device, taskId, url, path: url.pathname + url.search };
  }
  const open = () => RawConnection.open(acs.filesPort);
  const head = (line: string, ...fields: readonly string[]) => `${line}\r\n${["Host: files", ...fields].join("\r\n")}\r\n\r\n`;
  /** What is answered to these octets on a connection of their own. */
  async function said(...octets: readonly (string | Buffer)[]): Promise<HttpAnswer> {
    const connection = await open();
    for (const piece of octets) connection.write(piece);
    try {
      return await connection.answer();
    } finally {
      connection.close();
    }
  }
  const put = (path: string, content: Buffer = CONTENT, ...fields: readonly string[]) =>
    said(head(`PUT ${path} HTTP/1.1`, `Content-Length: ${content.length}`, ...fields), content);
  async function completed({ gateway, taskId }: Asked, faultCode = 0) {
    await gateway.inform("7 TRANSFER COMPLETE", `M Upload=${taskId}`);
    const fault = { faultCode, faultString: faultCode === 0 ? "" : "no" };
    await gateway.say({ kind: "TransferComplete", commandKey: taskId, fault, startTime: "s", completeTime: "c" });
    return acs.stores.tasks.get(taskId);
  }
  const filesOf = async ({ gateway }: Asked) => (await acs.call("GET", `/api/devices/${gateway.id}/files`)).body.files;
  const content = (deviceId: string, id: string) =>
    fetch(`http://127.0.0.1:${acs.apiPort}/api/devices/${deviceId}/files/${id}/content`, {
      headers: { Authorization: `Bearer ${acs.token}` },
    });
  const onDisk = () => readdir(acs.file("received"));
  const untilOnDisk = async (names: readonly string[]): Promise<void> => {
    let found = await onDisk();
    for (let i = 0; i < 500 && found.length !== names.length; i++) {
      await settle();
      found = await onDisk();
    }
    expect(found.sort()).to.deep.equal([...names].sort());
  };

  describe("what is taken", () => {
    it("a PUT is kept, listed and read back, and the task is done with it", async () => {
      const upload = await asked();
      expect(upload.url.pathname).to.equal(`/uploads/${upload.taskId}/configuration.cfg`);
      expect((await put(upload.path)).status).to.equal(201);
      const [file, ...others] = await filesOf(upload);
      expect(others).to.deep.equal([]);
      expect(file).to.deep.include({ taskId: upload.taskId, fileType: CONFIGURATION, sizeBytes: CONTENT.length, sha256: sha256(CONTENT) });
      const task = await completed(upload);
      expect(task?.state).to.equal("done");
      const receivedFile = { id: file.id, sizeBytes: CONTENT.length, sha256: sha256(CONTENT), contentCoding: "" };
      expect(task?.result).to.deep.equal({ startTime: "s", completeTime: "c", receivedFile });
      const saved = await content(upload.gateway.id, file.id);
      expect(Buffer.from(await saved.arrayBuffer()).equals(CONTENT)).to.equal(true);
      expect(saved.headers.get("content-disposition")).to.equal(`attachment; filename="${file.id}-configuration.cfg"`);
      expect(saved.headers.get("x-content-type-options")).to.equal("nosniff");
      expect(saved.headers.get("content-type")).to.equal("application/octet-stream");
      const [event] = await acs.events(upload.gateway.id, "file-received");
      expect(event?.data).to.include({ fileId: file.id, taskId: upload.taskId });
    });

    it("lies encrypted on the disk, and a bit that was changed is noticed while it is read", async () => {
      const upload = await asked();
      await put(upload.path);
      const [{ id }] = await filesOf(upload);
      const stored = await readFile(acs.file(`received/${id}`));
      expect(stored.includes("hunter2")).to.equal(false);
      stored[stored.length - 1] = (stored[stored.length - 1] ?? 0) ^ 1;
      await writeFile(acs.file(`received/${id}`), stored);
      expect((await content(upload.gateway.id, id)).status).to.equal(500);
    });

    it("a change behind the first chunk breaks the answer off: it never looks whole", async () => {
      const upload = await asked();
      await put(upload.path, Buffer.alloc(200_000, 7));
      const [{ id }] = await filesOf(upload);
      const stored = await readFile(acs.file(`received/${id}`));
      stored[150_000] = (stored[150_000] ?? 0) ^ 1;
      await writeFile(acs.file(`received/${id}`), stored);
      const error = await content(upload.gateway.id, id)
        .then((response) => response.arrayBuffer())
        .catch((cause: unknown) => cause);
      expect(error).to.be.instanceOf(Error);
    });

    it("POST with a raw body, chunks, HTTP/1.0 and gzip are taken, gzip as it was sent", async () => {
      const chunked = `5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`;
      const coded = gzipSync(CONTENT);
      const ways: readonly (readonly [string, (path: string) => Promise<HttpAnswer>, Buffer])[] = [
        ["POST", (path) => said(head(`POST ${path} HTTP/1.1`, `Content-Length: ${CONTENT.length}`), CONTENT), CONTENT],
        ["chunks", (path) => said(head(`PUT ${path} HTTP/1.1`, "Transfer-Encoding: chunked"), chunked), Buffer.from("hello world")],
        ["HTTP/1.0", (path) => said(head(`PUT ${path} HTTP/1.0`, `Content-Length: ${CONTENT.length}`), CONTENT), CONTENT],
        ["gzip", (path) => put(path, coded, "Content-Encoding: gzip"), coded],
      ];
      for (const [way, send, kept] of ways) {
        const upload = await asked();
        expect((await send(upload.path)).status, way).to.equal(201);
        const [file] = await filesOf(upload);
        expect(file, way).to.include({ sha256: sha256(kept), contentCoding: way === "gzip" ? "gzip" : "" });
        expect(Buffer.from(await (await content(upload.gateway.id, file.id)).arrayBuffer()).equals(kept), way).to.equal(true);
      }
    });

    it("Expect: 100-continue is answered before the body comes, and not for what is refused by its header", async () => {
      const upload = await asked();
      const connection = await open();
      connection.write(head(`PUT ${upload.path} HTTP/1.1`, "Content-Length: 3", "Expect: 100-continue"));
      connection.write("abc");
      const answer = await connection.answer();
      expect([answer.status, answer.interim]).to.deep.equal([201, [100]]);
      connection.close();
      const refused = await said(head(`PUT ${upload.path} HTTP/1.1`, `Content-Length: ${BYTES_MAX + 1}`, "Expect: 100-continue"));
      expect([refused.status, refused.interim]).to.deep.equal([413, []]);
    });

    it("once more before the task ends takes the place of the first; afterwards the URL is over", async () => {
      const upload = await asked();
      const kept = await onDisk();
      expect((await put(upload.path, Buffer.from("first"))).status).to.equal(201);
      expect((await put(upload.path, Buffer.from("second"))).status).to.equal(200);
      const files = await filesOf(upload);
      expect(files.map((file: { sizeBytes: number }) => file.sizeBytes)).to.deep.equal([6]);
      await untilOnDisk([...kept, files[0].id]);
      expect((await completed(upload))?.state).to.equal("done");
      expect((await put(upload.path, Buffer.from("third"))).status).to.equal(403);
      expect(await filesOf(upload)).to.deep.equal(files);
    });

    it("two at once for the same task: the one that is complete last is the one that stays", async () => {
      const upload = await asked();
      const [slow, fast] = [await open(), await open()];
      slow.write(head(`PUT ${upload.path} HTTP/1.1`, "Content-Length: 4"));
      slow.write("sl");
      fast.write(head(`PUT ${upload.path} HTTP/1.1`, "Content-Length: 4"));
      fast.write("fast");
      expect((await fast.answer()).status).to.equal(201);
      slow.write("ow");
      expect((await slow.answer()).status).to.equal(200);
      slow.close();
      fast.close();
      expect((await filesOf(upload))[0].sha256).to.equal(sha256(Buffer.from("slow")));
    });

    it("only the newest of a device and file type stay (ACS_RECEIVED_PER_TYPE_MAX)", async () => {
      const gateway = await acs.gateway();
      const uploads: Asked[] = [];
      for (let i = 0; i < 3; i++) {
        const upload = await asked({}, gateway);
        await put(upload.path, Buffer.from(`number ${i}`));
        await completed(upload);
        uploads.push(upload);
      }
      const files = await filesOf(uploads[0] as Asked);
      expect(files.map(({ taskId }: { taskId: string }) => taskId)).to.deep.equal([uploads[2]?.taskId, uploads[1]?.taskId]);
    });
  });

  describe("what is refused, and leaves nothing behind", () => {
    let upload: Asked;
    let kept: readonly string[];
    before(async () => {
      upload = await asked();
      kept = await onDisk();
    });
    afterEach(async () => {
      await untilOnDisk(kept);
      expect(await filesOf(upload)).to.deep.equal([]);
    });

    it("a link that was changed, is for another task, or of another purpose: 403", async () => {
      const other = await asked();
      for (const path of [
        upload.path.replace(/signature=./, (text) => (text.endsWith("A") ? "signature=B" : "signature=A")),
        upload.path.replace(/expires=\d/, "expires=9"),
        upload.path.replace(upload.taskId, other.taskId),
        upload.path.replace("configuration", "other"),
        upload.url.pathname,
      ])
        expect((await put(path)).status, path).to.equal(403);
      const read = await said(head(`GET ${upload.path.replace("/uploads/", "/received/")} HTTP/1.1`));
      expect(read.status, "as a link for reading").to.equal(403);
    });

    it("GET and every other method on an upload's URL: 405 with what is allowed", async () => {
      for (const method of ["GET", "HEAD", "DELETE", "PATCH"]) {
        const connection = await open();
        connection.write(head(`${method} ${upload.path} HTTP/1.1`, ...(method === "HEAD" ? ["Connection: close"] : [])));
        if (method === "HEAD") await connection.closed;
        else expect((await connection.answer()).headers).to.include({ allow: "PUT, POST" });
        connection.close();
      }
    });

    it("paths that lead elsewhere: 404", async () => {
      for (const path of [
        "/uploads/../../etc/passwd",
        "/uploads/%2e%2e/%2e%2e/x",
        `/uploads/${upload.taskId}/../x`,
        `/uploads/${upload.taskId}/..%2f..%2facs.sqlite${upload.url.search}`,
        `/uploads/${upload.taskId}/${upload.url.search}`,
        `/uploads/${upload.taskId}/a/b${upload.url.search}`,
        `/uploads/${upload.taskId}/a%00${upload.url.search}`,
        `/received/x/y`,
      ])
        expect((await put(path)).status, path).to.be.oneOf([404, 405]);
    });

    it("a file that is too large: 413, by its header or by its bytes", async () => {
      expect((await said(head(`PUT ${upload.path} HTTP/1.1`, `Content-Length: ${BYTES_MAX + 1}`))).status).to.equal(413);
      const small = await startTestAcs({ env: { ACS_UPLOAD_BYTES_MAX: "2048", ACS_REFRESH_AT_BOOTSTRAP: "false" } });
      try {
        const gateway = await small.gateway();
        await small.task(gateway.id, { kind: "upload", fileType: CONFIGURATION });
        await gateway.inform("2 PERIODIC");
        const request = messageOf(await gateway.empty());
        const { pathname, search } = new URL(request.kind === "Upload" ? request.url : "");
        const connection = await RawConnection.open(small.filesPort);
        connection.write(head(`PUT ${pathname}${search} HTTP/1.1`, "Transfer-Encoding: chunked"));
        for (let i = 0; i < 3; i++) connection.write(`400\r\n${"x".repeat(1_024)}\r\n`);
        expect((await connection.answer()).status).to.equal(413);
        connection.close();
        expect(await readdir(small.file("received"))).to.deep.equal([]);
      } finally {
        await small.close();
      }
    });

    it("more than there is room for, as on a full disk: 507, by its header or by its bytes", async () => {
      expect((await said(head(`PUT ${upload.path} HTTP/1.1`, "Content-Length: 1500000"))).status).to.equal(507);
      const connection = await open();
      connection.write(head(`PUT ${upload.path} HTTP/1.1`, "Transfer-Encoding: chunked"));
      connection.write(`${(1_500_000).toString(16)}\r\n`);
      connection.write(Buffer.alloc(1_200_000));
      expect((await connection.answer()).status).to.equal(507);
      connection.close();
    });

    /** Until the receiver counts the time of an upload, and has read what was sent before. */
    async function untilCounted(timersBefore: number): Promise<void> {
      while (acs.clock.pending() <= timersBefore) await settle();
      await delay(50);
    }

    it("one that stalls: 408 after 30 s; one that trickles: 408 when its time is over", async () => {
      const stalled = await open();
      let timers = acs.clock.pending();
      stalled.write(head(`PUT ${upload.path} HTTP/1.1`, "Content-Length: 10"));
      stalled.write("abc");
      await untilCounted(timers);
      await acs.clock.advance(30_000);
      expect((await stalled.answer()).status).to.equal(408);
      await stalled.closed;
      const trickling = await open();
      timers = acs.clock.pending();
      trickling.write(head(`PUT ${upload.path} HTTP/1.1`, "Content-Length: 10"));
      trickling.write("a");
      await untilCounted(timers);
      for (let bytes = 0; bytes < 3; bytes++) {
        await acs.clock.advance(20_000);
        trickling.write("b");
        await settle();
      }
      expect((await trickling.answer()).status).to.equal(408);
      trickling.close();
    });

    it("one that is cut: nothing of it stays", async () => {
      for (const fields of [["Content-Length: 100"], ["Transfer-Encoding: chunked"]]) {
        const connection = await open();
        connection.write(head(`PUT ${upload.path} HTTP/1.1`, ...fields));
        connection.write("5\r\nhello\r\n");
        await untilRunning(1);
        connection.close();
        await untilRunning(0);
      }
    });

    it("a form, a coding that can't be undone, no length, nothing at all: 415, 415, 411, 422", async () => {
      const form = "Content-Type: multipart/form-data; boundary=x";
      expect((await said(head(`POST ${upload.path} HTTP/1.1`, form, "Content-Length: 3"), "--x")).status).to.equal(415);
      expect((await put(upload.path, CONTENT, "Content-Encoding: br")).status).to.equal(415);
      expect((await said(head(`PUT ${upload.path} HTTP/1.1`))).status).to.equal(411);
      expect((await put(upload.path, Buffer.alloc(0))).status).to.equal(422);
    });

    it("too many at once: 503 with Retry-After, two of one task and three in all", async () => {
      const running: RawConnection[] = [];
      const begin = async ({ path }: Asked): Promise<RawConnection> => {
        const connection = await open();
        connection.write(head(`PUT ${path} HTTP/1.1`, "Content-Length: 10"));
        connection.write("abc");
        return connection;
      };
      for (let i = 0; i < 2; i++) running.push(await begin(upload));
      await untilRunning(2);
      const third = await put(upload.path);
      expect([third.status, third.headers["retry-after"]]).to.deep.equal([503, "60"]);
      const [other, another] = [await asked(), await asked()];
      running.push(await begin(other));
      await untilRunning(3);
      expect((await put(another.path)).status).to.equal(503);
      for (const connection of running) connection.close();
      await untilRunning(0);
      expect((await put(another.path)).status).to.equal(201);
      await acs.call("DELETE", `/api/devices/${another.gateway.id}`); // and so the file
    });

    it("a link that has expired: 403", async () => {
      await acs.clock.advance(7_200_000 + 1_000);
      expect((await put(upload.path)).status).to.equal(403);
    });

    /** Until so many files are being written. */
    async function untilRunning(count: number): Promise<void> {
      const parts = async () => (await onDisk()).filter((name) => name.endsWith(".part")).length;
      for (let i = 0; i < 1_000 && (await parts()) !== count; i++) await settle();
      expect(await parts()).to.equal(count);
    }
  });

  describe("how the task ends", () => {
    it("failed, when the device reports success and no file came", async () => {
      const task = await completed(await asked());
      expect(task?.failure?.code).to.equal("not-done");
      expect(task?.failure?.detail).to.include("no file came");
    });

    it("failed with the device's fault, though a file came: the result names it", async () => {
      const upload = await asked();
      await put(upload.path);
      const task = await completed(upload, 9011);
      expect(task?.failure?.fault?.faultCode).to.equal(9011);
      expect(task?.result).to.have.nested.property("receivedFile.sizeBytes", CONTENT.length);
    });

    it("done at Status 0 with the file, failed without", async () => {
      const response = { kind: "UploadResponse", status: 0, startTime: "", completeTime: "" } as const;
      const upload = await asked({}, undefined, 0);
      await put(upload.path);
      await upload.gateway.say(response);
      expect((await acs.stores.tasks.get(upload.taskId))?.result).to.have.nested.property("receivedFile.sha256", sha256(CONTENT));
      const without = await asked({}, undefined, 0);
      await without.gateway.say(response);
      expect((await acs.stores.tasks.get(without.taskId))?.failure?.code).to.equal("not-done");
    });

    it("done at its deadline, when the file came and TransferComplete is lost", async () => {
      const upload = await asked();
      await put(upload.path);
      await acs.clock.advance(7_200_000);
      const ending = acs.untilTask(upload.taskId, "done");
      let isWaiting = true;
      ending.then(
        () => (isWaiting = false),
        () => (isWaiting = false),
      );
      while (isWaiting) await acs.clock.advance(1_000); // the timer looks again and again, and its store takes turns of the event loop
      const task = await ending;
      expect(task.result).to.have.nested.property("receivedFile.sizeBytes", CONTENT.length);
      expect(task.transitions.at(-1)?.reason).to.include("did not report the end");
    });

    it("done without a question, when the session died and the file came", async () => {
      const upload = await asked({}, undefined, 0);
      upload.gateway.forget();
      await put(upload.path);
      await upload.gateway.inform("2 PERIODIC");
      expect((await upload.gateway.empty()).status).to.equal(204);
      expect((await acs.stores.tasks.get(upload.taskId))?.state).to.equal("done");
    });
  });

  describe("over REST", () => {
    it("a file of another device, or none, is not found; one is removed once", async () => {
      const upload = await asked();
      await put(upload.path);
      const [{ id }] = await filesOf(upload);
      const other = await acs.gateway();
      for (const path of [`${other.id}/files/${id}`, `${other.id}/files/${id}/content`, `${upload.gateway.id}/files/none`, "none/files"])
        expect((await acs.call("GET", `/api/devices/${path}`)).status, path).to.equal(404);
      const own = `/api/devices/${upload.gateway.id}/files/${id}`;
      expect((await acs.call("GET", own)).body).to.include({ id, contentCoding: "" });
      expect((await acs.call("DELETE", own)).status).to.equal(204);
      expect((await acs.call("DELETE", own)).status).to.equal(404);
      expect(await onDisk()).not.to.include(id);
    });

    it("goes with its device, bytes and all", async () => {
      const upload = await asked();
      await put(upload.path);
      const [{ id }] = await filesOf(upload);
      const left = (await onDisk()).filter((name) => name !== id);
      await acs.call("DELETE", `/api/devices/${upload.gateway.id}`);
      await untilOnDisk(left);
    });

    it("user name and password belong to a url of somebody else's", async () => {
      const { id } = await acs.gateway();
      const { status, body } = await acs.call("POST", `/api/devices/${id}/tasks`, {
        ...{ kind: "upload", fileType: CONFIGURATION, username: "u", password: "p" },
      });
      expect([status, body.errors.map(({ field }: { field: string }) => field)]).to.deep.equal([422, ["username", "password"]]);
    });

    it("is given back to its own device only", async () => {
      const upload = await asked();
      await put(upload.path);
      const [{ id }] = await filesOf(upload);
      await completed(upload);
      const other = await acs.gateway();
      const refused = await acs.call("POST", `/api/devices/${other.id}/tasks`, { kind: "download", receivedFileId: id });
      expect([refused.status, refused.body.errors[0].field]).to.deep.equal([422, "receivedFileId"]);
    });

    it("that came in gzip goes back to the device without", async () => {
      const upload = await asked();
      await put(upload.path, gzipSync(CONTENT), "Content-Encoding: gzip");
      const [{ id }] = await filesOf(upload);
      await completed(upload);
      await acs.task(upload.gateway.id, { kind: "download", receivedFileId: id });
      const request = messageOf(await upload.gateway.empty());
      expect(request).to.include({ kind: "Download", fileType: "3 Vendor Configuration File", fileSizeBytes: 0 });
      const response = await fetch(request.kind === "Download" ? request.url : "");
      expect(response.headers.get("content-encoding")).to.equal(null);
      expect(Buffer.from(await response.arrayBuffer()).equals(CONTENT)).to.equal(true);
    });
  });

  it("a start removes what a kill left: half a file, and bytes that no row knows; what is kept stays", async () => {
    const upload = await asked();
    await put(upload.path);
    const before = await onDisk();
    await writeFile(acs.file(`received/${newId(1)}.part`), "half");
    await writeFile(acs.file(`received/${newId(1)}`), "no row");
    acs = await acs.restart();
    expect(await onDisk()).to.deep.equal(before);
    const { body } = await acs.call("GET", `/api/devices/${upload.gateway.id}/files`);
    expect((await content(upload.gateway.id, body.files[0].id)).status).to.equal(200);
  });
});
