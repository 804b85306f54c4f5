/**
 * Links to files that only we can make and that end by themselves.
 * Spec: RFC 2104 (HMAC), TR-069 A.3.2.8 (URL: string(256)). Layer: upgrades; nothing but computing.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

/** TR-069 A.3.2.8: a Download's URL has 256 characters at most. */
export const URL_CHARACTERS_MAX = 256;
const EXPIRES_CHARACTERS = 10;
/** 32 bytes in base64url without padding. */
const SIGNATURE_CHARACTERS = 43;

/** What a link is good for is a part of its path, and so of what is signed: none serves for another purpose. */
export type LinkPurpose =
  /** GET of a catalogue file. */
  | "files"
  /** GET of a file that the device has uploaded. */
  | "received"
  /** PUT or POST of the file that a task asks for. */
  | "uploads";

/** `name` is made of unreserved characters (RFC 3986 2.3), so that the path needs no escapes. */
export interface LinkedFile {
  readonly id: string;
  readonly name: string;
}

/**
 * `<publicUrl>/<purpose>/<id>/<name>?expires=<seconds since 1970>&signature=<HMAC-SHA256 of path and expiry, base64url>`.
 * @param publicUrl Where devices reach the file server; may have a path of its own, which is not signed (a proxy takes it off).
 */
export function signFileUrl(publicUrl: string, file: LinkedFile, expiresAtMs: number, key: Buffer, purpose: LinkPurpose = "files"): string {
  const path = `/${purpose}/${file.id}/${file.name}`;
  const expires = String(Math.ceil(expiresAtMs / 1_000));
  return `${withoutSlash(publicUrl)}${path}?expires=${expires}&signature=${signature(path, expires, key)}`;
}

/** Characters that a file's name may have for its links to fit a Download; less than 1: the public URL is too long for any. */
export function fileNameCharactersMax(publicUrl: string, id: string): number {
  const fixed = withoutSlash(publicUrl).length + `/files/${id}/`.length + "?expires=&signature=".length;
  return URL_CHARACTERS_MAX - fixed - EXPIRES_CHARACTERS - SIGNATURE_CHARACTERS;
}

/** What a request brought back of a link: the path as it was sent, without query. */
export interface ReturnedLink {
  readonly path: string;
  readonly expires: string;
  readonly signature: string;
}

/** "forged" goes before "expired": nobody learns of an expiry that we did not sign. */
export function judgeLink({ path, expires, signature: given }: ReturnedLink, nowMs: number, key: Buffer): "valid" | "expired" | "forged" {
  const right = Buffer.from(signature(path, expires, key));
  const sent = Buffer.from(given);
  if (sent.length !== right.length || !timingSafeEqual(sent, right)) return "forged";
  return nowMs < Number(expires) * 1_000 ? "valid" : "expired";
}

/** Any link of ours, judged or not. */
export interface ReadLink extends LinkedFile {
  readonly purpose: LinkPurpose;
  readonly link: ReturnedLink;
}

/** A task of an upgrade has the upgrade's id and a number. */
const LINK_PATH = /^\/(files|received|uploads)\/([0-9a-z]{26}(?:\.[0-9a-z]{1,5})?)\/([A-Za-z0-9][A-Za-z0-9._-]{0,127})$/;

/** @param target Of a request line. @returns undefined: no address of ours. */
export function readLink(target: string): ReadLink | undefined {
  const [path = "", query = ""] = target.split("?", 2);
  const [, purpose, id = "", name = ""] = LINK_PATH.exec(path) ?? [];
  if (purpose === undefined) return undefined;
  const params = new URLSearchParams(query);
  const link = { path, expires: params.get("expires") ?? "", signature: params.get("signature") ?? "" };
  return { purpose: purpose as LinkPurpose, id, name, link };
}

function signature(path: string, expires: string, key: Buffer): string {
  return createHmac("sha256", key).update(`${path}\n${expires}`).digest("base64url");
}

function withoutSlash(url: string): string {
  return url.endsWith("/") ? url.slice(0, -1) : url;
}
