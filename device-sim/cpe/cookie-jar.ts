/**
 * Cookies of one session: kept while it lasts, sent with each later request.
 * Spec: RFC 6265 5.2-5.4; TR-069 3.4.5. Layer: cpe, pure.
 */

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly path: string;
  readonly secure: boolean;
}

export type CookieJar = readonly Cookie[];

export const COOKIE_LIMITS = { cookiesMax: 20, cookieCharactersMax: 4_096 } as const;

const COOKIE = /^\s*([^=;\s]+)\s*=\s*([^;]*?)\s*(?:;(.*))?$/;

/** Takes the Set-Cookie values of a response from `url`. The oldest cookies give way to more than the jar holds. */
export function storeCookies(jar: CookieJar, setCookies: readonly string[], url: URL, nowMs: number): CookieJar {
  return setCookies.reduce((kept, text) => storeCookie(kept, text, url, nowMs), jar);
}

function storeCookie(jar: CookieJar, text: string, url: URL, nowMs: number): CookieJar {
  const [, name, value = "", rest = ""] = text.length > COOKIE_LIMITS.cookieCharactersMax ? [] : (COOKIE.exec(text) ?? []);
  if (name === undefined) return jar;
  const attributes = new Map(rest.split(";").map(readAttribute));
  const told = attributes.get("path") ?? "";
  const path = told.startsWith("/") ? told : defaultPath(url);
  const others = jar.filter((cookie) => cookie.name !== name || cookie.host !== url.hostname || cookie.path !== path);
  if (isExpired(attributes, nowMs)) return others;
  const cookie = { name, value, path, host: url.hostname, secure: attributes.has("secure") };
  return [...others, cookie].slice(-COOKIE_LIMITS.cookiesMax);
}

function readAttribute(text: string): [string, string] {
  const equals = text.indexOf("=");
  return equals < 0 ? [text.trim().toLowerCase(), ""] : [text.slice(0, equals).trim().toLowerCase(), text.slice(equals + 1).trim()];
}

/** "Max-Age has precedence" (RFC 6265 4.1.2.2). */
function isExpired(attributes: ReadonlyMap<string, string>, nowMs: number): boolean {
  const maxAge = attributes.get("max-age");
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0;
  const expires = Date.parse(attributes.get("expires") ?? "");
  return expires <= nowMs;
}

/** RFC 6265 5.1.4. */
const defaultPath = ({ pathname }: URL): string => pathname.slice(0, Math.max(pathname.lastIndexOf("/"), 1));

/** The Cookie header of a request to `url`; undefined if there is nothing to send. */
export function cookieHeader(jar: CookieJar, url: URL): string | undefined {
  const matching = jar.filter(
    (cookie) => cookie.host === url.hostname && covers(cookie.path, url.pathname) && (!cookie.secure || url.protocol === "https:"),
  );
  return matching.length === 0 ? undefined : matching.map(({ name, value }) => `${name}=${value}`).join("; ");
}

function covers(cookiePath: string, path: string): boolean {
  return path === cookiePath || (path.startsWith(cookiePath) && (cookiePath.endsWith("/") || path[cookiePath.length] === "/"));
}
