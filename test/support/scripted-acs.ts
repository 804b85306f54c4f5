/**
 * An ACS that says what a test wrote down, over real HTTP: a peer for devices, not a copy of our ACS.
 * Without a script it answers Inform and whatever else a device may ask, and 204 to everything else.
 * Layer: test support.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { decodeBody } from "../../acs/cwmp/decode-body.js";
import { type Envelope, readDeviceEnvelope, writeAcsEnvelope } from "../../acs/cwmp/envelope.js";
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";
import type { Inform } from "../../acs/cwmp/rpc/inform.js";
import { digestHa1, parseCredentials, provesPassword } from "../../common/digest.js";

/** One POST of the device. */
export interface Post {
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  /** As sent; "" for the empty POST. */
  readonly body: string;
  readonly envelope: Envelope<DeviceMessage> | undefined;
  /** Which TCP connection it came on, from 1. */
  readonly connection: number;
  readonly httpVersion: string;
  /** As it came, with what the reader of envelopes would clean away. */
  readonly bytes: Buffer;
  readonly atMs: number;
}

/** What the ACS does with one POST. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly message?: AcsMessage;
  readonly id?: string;
  readonly hold?: boolean;
  /** Instead of an envelope. */
  readonly body?: string;
  /** Sent in two pieces, chunked. */
  readonly chunked?: true;
  /** Closes the connection without an answer. */
  readonly hangUp?: true;
  /** Never answers. */
  readonly silent?: true;
  /** Answers only then. */
  readonly after?: Promise<unknown>;
}

export interface ScriptedAcs {
  readonly url: string;
  readonly posts: readonly Post[];
  /** What the next POSTs are answered, in order, before the answers without a script come again. */
  script(...replies: readonly Reply[]): void;
  /** Resolves with the POST that fits, past or to come. */
  post(fits: (post: Post) => boolean): Promise<Post>;
  /** The device's words in order: message kinds, "empty" for the empty POST. */
  said(): readonly string[];
  informs(): readonly Inform[];
  close(): Promise<void>;
}

export interface ScriptedAcsOptions {
  /** Asks for digest and takes only this password, of any user. Each nonce may be used with rising counts. */
  readonly password?: string;
  readonly algorithm?: "MD5" | "SHA-256";
  readonly port?: number;
}

export const INFORM_RESPONSE: Reply = { message: { kind: "InformResponse", maxEnvelopes: 1 } };
const REALM = "scripted";

export async function openScriptedAcs({ password, algorithm = "MD5", port = 0 }: ScriptedAcsOptions = {}): Promise<ScriptedAcs> {
  const posts: Post[] = [];
  const replies: Reply[] = [];
  const waiting: { readonly fits: (post: Post) => boolean; readonly resolve: (post: Post) => void }[] = [];
  const connections = new Map<unknown, number>();
  const counts = new Map<string, number>();

  function proves(request: IncomingMessage): boolean {
    const credentials = parseCredentials(request.headers.authorization ?? "");
    if (credentials === undefined || password === undefined) return false;
    const ha1 = digestHa1(algorithm, credentials.username, REALM, password);
    const last = counts.get(credentials.nonce);
    const nc = credentials.use?.nc ?? 0;
    if (last === undefined || nc <= last || !provesPassword(credentials, { [algorithm]: ha1 }, { method: "POST" })) return false;
    counts.set(credentials.nonce, nc);
    return true;
  }

  function challenge(response: ServerResponse): void {
    const nonce = `nonce-${counts.size + 1}`;
    counts.set(nonce, 0);
    response.writeHead(401, {
      "WWW-Authenticate": `Digest realm="${REALM}", nonce="${nonce}", qop="auth", algorithm=${algorithm}`,
      "Content-Length": "0",
    });
    response.end();
  }

  function record(request: IncomingMessage, body: string, bytes: Buffer): Post {
    const connection = connections.get(request.socket) ?? connections.size + 1;
    connections.set(request.socket, connection);
    const envelope = body === "" ? undefined : readDeviceEnvelope(body);
    const { headers, rawHeaders, httpVersion } = request;
    const post = { headers, rawHeaders, body, envelope, connection, httpVersion, bytes, atMs: Date.now() };
    posts.push(post);
    for (const waiter of waiting.filter(({ fits }) => fits(post))) {
      waiting.splice(waiting.indexOf(waiter), 1);
      waiter.resolve(post);
    }
    return post;
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (password !== undefined && !proves(request)) return challenge(response);
      const bytes = Buffer.concat(chunks);
      const isCompressed = request.headers["content-encoding"] === "gzip";
      const post = record(request, decodeBody(isCompressed ? gunzipSync(bytes) : bytes, request.headers["content-type"]).text, bytes);
      const reply = replies.shift() ?? usualReply(post);
      if (reply.after === undefined) perform(reply, post, response);
      else void reply.after.then(() => perform(reply, post, response));
    });
  });
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    posts,
    script: (...more) => void replies.push(...more),
    post: (fits) => {
      const past = posts.find(fits);
      return past === undefined ? new Promise((resolve) => waiting.push({ fits, resolve })) : Promise.resolve(past);
    },
    said: () => posts.map((post) => post.envelope?.message.kind ?? "empty"),
    informs: () => posts.flatMap(({ envelope }) => (envelope?.message.kind === "Inform" ? [envelope.message] : [])),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
}

function usualReply({ envelope }: Post): Reply {
  if (envelope?.message.kind === "Inform") return INFORM_RESPONSE;
  switch (envelope?.message.kind) {
    case "TransferComplete":
    case "AutonomousTransferComplete":
    case "DUStateChangeComplete":
    case "RequestDownload":
      return { message: { kind: `${envelope.message.kind}Response` } };
    case "Kicked":
      return { message: { kind: "KickedResponse", nextUrl: "" } };
    default:
      return { status: 204 };
  }
}

function perform(reply: Reply, post: Post, response: ServerResponse): void {
  const { message, body, status = 200, headers = {}, hangUp, silent, chunked } = reply;
  if (hangUp === true) {
    response.socket?.destroy();
    return;
  }
  if (silent === true) return;
  const text = body ?? (message === undefined ? "" : envelopeOf(reply, message, post));
  const all = Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : [...value]] as const);
  for (const [name, value] of all) response.setHeader(name, value);
  if (text !== "") response.setHeader("Content-Type", "text/xml");
  if (chunked === true) {
    response.writeHead(status);
    response.write(text.slice(0, 20));
    response.end(text.slice(20));
  } else {
    response.writeHead(status, { "Content-Length": String(Buffer.byteLength(text)) }).end(text);
  }
}

function envelopeOf({ id, hold }: Reply, message: AcsMessage, { envelope }: Post): string {
  const echoed = message.kind.endsWith("Response") || message.kind === "Fault" ? envelope?.id : "acs-1";
  const ownId = id ?? echoed;
  return writeAcsEnvelope({
    namespace: "urn:dslforum-org:cwmp-1-2",
    message,
    ...(ownId === undefined ? {} : { id: ownId }),
    ...(hold === undefined ? {} : { holdRequests: hold }),
  });
}
