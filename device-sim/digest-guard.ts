/**
 * The device's own door: challenges who asks it something over HTTP or SIP, and checks the answer.
 * Spec: RFC 7616 3.3, 3.4; TR-069 3.2.2 (connection request); RFC 3261 22. Layer: device-sim.
 */
import { digestHa1, parseCredentials, provesPassword, writeChallenge } from "../common/digest.js";
import { createNonceKeeper } from "../common/nonce.js";
import type { Login } from "./cpe/http-credentials.js";

export interface DigestGuard {
  /** The value of WWW-Authenticate. */
  challenge(isStale: boolean, nowMs: number): string;
  /** @param authorization The header as sent; undefined: none. */
  check(authorization: string | undefined, method: string, login: Login, nowMs: number): "proved" | "stale" | "refused";
}

const GUARD_LIMITS = { nonceLifetimeMs: 60_000, noncesMax: 100, keyBytes: 32 } as const;

export function createDigestGuard(realm: string, randomBytes: (count: number) => Uint8Array): DigestGuard {
  const nonces = createNonceKeeper({
    key: randomBytes(GUARD_LIMITS.keyBytes),
    lifetimeMs: GUARD_LIMITS.nonceLifetimeMs,
    noncesMax: GUARD_LIMITS.noncesMax,
    randomBytes,
  });
  const algorithm = { hash: "MD5", isSession: false } as const; // what every ACS and every registrar can answer
  return {
    challenge: (isStale, nowMs) => writeChallenge({ realm, nonce: nonces.issue(realm, nowMs), algorithm, qops: ["auth"], isStale }),
    check: (authorization, method, { username, password }, nowMs) => {
      const credentials = parseCredentials(authorization ?? "");
      if (credentials === undefined || credentials.username !== username || credentials.realm !== realm) return "refused";
      const state = nonces.inspect(credentials.nonce, realm, nowMs);
      if (state === "forged") return "refused";
      if (!provesPassword(credentials, { MD5: digestHa1("MD5", username, realm, password) }, { method })) return "refused";
      if (state === "stale") return "stale";
      return nonces.use(credentials.nonce, credentials.use?.nc, nowMs) === "new" ? "proved" : "stale";
    },
  };
}
