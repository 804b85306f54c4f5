/**
 * Who is calling: a client certificate, or HTTP digest (over TLS Basic, too, where that is allowed), checked on each connection.
 * Who is not registered may be an applicant for enrolment (enroller.ts).
 * Spec: TR-069 3.3, 3.4.4-3.4.5, RFC 7616, RFC 7617 (Basic); cwmp.md 1.3 and rows 1, 2, 19 of 1.11, quirk 31. Layer: http.
 */
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Clock } from "../../common/clock.js";
import {
  type DigestAlgorithm,
  type DigestCredentials,
  digestHa1,
  type Ha1Set,
  parseCredentials,
  provesPassword,
  writeChallenge,
} from "../../common/digest.js";
import type { NonceKeeper } from "../../common/nonce.js";
import { acceptedPasswords, type Device, type DeviceIdentity, isUsernameOf, type SealedSecret } from "../devices/device.js";
import type { ModelPolicy } from "../devices/model-policy.js";
import type { Relaxation } from "../devices/relaxations.js";
import { passwordEvent } from "../events/password-event.js";
import type { DeviceStore, PasswordUse } from "../stores/device-store.js";
import { type CertifiedName, certifiedName } from "./client-certificate.js";
import { CredentialChanges } from "./credential-changes.js";
import type { Applicant, Enroller } from "./enroller.js";

export interface AuthServices {
  readonly devices: DeviceStore;
  readonly enroller: Enroller;
  readonly clock: Clock;
  readonly nonces: NonceKeeper;
  readonly realm: string;
  readonly algorithms: readonly DigestAlgorithm[];
  /** Over TLS, a password may come as it is (Basic). Without TLS it never may. */
  readonly allowsBasicOverTls: boolean;
  readonly openSecret: (sealed: SealedSecret, owner: string) => string;
  readonly modelPolicy: (identity: DeviceIdentity) => Promise<ModelPolicy>;
  readonly relaxed: (deviceId: string, rule: Relaxation) => void;
}

/** What a TCP connection has proven. */
export interface ConnectionProof {
  device: Device | undefined;
  /** How many changes of credentials had been heard of when the device proved itself. */
  sinceChange: number;
  /** Its client certificate names a device. */
  certified: CertifiedName | undefined;
  applicant: Applicant | undefined;
}

export type AuthResult =
  | { readonly device: Device }
  /** Proven by certificate. Which device it is, its Inform tells: the certificate must name that one. */
  | { readonly certified: CertifiedName }
  /** Of an unknown user name, but with the password of an open enrolment rule. */
  | { readonly applicant: Applicant }
  /** `why` is null for the first request, which merely lacks credentials. */
  | { readonly challenge: readonly string[]; readonly why: AuthFailure | null; readonly username: string };

export type AuthFailure = "unknown-user" | "wrong-password" | "bad-header" | "stale-nonce" | "replayed-nonce" | "locked-out";

/** Failures of one user name from one address before it must wait. */
const FAILURES_MAX = 10;
const LOCK_OUT_MS = 60_000;
const LOCK_TABLE_MAX = 10_000;
const HA1_CACHE_MAX = 100_000;
/** TR-069: ManagementServer.Username is string(256). A longer one is nobody's, and is not remembered. */
const USERNAME_CHARACTERS_MAX = 256;
/** What an unknown user is checked against, so that time tells nothing. */
const NOBODY: Ha1Set = { MD5: "0".repeat(32), "SHA-256": "0".repeat(64), "SHA-512-256": "0".repeat(64) };
/** Of Basic: user name and password, in base64. */
const BASIC_CHARACTERS_MAX = 2_048;

export class CwmpAuthenticator {
  readonly #services: AuthServices;
  readonly #ha1s = new Map<string, { readonly password: SealedSecret; readonly username: string; readonly ha1s: Ha1Set }>();
  readonly #changes: CredentialChanges;
  readonly #failures = new Map<string, { count: number; sinceMs: number }>();

  constructor(services: AuthServices) {
    this.#services = services;
    this.#changes = new CredentialChanges(services.devices);
  }

  /**
   * A connection that has proven who it is need not do so with each request, until the device's credentials change; when it does, the
   * proof must be right.
   */
  async check(request: IncomingMessage, proof: ConnectionProof): Promise<AuthResult> {
    const { socket } = request;
    proof.certified ??= certifiedName(socket);
    if (proof.certified !== undefined) return { certified: proof.certified }; // It replaces digest: a password that comes as well is not needed.
    if (proof.device !== undefined && this.#changes.isOutdated(proof.device.id, proof.sinceChange)) proof.device = undefined;
    const header = request.headers.authorization;
    if (header === undefined) return proof.device === undefined ? this.#refuse(socket, null, "") : { device: proof.device };
    const basic = this.#allowsBasic(socket) ? readBasic(header) : undefined;
    if (basic !== undefined) return this.#checkBasic(request, basic, proof);
    const credentials = parseCredentials(header);
    if (credentials === undefined || credentials.username.length > USERNAME_CHARACTERS_MAX) return this.#refuse(socket, "bad-header", "");
    return this.#checkCredentials(request, credentials, proof);
  }

  /** A challenge although the connection has proven who it is: each Inform brings its own proof. */
  challenge(socket: Socket): AuthResult {
    return this.#refuse(socket, null, "");
  }

  #allowsBasic(socket: Socket): boolean {
    return this.#services.allowsBasicOverTls && socket instanceof TLSSocket;
  }

  async #checkBasic(request: IncomingMessage, { username, password }: BasicCredentials, proof: ConnectionProof): Promise<AuthResult> {
    const { clock, realm, openSecret } = this.#services;
    const { socket } = request;
    const nowMs = clock.now();
    if (this.#isLocked(nowMs, socket, username)) return this.#refuse(socket, "locked-out", username);
    // Hashes are compared, for they are of one length.
    const hashOf = (text: string): Buffer => Buffer.from(digestHa1("SHA-256", username, realm, text), "latin1");
    const given = hashOf(password);
    const isRight = (wanted: string): boolean => timingSafeEqual(hashOf(wanted), given);
    const found = await this.#find(username, proof, (device, sealed) => isRight(device === undefined ? "" : openSecret(sealed, device.id)));
    const proven = this.#judge({ ...found, socket, username, isRight, given: password });
    if (proven === undefined) return this.#refuseWrong(socket, found.device, username);
    if ("device" in proven) this.#services.relaxed(proven.device.id, "basic-over-tls");
    return this.#accept(socket, proven, username, proof);
  }

  async #checkCredentials(request: IncomingMessage, credentials: DigestCredentials, proof: ConnectionProof): Promise<AuthResult> {
    const { clock, nonces, realm } = this.#services;
    const { username } = credentials;
    const { hash } = credentials.algorithm;
    const { socket, method = "", url = "" } = request;
    const nowMs = clock.now();
    if (this.#isLocked(nowMs, socket, username)) return this.#refuse(socket, "locked-out", username);
    const isSound = credentials.realm === realm && this.#isOffered(credentials.algorithm) && pathOf(credentials.uri) === pathOf(url);
    const proves = (ha1s: Ha1Set): boolean => provesPassword(credentials, ha1s, { method }) && isSound;
    const found = await this.#find(username, proof, (device, sealed) =>
      proves(device === undefined ? NOBODY : this.#ha1sOf(device, username, sealed)),
    );
    const isRight = (password: string): boolean => proves({ [hash]: digestHa1(hash, username, realm, password) });
    const proven = this.#judge({ ...found, socket, username, isRight });
    if (proven === undefined) return this.#refuseWrong(socket, found.device, username);
    const freshness = nonces.inspect(credentials.nonce, realm, nowMs);
    if (freshness !== "fresh") return this.#refuse(socket, "stale-nonce", username, true);
    const use = nonces.use(credentials.nonce, credentials.use?.nc, nowMs, realm);
    const isProvenHere = found.isKnown || proof.applicant?.username === username;
    if (use !== "new" && !(await this.#mayReuseNonce(found.device, isProvenHere))) {
      return this.#refuse(socket, "replayed-nonce", username, true);
    }
    return this.#accept(socket, proven, username, proof);
  }

  /**
   * Whose name it is, and which of its passwords `proves` finds right. What the connection has proven is looked at first; the store's
   * word counts, for a new password may have been prepared since.
   * @param proves Called once for a stranger, with undefined.
   */
  async #find(username: string, proof: ConnectionProof, proves: Proves): Promise<Found> {
    const known = proof.device !== undefined && isUsernameOf(proof.device, username) ? proof.device : undefined;
    if (known !== undefined) {
      const password = provenPassword(known, proves);
      if (password !== undefined) return { device: known, password, isKnown: true, sinceChange: proof.sinceChange };
    }
    const sinceChange = this.#changes.count;
    const device = await this.#services.devices.byUsername(username);
    return { device, password: provenPassword(device, proves), isKnown: false, sinceChange };
  }

  /** The device whose password was used; else whom an enrolment rule lets in. */
  #judge(application: Application): Proven | undefined {
    const { device, password, sinceChange } = application;
    if (device !== undefined && password !== undefined) return { device, password, sinceChange };
    const applied = this.#apply(application);
    return applied === undefined ? undefined : { ...applied, sinceChange };
  }

  async #accept(socket: Socket, proven: Proven, username: string, proof: ConnectionProof): Promise<AuthResult> {
    if ("applicant" in proven) {
      if (proof.device === undefined) proof.sinceChange = proven.sinceChange; // what was proven before is not newer by this
      proof.applicant = proven.applicant;
      return { applicant: proven.applicant };
    }
    const { device, password, sinceChange } = proven;
    proof.sinceChange = sinceChange;
    if (password === device.pendingPassword?.password) return this.#adopt(socket, device, { password, username }, proof);
    return this.#prove(socket, device, proof);
  }

  /** The first use of a pending password makes it the only one, on disk before it counts. */
  async #adopt(socket: Socket, { id, pendingPassword }: Device, used: PasswordUse, proof: ConnectionProof): Promise<AuthResult> {
    const { devices, clock } = this.#services;
    const news = pendingPassword?.isFactory === true ? "factory-in-use" : "in-use";
    const adopted = await devices.adoptPassword(id, used, [passwordEvent(id, clock.now(), news)]);
    proof.sinceChange = this.#changes.count;
    // Two connections at once: the other one has done it. Or the operator has set another password.
    const current = adopted === "stale" ? await devices.get(id) : adopted;
    if (current?.password !== used.password) return this.#refuse(socket, "wrong-password", used.username);
    return this.#prove(socket, current, proof);
  }

  #prove(socket: Socket, device: Device, proof: ConnectionProof): AuthResult {
    if (this.#changes.isOutdated(device.id, proof.sinceChange)) return this.#refuse(socket, null, ""); // it changed this very moment
    proof.device = device;
    return { device };
  }

  /**
   * Whom an enrolment rule lets in. It is tried after each failure, a known user's too: neither the answer nor its time tells who is known.
   * Guesses under ever new user names are one guesser's: those of an address are counted together.
   */
  #apply({ socket, device, username, isRight, given: password }: Application): { readonly applicant: Applicant } | undefined {
    const { enroller, clock } = this.#services;
    const nowMs = clock.now();
    if (this.#isLocked(nowMs, socket)) return undefined;
    const candidates = enroller.candidates(username);
    const proven = candidates.filter((candidate) => isRight(candidate.password)).map(({ rule }) => rule);
    // Digest does not show the password that would have to be remembered.
    const trusting = password === undefined || password === "" ? [] : enroller.trusting();
    if (device !== undefined) return undefined;
    const rules = [...proven, ...trusting];
    if (rules.length > 0) return { applicant: { username, rules, password } };
    if (candidates.length > 0) this.#noteFailure(lockKey(socket), nowMs);
    return undefined;
  }

  #refuseWrong(socket: Socket, device: Device | undefined, username: string): AuthResult {
    this.#noteFailure(lockKey(socket, username), this.#services.clock.now());
    return this.#refuse(socket, device === undefined ? "unknown-user" : "wrong-password", username);
  }

  /** On a connection that has proven the password, a repeated count can only be the device's own. */
  async #mayReuseNonce(device: Device | undefined, isProven: boolean): Promise<boolean> {
    if (device === undefined) return isProven; // an applicant: which model it is, is not known yet
    const { id, identity } = device;
    const { nonceReuse } = await this.#services.modelPolicy(identity);
    const may = nonceReuse === "always" || (nonceReuse === "on-connection" && isProven);
    if (may) this.#services.relaxed(id, "nonce-reused");
    return may;
  }

  #isOffered({ hash, isSession }: DigestAlgorithm): boolean {
    return this.#services.algorithms.some((offered) => offered.hash === hash && offered.isSession === isSession);
  }

  #ha1sOf({ id, pendingPassword }: Device, username: string, sealed: SealedSecret): Ha1Set {
    const slot = pendingPassword?.password === sealed ? `pending ${id}` : id;
    const cached = this.#ha1s.get(slot);
    if (cached?.password === sealed && cached.username === username) return cached.ha1s;
    const password = this.#services.openSecret(sealed, id);
    const hashes = new Set(this.#services.algorithms.map(({ hash }) => hash));
    const ha1s: Ha1Set = Object.fromEntries([...hashes].map((hash) => [hash, digestHa1(hash, username, this.#services.realm, password)]));
    if (this.#ha1s.size >= HA1_CACHE_MAX) this.#ha1s.clear();
    this.#ha1s.set(slot, { password: sealed, username, ha1s });
    return ha1s;
  }

  #refuse(socket: Socket, why: AuthFailure | null, username: string, isStale = false): AuthResult {
    const { nonces, realm, algorithms, clock, enroller } = this.#services;
    const nonce = nonces.issue(realm, clock.now());
    const digest = algorithms.map((algorithm) => writeChallenge({ realm, nonce, algorithm, qops: ["auth"], isStale }));
    const basic = this.#allowsBasic(socket) ? [`Basic realm="${realm.replace(/["\\]/g, "\\$&")}", charset="UTF-8"`] : [];
    // While a window trusts the password that it is told first, the password must be told.
    const isToBeTold = basic.length > 0 && !isStale && enroller.trusting().length > 0;
    return { challenge: isToBeTold ? basic : [...digest, ...basic], why, username };
  }

  #isLocked(nowMs: number, socket: Socket, username?: string): boolean {
    if (this.#failures.size === 0) return false; // and the address is not even asked for
    const key = lockKey(socket, username);
    const failures = this.#failures.get(key);
    if (failures === undefined) return false;
    if (nowMs - failures.sinceMs < LOCK_OUT_MS) return failures.count >= FAILURES_MAX;
    this.#failures.delete(key);
    return false;
  }

  #noteFailure(key: string, nowMs: number): void {
    const failures = this.#failures.get(key) ?? { count: 0, sinceMs: nowMs };
    failures.count++;
    this.#failures.set(key, failures);
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= LOCK_TABLE_MAX) break;
      this.#failures.delete(oldest);
    }
  }
}

/** Whether this sealed password of the device is the one that was used. Of a stranger (undefined) none is, but time must not tell. */
type Proves = (device: Device | undefined, sealed: SealedSecret) => boolean;

interface Found {
  /** undefined: nobody has that name. */
  readonly device: Device | undefined;
  /** The one that was used; undefined: none of them. */
  readonly password: SealedSecret | undefined;
  /** The connection has proven the device before. */
  readonly isKnown: boolean;
  readonly sinceChange: number;
}

/** A login under a name that may be nobody's. */
interface Application extends Found {
  readonly socket: Socket;
  readonly username: string;
  readonly isRight: (password: string) => boolean;
  /** The password as it came; undefined: it did not come. */
  readonly given?: string;
}

type Proven = ((Pick<PasswordUse, "password"> & { readonly device: Device }) | { readonly applicant: Applicant }) &
  Pick<Found, "sinceChange">;

/** Failures are counted by it: of a user name from one address, or of one address whatever the names. */
function lockKey({ remoteAddress }: Socket, username?: string): string {
  return username === undefined ? `${remoteAddress}` : `${remoteAddress}|${username}`;
}

function provenPassword(device: Device | undefined, proves: Proves): SealedSecret | undefined {
  if (device !== undefined) return acceptedPasswords(device).find((sealed) => proves(device, sealed));
  proves(undefined, ""); // what it says is not heeded
  return undefined;
}

interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

/** undefined: another scheme, or not readable. */
function readBasic(header: string): BasicCredentials | undefined {
  if (header.length > BASIC_CHARACTERS_MAX) return undefined;
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 1 || colon > USERNAME_CHARACTERS_MAX) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Devices write the digest-uri as the path, or as the whole URL; the query is theirs. */
function pathOf(uri: string): string {
  const start = /^https?:\/\//i.test(uri) ? uri.indexOf("/", uri.indexOf("//") + 2) : 0;
  const path = start < 0 ? "/" : uri.slice(start);
  const query = path.indexOf("?");
  return query < 0 ? path : path.slice(0, query);
}
