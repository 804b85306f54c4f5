/**
 * A large secret as it lies on a disk: encrypted piece by piece, so that it is neither held in memory nor believed before it is proved.
 *
 *     "RVSTRM1\n"  8 octets: says how the rest is made
 *     salt        32 octets, random
 *     chunks      each 65,536 octets of plaintext (the last: 0 to 65,536), encrypted, with a tag of 16 octets behind it
 *
 * AES-256-GCM under a key of its own: HKDF-SHA256 of the secrets key, the salt, and who owns it. The nonce of a chunk is its number (from
 * 0, 11 octets, big-endian) and one octet that is 1 for the last and 0 for the others: what is cut off, repeated, moved, or taken from
 * another stream does not open.
 * Spec: NIST SP 800-38D; RFC 5869; STREAM of Hoang, Reyhanitabar, Rogaway and Vizár (2015). Layer: common.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { SecretBoxError, type SecretKey } from "./secret-box.js";

const CIPHER = "aes-256-gcm";
const MAGIC = Buffer.from("RVSTRM1\n", "latin1");
const SALT_BYTES = 32;
const HEADER_BYTES = MAGIC.length + SALT_BYTES;
const KEY_BYTES = 32;
const CHUNK_BYTES = 65_536;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
/** Where the 32 bits of a chunk's number begin that change. */
const COUNTER_AT = 7;

/** @param owner Whom it belongs to; the same is needed to open it. */
export async function* sealStream(key: SecretKey, plain: AsyncIterable<Uint8Array>, owner: string): AsyncGenerator<Buffer, void> {
  const salt = randomBytes(SALT_BYTES);
  yield Buffer.concat([MAGIC, salt]);
  const streamKey = deriveKey(key, salt, owner);
  let number = 0;
  for await (const { bytes, isLast } of regroup(plain, CHUNK_BYTES)) {
    const cipher = createCipheriv(CIPHER, streamKey, nonceOf(number++, isLast), { authTagLength: TAG_BYTES });
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }
}

/**
 * Gives a piece of plaintext only when its tag is right. Whoever must not use a part of it waits for the end.
 * @throws {SecretBoxError} Another key or owner, or changed, or cut short.
 */
export async function* openStream(key: SecretKey, sealed: AsyncIterable<Uint8Array>, owner: string): AsyncGenerator<Buffer, void> {
  let streamKey: Buffer | undefined;
  let number = 0;
  for await (const { bytes, isLast } of regroup(sealed, CHUNK_BYTES + TAG_BYTES, HEADER_BYTES)) {
    if (streamKey === undefined) {
      streamKey = deriveKey(key, readSalt(bytes), owner);
      if (isLast) throw damaged();
    } else yield openChunk(streamKey, bytes, nonceOf(number++, isLast));
  }
}

function openChunk(key: Buffer, bytes: Buffer, nonce: Buffer): Buffer {
  const tagAt = bytes.length - TAG_BYTES;
  if (tagAt < 0) throw damaged();
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(tagAt));
  const plain = decipher.update(bytes.subarray(0, tagAt));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    throw damaged();
  }
}

const damaged = (): SecretBoxError => new SecretBoxError("a sealed file does not open: another key, another owner, or damaged");

function readSalt(header: Buffer): Buffer {
  if (!header.subarray(0, MAGIC.length).equals(MAGIC)) throw new SecretBoxError("not a sealed file of a known version");
  return header.subarray(MAGIC.length);
}

function deriveKey(key: SecretKey, salt: Buffer, owner: string): Buffer {
  return Buffer.from(hkdfSync("sha256", key.bytes(), salt, Buffer.concat([MAGIC, Buffer.from(owner, "utf8")]), KEY_BYTES));
}

/** @throws {RangeError} More than 2^32 chunks, which is 256 TiB. */
function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(number, COUNTER_AT);
  nonce[NONCE_BYTES - 1] = Number(isLast);
  return nonce;
}

/** The same octets in groups of `size`; the first of `firstSize`. The last is known as such: it has what is left, also nothing. */
async function* regroup(
  pieces: AsyncIterable<Uint8Array>,
  size: number,
  firstSize = size,
): AsyncGenerator<{ readonly bytes: Buffer; readonly isLast: boolean }, void> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let wanted = firstSize;
  for await (const piece of pieces) {
    held.push(piece);
    heldBytes += piece.length;
    if (heldBytes <= wanted) continue;
    let rest = Buffer.concat(held, heldBytes);
    while (rest.length > wanted) {
      yield { bytes: rest.subarray(0, wanted), isLast: false };
      rest = rest.subarray(wanted);
      wanted = size;
    }
    held = [rest];
    heldBytes = rest.length;
  }
  yield { bytes: Buffer.concat(held, heldBytes), isLast: true };
}
