/**
 * STUN as TR-069 devices speak it: the classic one, with two attributes of TR-111. (The STUN of SIP keep-alives is common/stun.ts.)
 * Spec: RFC 3489 11; TR-069 Annex G. Layer: wake, pure.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { UdpAddress } from "../devices/reachability.js";

export const STUN_LIMITS = { messageBytesMax: 1_024, attributesMax: 32, usernameBytesMax: 512 } as const;

export type StunKind = "binding-request" | "binding-response" | "binding-error";

export interface StunMessage {
  readonly kind: StunKind;
  /** 16 octets. */
  readonly transactionId: Uint8Array;
  /** Without the blanks that fill it up to a multiple of 4. */
  readonly username?: string;
  readonly mappedAddress?: UdpAddress;
  /** Where the answer is wanted instead of the source. */
  readonly responseAddress?: UdpAddress;
  /** CONNECTION-REQUEST-BINDING: this is the port on which UDP connection requests are expected. */
  readonly isConnectionRequestBinding: boolean;
  /** BINDING-CHANGE: the binding differs from the last one told. */
  readonly isBindingChange: boolean;
  /** CHANGE-REQUEST asks for an answer from another address. */
  readonly wantsOtherSource: boolean;
  readonly error?: { readonly code: number; readonly reason: string };
  readonly hasIntegrity: boolean;
  /** Attributes that we don't know and that may not be skipped (types up to 0x7FFF). */
  readonly unknownAttributes: readonly number[];
}

const HEADER_BYTES = 20;
const ATTRIBUTE_HEADER_BYTES = 4;
const INTEGRITY_BYTES = 20;
/** RFC 3489 11.2.8: the text under the HMAC is filled up with zeros to a multiple of this. */
const INTEGRITY_BLOCK_BYTES = 64;
const MANDATORY_TYPE_MAX = 0x7fff;
const CONNECTION_REQUEST_BINDING = "dslforum.org/TR-111 ";

const TYPES: Readonly<Record<StunKind, number>> = { "binding-request": 0x0001, "binding-response": 0x0101, "binding-error": 0x0111 };
const ATTRIBUTE = {
  mappedAddress: 0x0001,
  responseAddress: 0x0002,
  changeRequest: 0x0003,
  sourceAddress: 0x0004,
  changedAddress: 0x0005,
  username: 0x0006,
  password: 0x0007,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  reflectedFrom: 0x000b,
  connectionRequestBinding: 0xc001,
  bindingChange: 0xc002,
} as const;
const KNOWN_TYPES: ReadonlySet<number> = new Set(Object.values(ATTRIBUTE));

/** The first byte tells STUN from the text of a UDP connection request on a shared port: the two highest bits of STUN are zero. */
export const looksLikeStun = (bytes: Uint8Array): boolean => (bytes[0] ?? 0xff) <= 0x01;

interface StunAttribute {
  readonly type: number;
  readonly value: Uint8Array;
  /** Where its header begins in the message. */
  readonly at: number;
}

/** @returns undefined for anything but a whole binding message. Never throws. */
export function readStun(bytes: Uint8Array): StunMessage | undefined {
  const view = viewOf(bytes);
  if (bytes.length < HEADER_BYTES || bytes.length > STUN_LIMITS.messageBytesMax) return undefined;
  const type = view.getUint16(0);
  const kind = (Object.keys(TYPES) as StunKind[]).find((one) => TYPES[one] === type);
  const attributes = readAttributes(bytes);
  if (kind === undefined || attributes === undefined) return undefined;
  const find = (wanted: number): Uint8Array | undefined => attributes.find((one) => one.type === wanted)?.value;
  const username = readUsername(find(ATTRIBUTE.username));
  const mappedAddress = readAddress(find(ATTRIBUTE.mappedAddress));
  const responseAddress = readAddress(find(ATTRIBUTE.responseAddress));
  const error = readError(find(ATTRIBUTE.errorCode));
  return {
    kind,
    transactionId: bytes.slice(4, HEADER_BYTES),
    ...(username === undefined ? {} : { username }),
    ...(mappedAddress === undefined ? {} : { mappedAddress }),
    ...(responseAddress === undefined ? {} : { responseAddress }),
    ...(error === undefined ? {} : { error }),
    isConnectionRequestBinding: isBindingMark(find(ATTRIBUTE.connectionRequestBinding)),
    isBindingChange: find(ATTRIBUTE.bindingChange) !== undefined,
    wantsOtherSource: (find(ATTRIBUTE.changeRequest)?.[3] ?? 0) !== 0,
    hasIntegrity: integrityOf(attributes) !== undefined,
    unknownAttributes: attributes.filter((one) => one.type <= MANDATORY_TYPE_MAX && !KNOWN_TYPES.has(one.type)).map((one) => one.type),
  };
}

function readAttributes(bytes: Uint8Array): readonly StunAttribute[] | undefined {
  const view = viewOf(bytes);
  if (bytes.length < HEADER_BYTES || view.getUint16(2) !== bytes.length - HEADER_BYTES) return undefined;
  const attributes: StunAttribute[] = [];
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    if (at + ATTRIBUTE_HEADER_BYTES > bytes.length || attributes.length >= STUN_LIMITS.attributesMax) return undefined;
    const length = view.getUint16(at + 2);
    const from = at + ATTRIBUTE_HEADER_BYTES;
    if (from + length > bytes.length) return undefined;
    attributes.push({ type: view.getUint16(at), value: bytes.subarray(from, from + length), at });
    // RFC 3489 knows no filling between attributes; devices that write an odd length fill as RFC 5389 does.
    const filled = from + length + ((4 - (length % 4)) % 4);
    at = filled <= bytes.length ? filled : from + length;
  }
  return attributes;
}

function readUsername(value: Uint8Array | undefined): string | undefined {
  if (value === undefined || value.length > STUN_LIMITS.usernameBytesMax) return undefined;
  return Buffer.from(value)
    .toString("utf8")
    .replace(/[ \0]+$/, "");
}

/** Devices leave the blank at its end out (19 octets), or NUL in its place. */
function isBindingMark(value: Uint8Array | undefined): boolean {
  if (value === undefined) return false;
  const text = Buffer.from(value)
    .toString("latin1")
    .replace(/[ \0]+$/, "");
  return text === CONNECTION_REQUEST_BINDING.trimEnd();
}

const IPV4_FAMILY = 1;

function readAddress(value: Uint8Array | undefined): UdpAddress | undefined {
  if (value === undefined || value.length !== 8 || value[1] !== IPV4_FAMILY) return undefined;
  return { host: value.subarray(4).join("."), port: viewOf(value).getUint16(2) };
}

function readError(value: Uint8Array | undefined): { readonly code: number; readonly reason: string } | undefined {
  if (value === undefined || value.length < 4) return undefined;
  const code = ((value[2] ?? 0) & 0x07) * 100 + (value[3] ?? 0);
  return { code, reason: Buffer.from(value.subarray(4)).toString("utf8").trimEnd() };
}

/** "MUST be the last attribute" (RFC 3489 11.2.8): one that is not counts as none. */
function integrityOf(attributes: readonly StunAttribute[]): StunAttribute | undefined {
  const last = attributes.at(-1);
  return last?.type === ATTRIBUTE.messageIntegrity && last.value.length === INTEGRITY_BYTES ? last : undefined;
}

/**
 * Whether MESSAGE-INTEGRITY proves the password; false without it. Besides the reading of RFC 3489 (length field as sent, filled up to 64)
 * those of devices are taken that do not fill up, or hash before they count the attribute into the length.
 */
export function provesStunPassword(bytes: Uint8Array, password: string): boolean {
  const given = integrityOf(readAttributes(bytes) ?? []);
  if (given === undefined) return false;
  const covered = Buffer.from(bytes.subarray(0, given.at));
  const shorter = Buffer.from(covered);
  shorter.writeUInt16BE(given.at - HEADER_BYTES, 2);
  const candidates = [integrity(filledUp(covered), password), integrity(covered, password), integrity(filledUp(shorter), password)];
  return candidates.filter((wanted) => timingSafeEqual(wanted, given.value)).length > 0;
}

function filledUp(text: Buffer): Buffer {
  const rest = (INTEGRITY_BLOCK_BYTES - (text.length % INTEGRITY_BLOCK_BYTES)) % INTEGRITY_BLOCK_BYTES;
  return Buffer.concat([text, Buffer.alloc(rest)]);
}

const integrity = (text: Buffer, password: string): Buffer => createHmac("sha1", password).update(text).digest();

export interface StunToWrite {
  readonly kind: StunKind;
  readonly transactionId: Uint8Array;
  readonly username?: string;
  readonly mappedAddress?: UdpAddress;
  readonly responseAddress?: UdpAddress;
  readonly reflectedFrom?: UdpAddress;
  readonly isConnectionRequestBinding?: boolean;
  readonly isBindingChange?: boolean;
  readonly error?: { readonly code: number; readonly reason: string };
  readonly unknownAttributes?: readonly number[];
  /** MESSAGE-INTEGRITY is added with it. */
  readonly password?: string;
}

export function writeStun(message: StunToWrite): Buffer {
  const { username, mappedAddress, responseAddress, reflectedFrom, error, unknownAttributes, password } = message;
  const parts: Buffer[] = [];
  const add = (type: number, value: Uint8Array): void => void parts.push(attribute(type, value));
  if (mappedAddress !== undefined) add(ATTRIBUTE.mappedAddress, addressBytes(mappedAddress));
  if (responseAddress !== undefined) add(ATTRIBUTE.responseAddress, addressBytes(responseAddress));
  if (reflectedFrom !== undefined) add(ATTRIBUTE.reflectedFrom, addressBytes(reflectedFrom));
  if (username !== undefined) add(ATTRIBUTE.username, blankFilled(username));
  if (error !== undefined) add(ATTRIBUTE.errorCode, errorBytes(error));
  if (unknownAttributes !== undefined) add(ATTRIBUTE.unknownAttributes, typesBytes(unknownAttributes));
  if (message.isConnectionRequestBinding === true) add(ATTRIBUTE.connectionRequestBinding, Buffer.from(CONNECTION_REQUEST_BINDING));
  if (message.isBindingChange === true) add(ATTRIBUTE.bindingChange, Buffer.alloc(0));
  const body = Buffer.concat(parts);
  const ending = password === undefined ? 0 : ATTRIBUTE_HEADER_BYTES + INTEGRITY_BYTES;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(TYPES[message.kind], 0);
  header.writeUInt16BE(body.length + ending, 2);
  header.set(message.transactionId, 4);
  const text = Buffer.concat([header, body]);
  if (password === undefined) return text;
  return Buffer.concat([text, attribute(ATTRIBUTE.messageIntegrity, integrity(filledUp(text), password))]);
}

function attribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(ATTRIBUTE_HEADER_BYTES + value.length);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  bytes.set(value, ATTRIBUTE_HEADER_BYTES);
  return bytes;
}

/** @throws {RangeError} No numeric IPv4 address: our bug. */
function addressBytes({ host, port }: UdpAddress): Buffer {
  const octets = host.split(".").map(Number);
  if (octets.length !== 4 || octets.some((octet) => !(octet >= 0 && octet <= 255))) throw new RangeError(`${host} is no IPv4 address`);
  const bytes = Buffer.from([0, IPV4_FAMILY, 0, 0, ...octets]);
  bytes.writeUInt16BE(port, 2);
  return bytes;
}

/** RFC 3489 11.2.6: the length must be a multiple of 4; TR-069 Annex G fills up with blanks. */
const blankFilled = (text: string): Buffer => {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4, " ")]);
};

function errorBytes({ code, reason }: { readonly code: number; readonly reason: string }): Buffer {
  return Buffer.concat([Buffer.from([0, 0, Math.floor(code / 100), code % 100]), blankFilled(reason)]);
}

/** RFC 3489 11.2.10: an odd number of them is filled up by repeating one. */
function typesBytes(types: readonly number[]): Buffer {
  const even = types.length % 2 === 0 ? types : [...types, ...types.slice(-1)];
  const bytes = Buffer.alloc(even.length * 2);
  for (const [i, type] of even.entries()) bytes.writeUInt16BE(type, i * 2);
  return bytes;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
