/**
 * How a device proves itself to HTTP servers: it keeps each server's challenge and counts the uses of its nonce, over sessions too.
 * Spec: RFC 7616 3.3-3.4, RFC 7617 (Basic, over TLS or for files); TR-069 3.4.4. Layer: cpe, pure.
 */
import { answerDigest, chooseChallenge, type DigestChallenge, digestHa1, parseChallenges, writeCredentials } from "../../common/digest.js";

/** What is known of one server; `undefined` before its first challenge. */
export interface KnownChallenge {
  readonly challenge: DigestChallenge | "basic";
  /** Uses of this nonce so far. */
  readonly uses: number;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/**
 * Reads the challenge of a 401. Digest before Basic, the strongest digest first.
 * @param basicAllowed Basic sends the password itself.
 */
export function readChallenge(wwwAuthenticate: string, basicAllowed: boolean): KnownChallenge | undefined {
  const digest = chooseChallenge(parseChallenges(wwwAuthenticate), "strongest");
  if (digest !== undefined) return { challenge: digest, uses: 0 };
  return basicAllowed && /(^|,)\s*Basic(\s|$|,)/i.test(wwwAuthenticate) ? { challenge: "basic", uses: 0 } : undefined;
}

/** The Authorization header of the next request, and what is known after it. */
export function authorize(
  { challenge, uses }: KnownChallenge,
  { username, password }: Login,
  request: { readonly method: string; readonly uri: string; readonly cnonce: string },
): { readonly header: string; readonly known: KnownChallenge } {
  if (challenge === "basic")
    return { header: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`, known: { challenge, uses } };
  const ha1 = digestHa1(challenge.algorithm.hash, username, challenge.realm, password);
  const credentials = answerDigest({ challenge, username, ha1, nc: uses + 1, ...request });
  return { header: writeCredentials(credentials), known: { challenge, uses: uses + 1 } };
}

/** The server names the nonce to use next (RFC 7616 3.5). */
export function withNextNonce(known: KnownChallenge, authenticationInfo: string | undefined): KnownChallenge {
  const nonce = /(?:^|,)\s*nextnonce="([^"\\]+)"/i.exec(authenticationInfo ?? "")?.[1];
  if (nonce === undefined || known.challenge === "basic") return known;
  return { challenge: { ...known.challenge, nonce }, uses: 0 };
}
