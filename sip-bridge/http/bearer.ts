/**
 * Bearer tokens. Hashes are compared, so that neither length nor content shows in time.
 * Spec: RFC 6750 2.1. Layer: http.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../common/config.js";

/** @returns Whether the value of an Authorization header shows this token. */
export function bearerCheck(token: Secret): (authorization: string) => boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  const wanted = digest(token.reveal());
  return (authorization) => {
    const [scheme, given, ...rest] = authorization.split(" ");
    return scheme?.toLowerCase() === "bearer" && given !== undefined && rest.length === 0 && timingSafeEqual(digest(given), wanted);
  };
}
