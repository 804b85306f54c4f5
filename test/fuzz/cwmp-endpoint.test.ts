/**
 * Damaged messages against everything that reads a device's request: bytes -> text -> message -> session, in process; and a smaller number
 * through the real endpoint. Nothing crashes, each request gets exactly one answer, and what was refused changed nothing in the store.
 * Then documents that people write to hurt a server, each with a defined answer.
 * SEED=n repeats a run, FUZZ_RUNS=n makes it longer. The long run, which measures time and memory too, is fuzz/ (npm run fuzz).
 * Spec: TR-069 3.4, 3.5, 3.7.2; DESIGN 12. Layer: test.
 */
import { gzipSync } from "node:zlib";
import SqliteDatabase from "better-sqlite3";
import { expect } from "chai";
import { ATTACK_DOCUMENTS } from "../support/attack-documents.js";
import { type CwmpClient, type HttpAnswer, heard, messageOf, RawConnection } from "../support/cwmp-client.js";
import { type Damaged, damaged, goldenCorpus } from "../support/damage-cwmp.js";
import { type Outcome, playDamaged } from "../support/play-damaged.js";
import { runSeed, seededRandom } from "../support/seeded-random.js";
import { startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 4_000);
/** Through sockets and the store: a hundred times dearer. */
const ENDPOINT_RUNS = Math.ceil(RUNS / 80);

describe("fuzz: damaged CWMP messages", () => {
  const seed = runSeed();
  const originals = goldenCorpus();

  it(`${RUNS} through codec and session: no crash, one answer each (SEED=${seed})`, function () {
    this.timeout(60_000 + RUNS);
    const random = seededRandom(seed);
    const outcomes: Record<Outcome, number> = { unreadable: 0, refused: 0, answered: 0, asked: 0, empty: 0 };
    for (let run = 0; run < RUNS; run++) {
      const message = damaged(random, originals);
      try {
        outcomes[playDamaged(random, message).outcome]++;
      } catch (error) {
        throw new Error(`SEED=${seed} run ${run} (base64): ${message.bytes.toString("base64")}`, { cause: error });
      }
    }
    const reached = outcomes.answered + outcomes.asked + outcomes.empty;
    expect((RUNS - outcomes.unreadable) / RUNS, "decoded").to.be.within(0.3, 0.95);
    expect(reached / RUNS, "reached the session").to.be.above(0.1);
  });
});

/** Counters of the store: what they don't show did not change. Read over a connection of its own, as another program would. */
class StoreWatch {
  readonly #database: SqliteDatabase.Database;
  readonly #counts: SqliteDatabase.Statement;

  constructor(file: string) {
    this.#database = new SqliteDatabase(file, { readonly: true });
    this.#counts = this.#database.prepare(`SELECT
      (SELECT count(*) FROM devices) AS devices, (SELECT sum(lease) FROM devices) AS leases, (SELECT count(*) FROM parameters) AS parameters,
      (SELECT count(*) FROM tasks) AS tasks, (SELECT sum(revision) FROM tasks) AS revisions, (SELECT count(*) FROM events) AS events`);
  }

  /** Goes up with every transaction that another connection commits. */
  get version(): number {
    return this.#database.pragma("data_version", { simple: true }) as number;
  }

  counts(): Readonly<Record<string, number>> {
    return this.#counts.get() as Readonly<Record<string, number>>;
  }

  close(): void {
    this.#database.close();
  }
}

describe("fuzz: the CWMP endpoint", function () {
  this.timeout(60_000 + ENDPOINT_RUNS * 50);
  const seed = runSeed();
  const originals = goldenCorpus();
  let acs: TestAcs;
  let watch: StoreWatch;

  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
    watch = new StoreWatch(acs.file("acs.sqlite"));
  });
  after(async () => {
    watch?.close();
    await acs?.close();
  });

  const type = ({ contentType }: Damaged) => ({ headers: { "Content-Type": contentType ?? null } });

  it(`${ENDPOINT_RUNS} without a session: answered as the standard says, or refused and nothing stored (SEED=${seed})`, async () => {
    const random = seededRandom(seed);
    const gateway = await acs.gateway();
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    const seen = new Set<number>();
    for (let run = 0; run < ENDPOINT_RUNS; run++) {
      await acs.clock.advance(5_000); // the last session is over, its answers too
      const message = damaged(random, originals);
      const before = watch.version;
      const { status } = await gateway.post(message.bytes, type(message));
      seen.add(status);
      const where = `SEED=${seed} run ${run} (base64): ${message.bytes.toString("base64")}`;
      // An Inform of another device is noted, and no more; one of this device begins a session.
      expect(status, where).to.be.oneOf([200, 400, 403]);
      if (status === 400) expect(watch.version === before, where).to.equal(true);
      if (status === 200) expect((await gateway.empty()).status, where).to.be.oneOf([200, 204]);
    }
    expect(seen).to.include(400);
  });

  it(`${ENDPOINT_RUNS} in the place of an answer: what is refused changes the task to unknown, and nothing else (SEED=${seed})`, async () => {
    const random = seededRandom(seed);
    let gateway = await acs.gateway();
    const statuses: Record<number, number> = {};
    for (let run = 0; run < ENDPOINT_RUNS; run++) {
      await acs.clock.advance(5_000); // a device may not begin sessions as often as it likes
      const id = await acs.task(gateway.id, { kind: "getParameterValues", names: ["Device.DeviceInfo.Description"] });
      expect((await gateway.inform("2 PERIODIC")).status).to.equal(200);
      expect(heard(await gateway.empty())).to.equal("GetParameterValues");
      const [parameters, devices] = [watch.counts()["parameters"], watch.counts()["devices"]];
      const message = damaged(random, originals);
      const { status } = await gateway.post(message.bytes, type(message));
      statuses[status] = (statuses[status] ?? 0) + 1;
      const where = `SEED=${seed} run ${run} (base64): ${message.bytes.toString("base64")}`;
      expect(status, where).to.be.oneOf([200, 204, 400, 403]);
      expect(watch.counts()["devices"], where).to.equal(devices);
      if (status >= 400) expect(watch.counts()["parameters"], where).to.equal(parameters);
      if (status === 400) expect((await acs.stores.tasks.get(id))?.state, where).to.equal("unknown");
      gateway.forget();
      // An Inform of somebody else puts the device into quarantine, where it is asked nothing.
      const { quarantine } = (await acs.call("GET", `/api/devices/${encodeURIComponent(gateway.id)}`)).body;
      if (quarantine !== null) gateway = await acs.gateway();
      await emptied(gateway);
    }
    expect(Object.keys(statuses)).to.include.members(["204", "400"]);
  });

  /** Everything that is still asked is refused by the device, until nothing is left. */
  async function emptied(gateway: TestGateway): Promise<void> {
    await gateway.inform("2 PERIODIC");
    for (let answer = await gateway.empty(); answer.status === 200; ) {
      answer = await gateway.say({ kind: "Fault", faultCode: 9002, faultString: "", setParameterValuesFaults: [] });
    }
  }
});

const MIB = 1_048_576;
/** Of what a device says about itself or about a failure. Values that were asked for have limits of their own. */
const KEPT_CHARACTERS_MAX = 1_000_000;
/** What one attack may cost the store; an Inform that is in order writes about ten rows. Its time is measured by fuzz/. */
const ATTACK_ROWS_MAX = 250;

describe("attacks on the CWMP endpoint", function () {
  this.timeout(30_000);
  let acs: TestAcs;
  let gateway: TestGateway;

  before(async () => {
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  after(() => acs.close());
  beforeEach(async () => {
    gateway = await acs.gateway();
    gateway.learn(await gateway.send(gateway.informText()));
  });
  afterEach(async () => {
    expect((await (await acs.gateway()).inform("2 PERIODIC")).status, "the next device is served").to.equal(200);
  });

  const informed = (client: TestGateway) => acs.events(client.id, "device-informed");

  /** The answer to one POST, which costs the store no more than a sound message. */
  async function costs(client: CwmpClient, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    const before = acs.stores.counters();
    const answer = await client.post(body, { headers });
    const { rowsRead, rowsWritten } = acs.stores.counters();
    expect(rowsRead - before.rowsRead + rowsWritten - before.rowsWritten, "rows").to.be.below(ATTACK_ROWS_MAX);
    return answer;
  }

  for (const { what, fate, make } of ATTACK_DOCUMENTS) {
    if (fate === "served") {
      it(`${what}: an Inform like any other`, async () => {
        expect(heard(await costs(gateway, make(gateway.informText())))).to.equal("InformResponse");
        expect(await informed(gateway)).to.have.length(1);
      });
      continue;
    }
    it(`${what}: 400, no session, nothing stored`, async () => {
      const { rowsWritten } = acs.stores.counters();
      const answer = await costs(gateway, make(gateway.informText()));
      expect([answer.status, answer.headers["connection"]]).to.deep.equal([400, "close"]);
      expect(await informed(gateway)).to.deep.equal([]);
      expect(acs.stores.counters().rowsWritten).to.equal(rowsWritten);
    });
  }

  it("60 MB: 413, announced or not, zipped or not", async () => {
    const text = Buffer.from(gateway.informText().replace("3.2.1", "x".repeat(60 * MIB)));
    expect((await gateway.post(text)).status, "announced").to.equal(413);
    expect((await costs(gateway, gzipSync(text), { "Content-Encoding": "gzip" })).status, "zipped").to.equal(413);
    const connection = await gateway.connection();
    connection.write(gateway.request("", { headers: { "Content-Length": null, "Transfer-Encoding": "chunked" } }));
    const answer = connection.answer();
    const piece = Buffer.concat([Buffer.from("100000\r\n"), Buffer.alloc(MIB, 0x20), Buffer.from("\r\n")]);
    for (let sent = 0; sent < 60 && !connection.isClosed; sent++) connection.write(piece);
    expect((await answer).status, "in chunks").to.equal(413);
    expect(await informed(gateway)).to.deep.equal([]);
  });

  it("a value of 10 MB that was asked for is read; it is not repeated in the task", async () => {
    const name = "InternetGatewayDevice.DeviceInfo.DeviceLog";
    const id = await acs.task(gateway.id, { kind: "getParameterValues", names: [name] });
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    const values = [{ name, type: "xsd:string", text: "l".repeat(10_000_000) }];
    const answer = await costs(gateway, gateway.text({ kind: "GetParameterValuesResponse", values }));
    expect(answer.status).to.equal(204);
    const task = await acs.stores.tasks.get(id);
    expect(task?.state).to.equal("done");
    expect(JSON.stringify(task).length).to.be.below(300_000);
  });

  it("of an Inform with 10,000 events, a manufacturer of 1 MB, codes of 1 MB, what is kept is bounded", async () => {
    const one = "<EventStruct><EventCode>X EXAMPLE</EventCode><CommandKey></CommandKey></EventStruct>";
    const long = gateway.informText([`X ${"y".repeat(1_000_000)}`]).replace("Example Voice", "M".repeat(1_000_000));
    await costs(gateway, long.replace("</Event>", `${one.repeat(10_000)}</Event>`));
    const stored = JSON.stringify([await acs.stores.devices.get(gateway.id), await informed(gateway)]);
    expect(stored.length).to.be.below(KEPT_CHARACTERS_MAX);
  });

  it("of a fault with a text of 5 MB and 10,000 faults of parameters, what is kept is bounded", async () => {
    const id = await acs.task(gateway.id, { kind: "getParameterValues", names: ["Device.A"] });
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    const faultString = "f".repeat(5_000_000);
    const parameters = Array.from({ length: 10_000 }, (_, i) => ({ name: `Device.A${i}`, faultCode: 9005, faultString: "g".repeat(100) }));
    await costs(gateway, gateway.text({ kind: "Fault", faultCode: 9003, faultString, setParameterValuesFaults: parameters }));
    expect((await acs.stores.tasks.get(id))?.failure?.code).to.equal("device-fault");
    const stored = JSON.stringify([await acs.stores.tasks.get(id), await acs.events(gateway.id, "task-changed")]);
    expect(stored.length).to.be.below(KEPT_CHARACTERS_MAX);
  });

  it("of a TransferComplete with a text of 5 MB, what is kept is bounded", async () => {
    const id = await acs.task(gateway.id, { kind: "download", url: "http://files.example/a", fileType: "1 Firmware Upgrade Image" });
    const times = { startTime: "s".repeat(1_000_000), completeTime: "" };
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    await gateway.say({ kind: "DownloadResponse", status: 1, ...times });
    await gateway.inform("7 TRANSFER COMPLETE");
    const fault = { faultCode: 9010, faultString: "f".repeat(5_000_000) };
    await costs(gateway, gateway.text({ kind: "TransferComplete", commandKey: id, fault, ...times }));
    const stored = JSON.stringify([await acs.stores.tasks.get(id), await acs.events(gateway.id, "task-changed")]);
    expect(stored.length).to.be.below(KEPT_CHARACTERS_MAX);
  });

  it("a TransferComplete that nobody asked for, and one with another device's key: answered, and no task changes", async () => {
    const victim = await acs.gateway();
    const id = await acs.task(victim.id, { kind: "download", url: "http://files.example/a", fileType: "1 Firmware Upgrade Image" });
    await victim.inform("2 PERIODIC");
    expect(heard(await victim.empty())).to.equal("Download");
    await gateway.inform("7 TRANSFER COMPLETE", `M Download=${id}`);
    const before = (await acs.stores.tasks.get(id))?.revision;
    for (const commandKey of [id, "", "never-given", "x".repeat(100_000)]) {
      const answer = await gateway.say({
        ...{ kind: "TransferComplete", commandKey, fault: { faultCode: 0, faultString: "" } },
        ...{ startTime: "", completeTime: "" },
      });
      expect(messageOf(answer)).to.deep.equal({ kind: "TransferCompleteResponse" });
    }
    expect((await acs.stores.tasks.get(id))?.revision).to.equal(before);
  });

  it("another device's cookie, with one's own password: 400; nothing is told of the other's session", async () => {
    const victim = await acs.gateway();
    await acs.task(victim.id, { kind: "reboot" });
    await victim.inform("2 PERIODIC");
    await gateway.inform("2 PERIODIC");
    const stolen = await gateway.send("", { headers: { Cookie: victim.cookie ?? "" } });
    expect(stolen.status).to.equal(400);
    expect(stolen.body).to.not.include("Reboot").and.not.include(victim.id);
    expect(heard(await victim.empty())).to.equal("Reboot");
  });

  it("200 connections that send a header byte by byte, and 200 that send nothing, keep no device out", async () => {
    const idle = await Promise.all(Array.from({ length: 400 }, () => RawConnection.open(acs.cwmpPort)));
    for (const [i, connection] of idle.entries()) if (i % 2 === 0) connection.write("POST / HTTP/1.1\r\nHost: a\r\nX-Slow: ");
    expect((await gateway.inform("2 PERIODIC")).status).to.equal(200);
    expect((await gateway.empty()).status).to.equal(204);
    for (const connection of idle) connection.close();
  });

  it("20 pipelined Informs: each gets its answer, in order; one session is left", async () => {
    const connection = await gateway.connection();
    connection.write(Buffer.concat(Array.from({ length: 20 }, () => gateway.request(gateway.informText()))));
    const statuses = [];
    for (let i = 0; i < 20; i++) statuses.push((await connection.answer()).status);
    expect(new Set(statuses)).to.deep.equal(new Set([200]));
    expect(await informed(gateway)).to.have.length(20);
  });

  describe("chunks and lengths that mean two things (RFC 9112 6.3, 7.1): 400, and the connection is closed", () => {
    const chunked = "Transfer-Encoding: chunked";
    const HEADS: Readonly<Record<string, readonly [string, string]>> = {
      "a length and chunks": [`Content-Length: 5\r\n${chunked}`, "0\r\n\r\n"],
      "two lengths": ["Content-Length: 5\r\nContent-Length: 6", "hello!"],
      "a negative length": ["Content-Length: -1", ""],
      "a length in hexadecimal": ["Content-Length: 0x5", "hello"],
      "a length that is no number": ["Content-Length: 5,5", "hello"],
      "a chunk size that is no number": [chunked, "zz\r\nhello\r\n0\r\n\r\n"],
      "a negative chunk size": [chunked, "-1\r\nhello\r\n0\r\n\r\n"],
      "a chunk size of 2^64": [chunked, "10000000000000000\r\nhello\r\n0\r\n\r\n"],
      "a chunk that is longer than its size": [chunked, "2\r\nhello\r\n0\r\n\r\n"],
      "chunked, but not last": ["Transfer-Encoding: chunked, identity", "5\r\nhello\r\n0\r\n\r\n"],
      "blanks before a header's colon": ["Content-Length : 5", "hello"],
    };
    for (const [what, [head, body]] of Object.entries(HEADS)) {
      it(what, async () => {
        const connection = await RawConnection.open(acs.cwmpPort);
        const login = `Authorization: ${gateway.nextAuthorization()}`;
        connection.write(`POST / HTTP/1.1\r\nHost: a\r\n${login}\r\n${head}\r\n\r\n${body}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`);
        expect((await connection.answer()).status).to.equal(400);
        await connection.closed;
      });
    }

    it("chunk extensions of 1 MB are no way around a limit: 413, or the connection is closed", async () => {
      const connection = await gateway.connection();
      connection.write(gateway.request("", { headers: { "Content-Length": null, "Transfer-Encoding": "chunked" } }));
      const answer = connection.answer().then(
        ({ status }) => status,
        () => "closed",
      );
      connection.write(`1;${"x".repeat(MIB)}\r\na\r\n0\r\n\r\n`);
      expect(await answer).to.be.oneOf([400, 413, "closed"]);
    });

    it("a trailer after the last chunk is read and means nothing", async () => {
      const text = gateway.informText();
      const connection = await gateway.connection();
      connection.write(gateway.request("", { headers: { "Content-Length": null, "Transfer-Encoding": "chunked" } }));
      connection.write(`${text.length.toString(16)}\r\n${text}\r\n0\r\nAuthorization: Basic eA==\r\nCookie: reveille=x\r\n\r\n`);
      expect(heard(await connection.answer())).to.equal("InformResponse");
    });
  });
});
