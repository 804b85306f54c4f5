/**
 * Nonces that verify themselves, and the count of their uses.
 * A nonce is base64url of: time issued (6 octets, ms), 8 random octets, 16 octets of HMAC-SHA-256 over both and a scope.
 * Time and randomness are passed in. Spec: RFC 7616 3.3, 3.4, 5.4; RFC 3261 22.4. Layer: common.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

const TIME_BYTES = 6;
const SALT_BYTES = 8;
const MAC_BYTES = 16;
const NONCE_CHARS = 40;
/** Clocks of our own processes may differ by this much; a nonce from further ahead is forged. */
const CLOCK_SKEW_MS = 5_000;
/** Uses below the highest count that may still arrive: requests overtake each other, and lost ones leave gaps. */
const WINDOW = 32;

export interface NonceOptions {
  /** At least 32 octets, the same in all processes that share clients. */
  readonly key: Uint8Array;
  /** How long a nonce may be used after it was issued. */
  readonly lifetimeMs: number;
  /** Nonces in use whose counts are remembered, about 150 octets each. Beyond it the oldest become stale. */
  readonly noncesMax: number;
  /** Cryptographically random octets. */
  readonly randomBytes: (count: number) => Uint8Array;
}

export interface NonceKeeper {
  /** @param scope What the nonce is bound to, for instance the realm, or realm and source address. */
  issue(scope: string, nowMs: number): string;
  /** "stale": ours but too old, so the client may try again with a new one. "forged": not ours, or of another scope. */
  inspect(nonce: string, scope: string, nowMs: number): "fresh" | "stale" | "forged";
  /**
   * Notes one use of a nonce that `inspect` found fresh, after the response proved right (else a stranger could spend it).
   * @param nc The nonce count; undefined for an answer without qop, which may be used once.
   * @param scope As inspected: what was used is not hashed again by later inspections for it.
   * @returns "replayed": this count was used; "stale": too old to tell, or forgotten under load.
   */
  use(nonce: string, nc: number | undefined, nowMs: number, scope?: string): "new" | "replayed" | "stale";
}

/** Counts seen of one nonce: the highest, and which of the 32 up to it (bit 0 is the highest itself). */
interface Uses {
  /** What the nonce was found to be bound to; undefined: its user did not say. */
  readonly scope: string | undefined;
  highest: number;
  seen: number;
}

export function createNonceKeeper({ key, lifetimeMs, noncesMax, randomBytes }: NonceOptions): NonceKeeper {
  /** In order of first use, which is nearly the order of issue. */
  const uses = new Map<string, Uses>();
  /** Nonces issued up to here and not in the table are stale: their counts may have been forgotten. */
  let forgottenUpToMs = 0;

  const mac = (content: Uint8Array, scope: string): Buffer =>
    createHmac("sha256", key).update(content).update(scope, "utf8").digest().subarray(0, MAC_BYTES);

  function isOurs(nonce: string, scope: string): boolean {
    const bytes = Buffer.from(nonce, "base64url");
    if (nonce.length !== NONCE_CHARS || bytes.length !== TIME_BYTES + SALT_BYTES + MAC_BYTES) return false;
    if (bytes.toString("base64url") !== nonce) return false; // one nonce has one spelling, else its counts would differ
    const content = bytes.subarray(0, TIME_BYTES + SALT_BYTES);
    return timingSafeEqual(mac(content, scope), bytes.subarray(TIME_BYTES + SALT_BYTES));
  }

  function forgetOld(nowMs: number): void {
    for (const nonce of uses.keys()) {
      const issuedMs = issuedAt(nonce);
      const isExpired = issuedMs + lifetimeMs < nowMs;
      if (!isExpired && uses.size <= noncesMax) return;
      if (!isExpired) forgottenUpToMs = Math.max(forgottenUpToMs, issuedMs);
      uses.delete(nonce);
    }
  }

  return {
    issue(scope, nowMs) {
      const content = Buffer.alloc(TIME_BYTES + SALT_BYTES);
      content.writeUIntBE(Math.floor(nowMs), 0, TIME_BYTES);
      content.set(randomBytes(SALT_BYTES), TIME_BYTES);
      return Buffer.concat([content, mac(content, scope)]).toString("base64url");
    },

    inspect(nonce, scope, nowMs) {
      // What was used has been found to be ours: its hash needs no second look.
      if (uses.get(nonce)?.scope !== scope && !isOurs(nonce, scope)) return "forged";
      const issuedMs = issuedAt(nonce);
      if (issuedMs > nowMs + CLOCK_SKEW_MS) return "forged";
      if (issuedMs + lifetimeMs < nowMs) return "stale";
      return issuedMs <= forgottenUpToMs && !uses.has(nonce) ? "stale" : "fresh";
    },

    use(nonce, nc, nowMs, scope) {
      const issuedMs = issuedAt(nonce);
      if (issuedMs + lifetimeMs < nowMs) return "stale";
      const known = uses.get(nonce);
      if (known !== undefined) return nc === undefined ? "replayed" : countUse(known, nc);
      if (issuedMs <= forgottenUpToMs) return "stale";
      uses.set(nonce, { scope, highest: nc ?? Number.POSITIVE_INFINITY, seen: 1 });
      forgetOld(nowMs);
      return "new";
    },
  };
}

function issuedAt(nonce: string): number {
  return Buffer.from(nonce.slice(0, TIME_BYTES + 2), "base64url").readUIntBE(0, TIME_BYTES);
}

/** A sliding window as in RFC 4303 3.4.3: new above the highest, once within the window, never below it. */
function countUse(known: Uses, nc: number): "new" | "replayed" {
  const ahead = nc - known.highest;
  if (ahead > 0) {
    known.seen = ahead >= WINDOW ? 1 : ((known.seen << ahead) | 1) >>> 0;
    known.highest = nc;
    return "new";
  }
  const bit = -ahead >= WINDOW ? 0 : (1 << -ahead) >>> 0;
  if (bit === 0 || (known.seen & bit) !== 0) return "replayed";
  known.seen = (known.seen | bit) >>> 0;
  return "new";
}
