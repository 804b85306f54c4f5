/**
 * The payload of UDP Echo Plus: numbers and times in the first 20 octets, which a server fills in and a client reads.
 * Spec: TR-143 A.1.4 (fields of 32 bits, network order), RFC 862 (plain echo). Layer: device-sim, pure.
 */

export const ECHO_PLUS_BYTES = 20;
const FIELD_BYTES = 4;
const MODULUS = 2 ** 32;

/** What a server writes into its answer. Times in microseconds; they run over. */
export interface EchoPlusAnswer {
  readonly testRespSn: number;
  readonly receivedUs: number;
  readonly repliedUs: number;
  readonly failures: number;
}

/** As much of the number as there is room for. @param length At least 1. */
export function writeEchoRequest(testGenSn: number, length: number): Uint8Array {
  const payload = Buffer.alloc(length);
  const room = Math.min(length, FIELD_BYTES);
  payload.writeUIntBE(testGenSn % 2 ** (8 * room), 0, room);
  return payload;
}

/** Which request this answers; undefined: none of this length. Of short payloads the number is told modulo what fits into them. */
export function readTestGenSn(payload: Uint8Array, length: number): number | undefined {
  return payload.length === length ? Buffer.from(payload).readUIntBE(0, Math.min(length, FIELD_BYTES)) : undefined;
}

/** The same length: nobody gets more than he has sent. A payload too short for the fields comes back as it is. */
export function writeEchoAnswer(request: Uint8Array, answer: EchoPlusAnswer): Uint8Array {
  if (request.length < ECHO_PLUS_BYTES) return request;
  const payload = Buffer.from(request);
  const { testRespSn, receivedUs, repliedUs, failures } = answer;
  for (const [at, value] of [testRespSn, receivedUs, repliedUs, failures].entries())
    payload.writeUInt32BE(value % MODULUS, (at + 1) * FIELD_BYTES);
  return payload;
}

/** undefined: the payload has no room for the fields. */
export function readEchoAnswer(payload: Uint8Array): EchoPlusAnswer | undefined {
  if (payload.length < ECHO_PLUS_BYTES) return undefined;
  const field = (at: number): number => Buffer.from(payload).readUInt32BE(at * FIELD_BYTES);
  return { testRespSn: field(1), receivedUs: field(2), repliedUs: field(3), failures: field(4) };
}
