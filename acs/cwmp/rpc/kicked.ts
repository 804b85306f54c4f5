/**
 * Kicked: a user's browser was sent to the device's "kick" page, and the device passes on what it was given. Deprecated.
 * Spec: TR-069 A.4.2.1, annex D. Layer: codec, pure. Golden: test/golden/cwmp/kicked*.
 */
import { CHARACTERS_MAX, sized } from "../sizes.js";
import { type Element, el, optionalText } from "../xml.js";

/** The four arguments are what stood in the URL of the kick page: anybody's text. */
export interface Kicked {
  readonly kind: "Kicked";
  readonly command: string;
  readonly referer: string;
  readonly arg: string;
  readonly next: string;
}

export interface KickedResponse {
  readonly kind: "KickedResponse";
  /** Where the device sends the browser; "" has it answer by itself. */
  readonly nextUrl: string;
}

export function readKicked(body: Element): Kicked {
  return {
    kind: "Kicked",
    command: optionalText(body, "Command"),
    referer: optionalText(body, "Referer"),
    arg: optionalText(body, "Arg"),
    next: optionalText(body, "Next"),
  };
}

export function writeKicked({ command, referer, arg, next }: Kicked): Element {
  return el("cwmp:Kicked", {}, el("Command", {}, command), el("Referer", {}, referer), el("Arg", {}, arg), el("Next", {}, next));
}

export function readKickedResponse(body: Element): KickedResponse {
  return { kind: "KickedResponse", nextUrl: optionalText(body, "NextURL") };
}

/** @throws {RangeError} A URL over 1024 characters. */
export function writeKickedResponse({ nextUrl }: KickedResponse): Element {
  return el("cwmp:KickedResponse", {}, sized("NextURL", nextUrl, CHARACTERS_MAX.nextUrl));
}
