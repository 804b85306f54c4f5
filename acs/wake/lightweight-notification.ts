/**
 * A UDP lightweight notification: what changed, told in one signed datagram without a session. Read leniently: emitters in the field
 * write broken request lines and header names, so only the XML and the Signature count.
 * Spec: TR-069 Annex M, urn:broadband-forum-org:cwmp:lwnotif-1-0; cwmp.md 6.4. Layer: wake, pure.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { decodeBody } from "../cwmp/decode-body.js";
import { scanXml } from "../cwmp/scan-xml.js";
import { child, children, childText, type Element, optionalText } from "../cwmp/xml.js";
import type { DeviceIdentity } from "../devices/device.js";

export const NOTIFICATION_LIMITS = {
  datagramBytesMax: 65_507,
  parametersMax: 1_000,
  usernameCharactersMax: 256,
  cnonceCharactersMax: 256,
  /** Unix seconds in 32 bits, enough until 2106. A wrong greater one would lock the device out for good. */
  timestampMax: 4_294_967_295,
} as const;

const XML_LIMITS = { charactersMax: 65_507, depthMax: 8, elementsMax: 4_096, attributesPerElementMax: 16 } as const;

export interface LightweightNotification {
  /** Unix time in seconds as the device has it. */
  readonly ts: number;
  readonly username: string;
  readonly cnonce: string;
  readonly identity: DeviceIdentity;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
}

export interface SignedNotification {
  readonly notification: LightweightNotification;
  /** Hex, as sent. */
  readonly signature: string;
  /** The octets that the signature may cover: devices differ in what they count to the body. */
  readonly bodies: readonly Buffer[];
}

/** @throws {MalformedMessage} No notification. @throws {LimitExceeded} */
export function readNotification(datagram: Buffer): SignedNotification | undefined {
  if (datagram.length > NOTIFICATION_LIMITS.datagramBytesMax) return undefined;
  const text = datagram.toString("latin1");
  const start = text.indexOf("<");
  const head = start < 0 ? text : text.slice(0, start);
  const signature = /^[ \t]*Signature[ \t]*:[ \t]*"?([0-9a-f]{40})"?[ \t]*$/im.exec(head.replaceAll("\r", ""))?.[1];
  if (start < 0 || signature === undefined) return undefined;
  const notification = readBody(scanXml(decodeBody(datagram.subarray(start)).text, XML_LIMITS));
  return notification === undefined ? undefined : { notification, signature, bodies: bodiesOf(datagram, text, start) };
}

/** After the blank line; and, for heads that lack it or bodies with an end that is not theirs, the document itself. */
function bodiesOf(datagram: Buffer, text: string, start: number): readonly Buffer[] {
  const blank = /\r?\n\r?\n/.exec(text);
  const from = blank === null || blank.index > start ? start : blank.index + blank[0].length;
  const end = text.lastIndexOf(">") + 1;
  return [datagram.subarray(from), datagram.subarray(start, end)];
}

function readBody(root: Element): LightweightNotification | undefined {
  if (root.localName.toLowerCase() !== "notification") return undefined;
  const ts = childText(root, "TS");
  const username = childText(root, "UN");
  const cnonce = childText(root, "CN");
  const items = children(root, "Param");
  const isInLimits =
    /^\d{1,10}$/.test(ts) &&
    Number(ts) <= NOTIFICATION_LIMITS.timestampMax &&
    username.length <= NOTIFICATION_LIMITS.usernameCharactersMax &&
    cnonce.length <= NOTIFICATION_LIMITS.cnonceCharactersMax &&
    items.length <= NOTIFICATION_LIMITS.parametersMax;
  if (!isInLimits) return undefined;
  const identity = {
    oui: childText(root, "OUI").toUpperCase(),
    productClass: optionalText(root, "ProductClass"),
    serialNumber: childText(root, "SerialNumber"),
  };
  return { ts: Number(ts), username, cnonce, identity, parameters: items.map(readParameter) };
}

const readParameter = (item: Element): { readonly name: string; readonly value: string } => ({
  name: childText(item, "Name"),
  value: child(item, "Value").text,
});

/** Whether the signature is made with this password (ManagementServer.Password). */
export function provesNotification({ signature, bodies }: SignedNotification, password: string): boolean {
  const given = Buffer.from(signature, "hex");
  return bodies.filter((body) => timingSafeEqual(createHmac("sha1", password).update(body).digest(), given)).length > 0;
}
