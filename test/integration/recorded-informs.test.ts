/**
 * The first Inform of every recorded client, header for header and byte for byte, opens a session on a running ACS. Only the credentials
 * are ours. The recordings lie outside the repository: skipped where they are absent. They hold serial numbers: nothing of them is printed.
 * Spec: TR-069 3.4, 3.7.2; field quirks of cwmp.md 12. Layer: integration test.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, inflateSync } from "node:zlib";
import { expect } from "chai";
import { decodeBody } from "../../acs/cwmp/decode-body.js";
import { type Envelope, readAcsEnvelope, readDeviceEnvelope } from "../../acs/cwmp/envelope.js";
import type { Inform } from "../../acs/cwmp/rpc/inform.js";
import { deviceId } from "../../acs/devices/device.js";
import { authorization, type HttpAnswer, RawConnection, readChallenge } from "../support/cwmp-client.js";
import { filesBelow, sharedPath } from "../support/shared-data.js";
import { DEVICE_PASSWORD, startTestAcs, type TestAcs } from "../support/test-acs.js";

interface Recording {
  /** The client's name and a number: the folder's own name may be a serial number. */
  readonly title: string;
  readonly path: string;
  /** Header lines as sent, without credentials and cookies. */
  readonly lines: readonly string[];
  readonly body: Buffer;
  readonly envelope: Envelope<Inform>;
}

const OURS = /^(authorization|cookie):/i;

/** undefined: the request is no Inform. */
function readRecording(file: string, title: string): Recording | undefined {
  const bytes = readFileSync(file);
  const end = bytes.indexOf("\r\n\r\n");
  const [requestLine = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const body = bytes.subarray(end + 4);
  const [method, path = "/"] = requestLine.split(" ");
  if (method !== "POST" || body.length === 0) return undefined;
  const value = (name: string): string | undefined =>
    lines
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const coding = value("content-encoding");
  const plain = coding === "gzip" ? gunzipSync(body) : coding === "deflate" ? inflateSync(body) : body;
  const { message, ...headers } = readDeviceEnvelope(decodeBody(plain, value("content-type")).text);
  if (message.kind !== "Inform") return undefined;
  return { title, path, lines: lines.filter((line) => !OURS.test(line)), body, envelope: { ...headers, message } };
}

function findRecordings(folder: string): readonly Recording[] {
  const requests = filesBelow(folder).filter((file) => /\d+-req\.http$/.test(file));
  return [...new Set(requests.map((file) => dirname(file)))].flatMap((client, i) => {
    const title = `${client.split("/")[0]} #${i + 1}`;
    for (const file of requests.filter((request) => dirname(request) === client)) {
      const recording = readRecording(join(folder, file), title);
      if (recording !== undefined) return [recording];
    }
    return [];
  });
}

describe("the first Inform of each recorded client", () => {
  const folder = sharedPath("data/clients/captures");
  const recordings = folder === undefined ? [] : findRecordings(folder);
  let acs: TestAcs;

  before(async function () {
    if (folder === undefined) return this.skip(); // no recordings here
    acs = await startTestAcs();
  });
  after(() => acs?.close());

  async function register({ envelope }: Recording): Promise<string> {
    const { oui, productClass, serialNumber } = envelope.message.deviceId;
    const identity = { oui, productClass, serialNumber };
    const { status } = await acs.call("POST", "/api/devices", { ...identity, password: DEVICE_PASSWORD });
    if (status !== 201 && status !== 409) throw new Error(`not registered: ${status}`);
    return deviceId(identity);
  }

  /** One request; a client that closes its connections gets a new one. */
  async function exchange(
    connection: RawConnection,
    { path, lines }: Recording,
    more: readonly string[],
    body: Buffer,
  ): Promise<HttpAnswer> {
    const framed =
      body.length > 0 ? lines : lines.filter((line) => !/^(content-|transfer-|soapaction)/i.test(line)).concat("Content-Length: 0");
    const open = connection.isClosed ? await RawConnection.open(acs.cwmpPort) : connection;
    open.write(Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${[...framed, ...more].join("\r\n")}\r\n\r\n`, "latin1"), body]));
    const answer = await open.answer();
    if (answer.headers["connection"] === "close") await open.closed;
    return answer;
  }

  async function play(recording: Recording): Promise<readonly [HttpAnswer, HttpAnswer, HttpAnswer]> {
    const username = await register(recording);
    const connection = await RawConnection.open(acs.cwmpPort);
    try {
      const refused = await exchange(connection, recording, [], recording.body);
      const challenge = readChallenge(refused.headers["www-authenticate"] ?? "");
      const login = (nc: number): string =>
        `Authorization: ${authorization({ ...challenge, username, password: DEVICE_PASSWORD, nc, uri: recording.path })}`;
      const informed = await exchange(connection, recording, [login(1)], recording.body);
      const cookie = `Cookie: ${informed.headers["set-cookie"]?.split(";")[0]}`;
      return [refused, informed, await exchange(connection, recording, [login(2), cookie], Buffer.alloc(0))];
    } finally {
      connection.close();
    }
  }

  it("there are recordings of all clients", () => {
    expect(recordings).to.have.length.above(30);
  });

  for (const recording of recordings) {
    it(`${recording.title}: 401, InformResponse in its namespace with its ID, then a request or 204`, async () => {
      const [refused, informed, after] = await play(recording);
      expect(refused.status).to.equal(401);
      expect(informed.status).to.equal(200);
      const { id, namespace, message } = readAcsEnvelope(informed.body);
      expect({ id, namespace, message }).to.deep.equal({
        ...{ id: recording.envelope.id, namespace: recording.envelope.namespace },
        message: { kind: "InformResponse", maxEnvelopes: 1 },
      });
      expect(after.status).to.be.oneOf([200, 204]);
    });
  }
});
