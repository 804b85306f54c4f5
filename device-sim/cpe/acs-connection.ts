/**
 * The HTTP side of a session: posts envelopes, proves the device's identity, keeps cookies, follows redirections.
 * Spec: TR-069 3.4. Layer: cpe.
 */
import type { IncomingMessage } from "node:http";
import { gzipSync } from "node:zlib";
import { decodeBody } from "../../acs/cwmp/decode-body.js";
import type { Clock } from "../../common/clock.js";
import type { HttpFlaws } from "../behaviours/behaviour.js";
import { type CookieJar, cookieHeader, storeCookies } from "./cookie-jar.js";
import { authorize, type KnownChallenge, type Login, readChallenge, withNextNonce } from "./http-credentials.js";
import { type HttpConnections, openHttpConnections, type TlsMaterial } from "./http-exchange.js";

/** The session can't go on: it is retried later as TR-069 3.2.1.1 says. */
export class SessionFailure extends Error {
  override readonly name = "SessionFailure";
}

/** No HTTP answer: nobody is there, or the connection broke. */
export class UnreachableAcs extends SessionFailure {}

export interface AcsConnectionOptions {
  readonly url: string;
  readonly login: Login;
  /** Challenges by origin; outlives the session, so that a nonce serves until the ACS replaces it. */
  readonly challenges: Map<string, KnownChallenge>;
  readonly clock: Clock;
  /** A fresh random text for each digest. */
  readonly newCnonce: () => string;
  readonly answerTimeoutMs: number;
  readonly flaws: HttpFlaws;
  /** Cookies to begin with. */
  readonly cookies: CookieJar;
  readonly tls: TlsMaterial;
  /** false: what is posted is no SOAP, and goes without a SOAPAction. Default true. */
  readonly isSoap?: boolean;
}

export interface AcsConnection {
  /**
   * @param envelope "" for the empty POST.
   * @returns The envelope that came back; "" for an empty response.
   * @throws {SessionFailure}
   */
  post(envelope: string): Promise<string>;
  cookies(): CookieJar;
  close(): void;
}

type Authorized = ReturnType<typeof authorize>;
/** Basic looks at nothing of the request. */
const NO_REQUEST = { method: "", uri: "", cnonce: "" };

export const ACS_CONNECTION_LIMITS = {
  /** TR-069 3.4.2: a CPE follows five consecutive redirections. */
  redirectsMax: 5,
  /** With a nonce that has become stale, with a fresh one, and with one that became stale meanwhile. */
  loginsMax: 3,
  responseBytesMax: 16_777_216,
} as const;

export function openAcsConnection(options: AcsConnectionOptions): AcsConnection {
  if (options.url === "") throw new SessionFailure("no ACS is known: ManagementServer.URL is empty");
  if (!URL.canParse(options.url)) throw new SessionFailure("ManagementServer.URL can't be read");
  return new Connection(options);
}

class Connection implements AcsConnection {
  readonly #options: AcsConnectionOptions;
  readonly #http: HttpConnections;
  /** Where a redirection has led the session; never stored in ManagementServer.URL. */
  #url: URL;
  #jar: CookieJar;
  #compresses: boolean;
  #hasProved = false;

  constructor(options: AcsConnectionOptions) {
    this.#options = options;
    this.#http = openHttpConnections(options.clock, options.answerTimeoutMs, options.tls, options.flaws);
    this.#url = new URL(options.url);
    this.#jar = options.cookies;
    this.#compresses = options.flaws.compresses === true;
  }

  async post(envelope: string): Promise<string> {
    try {
      return await this.#post(envelope);
    } catch (error) {
      if (error instanceof SessionFailure) throw error;
      throw new UnreachableAcs(error instanceof Error ? error.message : "HTTP failed", { cause: error });
    }
  }

  cookies(): CookieJar {
    return this.#jar;
  }

  close(): void {
    this.#http.close();
  }

  async #post(envelope: string): Promise<string> {
    let logins = 0;
    for (let redirects = 0; ; ) {
      const { response, usedNonce } = await this.#send(envelope);
      const { statusCode: status = 0, headers } = response;
      const body = await readBody(response, ACS_CONNECTION_LIMITS.responseBytesMax);
      if (status === 401) {
        this.#learnChallenge(headers["www-authenticate"] ?? "", usedNonce, logins++);
      } else if (status === 302 || status === 307) {
        if (++redirects > ACS_CONNECTION_LIMITS.redirectsMax) throw new SessionFailure("too many redirections");
        this.#follow(headers.location ?? "");
        logins = 0;
      } else if (status === 415 && this.#compresses) {
        this.#compresses = false; // the ACS takes no compressed bodies: once more, as it is
      } else {
        if (status !== 200 && status !== 204) throw new SessionFailure(`HTTP ${status}`);
        return decodeBody(body, headers["content-type"]).text;
      }
    }
  }

  async #send(envelope: string): Promise<{ readonly response: IncomingMessage; readonly usedNonce: string | undefined }> {
    const { challenges, login, newCnonce, clock, flaws, isSoap = true } = this.#options;
    const url = this.#url;
    const known = challenges.get(url.origin);
    const request = { method: "POST", uri: url.pathname + url.search, cnonce: newCnonce() };
    const proof = known === undefined ? undefined : this.#distort(authorize(known, login, request));
    if (proof !== undefined) challenges.set(url.origin, proof.known);
    const cookie = cookieHeader(this.#jar, url);
    const headers = {
      // An envelope goes with an empty SOAPAction, an empty POST with neither header (TR-069 3.4.1).
      ...(envelope === ""
        ? {}
        : {
            ...(isSoap ? { SOAPAction: "" } : {}),
            "Content-Type": `text/xml; charset="${flaws.latin1 === true ? "iso-8859-1" : "utf-8"}"`,
          }),
      ...(envelope !== "" && this.#compresses ? { "Content-Encoding": "gzip" } : {}),
      ...(envelope !== "" && flaws.expectsContinue === true ? { Expect: "100-continue" } : {}),
      ...(proof === undefined ? {} : { Authorization: proof.header }),
      ...(cookie === undefined ? {} : { Cookie: cookie }),
    };
    const response = await this.#http.send({ url, method: "POST", headers, body: this.#encode(envelope) });
    if (flaws.cookies !== "forgotten") this.#jar = storeCookies(this.#jar, response.headers["set-cookie"] ?? [], url, clock.now());
    const after = challenges.get(url.origin);
    if (after !== undefined) challenges.set(url.origin, withNextNonce(after, response.headers["authentication-info"]?.toString()));
    if (flaws.digest === "forgets" && response.statusCode !== 401) challenges.delete(url.origin);
    return { response, usedNonce: proof?.isDistorted === true ? undefined : nonceOf(known) };
  }

  /** What a faithful device would send, or what one with a flaw makes of it. */
  #distort({ header, known }: Authorized): Authorized & { readonly isDistorted?: true } {
    const { flaws, login } = this.#options;
    if (flaws.digest === "same-count") return { header, known: { ...known, uses: 0 } };
    const isFirst = !this.#hasProved;
    this.#hasProved = true;
    if (!isFirst || (flaws.digest !== "garbled-first" && flaws.digest !== "basic-first")) return { header, known };
    const garbled = `Digest username="${login.username}, realm=, nonce`;
    return {
      known,
      header: flaws.digest === "garbled-first" ? garbled : authorize({ challenge: "basic", uses: 0 }, login, NO_REQUEST).header,
      isDistorted: true,
    };
  }

  #encode(envelope: string): string | Uint8Array {
    const bytes = this.#options.flaws.latin1 === true ? Buffer.from(envelope, "latin1") : envelope;
    return this.#compresses && envelope !== "" ? gzipSync(bytes) : bytes;
  }

  /** A 401 is the handshake once; another one to fresh credentials means that they are wrong. */
  #learnChallenge(wwwAuthenticate: string, usedNonce: string | undefined, logins: number): void {
    const { challenges } = this.#options;
    const { origin, protocol } = this.#url;
    const told = readChallenge(wwwAuthenticate, protocol === "https:");
    challenges.delete(origin);
    if (told === undefined) throw new SessionFailure("401 without a challenge that can be answered");
    const isStale = told.challenge !== "basic" && told.challenge.isStale;
    const isFirst = usedNonce === undefined || (logins === 0 && usedNonce !== nonceOf(told));
    if ((!isFirst && !isStale) || logins >= ACS_CONNECTION_LIMITS.loginsMax)
      throw new SessionFailure("401: the ACS refuses the credentials");
    challenges.set(origin, told);
  }

  #follow(location: string): void {
    if (!URL.canParse(location, this.#url.href)) throw new SessionFailure("redirection to an unreadable URL");
    const target = new URL(location, this.#url);
    const isWeaker = this.#url.protocol === "https:" && target.protocol !== "https:";
    if ((target.protocol !== "http:" && target.protocol !== "https:") || isWeaker)
      throw new SessionFailure("redirection to a protocol that is not taken");
    this.#url = target;
  }
}

const nonceOf = (known: KnownChallenge | undefined): string | undefined =>
  known === undefined ? undefined : known.challenge === "basic" ? "basic" : known.challenge.nonce;

/** @throws {SessionFailure} more than `bytesMax`, or the connection breaks before the end. */
async function readBody(response: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new SessionFailure(`response of more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new SessionFailure("connection closed amid a response");
  return Buffer.concat(chunks);
}
