/**
 * Digest access authentication, both sides, for HTTP and SIP.
 * Spec: RFC 7616, RFC 2617 for clients without qop, RFC 8760 for SIP. Layer: common.
 * Not here: `username*`, `userhash`, and the Basic scheme. Nonces are in nonce.ts.
 */
import { hash, timingSafeEqual } from "node:crypto";

/** The hashes; a stored HA1 belongs to one of them. */
export const DIGEST_HASHES = ["MD5", "SHA-256", "SHA-512-256"] as const;
export type DigestHash = (typeof DIGEST_HASHES)[number];
export type DigestQop = "auth" | "auth-int";

export interface DigestAlgorithm {
  readonly hash: DigestHash;
  /** `-sess`: the hash of the password is bound to nonce and cnonce. */
  readonly isSession: boolean;
}

export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestAlgorithm;
  /** What the algorithm was called, to be echoed as it came. Absent: it was not named, which means MD5. */
  readonly algorithmName?: string;
  /** Offered qualities we know. Empty: none was offered (RFC 2069 clients and servers). */
  readonly qops: readonly DigestQop[];
  readonly opaque?: string;
  /** The answer was right but its nonce too old. */
  readonly isStale: boolean;
}

/** How qop `auth` and `auth-int` protect against replay. */
export interface DigestUse {
  readonly qop: DigestQop;
  readonly cnonce: string;
  /** 1 for the first use of a nonce. */
  readonly nc: number;
}

export interface DigestCredentials {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly algorithm: DigestAlgorithm;
  readonly algorithmName?: string;
  readonly opaque?: string;
  /** Lower-case hexadecimal. */
  readonly response: string;
  /** Absent: an answer without qop. */
  readonly use?: DigestUse;
}

/** Longer header values are not looked at. */
export const DIGEST_HEADER_CHARS_MAX = 8_192;
/** Parameters of one challenge or answer; the standard has about a dozen. */
const PARAMS_MAX = 32;
/** Challenges of one header value, known or not. */
const ITEMS_MAX = 16;

const NODE_HASHES: Readonly<Record<DigestHash, string>> = { MD5: "md5", "SHA-256": "sha256", "SHA-512-256": "sha512-256" };
const HEX_CHARS: Readonly<Record<DigestHash, number>> = { MD5: 32, "SHA-256": 64, "SHA-512-256": 64 };

/** H(username:realm:password), what a server stores instead of the password. Text is taken as UTF-8. */
export function digestHa1(algorithm: DigestHash, username: string, realm: string, password: string): string {
  return hash(NODE_HASHES[algorithm], Buffer.from(`${username}:${realm}:${password}`, "utf8"), "hex");
}

/** Hashes text of the wire, whose characters are octets. */
function hashOctets(algorithm: DigestHash, text: string): string {
  return hash(NODE_HASHES[algorithm], Buffer.from(text, "latin1"), "hex");
}

export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  /** Of the algorithm's hash, without session. */
  readonly ha1: string;
  readonly nonce: string;
  readonly method: string;
  readonly uri: string;
  readonly use?: DigestUse;
  /** For qop auth-int. Absent: empty. */
  readonly body?: Uint8Array;
}

/** The `response` of RFC 7616 3.4.1, lower-case hexadecimal. @throws {RangeError} A session algorithm without qop. */
export function digestResponse({ algorithm, ha1, nonce, method, uri, use, body }: DigestInput): string {
  if (algorithm.isSession && use === undefined) throw new RangeError("a -sess algorithm needs a cnonce, hence a qop");
  const h = algorithm.hash;
  const secret = algorithm.isSession ? hashOctets(h, `${ha1}:${nonce}:${use?.cnonce}`) : ha1;
  const bodyHash = use?.qop === "auth-int" ? `:${hash(NODE_HASHES[h], body ?? "", "hex")}` : "";
  const ha2 = hashOctets(h, `${method}:${uri}${bodyHash}`);
  if (use === undefined) return hashOctets(h, `${secret}:${nonce}:${ha2}`);
  return hashOctets(h, `${secret}:${nonce}:${hexCount(use.nc)}:${use.cnonce}:${use.qop}:${ha2}`);
}

const hexCount = (nc: number): string => nc.toString(16).padStart(8, "0");

/** HA1 of a user, one per hash the account has. */
export type Ha1Set = Readonly<Partial<Record<DigestHash, string>>>;

/**
 * Whether the credentials prove the password, compared in constant time. The caller judges realm, nonce, nc, uri and user name.
 * An unknown user must be checked as well, with a made-up HA1, so that time tells nothing.
 * @param request `method` and, for auth-int, `body` of the request they came with.
 * @returns false also if there is no HA1 for their hash.
 */
export function provesPassword(
  credentials: DigestCredentials,
  ha1s: Ha1Set,
  request: { readonly method: string; readonly body?: Uint8Array },
): boolean {
  const ha1 = ha1s[credentials.algorithm.hash];
  if (ha1 === undefined) return false;
  const { algorithm, nonce, uri, use } = credentials;
  const { method, body } = request;
  const right = digestResponse({
    algorithm,
    ha1,
    nonce,
    method,
    uri,
    ...(use === undefined ? {} : { use }),
    ...(body === undefined ? {} : { body }),
  });
  const given = Buffer.from(credentials.response, "latin1");
  const wanted = Buffer.from(right, "latin1");
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Which challenge to answer: the server's first that we support (RFC 8760 2.4), or the strongest, against a downgrade. */
export type ChallengePolicy = "topmost" | "strongest";

/** @returns undefined if there is none. */
export function chooseChallenge(challenges: readonly DigestChallenge[], policy: ChallengePolicy = "topmost"): DigestChallenge | undefined {
  if (policy === "topmost") return challenges[0];
  // SHA-512-256 and SHA-256 are equally strong here; the server's order decides between them.
  return challenges.find((challenge) => challenge.algorithm.hash !== "MD5") ?? challenges[0];
}

export interface DigestAnswerInput {
  readonly challenge: DigestChallenge;
  readonly username: string;
  /** HA1 of the challenge's hash: `digestHa1(challenge.algorithm.hash, username, challenge.realm, password)`. */
  readonly ha1: string;
  readonly method: string;
  /** The Request-URI as sent. */
  readonly uri: string;
  readonly cnonce: string;
  /** 1 for the first use of this nonce, one more each time. */
  readonly nc: number;
  /** Used if only auth-int is offered. */
  readonly body?: Uint8Array;
}

/** Answers a challenge: qop `auth` where offered, since devices compute auth-int wrongly. */
export function answerDigest({ challenge, username, ha1, method, uri, cnonce, nc, body }: DigestAnswerInput): DigestCredentials {
  const { algorithm, algorithmName, realm, nonce, opaque, qops } = challenge;
  const qop = qops.includes("auth") ? "auth" : qops[0];
  const use = qop === undefined ? undefined : { qop, cnonce, nc };
  const used = use === undefined ? {} : { use };
  const response = digestResponse({ algorithm, ha1, nonce, method, uri, ...used, ...(body === undefined ? {} : { body }) });
  return {
    algorithm,
    nonce,
    uri,
    username,
    realm,
    response,
    ...used,
    ...(algorithmName === undefined ? {} : { algorithmName }),
    ...(opaque === undefined ? {} : { opaque }),
  };
}

/**
 * Reads the challenges of one WWW-Authenticate or Proxy-Authenticate value, in order. Other schemes, unknown algorithms,
 * unknown qop and unreadable challenges are left out: never answer what is not understood. Never throws.
 */
export function parseChallenges(headerValue: string): readonly DigestChallenge[] {
  return (readAuthItems(headerValue) ?? []).flatMap((item) => challengeOf(item) ?? []);
}

function challengeOf({ scheme, params }: AuthItem): DigestChallenge | undefined {
  const realm = params.get("realm");
  const nonce = params.get("nonce");
  const algorithmName = params.get("algorithm");
  const algorithm = readAlgorithm(algorithmName);
  const opaque = params.get("opaque");
  const qops = readQops(params.get("qop"));
  if (scheme !== "digest" || realm === undefined || nonce === undefined || algorithm === undefined || qops === undefined) return undefined;
  if (algorithm.isSession && qops.length === 0) return undefined;
  return {
    realm,
    nonce,
    algorithm,
    ...(algorithmName === undefined ? {} : { algorithmName }),
    qops,
    ...(opaque === undefined ? {} : { opaque }),
    isStale: params.get("stale")?.toLowerCase() === "true",
  };
}

/** The qualities we know of those offered. Only unknown ones: undefined. */
function readQops(text: string | undefined): readonly DigestQop[] | undefined {
  if (text === undefined) return [];
  const offered = text.split(",").map((item) => item.trim().toLowerCase());
  const known = offered.filter((item): item is DigestQop => item === "auth" || item === "auth-int");
  return known.length === 0 ? undefined : known;
}

function readAlgorithm(name: string | undefined): DigestAlgorithm | undefined {
  const upper = (name ?? "MD5").toUpperCase();
  const isSession = upper.endsWith("-SESS");
  const base = isSession ? upper.slice(0, -5) : upper;
  const known = DIGEST_HASHES.find((candidate) => candidate === base);
  return known === undefined ? undefined : { hash: known, isSession };
}

/** The credentials of an Authorization value; undefined if it is another scheme or not well formed. Never throws. */
export function parseCredentials(headerValue: string): DigestCredentials | undefined {
  const items = readAuthItems(headerValue);
  const item = items?.[0];
  if (item === undefined || items?.length !== 1 || item.scheme !== "digest") return undefined;
  const { params } = item;
  const algorithmName = params.get("algorithm");
  const algorithm = readAlgorithm(algorithmName);
  const use = readUse(params);
  const [username, realm, nonce, uri] = [params.get("username"), params.get("realm"), params.get("nonce"), params.get("uri")];
  const response = params.get("response")?.toLowerCase();
  if (username === undefined || realm === undefined || nonce === undefined || uri === undefined || response === undefined) return undefined;
  if (algorithm === undefined || use === "malformed" || response.length !== HEX_CHARS[algorithm.hash]) return undefined;
  if (algorithm.isSession && use === undefined) return undefined;
  const opaque = params.get("opaque");
  return {
    username,
    realm,
    nonce,
    uri,
    algorithm,
    response,
    ...(algorithmName === undefined ? {} : { algorithmName }),
    ...(opaque === undefined ? {} : { opaque }),
    ...(use === undefined ? {} : { use }),
  };
}

function readUse(params: ReadonlyMap<string, string>): DigestUse | undefined | "malformed" {
  const qop = params.get("qop")?.toLowerCase();
  if (qop === undefined) return undefined;
  const cnonce = params.get("cnonce");
  const nc = readHexCount(params.get("nc") ?? "");
  if ((qop !== "auth" && qop !== "auth-int") || cnonce === undefined || nc === undefined) return "malformed";
  return { qop, cnonce, nc };
}

/** "nc-value = 8LHEX". */
function readHexCount(text: string): number | undefined {
  return /^[0-9a-fA-F]{8}$/.test(text) ? Number.parseInt(text, 16) : undefined;
}

/** The value of a WWW-Authenticate or Proxy-Authenticate header field. */
export function writeChallenge({ realm, nonce, algorithm, algorithmName, qops, opaque, isStale }: DigestChallenge): string {
  let text = `Digest realm=${quote(realm)}, nonce=${quote(nonce)}`;
  if (opaque !== undefined) text += `, opaque=${quote(opaque)}`;
  if (isStale) text += ", stale=true";
  text += `, algorithm=${algorithmName ?? nameOf(algorithm)}`;
  if (qops.length > 0) text += `, qop="${qops.join(",")}"`;
  return text;
}

/** The value of an Authorization or Proxy-Authorization header field. The algorithm is named only if the challenge named it. */
export function writeCredentials(credentials: DigestCredentials): string {
  const { username, realm, nonce, uri, algorithm, algorithmName, opaque, response, use } = credentials;
  let text = `Digest username=${quote(username)}, realm=${quote(realm)}, nonce=${quote(nonce)}, uri=${quote(uri)}`;
  text += `, response="${response}"`;
  if (algorithmName !== undefined || algorithm.hash !== "MD5") text += `, algorithm=${algorithmName ?? nameOf(algorithm)}`;
  if (opaque !== undefined) text += `, opaque=${quote(opaque)}`;
  if (use !== undefined) text += `, qop=${use.qop}, nc=${hexCount(use.nc)}, cnonce=${quote(use.cnonce)}`;
  return text;
}

const nameOf = ({ hash: name, isSession }: DigestAlgorithm): string => (isSession ? `${name}-sess` : name);

/** @throws {RangeError} A line break or NUL, which would end the header field. */
function quote(text: string): string {
  if (/[\r\n\0]/.test(text)) throw new RangeError("line break in a digest parameter");
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

interface AuthItem {
  /** Lower case. */
  readonly scheme: string;
  /** Names in lower case, values without quotes. */
  readonly params: ReadonlyMap<string, string>;
}

/**
 * Reads `scheme param=value, param=value, scheme ...` (RFC 9110 11.6) in one pass.
 * @returns undefined if it is too long, breaks the grammar or repeats a parameter.
 */
function readAuthItems(text: string): readonly AuthItem[] | undefined {
  if (text.length > DIGEST_HEADER_CHARS_MAX) return undefined;
  const scanner = { text, at: 0 };
  const items: { scheme: string; params: Map<string, string> }[] = [];
  for (skipListSpace(scanner); scanner.at < text.length; skipListSpace(scanner)) {
    const word = takeWord(scanner);
    if (word === "") return undefined;
    skipBlank(scanner);
    const current = items.at(-1);
    if (text[scanner.at] !== "=") {
      if (items.length === ITEMS_MAX) return undefined;
      items.push({ scheme: word.toLowerCase(), params: new Map() });
      continue;
    }
    const value = takeAuthValue(scanner);
    const name = word.toLowerCase();
    if (current === undefined || value === undefined || current.params.has(name) || current.params.size === PARAMS_MAX) return undefined;
    current.params.set(name, value);
  }
  return items;
}

interface Scanner {
  readonly text: string;
  at: number;
}

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const EQUALS = 0x3d;
const isBlank = (code: number): boolean => code === SPACE || code === TAB;
const endsWord = (code: number): boolean => isBlank(code) || code === COMMA || code === EQUALS || code === QUOTE;

function skipBlank(scanner: Scanner): void {
  while (isBlank(scanner.text.charCodeAt(scanner.at))) scanner.at++;
}

function skipListSpace(scanner: Scanner): void {
  const { text } = scanner;
  while (isBlank(text.charCodeAt(scanner.at)) || text.charCodeAt(scanner.at) === COMMA) scanner.at++;
}

/** A token, or the letters of a base64 value of another scheme. */
function takeWord(scanner: Scanner): string {
  const { text, at: start } = scanner;
  let at = start;
  while (at < text.length && !endsWord(text.charCodeAt(at))) at++;
  scanner.at = at;
  return text.slice(start, at);
}

/** What follows the name: "=", then a quoted string or a token. Several "=" end a base64 value. */
function takeAuthValue(scanner: Scanner): string | undefined {
  while (scanner.text[scanner.at] === "=") scanner.at++;
  skipBlank(scanner);
  return scanner.text[scanner.at] === '"' ? takeQuotedValue(scanner) : takeWord(scanner);
}

/** The scanner stands on the quote that opens it. */
function takeQuotedValue(scanner: Scanner): string | undefined {
  const { text } = scanner;
  let value = "";
  let start = scanner.at + 1;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      scanner.at = at + 1;
      return value + text.slice(start, at);
    }
    if (code === BACKSLASH) {
      value += text.slice(start, at);
      start = ++at;
    }
  }
  return undefined;
}
