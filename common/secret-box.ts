/**
 * Secrets as they lie in a store: encrypted, and bound to whom they belong to, so that a row copied to another owner opens nothing.
 * AES-256-GCM with a random nonce per secret. Layer: common.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
/** NIST SP 800-38D 8.2.2: random nonces of 96 bits are safe for 2^32 secrets under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Says how the rest is made; a later way gets another. */
const PREFIX = "v1:";

/** The key is wrong, or what was stored is damaged or belongs to somebody else. Never tells the secret, nor what was stored. */
export class SecretBoxError extends Error {
  override readonly name = "SecretBoxError";
}

/** 32 bytes that never show themselves. */
export class SecretKey {
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    if (bytes.length !== KEY_BYTES) throw new SecretBoxError(`a key has ${KEY_BYTES} bytes, this one ${bytes.length}`);
    this.#bytes = Buffer.from(bytes);
  }

  /** For this file and secret-stream.ts. */
  bytes(): Buffer {
    return this.#bytes;
  }

  toJSON(): string {
    return "[secret]";
  }
}

const HEX_KEY = /^[0-9a-f]{64}$/i;
const BASE64_KEY = /^[A-Za-z0-9+/_-]{43}=?$/;

export const isSecretKey = (text: string): boolean => HEX_KEY.test(text.trim()) || BASE64_KEY.test(text.trim());

/** @param text 64 hex digits, or base64 (or base64url) of 32 bytes. @throws {SecretBoxError} */
export function readSecretKey(text: string): SecretKey {
  const trimmed = text.trim();
  if (HEX_KEY.test(trimmed)) return new SecretKey(Buffer.from(trimmed, "hex"));
  if (BASE64_KEY.test(trimmed)) return new SecretKey(Buffer.from(trimmed, "base64"));
  throw new SecretBoxError("a key is 32 bytes as 64 hex digits or as base64");
}

/** For a first start: 64 hex digits. */
export const newSecretKeyText = (): string => randomBytes(KEY_BYTES).toString("hex");

/** @param owner Whom it belongs to and what it is for, e.g. the device id; the same is needed to open it. */
export function sealSecret(key: SecretKey, plaintext: string, owner: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.bytes(), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated(owner));
  const sealed = Buffer.concat([nonce, cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return PREFIX + sealed.toString("base64");
}

/** @throws {SecretBoxError} */
export function openSecret(key: SecretKey, sealed: string, owner: string): string {
  if (!sealed.startsWith(PREFIX)) throw new SecretBoxError("not a sealed secret of a known version");
  const bytes = Buffer.from(sealed.slice(PREFIX.length), "base64");
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new SecretBoxError("a sealed secret is cut short");
  const decipher = createDecipheriv(CIPHER, key.bytes(), bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(associated(owner));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const plain = decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES));
  try {
    return Buffer.concat([plain, decipher.final()]).toString("utf8");
  } catch {
    throw new SecretBoxError("a sealed secret does not open: another key, another owner, or damaged");
  }
}

const associated = (owner: string): Buffer => Buffer.from(PREFIX + owner, "utf8");
