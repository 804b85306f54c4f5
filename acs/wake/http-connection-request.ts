/**
 * Connection requests over HTTP: GET with digest on the device's ConnectionRequestURL.
 * Device servers are small and odd: bare line feeds, folded headers, bodies where none belong, connections cut before the answer.
 * Spec: TR-069 3.2.2; RFC 7616; field quirks 44, 47, 48. Layer: wake.
 */
import { lookup } from "node:dns";
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { AddressGuard } from "../../common/address-guard.js";
import type { Clock } from "../../common/clock.js";
import { answerDigest, chooseChallenge, digestHa1, parseChallenges, writeCredentials } from "../../common/digest.js";
import { hostOf } from "./connection-request-url.js";
import type { RungResult } from "./ladder.js";

export const HTTP_CONNECTION_REQUEST_LIMITS = {
  /** All exchanges of one connection request. */
  timeoutMs: 10_000,
  headerBytesMax: 16_384,
  /** A longer body is not read: the connection is cut. */
  bodyBytesMax: 4_096,
  /** Connection requests under way at once; more wait for their turn. */
  concurrentMax: 500,
} as const;

/** Basic sends the password itself: "tls" allows it over https only. */
export type BasicPolicy = "never" | "tls" | "always";

export interface HttpConnectionRequestOptions {
  readonly guard: AddressGuard;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly basic: BasicPolicy;
  /** Certificates (PEM) to trust for https; absent: the system's. */
  readonly ca?: string;
  readonly limits?: Partial<Record<keyof typeof HTTP_CONNECTION_REQUEST_LIMITS, number>>;
}

export interface Login {
  readonly username: string;
  readonly password: string;
  /** Of the device's model; absent: as configured for all. */
  readonly basic?: BasicPolicy;
}

export interface HttpConnectionRequester {
  /** Never rejects. @param url As readConnectionRequestUrl gave it. */
  send(url: URL, login: Login): Promise<RungResult>;
  /** Ends what is under way. */
  close(): void;
}

/** One response, its body thrown away. */
interface Answer {
  readonly status: number;
  readonly challenges: string;
}

/** The connection broke. `isReused`: it was one that the device had kept open. */
interface Broken {
  readonly error: NodeJS.ErrnoException;
  readonly isReused: boolean;
}

const CNONCE_BYTES = 12;
/** A fresh nonce is granted once. */
const ROUNDS_MAX = 2;

export function createHttpConnectionRequester(options: HttpConnectionRequestOptions): HttpConnectionRequester {
  const limits = { ...HTTP_CONNECTION_REQUEST_LIMITS, ...options.limits };
  const underWay = new Set<AbortController>();
  const turns: (() => void)[] = [];
  let running = 0;
  let isClosed = false;

  async function send(url: URL, login: Login): Promise<RungResult> {
    if (running < limits.concurrentMax) running++;
    else await new Promise<void>((resolve) => turns.push(resolve));
    try {
      return isClosed ? CLOSED : await limited(url, login);
    } finally {
      const next = turns.shift();
      if (next === undefined) running--;
      else next(); // takes over the place
    }
  }

  async function limited(url: URL, login: Login): Promise<RungResult> {
    const abort = new AbortController();
    underWay.add(abort);
    const cancel = options.clock.after(limits.timeoutMs, () => abort.abort());
    const talk = openTalk(url, options, limits, abort.signal);
    try {
      return await converse(talk, url, login, options);
    } finally {
      cancel();
      talk.close();
      underWay.delete(abort);
    }
  }

  return {
    send,
    close: () => {
      isClosed = true;
      for (const abort of underWay) abort.abort();
      for (const turn of turns.splice(0)) turn();
    },
  };
}

const CLOSED: RungResult = { outcome: "unreachable", detail: "the ACS is stopping" };

/** "First GET → 401 with fresh nonce, second GET with Authorization → 200 or 204" (TR-069 3.2.2). */
async function converse(talk: Talk, url: URL, login: Login, options: HttpConnectionRequestOptions): Promise<RungResult> {
  let answer = await talk.get(undefined);
  let isBasic = false;
  for (let round = 0; round < ROUNDS_MAX && !("error" in answer) && answer.status === 401; round++) {
    const authorization = authorize(answer.challenges, url, login, options);
    if (authorization.header === undefined) return { outcome: "refused", detail: authorization.why };
    if (round > 0 && !authorization.isStale) return WRONG_CREDENTIALS;
    isBasic = authorization.isBasic;
    answer = await talk.get(authorization.header);
    if ("error" in answer && answer.isReused) answer = await talk.get(authorization.header); // the device had let an idle connection go
    if ("error" in answer) return afterAuthorization(answer.error);
  }
  const result = "error" in answer ? unreachable(answer.error) : resultOf(answer.status);
  return isBasic ? { ...result, usedBasic: true } : result;
}

const WRONG_CREDENTIALS: RungResult = { outcome: "wrong-credentials", detail: "401 after digest: the device has other credentials" };

/** "CPE starts session before answering the CR; drops CR socket: treat as success if Inform with 6 comes" (field quirk 47). */
function afterAuthorization(error: NodeJS.ErrnoException): RungResult {
  if (error instanceof AddressRefused || error.code === "ECONNREFUSED") return unreachable(error);
  return { outcome: "unanswered", detail: `no answer to the request with credentials (${nameOf(error)})` };
}

function unreachable(error: NodeJS.ErrnoException): RungResult {
  if (error instanceof AddressRefused) return { outcome: "refused", detail: error.message };
  // A parser error means that somebody is there, but no HTTP server.
  if (error.code?.startsWith("HPE_") === true) return { outcome: "refused", detail: `no HTTP answer (${nameOf(error)})` };
  return { outcome: "unreachable", detail: `offline or behind a NAT (${nameOf(error)})` };
}

const nameOf = (error: NodeJS.ErrnoException): string => (error.name === "AbortError" ? "timed out" : (error.code ?? error.message));

function resultOf(status: number): RungResult {
  if (status >= 200 && status < 300) return { outcome: "accepted", detail: `answered ${status}` };
  if (status === 401) return WRONG_CREDENTIALS;
  if (status === 503) return { outcome: "busy", detail: "503: the device is busy or limits connection requests" };
  if (status >= 300 && status < 400) return { outcome: "refused", detail: `${status}: redirections are not followed` };
  return { outcome: "refused", detail: `answered ${status}` };
}

type Authorization =
  | { readonly header: string; readonly isStale: boolean; readonly isBasic: boolean }
  | { readonly header: undefined; readonly why: string };

function authorize(challenges: string, url: URL, login: Login, options: HttpConnectionRequestOptions): Authorization {
  const challenge = chooseChallenge(parseChallenges(challenges), "strongest");
  if (challenge === undefined) return withoutDigest(challenges, url, login, login.basic ?? options.basic);
  const { username, password } = login;
  const ha1 = digestHa1(challenge.algorithm.hash, username, challenge.realm, password);
  const cnonce = Buffer.from(options.randomBytes(CNONCE_BYTES)).toString("hex");
  const credentials = answerDigest({ challenge, username, ha1, method: "GET", uri: `${url.pathname}${url.search}`, cnonce, nc: 1 });
  return { header: writeCredentials(credentials), isStale: challenge.isStale, isBasic: false };
}

/** Field quirk 48. */
function withoutDigest(challenges: string, url: URL, { username, password }: Login, policy: BasicPolicy): Authorization {
  const isBasic = /(^|,)\s*Basic(\s|$|,)/i.test(challenges);
  if (!isBasic) return { header: undefined, why: "401 without a challenge that can be answered" };
  const isAllowed = policy === "always" || (policy === "tls" && url.protocol === "https:");
  if (!isAllowed) return { header: undefined, why: "401 with Basic, which would send the password itself" };
  return { header: `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`, isStale: false, isBasic: true };
}

/** The device's name, or an address that its name resolves to, is in a range that the operator refuses. */
class AddressRefused extends Error {
  override readonly name = "AddressRefused";
}

interface Talk {
  get(authorization: string | undefined): Promise<Answer | Broken>;
  close(): void;
}

type Limits = Readonly<Record<keyof typeof HTTP_CONNECTION_REQUEST_LIMITS, number>>;

function openTalk(url: URL, { guard, ca }: HttpConnectionRequestOptions, limits: Limits, signal: AbortSignal): Talk {
  const isTls = url.protocol === "https:";
  const kept = { keepAlive: true, maxSockets: 1 };
  const agent = isTls ? new HttpsAgent({ ...kept, minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) }) : new HttpAgent(kept);
  const host = hostOf(url);
  const common: RequestOptions = {
    method: "GET",
    agent,
    signal,
    lookup: guardedLookup(guard),
    maxHeaderSize: limits.headerBytesMax,
    // Bare line feeds and folded headers are in the field.
    insecureHTTPParser: true,
  };
  return {
    get: async (authorization) => {
      // For a numeric host nothing is looked up, so it is judged here.
      const refused = isIP(host) === 0 ? undefined : guard.refusal(host);
      if (refused !== undefined) return { error: refusalOf(host, refused), isReused: false };
      const headers = { Accept: "*/*", ...(authorization === undefined ? {} : { Authorization: authorization }) };
      const request = (isTls ? requestHttps : requestHttp)(url, { ...common, headers });
      return exchange(request, limits.bodyBytesMax);
    },
    close: () => agent.destroy(),
  };
}

function exchange(request: ClientRequest, bodyBytesMax: number): Promise<Answer | Broken> {
  return new Promise((resolve) => {
    let answer: Answer | undefined;
    // What comes after the answer (a body after 204, a reset) concerns nobody.
    request.on("error", (error) => resolve(answer ?? { error, isReused: request.reusedSocket }));
    request.once("response", (response) => {
      const heard = { status: response.statusCode ?? 0, challenges: challengesOf(response) };
      answer = heard;
      discard(response, bodyBytesMax, () => resolve(heard));
    });
    request.end();
  });
}

/** Several WWW-Authenticate headers are one list (RFC 9110 5.3). */
function challengesOf({ rawHeaders }: IncomingMessage): string {
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.toLowerCase() === "www-authenticate") values.push(rawHeaders[i + 1] ?? "");
  return values.join(", ");
}

/** Reads to the end, so that the connection can serve the next request; not for ever. */
function discard(response: IncomingMessage, bytesMax: number, done: () => void): void {
  let bytes = 0;
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bytesMax) response.destroy();
  });
  response.on("error", done);
  response.once("end", done);
  response.once("close", done);
}

/** Judges the address behind a name when it is used, so that a name can't change its mind between check and use. */
function guardedLookup(guard: AddressGuard): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const [first, ...others] = addresses.filter(({ address }) => guard.refusal(address) === undefined);
      if (first === undefined) {
        const refused = addresses[0]?.address ?? "";
        return callback(refusalOf(`${hostname} (${refused})`, guard.refusal(refused) ?? "no address"), []);
      }
      if (options.all === true) callback(null, [first, ...others]);
      else callback(null, first.address, first.family);
    });
  };
}

const refusalOf = (host: string, range: string): AddressRefused => new AddressRefused(`${host} is in a refused address range: ${range}`);
