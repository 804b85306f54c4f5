/**
 * STUN binding requests, as keep-alives use them: recognise one, and tell the sender its own address.
 * Spec: RFC 5389 6, 15.2; RFC 5626 4.4.2 for their place beside SIP. Layer: common.
 */

const HEADER_BYTES = 20;
const COOKIE = 0x2112a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const XOR_MAPPED_ADDRESS = 0x0020;

/** Whether a datagram is STUN rather than text: "the most significant 2 bits are zero, and the magic cookie" (RFC 5389 8). */
export function isStun(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_BYTES && (bytes[0] ?? 255) < 0x40 && view(bytes).getUint32(4) === COOKIE;
}

/** The answer to a binding request from this source; undefined for any other STUN message. @param address Numeric, no brackets. */
export function answerBinding(request: Uint8Array, address: string, port: number): Uint8Array | undefined {
  const isRequest = isStun(request) && view(request).getUint16(0) === BINDING_REQUEST;
  if (!isRequest || view(request).getUint16(2) !== request.length - HEADER_BYTES) return undefined;
  const addressBytes = bytesOf(address);
  const answer = new Uint8Array(HEADER_BYTES + 8 + addressBytes.length);
  answer.set(request.subarray(4, HEADER_BYTES), 4); // cookie and transaction id
  const out = view(answer);
  out.setUint16(0, BINDING_SUCCESS);
  out.setUint16(2, 8 + addressBytes.length);
  out.setUint16(20, XOR_MAPPED_ADDRESS);
  out.setUint16(22, 4 + addressBytes.length);
  out.setUint8(25, addressBytes.length === 4 ? 1 : 2);
  out.setUint16(26, port ^ (COOKIE >>> 16));
  // The mask is the cookie, and for IPv6 the transaction id behind it.
  for (const [i, byte] of addressBytes.entries()) answer[28 + i] = byte ^ (answer[4 + i] ?? 0);
  return answer;
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** 4 octets of an IPv4 address, or 16 of an IPv6 address as Node writes them (a zone at most, and a dotted end). */
function bytesOf(address: string): readonly number[] {
  if (!address.includes(":")) return address.split(".").map(Number);
  const [text = ""] = address.split("%");
  const [left = "", right] = text.split("::");
  const head = groupBytes(left);
  const tail = groupBytes(right ?? "");
  return [...head, ...Array.from({ length: 16 - head.length - tail.length }, () => 0), ...tail];
}

function groupBytes(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
