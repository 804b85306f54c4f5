/**
 * Fields that several REST bodies and queries share.
 * Layer: northbound.
 */
import { z } from "zod";
import { lexicalFault } from "../../devices/lexical.js";

/** Text of one line that the store, XML and HTTP headers can carry. */
export function line(charactersMin: number, charactersMax: number) {
  return z
    .string()
    .min(charactersMin)
    .max(charactersMax)
    .refine((text) => lexicalFault("xsd:string", text) === undefined && !/[\t\r\n\u007f]/.test(text), "holds a control character");
}

/** TR-069: ManagementServer.Username and Password are string(256); ids must fit them, for they are the default user names. */
export const CREDENTIAL_CHARACTERS_MAX = 256;
/** TR-069 A.3.3.1. */
export const ouiText = z.string().regex(/^[0-9A-F]{6}$/, "must be six upper-case hex digits");
export const productClassText = line(0, 64);
/** A colon would end it in Basic authentication; quotes and backslashes are escaped in digest, which devices get wrong. */
export const usernameText = line(1, CREDENTIAL_CHARACTERS_MAX).regex(/^[^:"\\]*$/, "holds a colon, a quote or a backslash");
export const passwordText = line(1, CREDENTIAL_CHARACTERS_MAX);

/** A number in a query. */
export function queryInteger(min: number, max: number) {
  const why = `must be an integer from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, why)
    .transform(Number)
    .refine((number) => number >= min && number <= max, why);
}

const WAIT_S_MAX = 60;
/** How long an answer may be held until what it shows has ended, in seconds. */
export const waitS = queryInteger(0, WAIT_S_MAX).default(0);

/** Values of a query, separated by commas. */
export function queryList<T extends string>(known: Readonly<Record<T, true>>) {
  const isKnown = (name: string): name is T => Object.hasOwn(known, name);
  return z
    .string()
    .transform((text) => text.split(","))
    .refine((names) => names.every(isKnown), `must be of ${Object.keys(known).join(", ")}, with commas between`)
    .transform((names) => names.filter(isKnown));
}

/** Asks for one row more than a page has: whether it comes says if there is a next page. */
export function pageOf<T, C>(
  rows: readonly T[],
  limit: number,
  cursor: (row: T) => C,
): { readonly rows: readonly T[]; readonly next: C | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, next: rows.length > limit && last !== undefined ? cursor(last) : null };
}

/** Times are shown as ISO 8601 in UTC with milliseconds. */
export function showTime(atMs: number): string;
export function showTime(atMs: number | null): string | null;
export function showTime(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
