/**
 * Recorded conversations of real clients, as a plan that can be played to a running ACS: what the client sent, what it heard then.
 * The recordings lie outside the repository and hold serial numbers: nothing of them is printed, a recording is called by its client.
 * Layer: test support.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, inflateSync } from "node:zlib";
import { decodeBody } from "../../acs/cwmp/decode-body.js";
import { type Envelope, readAcsEnvelope, readDeviceEnvelope } from "../../acs/cwmp/envelope.js";
import { MalformedMessage } from "../../acs/cwmp/malformed-message.js";
import type { AcsMessage, AcsRequest, DeviceMessage, UnknownMethod } from "../../acs/cwmp/messages.js";
import { filesBelow } from "./shared-data.js";

export interface Exchange {
  readonly n: number;
  /** Number of the TCP connection in the recording. */
  readonly connection: number;
  readonly path: string;
  /** Header lines as sent. */
  readonly lines: readonly string[];
  /** As sent, which is not always as long as Content-Length says. */
  readonly body: Buffer;
  /** undefined: an empty POST, or bytes that are no message. */
  readonly said: Envelope<DeviceMessage> | undefined;
  readonly status: number;
  /** What the recording ACS answered; undefined: an empty answer, or a refusal. */
  readonly heard: Envelope<AcsMessage> | undefined;
  readonly setCookie: string | undefined;
}

export interface Recording {
  /** The client's name, with the scenario's where that can be no serial number, else with a number. */
  readonly title: string;
  /** In the order in which they came; fetched files left out. */
  readonly exchanges: readonly Exchange[];
}

interface IndexRow {
  readonly n: number;
  readonly conn: number;
  readonly verb: string;
  readonly url: string;
  readonly status: number;
}

export function readRecordings(folder: string): readonly Recording[] {
  const indexes = filesBelow(folder).filter((file) => file.endsWith("index.json"));
  const numbers = new Map<string, number>();
  return indexes.map((index) => {
    const [client = "", scenario] = dirname(index).split("/");
    const number = (numbers.get(client) ?? 0) + 1;
    numbers.set(client, number);
    return { title: titleOf(client, scenario, number), exchanges: readExchanges(join(folder, dirname(index))) };
  });
}

/** Scenarios are in lower case and short of digits; what is not may be a serial number. */
function titleOf(client: string, scenario: string | undefined, number: number): string {
  if (scenario === undefined) return client;
  return /^[a-z0-9-]+$/.test(scenario) && !/\d{5}/.test(scenario) ? `${client}/${scenario}` : `${client} #${number}`;
}

function readExchanges(folder: string): readonly Exchange[] {
  const rows = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as readonly IndexRow[];
  return rows.filter(({ verb }) => verb === "POST").map((row) => readExchange(folder, row));
}

function readExchange(folder: string, { n, conn, url, status }: IndexRow): Exchange {
  const name = join(folder, String(n).padStart(3, "0"));
  const request = splitHead(readFileSync(`${name}-req.http`));
  const answer = existsSync(`${name}-res.http`) ? splitHead(readFileSync(`${name}-res.http`)) : undefined;
  const answered = answer === undefined || answer.body.length === 0 ? undefined : readAcsEnvelope(answer.body.toString("utf8"));
  return {
    ...{ n, connection: conn, path: url, status, lines: request.lines, body: request.body, said: readSaid(request) },
    heard: status === 200 ? answered : undefined,
    setCookie: answer === undefined ? undefined : headerOf(answer.lines, "set-cookie")?.split(";")[0],
  };
}

interface HttpMessage {
  readonly lines: readonly string[];
  readonly body: Buffer;
}

function splitHead(bytes: Buffer): HttpMessage {
  const end = bytes.indexOf("\r\n\r\n");
  const [, ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  return { lines, body: bytes.subarray(end + 4) };
}

export function headerOf(lines: readonly string[], name: string): string | undefined {
  return lines
    .find((line) => line.toLowerCase().startsWith(`${name}:`))
    ?.slice(name.length + 1)
    .trim();
}

function readSaid({ lines, body }: HttpMessage): Envelope<DeviceMessage> | undefined {
  const coding = headerOf(lines, "content-encoding");
  const sent = body.subarray(0, Number(headerOf(lines, "content-length") ?? body.length));
  const plain = coding === "gzip" ? gunzipSync(sent) : coding === "deflate" ? inflateSync(sent) : sent;
  const { text } = decodeBody(plain, headerOf(lines, "content-type"));
  if (text === "") return undefined;
  try {
    return readDeviceEnvelope(text);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}

/** What the recording ACS asked in this exchange; undefined: nothing. */
export function askedIn({ heard }: Exchange): AcsRequest | UnknownMethod | undefined {
  const message = heard?.message;
  if (message === undefined || message.kind === "Fault") return undefined;
  if (message.kind === "UnknownMethod") return message.name.endsWith("Response") ? undefined : message;
  return message.kind.endsWith("Response") ? undefined : (message as AcsRequest);
}

/**
 * The exchanges without those requests of the recording ACS that ours has no task for: what the client answered to one is left out,
 * and its message before is answered with what came after.
 */
export function withoutAsking(
  exchanges: readonly Exchange[],
  canAsk: (request: AcsRequest | UnknownMethod) => boolean,
): readonly Exchange[] {
  const plan: Exchange[] = [];
  let skipping: Exchange | undefined;
  for (const exchange of exchanges) {
    if (skipping !== undefined && exchange.said?.message.kind === "Inform") {
      plan.push({ ...skipping, status: 204, heard: undefined }); // the client died of that request
      skipping = undefined;
    }
    const { status, heard } = exchange;
    const current: Exchange = skipping === undefined ? exchange : { ...skipping, status, heard };
    const asked = askedIn(current);
    if (asked !== undefined && !canAsk(asked)) skipping = current;
    else {
      skipping = undefined;
      plan.push(current);
    }
  }
  return plan;
}
