/**
 * The cookie that names a CWMP session.
 * Spec: TR-069 3.4.2 (cookies), RFC 6265 4; row 20 of cwmp.md 1.11. Layer: http, pure.
 */

const COOKIE = "reveille";

/** Value of Set-Cookie. */
export function sessionCookie(id: string): string {
  return `${COOKIE}=${id}; Path=/; HttpOnly`;
}

const COOKIE_HEADER_CHARACTERS_MAX = 4_096;
const COOKIE_START = `${COOKIE}=`;

/** Devices join cookies with ";" or ","; a cookie of another server is not ours. */
export function readCookie(header: string | undefined): string | undefined {
  if (header === undefined || header.length > COOKIE_HEADER_CHARACTERS_MAX) return undefined;
  if (header.startsWith(COOKIE_START) && !/[;,"\s]/.test(header)) return header.slice(COOKIE_START.length); // ours alone, as we gave it
  for (const part of header.split(/[;,]/)) {
    const [name, value] = part.split("=", 2);
    if (name?.trim() === COOKIE) return value?.trim().replace(/^"|"$/g, "");
  }
  return undefined;
}
