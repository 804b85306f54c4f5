/**
 * Who is calling: a client certificate, or HTTP digest (over TLS Basic, too, where that is allowed), checked on each connection.
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
import type { Device, DeviceIdentity, SealedSecret } from "../devices/device.js";
import type { ModelPolicy } from "../devices/model-policy.js";
import type { Relaxation } from "../devices/relaxations.js";
import type { DeviceStore } from "../stores/device-store.js";
import { type CertifiedName, certifiedName } from "./client-certificate.js";

export interface AuthServices {
  readonly devices: DeviceStore;
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
  /** Its client certificate names a device. */
  certified: CertifiedName | undefined;
}

export type AuthResult =
  | { readonly device: Device }
  /** Proven by certificate. Which device it is, its Inform tells: the certificate must name that one. */
  | { readonly certified: CertifiedName }
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
  readonly #ha1s = new Map<string, { readonly password: SealedSecret; readonly ha1s: Ha1Set }>();
  readonly #failures = new Map<string, { count: number; sinceMs: number }>();

  constructor(services: AuthServices) {
    this.#services = services;
  }

  /** A connection that has proven who it is need not do so with each request; when it does, the proof must be right. */
  async check(request: IncomingMessage, proof: ConnectionProof): Promise<AuthResult> {
    const { socket } = request;
    proof.certified ??= certifiedName(socket);
    if (proof.certified !== undefined) return { certified: proof.certified }; // It replaces digest: a password that comes as well is not needed.
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

  async #checkBasic({ socket }: IncomingMessage, { username, password }: BasicCredentials, proof: ConnectionProof): Promise<AuthResult> {
    const { devices, clock, realm, openSecret } = this.#services;
    const lockKey = `${socket.remoteAddress}|${username}`;
    const nowMs = clock.now();
    if (this.#isLocked(lockKey, nowMs)) return this.#refuse(socket, "locked-out", username);
    const device = proof.device?.username === username ? proof.device : await devices.byUsername(username);
    const wanted = device === undefined ? "" : openSecret(device.password, device.id);
    // Hashes are compared, for they are of one length.
    const [a, b] = [wanted, password].map((text) => Buffer.from(digestHa1("SHA-256", username, realm, text), "latin1"));
    const isRight = a !== undefined && b !== undefined && timingSafeEqual(a, b);
    if (device === undefined || !isRight) {
      this.#noteFailure(lockKey, nowMs);
      return this.#refuse(socket, device === undefined ? "unknown-user" : "wrong-password", username);
    }
    this.#services.relaxed(device.id, "basic-over-tls");
    proof.device = device;
    return { device };
  }

  async #checkCredentials(request: IncomingMessage, credentials: DigestCredentials, proof: ConnectionProof): Promise<AuthResult> {
    const { devices, clock, nonces, realm } = this.#services;
    const { username } = credentials;
    const { socket } = request;
    const lockKey = `${socket.remoteAddress}|${username}`;
    const nowMs = clock.now();
    if (this.#isLocked(lockKey, nowMs)) return this.#refuse(socket, "locked-out", username);
    const known = proof.device?.username === username;
    const device = known ? proof.device : await devices.byUsername(username);
    const isRight =
      provesPassword(credentials, device === undefined ? NOBODY : this.#ha1sOf(device), { method: request.method ?? "" }) &&
      credentials.realm === realm &&
      this.#isOffered(credentials.algorithm) &&
      pathOf(credentials.uri) === pathOf(request.url ?? "");
    if (device === undefined || !isRight) {
      this.#noteFailure(lockKey, nowMs);
      return this.#refuse(socket, device === undefined ? "unknown-user" : "wrong-password", username);
    }
    const freshness = nonces.inspect(credentials.nonce, realm, nowMs);
    if (freshness !== "fresh") return this.#refuse(socket, "stale-nonce", username, true);
    const use = nonces.use(credentials.nonce, credentials.use?.nc, nowMs);
    if (use !== "new" && !(await this.#mayReuseNonce(device, known))) return this.#refuse(socket, "replayed-nonce", username, true);
    proof.device = device;
    return { device };
  }

  /** On a connection that has proven the password, a repeated count can only be the device's own. */
  async #mayReuseNonce({ id, identity }: Device, isProven: boolean): Promise<boolean> {
    const { nonceReuse } = await this.#services.modelPolicy(identity);
    const may = nonceReuse === "always" || (nonceReuse === "on-connection" && isProven);
    if (may) this.#services.relaxed(id, "nonce-reused");
    return may;
  }

  #isOffered({ hash, isSession }: DigestAlgorithm): boolean {
    return this.#services.algorithms.some((offered) => offered.hash === hash && offered.isSession === isSession);
  }

  #ha1sOf(device: Device): Ha1Set {
    const cached = this.#ha1s.get(device.id);
    if (cached?.password === device.password) return cached.ha1s;
    const password = this.#services.openSecret(device.password, device.id);
    const hashes = new Set(this.#services.algorithms.map(({ hash }) => hash));
    const ha1s: Ha1Set = Object.fromEntries(
      [...hashes].map((hash) => [hash, digestHa1(hash, device.username, this.#services.realm, password)]),
    );
    if (this.#ha1s.size >= HA1_CACHE_MAX) this.#ha1s.clear();
    this.#ha1s.set(device.id, { password: device.password, ha1s });
    return ha1s;
  }

  #refuse(socket: Socket, why: AuthFailure | null, username: string, isStale = false): AuthResult {
    const { nonces, realm, algorithms, clock } = this.#services;
    const nonce = nonces.issue(realm, clock.now());
    const digest = algorithms.map((algorithm) => writeChallenge({ realm, nonce, algorithm, qops: ["auth"], isStale }));
    const basic = this.#allowsBasic(socket) ? [`Basic realm="${realm.replace(/["\\]/g, "\\$&")}", charset="UTF-8"`] : [];
    return { challenge: [...digest, ...basic], why, username };
  }

  #isLocked(key: string, nowMs: number): boolean {
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
