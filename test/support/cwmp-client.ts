/**
 * A device's HTTP side for tests of the CWMP endpoint, written without any code of the server but the message codec: raw bytes on a raw
 * socket, HTTP digest by hand. It does what it is told, wrong things too.
 * Spec: TR-069 3.4, RFC 2617 and 7616 (digest). Layer: test support.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { type Envelope, readAcsEnvelope, writeDeviceEnvelope } from "../../acs/cwmp/envelope.js";
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";
import type { ParameterValue } from "../../acs/cwmp/parameter-value.js";
import type { DeviceIdentity } from "../../acs/devices/device.js";

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; the values of repeated ones joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Statuses of the interim answers before it, as 100. */
  readonly interim: readonly number[];
}

/** One TCP connection: writes bytes, cuts what comes back into answers. */
export class RawConnection {
  readonly #socket: Socket;
  #rest = Buffer.alloc(0);
  #interim: number[] = [];
  readonly #answers: HttpAnswer[] = [];
  #look: () => void = () => undefined;
  #isClosed = false;
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      for (let answer = this.#cut(); answer !== undefined; answer = this.#cut()) this.#answers.push(answer);
      this.#look();
    });
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#isClosed = true;
        this.#look();
        resolve();
      });
    });
  }

  /** @param tls Absent: plain TCP. @param localAddress Where it comes from. Default: 127.0.0.1. */
  static async open(port: number, tls?: ConnectionOptions, localAddress?: string): Promise<RawConnection> {
    const where = { port, host: "127.0.0.1", noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) };
    const socket = tls === undefined ? connect(where) : connectTls({ ...where, ...tls });
    await once(socket, tls === undefined ? "connect" : "secureConnect");
    return new RawConnection(socket);
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The next answer in order. @throws when the connection ends without one. */
  answer(): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        const answer = this.#answers.shift();
        if (answer !== undefined) resolve(answer);
        else if (this.#isClosed) reject(new Error(`the connection ended without an answer (${this.#rest.length} bytes of one)`));
        else return;
        this.#look = () => undefined;
      };
      this.#look();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #cut(): HttpAnswer | undefined {
    const end = this.#rest.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [first = "", ...lines] = this.#rest.subarray(0, end).toString("latin1").split("\r\n");
    const status = Number(first.split(" ")[1]);
    if (status < 200) {
      this.#interim.push(status);
      this.#rest = this.#rest.subarray(end + 4);
      return this.#cut();
    }
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
    }
    const bytes = end + 4 + Number(headers["content-length"] ?? 0);
    if (this.#rest.length < bytes) return undefined;
    const body = this.#rest.subarray(end + 4, bytes).toString("utf8");
    this.#rest = this.#rest.subarray(bytes);
    const interim = this.#interim;
    this.#interim = [];
    return { status, headers, body, interim };
  }
}

const hashHex = (algorithm: string, text: string): string =>
  createHash(algorithm.startsWith("SHA-256") ? "sha256" : "md5")
    .update(text, "utf8")
    .digest("hex");

export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: string;
}

/** The first challenge of a WWW-Authenticate value, or that of `algorithm`. */
export function readChallenge(header: string, algorithm?: string): Challenge {
  const challenges = header.split(/(?=Digest )/).map((text) => ({
    realm: /realm="([^"]*)"/.exec(text)?.[1] ?? "",
    nonce: /nonce="([^"]*)"/.exec(text)?.[1] ?? "",
    algorithm: /algorithm=([\w-]+)/.exec(text)?.[1] ?? "MD5",
  }));
  const found = challenges.find((challenge) => algorithm === undefined || challenge.algorithm === algorithm);
  if (found === undefined) throw new Error(`no challenge for ${algorithm}: ${header}`);
  return found;
}

export interface AuthorizationInput extends Challenge {
  readonly username: string;
  readonly password: string;
  readonly nc: number;
  readonly uri?: string;
  readonly method?: string;
}

/** The value of an Authorization header, RFC 7616 3.4.1 by hand. */
export function authorization(input: AuthorizationInput): string {
  const { realm, nonce, algorithm, username, password, nc, uri = "/", method = "POST" } = input;
  const count = nc.toString(16).padStart(8, "0");
  const plain = hashHex(algorithm, `${username}:${realm}:${password}`);
  const ha1 = algorithm.endsWith("-sess") ? hashHex(algorithm, `${plain}:${nonce}:0a4f113b`) : plain;
  const response = hashHex(algorithm, `${ha1}:${nonce}:${count}:0a4f113b:auth:${hashHex(algorithm, `${method}:${uri}`)}`);
  return `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", algorithm=${algorithm}, response="${response}", qop=auth, nc=${count}, cnonce="0a4f113b"`;
}

export interface ClientOptions {
  readonly port: number;
  readonly identity: DeviceIdentity;
  readonly username: string;
  readonly password: string;
  /** Where it posts. Default "/". */
  readonly path?: string;
  readonly keepsCookies?: boolean;
  /** Of the digest. Default: the first that is offered. */
  readonly algorithm?: string;
  /** Absent: plain TCP. */
  readonly tls?: ConnectionOptions;
  /** Where it comes from. Default: 127.0.0.1. */
  readonly localAddress?: string;
}

export interface PostOptions {
  /** Name to value; they replace what would be sent, null leaves a header out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly version?: "1.0" | "1.1";
}

const NAMESPACE = "urn:dslforum-org:cwmp-1-0";

const PARAMETERS = [{ name: "InternetGatewayDevice.DeviceInfo.SoftwareVersion", type: "xsd:string", text: "3.2.1" }];

/** A device that calls in: keeps its challenge, its cookie and its connection, until told to forget them. */
export class CwmpClient {
  readonly options: ClientOptions;
  challenge: Challenge | undefined;
  nc = 0;
  cookie: string | undefined;
  #connection: RawConnection | undefined;

  constructor(options: ClientOptions) {
    this.options = options;
  }

  async connection(): Promise<RawConnection> {
    const { port, tls, localAddress } = this.options;
    if (this.#connection === undefined || this.#connection.isClosed) this.#connection = await RawConnection.open(port, tls, localAddress);
    return this.#connection;
  }

  /** The next request goes over a new TCP connection. */
  disconnect(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** The next request is the first of a client that knows nothing. */
  forget(): void {
    this.disconnect();
    this.challenge = undefined;
    this.cookie = undefined;
  }

  /** The Authorization value of the next request: the nonce count rises. */
  nextAuthorization(): string | undefined {
    if (this.challenge === undefined) return undefined;
    const { username, password, path = "/" } = this.options;
    return authorization({ ...this.challenge, username, password, nc: ++this.nc, uri: path });
  }

  /** The bytes of one POST. */
  request(body: string | Uint8Array, { headers = {}, version = "1.1" }: PostOptions = {}): Buffer {
    const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : body;
    const all: Record<string, string | null | undefined> = {
      Host: "acs.example:7547",
      ...(bytes.length === 0 ? {} : { SOAPAction: "", "Content-Type": 'text/xml; charset="utf-8"' }),
      Authorization: headers["Authorization"] === undefined ? this.nextAuthorization() : headers["Authorization"],
      Cookie: this.options.keepsCookies === false ? undefined : this.cookie,
      "Content-Length": String(bytes.length),
      ...headers,
    };
    const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined || value === null ? [] : [`${name}: ${value}`]));
    return Buffer.concat([
      Buffer.from(`POST ${this.options.path ?? "/"} HTTP/${version}\r\n${lines.join("\r\n")}\r\n\r\n`, "latin1"),
      bytes,
    ]);
  }

  /** One request and its answer, whatever it is. */
  async send(body: string | Uint8Array, options: PostOptions = {}): Promise<HttpAnswer> {
    const connection = await this.connection();
    connection.write(this.request(body, options));
    const answer = await connection.answer();
    if (answer.headers["connection"] === "close") this.disconnect();
    const cookie = answer.headers["set-cookie"];
    if (cookie !== undefined) this.cookie = cookie.split(";")[0];
    return answer;
  }

  /** As a device does: answers one challenge. */
  async post(body: string | Uint8Array, options: PostOptions = {}): Promise<HttpAnswer> {
    const first = await this.send(body, options);
    if (first.status !== 401) return first;
    this.learn(first);
    return this.send(body, options);
  }

  learn(refusal: HttpAnswer): void {
    this.challenge = readChallenge(refusal.headers["www-authenticate"] ?? "", this.options.algorithm);
    this.nc = 0;
  }

  empty(options: PostOptions = {}): Promise<HttpAnswer> {
    return this.post("", options);
  }

  /** @param codes Event codes; "M Reboot=key" gives the event its CommandKey. */
  inform(...codes: readonly string[]): Promise<HttpAnswer> {
    return this.post(this.informText(codes));
  }

  informText(
    codes: readonly string[] = ["2 PERIODIC"],
    more: Partial<Envelope<DeviceMessage>> = {},
    parameters: readonly ParameterValue[] = PARAMETERS,
  ): string {
    const events = codes.map((code) => ({ code: code.split("=")[0] ?? "", commandKey: code.split("=")[1] ?? "" }));
    return this.text(
      {
        kind: "Inform",
        deviceId: { manufacturer: "Example Voice", ...this.options.identity },
        ...{ events, maxEnvelopes: 1, currentTime: "2026-01-01T12:00:00Z", retryCount: 0, parameters },
      },
      { id: "inform-1", ...more },
    );
  }

  /** A message of the device; `more` for its SOAP headers. */
  say(message: DeviceMessage, more: Partial<Envelope<DeviceMessage>> = {}): Promise<HttpAnswer> {
    return this.post(this.text(message, more));
  }

  text(message: DeviceMessage, more: Partial<Envelope<DeviceMessage>> = {}): string {
    return writeDeviceEnvelope({ id: "7", namespace: NAMESPACE, message, ...more });
  }
}

/** The message in an answer of status 200. */
export function messageOf(answer: HttpAnswer): AcsMessage {
  if (answer.status !== 200) throw new Error(`status ${answer.status}: ${answer.body}`);
  return readAcsEnvelope(answer.body).message;
}

/** What came, for a test to compare: the status, or the name of the message. */
export function heard(answer: HttpAnswer): number | string {
  return answer.status === 200 ? messageOf(answer).kind : answer.status;
}
