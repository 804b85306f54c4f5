/**
 * Sealed secrets: what opens them, and what does not.
 * Layer: unit.
 */
import { inspect } from "node:util";
import { expect } from "chai";
import { newSecretKeyText, openSecret, readSecretKey, SecretBoxError, SecretKey, sealSecret } from "../../../common/secret-box.js";

const key = readSecretKey("0123456789abcdef".repeat(4));

describe("common/secret-box", () => {
  it("opens what it has sealed, whatever the text", () => {
    for (const text of ["", "a", "pässwörd €😀", "x".repeat(10_000)])
      expect(openSecret(key, sealSecret(key, text, "device-1"), "device-1")).to.equal(text);
  });

  it("never seals the same text to the same bytes, and marks how it did", () => {
    const sealed = new Set(Array.from({ length: 100 }, () => sealSecret(key, "same", "device-1")));
    expect(sealed.size).to.equal(100);
    for (const text of sealed) expect(text).to.match(/^v1:[A-Za-z0-9+/]+=*$/);
  });

  it("a secret moved to another owner does not open", () => {
    const sealed = sealSecret(key, "secret", "device-1");
    expect(() => openSecret(key, sealed, "device-2")).to.throw(SecretBoxError, "another owner");
  });

  it("nor one of another key, nor one with any byte changed, cut short or of another version", () => {
    const sealed = sealSecret(key, "secret", "device-1");
    const bytes = Buffer.from(sealed.slice(3), "base64");
    expect(() => openSecret(readSecretKey(newSecretKeyText()), sealed, "device-1")).to.throw(SecretBoxError);
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(bytes.readUInt8(i) ^ 1, i);
      expect(() => openSecret(key, `v1:${changed.toString("base64")}`, "device-1"), `byte ${i}`).to.throw(SecretBoxError);
    }
    for (const damaged of ["", "v1:", "secret", sealed.slice(0, 30), sealed.replace("v1:", "v2:"), sealed.slice(3)]) {
      expect(() => openSecret(key, damaged, "device-1"), damaged).to.throw(SecretBoxError);
    }
  });

  it("an error tells neither the secret nor the key", () => {
    try {
      openSecret(key, "v1:AAAA-not-to-be-shown", "device-1");
      expect.fail("it should have thrown");
    } catch (error) {
      expect(String(error)).not.to.contain("not-to-be-shown");
    }
  });

  it("reads a key from hex, base64 or base64url, and refuses anything else", () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_, i) => 250 - i));
    const sealed = sealSecret(new SecretKey(bytes), "secret", "x");
    for (const text of [
      bytes.toString("hex"),
      bytes.toString("hex").toUpperCase(),
      bytes.toString("base64"),
      bytes.toString("base64url"),
      ` ${bytes.toString("hex")}\n`,
    ]) {
      expect(openSecret(readSecretKey(text), sealed, "x")).to.equal("secret");
    }
    for (const text of ["", "short", "g".repeat(64), bytes.subarray(1).toString("hex"), `${bytes.toString("hex")}00`]) {
      expect(() => readSecretKey(text), text).to.throw(SecretBoxError, "32 bytes");
    }
    expect(() => new SecretKey(new Uint8Array(16))).to.throw(SecretBoxError);
  });

  it("a key does not show itself", () => {
    const shown = [inspect(key, { depth: 9, showHidden: true }), JSON.stringify({ key }), String(key)].join();
    expect(shown).not.to.contain("0123456789abcdef");
    expect(shown).not.to.contain(Buffer.from("0123456789abcdef".repeat(4), "hex").toString("base64"));
    expect(shown).not.to.match(/01 23 45|137, ?69|\b35\b/);
  });
});
