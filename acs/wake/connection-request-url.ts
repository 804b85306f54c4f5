/**
 * ConnectionRequestURL as devices tell it: read, and judged whether it can be believed.
 * Spec: TR-069 3.2.2; TR-181 ManagementServer.ConnectionRequestURL; field quirk 44. Layer: wake, pure.
 */

import { isPublicAddress } from "../../common/address-guard.js";
import { readIpAddress } from "../../common/ip-address.js";

export type ConnectionRequestUrl =
  /** `isDoubtful`: names a private address or no port: another host of our network may answer there. */
  { readonly url: URL; readonly isDoubtful: boolean } | { readonly why: string };

const URL_CHARACTERS_MAX = 1_024;

export function readConnectionRequestUrl(text: string): ConnectionRequestUrl {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "(null)") return { why: "no ConnectionRequestURL is known" };
  if (trimmed.length > URL_CHARACTERS_MAX || !URL.canParse(trimmed)) return { why: "ConnectionRequestURL is no URL" };
  const url = new URL(trimmed);
  if (url.protocol !== "http:" && url.protocol !== "https:") return { why: `ConnectionRequestURL has the scheme ${url.protocol}` };
  if (url.username !== "" || url.password !== "") return { why: "ConnectionRequestURL carries credentials" };
  if (url.hostname === "" || url.port === "0") return { why: "ConnectionRequestURL names no host or no port" };
  url.hash = "";
  const hasPort = /^https?:\/\/[^/?#]*:\d+(?:[/?#]|$)/i.test(trimmed);
  return { url, isDoubtful: !hasPort || (isNumericHost(url) && !isPublicAddress(hostOf(url))) };
}

/** Host without the brackets of IPv6. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "");

/** Other spellings of IPv4 (one number, octal) are decimal by now: the URL parser has seen to it. */
export const isNumericHost = (url: URL): boolean => readIpAddress(hostOf(url)) !== undefined;
