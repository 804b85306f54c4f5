/**
 * Every recorded conversation, from its first Inform to its last 204, replayed to a running ACS: header for header and byte for byte, but
 * for what a client learns from its server (credentials, cookie, ID, CommandKey). Our ACS is given tasks for what the recording ACS asked;
 * where it asks something of its own, the client improvises. recordings.manifest.json tells how each ends, and why.
 * The recordings lie outside the repository: skipped where they are absent. They hold serial numbers: nothing of them is printed.
 * Spec: TR-069 3.4, 3.7; rows of cwmp.md 1.11 and quirks of its 12. Layer: integration test.
 */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { type Envelope, readAcsEnvelope, writeDeviceEnvelope } from "../../acs/cwmp/envelope.js";
import type { AcsMessage, AcsRequest, DeviceMessage, UnknownMethod } from "../../acs/cwmp/messages.js";
import type { ParameterValue } from "../../acs/cwmp/parameter-value.js";
import { RELAXATIONS } from "../../acs/devices/relaxations.js";
import type { TaskOrder } from "../../acs/tasks/task.js";
import { beginTask } from "../../acs/tasks/task-run.js";
import { newId } from "../../common/ids.js";
import { aContext, aTask } from "../support/builders.js";
import { authorization, type Challenge, type HttpAnswer, RawConnection, readChallenge } from "../support/cwmp-client.js";
import { askedIn, type Exchange, headerOf, type Recording, readRecordings, withoutAsking } from "../support/recordings.js";
import { repositoryPath, sharedPath } from "../support/shared-data.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";

interface Ending {
  /** POSTs in the recording. */
  readonly exchanges: number;
  readonly outcome: "followed" | "refused";
  /** Exchanges that the recording ACS answered and ours must refuse, by their number in the recording. */
  readonly refused: readonly { readonly exchange: number; readonly status: number }[];
  /** What the client answered with nothing: an empty POST, a closed connection, a new Inform. In the order asked. */
  readonly unanswered: readonly string[];
  /** Rules that our ACS bent for it, by their names in acs/devices/relaxations.ts. */
  readonly relaxed: readonly string[];
  readonly reason: string;
}

const MANIFEST = JSON.parse(readFileSync(repositoryPath("test/integration/recordings.manifest.json"), "utf8")) as {
  readonly neverAsked: Readonly<Record<string, string>>;
  readonly recordings: Readonly<Record<string, Ending>>;
};

/** The task that makes our ACS ask this. GetParameterNames is asked by a refresh, which then reads the values too. */
function orderFor(request: AcsRequest | UnknownMethod): TaskOrder | undefined {
  switch (request.kind) {
    case "GetParameterValues":
      return { kind: "getParameterValues", names: request.names };
    case "SetParameterValues":
      return { kind: "setParameterValues", values: request.values.map(({ name, type, text }) => ({ name, type, value: text })) };
    case "GetParameterNames":
      return { kind: "refresh", path: request.path };
    case "GetParameterAttributes":
      return { kind: "getParameterAttributes", names: request.names };
    case "SetParameterAttributes":
      return { kind: "setParameterAttributes", attributes: request.parameters };
    case "AddObject":
    case "DeleteObject":
      return { kind: request.kind === "AddObject" ? "addObject" : "deleteObject", path: request.objectName };
    case "Download": {
      const { fileType, url, fileSizeBytes, targetFileName } = request;
      return { kind: "download", file: { fileType, url, fileSizeBytes, targetFileName } };
    }
    case "Upload": {
      const { fileType, url, username, password, delayS } = request;
      return { kind: "upload", fileType, url, username, password, delayS };
    }
    case "ScheduleInform":
      return { kind: "scheduleInform", delayS: request.delayS };
    case "Reboot":
      return { kind: "reboot" };
    case "FactoryReset":
      return { kind: "factoryReset" };
    case "GetRPCMethods":
      return { kind: "getRpcMethods" };
    case "GetAllQueuedTransfers":
      return { kind: "getQueuedTransfers" };
    default:
      return undefined;
  }
}

/** Whether our ACS has a task that asks this. */
function canAsk(request: AcsRequest | UnknownMethod): boolean {
  const order = orderFor(request);
  if (order === undefined) return false;
  const values = order.kind === "setParameterValues" ? order.values : [];
  const begun = beginTask(aTask(order), aContext({ values })) as ReturnType<typeof beginTask> | undefined;
  return begun?.do === "ask";
}

/** What our ACS asked: by which task, and under which ID. */
interface Asked {
  readonly task: string;
  readonly kind: string;
  readonly ourId: string | undefined;
  readonly recordedId: string | undefined;
  /** Parameters that were asked for by their full names. */
  readonly names: readonly string[];
}

/** A recorded client, alive again. */
class Replay {
  readonly #acs: TestAcs;
  readonly #recording: Recording;
  readonly #connections = new Map<number, RawConnection>();
  readonly #devices = new Map<string, string>();
  readonly #cookies = new Map<string, string>();
  readonly #commandKeys = new Map<string, string>();
  readonly #known: readonly ParameterValue[];
  readonly #names: readonly { readonly name: string; readonly writable: boolean }[];
  readonly refused: { exchange: number; status: number }[] = [];
  readonly unanswered: string[] = [];
  relaxed: readonly string[] = [];
  #username = "";
  #challenge: Challenge | undefined;
  #cookie = "";
  #namespace = "";
  #asked: Asked | undefined;

  constructor(acs: TestAcs, recording: Recording) {
    this.#acs = acs;
    this.#recording = recording;
    this.#known = recording.exchanges.flatMap(({ said }) => {
      if (said?.message.kind === "GetParameterValuesResponse") return said.message.values;
      return said?.message.kind === "Inform" ? said.message.parameters : [];
    });
    this.#names = recording.exchanges.flatMap(({ said }) =>
      said?.message.kind === "GetParameterNamesResponse" ? said.message.parameters : [],
    );
  }

  async run(): Promise<void> {
    try {
      for (const exchange of withoutAsking(this.#recording.exchanges, canAsk)) await this.#play(exchange);
    } finally {
      for (const connection of this.#connections.values()) connection.close();
      this.relaxed = await this.#relaxations();
      for (const id of this.#devices.values()) await this.#acs.call("DELETE", `/api/devices/${encodeURIComponent(id)}`);
    }
  }

  async #relaxations(): Promise<readonly string[]> {
    const rules = new Set<string>();
    for (const id of this.#devices.values()) {
      const { body } = await this.#acs.call("GET", `/api/devices/${encodeURIComponent(id)}/relaxations`);
      for (const { rule } of body.relaxations) rules.add(rule);
    }
    return [...rules].sort();
  }

  async #play(exchange: Exchange): Promise<void> {
    const where = `${this.#recording.title}, exchange ${exchange.n}`;
    if (exchange.said?.message.kind === "Inform") await this.#beginSession(exchange.said);
    const wanted = askedIn(exchange);
    const task = wanted === undefined ? undefined : await this.#addTask(wanted);
    const before = this.#asked;
    this.#asked = undefined;
    const first = await this.#send(exchange, this.#rewrite(exchange, before));
    if (first.status !== exchange.status && first.status >= 400) {
      this.refused.push({ exchange: exchange.n, status: first.status });
      return;
    }
    const answer = await this.#untilExpected(exchange, first, task, wanted?.kind);
    this.#check(exchange, answer, where);
    if (task !== undefined) this.#noteAsked(exchange, answer, task);
    if (before !== undefined) await this.#checkTask(exchange, before, where);
    if (exchange.said?.message.kind === "TransferComplete") await this.#checkTransfer(exchange.said.message, where);
  }

  async #beginSession({ namespace, message }: Envelope<DeviceMessage>): Promise<void> {
    if (message.kind !== "Inform") return;
    const { oui, productClass, serialNumber } = message.deviceId;
    const key = JSON.stringify([oui, productClass, serialNumber]);
    this.#namespace = namespace;
    if (!this.#devices.has(key)) {
      const identity = { oui, productClass, serialNumber };
      const { status, body } = await this.#acs.call("POST", "/api/devices", { ...identity, password: DEVICE_PASSWORD });
      if (status !== 201) throw new Error(`${this.#recording.title}: not registered: ${status}`);
      this.#devices.set(key, body.id as string);
    }
    this.#username = this.#devices.get(key) ?? "";
  }

  async #addTask(request: AcsRequest | UnknownMethod): Promise<string> {
    const order = orderFor(request);
    if (order === undefined) throw new Error(`no task asks ${request.kind}`);
    const nowMs = this.#acs.clock.now();
    const task = { id: newId(nowMs), deviceId: this.#username, order, priority: 5, createdAtMs: nowMs, expiresAtMs: null };
    const added = await this.#acs.stores.tasks.add(task, []);
    if (typeof added === "string") throw new Error(added);
    return added.id;
  }

  /** The recorded request, with what its client learnt from this server in place of what it had learnt from the other. */
  #rewrite(exchange: Exchange, asked: Asked | undefined): { readonly lines: readonly string[]; readonly body: Buffer } {
    let text = exchange.body.toString("latin1");
    const { recordedId, ourId } = asked ?? {};
    if (recordedId !== undefined && ourId !== undefined && exchange.said?.id === recordedId) {
      text = text.replace(new RegExp(`(<(?:[\\w-]+:)?ID\\b[^>]*>)${recordedId}(?=<)`), `$1${ourId}`);
    }
    for (const [recorded, ours] of this.#commandKeys) {
      text = text.replaceAll(`<CommandKey>${recorded}</CommandKey>`, `<CommandKey>${ours}</CommandKey>`);
    }
    const body = Buffer.from(text, "latin1");
    const grown = body.length - exchange.body.length;
    const lines = exchange.lines.map((line) => {
      if (/^content-length:/i.test(line)) return `Content-Length: ${Number(line.slice("content-length:".length)) + grown}`;
      return /^cookie:/i.test(line) ? this.#rewriteCookie(line) : line;
    });
    return { lines, body };
  }

  #rewriteCookie(line: string): string {
    let rewritten = line;
    for (const [recorded, ours] of this.#cookies) rewritten = rewritten.replace(recorded, ours);
    return rewritten;
  }

  /** As the client did: with credentials where it had them; else challenged, which it must take from a server that asks for it. */
  async #send(exchange: Exchange, request: { readonly lines: readonly string[]; readonly body: Buffer }): Promise<HttpAnswer> {
    const recorded = headerOf(exchange.lines, "authorization");
    const digest = recorded?.startsWith("Digest ") === true && this.#challenge !== undefined && exchange.status !== 401;
    const nc = Number.parseInt(/nc=([0-9a-f]{8})/.exec(recorded ?? "")?.[1] ?? "1", 16);
    const answer = await this.#write(exchange, request, digest ? this.#login(exchange, nc) : recorded);
    if (answer.status !== 401) return answer;
    this.#challenge = readChallenge(answer.headers["www-authenticate"] ?? "");
    return exchange.status === 401 ? answer : this.#write(exchange, request, this.#login(exchange, 1));
  }

  #login({ path }: Exchange, nc: number): string {
    if (this.#challenge === undefined) throw new Error("no challenge");
    return authorization({ ...this.#challenge, username: this.#username, password: DEVICE_PASSWORD, nc, uri: path });
  }

  async #write(
    { connection: number, path, setCookie }: Exchange,
    { lines, body }: { readonly lines: readonly string[]; readonly body: Buffer },
    credentials: string | undefined,
  ): Promise<HttpAnswer> {
    const connection = await this.#connectionOf(number);
    const others = lines.filter((line) => !/^authorization:/i.test(line));
    const all = credentials === undefined ? others : [...others, `Authorization: ${credentials}`];
    connection.write(Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${all.join("\r\n")}\r\n\r\n`, "latin1"), body]));
    const answer = await connection.answer();
    if (answer.headers["connection"] === "close") await connection.closed;
    this.#cookie = answer.headers["set-cookie"]?.split(";")[0] ?? this.#cookie;
    if (setCookie !== undefined) this.#cookies.set(setCookie, this.#cookie);
    return answer;
  }

  async #connectionOf(number: number): Promise<RawConnection> {
    const known = this.#connections.get(number);
    if (known !== undefined && !known.isClosed) return known;
    const opened = await RawConnection.open(this.#acs.cwmpPort);
    this.#connections.set(number, opened);
    return opened;
  }

  /** Our ACS may ask what the other did not: provisioning, the second half of a refresh, read-backs. Answered until the expected comes. */
  async #untilExpected(exchange: Exchange, first: HttpAnswer, task: string | undefined, kind: string | undefined): Promise<HttpAnswer> {
    let answer = first;
    for (let turns = 0; turns < 40; turns++) {
      const envelope = answer.status === 200 ? readAcsEnvelope(answer.body) : undefined;
      if (envelope === undefined || envelope.message.kind.endsWith("Response") || envelope.message.kind === "Fault") return answer;
      const isOut = task !== undefined && (await this.#acs.stores.tasks.get(task))?.state === "sent";
      if (isOut && envelope.message.kind === kind) return answer;
      const body = Buffer.from(
        writeDeviceEnvelope({
          namespace: this.#namespace,
          message: this.#improvise(envelope.message),
          ...(envelope.id === undefined ? {} : { id: envelope.id }),
        }),
      );
      const lines = ["Host: acs", "Content-Type: text/xml", `Cookie: ${this.#cookie}`, `Content-Length: ${body.length}`];
      answer = await this.#send({ ...exchange, lines, status: 200, setCookie: undefined }, { lines, body });
    }
    throw new Error(`${this.#recording.title}, exchange ${exchange.n}: the ACS never stops asking`);
  }

  #improvise(request: AcsMessage): DeviceMessage {
    switch (request.kind) {
      case "GetParameterValues": {
        const isAsked = (name: string): boolean =>
          request.names.some((asked) => (asked.endsWith(".") ? name.startsWith(asked) : name === asked));
        // What the recording never told is unknown: a parameter left out of the answer would be a trait that the client may not have.
        const isTold = (asked: string): boolean => asked.endsWith(".") || this.#known.some(({ name }) => name === asked);
        if (!request.names.every(isTold)) return { kind: "Fault", faultCode: 9005, faultString: "", setParameterValuesFaults: [] };
        return { kind: "GetParameterValuesResponse", values: this.#known.filter(({ name }) => isAsked(name)) };
      }
      case "GetParameterNames": {
        const { path, nextLevel } = request;
        const isWanted = (name: string): boolean => name.startsWith(path) && (!nextLevel || /^[^.]+\.?$/.test(name.slice(path.length)));
        return { kind: "GetParameterNamesResponse", parameters: this.#names.filter(({ name }) => isWanted(name)) };
      }
      case "SetParameterValues":
        return { kind: "SetParameterValuesResponse", status: 0 };
      default:
        return { kind: "Fault", faultCode: 9000, faultString: "Method not supported", setParameterValuesFaults: [] };
    }
  }

  #check({ said, heard, status }: Exchange, answer: HttpAnswer, where: string): void {
    expect(answer.status, where).to.equal(status);
    if (heard === undefined || said?.message.kind === undefined) return;
    const ours = readAcsEnvelope(answer.body);
    expect(ours.message.kind, where).to.equal(heard.message.kind);
    expect(ours.namespace, where).to.equal(this.#namespace);
    if (ours.message.kind.endsWith("Response")) expect(ours.id === said.id, `${where}: the ID is echoed`).to.equal(true);
  }

  #noteAsked(exchange: Exchange, answer: HttpAnswer, task: string): void {
    const ours = readAcsEnvelope(answer.body);
    const recorded = askedIn(exchange);
    const names = recorded?.kind === "GetParameterValues" ? recorded.names.filter((name) => !name.endsWith(".")) : [];
    this.#asked = { task, kind: ours.message.kind, ourId: ours.id, recordedId: exchange.heard?.id, names };
    if (recorded !== undefined && "commandKey" in recorded && recorded.commandKey !== undefined && "commandKey" in ours.message) {
      this.#commandKeys.set(recorded.commandKey, ours.message.commandKey ?? "");
    }
  }

  /** What the client did in place of an answer, or with it, is what the task says. */
  async #checkTask({ said }: Exchange, asked: Asked, where: string): Promise<void> {
    const task = await this.#acs.stores.tasks.get(asked.task);
    const message = said?.message;
    if (message?.kind === "Fault") {
      expect([task?.state, task?.failure?.code, task?.failure?.fault?.faultCode], where).to.deep.equal([
        ...["failed", "device-fault"],
        message.faultCode,
      ]);
    } else if (message?.kind === `${asked.kind}Response`) {
      const answered = new Set(message.kind === "GetParameterValuesResponse" ? message.values.map(({ name }) => name) : []);
      const lacksSome = asked.names.some((name) => !answered.has(name)); // quirk 20: the task tells which
      expect(task?.state, where).to.be.oneOf(lacksSome ? ["failed"] : ["done", "awaiting-device"]);
    } else {
      expect(task?.state, where).to.equal("unknown");
      this.unanswered.push(asked.kind);
    }
  }

  async #checkTransfer(message: Extract<DeviceMessage, { kind: "TransferComplete" }>, where: string): Promise<void> {
    const ours = this.#commandKeys.get(message.commandKey);
    const task = ours === undefined ? undefined : await this.#acs.stores.tasks.get(ours);
    if (task !== undefined) expect(task.state, where).to.equal(message.fault.faultCode === 0 ? "done" : "failed");
  }
}

describe("the whole of each recorded conversation", function () {
  this.timeout(30_000);
  const folder = sharedPath("data/clients/captures");
  const recordings = folder === undefined ? [] : readRecordings(folder);
  const asked = recordings.flatMap(({ exchanges }) => exchanges.flatMap((exchange) => askedIn(exchange) ?? []));
  const neverAsked = new Set<string>(
    asked.filter((request) => !canAsk(request)).map(({ kind }) => (kind === "UnknownMethod" ? "(unknown)" : kind)),
  );
  let acs: TestAcs;

  before(async function () {
    if (folder === undefined) return this.skip(); // no recordings here
    acs = await startTestAcs({ env: { ACS_REFRESH_AT_BOOTSTRAP: "false" } });
  });
  after(() => acs?.close());

  it("each has its ending in the manifest, and each ending its recording", () => {
    expect(recordings.map(({ title }) => title)).to.have.members(Object.keys(MANIFEST.recordings));
  });

  it("each rule that was bent is one that REST shows", () => {
    const named = Object.values(MANIFEST.recordings).flatMap(({ relaxed }) => relaxed);
    expect(Object.keys(RELAXATIONS)).to.include.members(named);
  });

  it("what our ACS never asks has a reason in the manifest", () => {
    expect(Object.keys(MANIFEST.neverAsked)).to.include.members([...neverAsked]);
  });

  for (const recording of recordings) {
    const ending = MANIFEST.recordings[recording.title];
    it(`${recording.title}: ${ending?.outcome}. ${ending?.reason}`, async () => {
      const replay = new Replay(acs, recording);
      await replay.run();
      expect(recording.exchanges).to.have.length(ending?.exchanges ?? 0);
      expect({ refused: replay.refused, unanswered: replay.unanswered, relaxed: replay.relaxed }).to.deep.equal({
        refused: ending?.refused,
        relaxed: ending?.relaxed,
        unanswered: ending?.unanswered.filter((kind) => !neverAsked.has(kind)),
      });
    });
  }

  it("none of it was an error of ours", () => {
    expect(acs.logged()).to.not.include('"level":50');
  });
});
