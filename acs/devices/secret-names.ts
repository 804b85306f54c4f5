/**
 * Which parameters hold secrets, judged by name alone: their values are written, never shown (DESIGN 12).
 * Spec: the parameters marked hidden in TR-098, TR-181 and TR-104. Layer: devices, pure.
 */

/** Endings of the last segment, lower case: "X_HW_WebUserPassword" and "ConnectionRequestPassword" both end in the first. */
const SECRET_ENDINGS = [
  "password",
  "passwd",
  "passphrase",
  "presharedkey",
  "wepkey",
  "sharedkey",
  "encryptionkey",
  "authkey",
  "privatekey",
  "secret",
];

/** Last segments that are secret only as a whole: "PINLength" is not. */
const SECRET_SEGMENTS: ReadonlySet<string> = new Set(["pin", "puk", "psk"]);

const CASE_BIT = 0x20;
const LAST_LETTERS: ReadonlySet<number> = new Set([...SECRET_ENDINGS, ...SECRET_SEGMENTS].map((text) => text.charCodeAt(text.length - 1)));

/** True for a parameter whose value must not leave the ACS but towards the device. Objects (names that end in a dot) have no value. */
export function isSecretName(name: string): boolean {
  if (!LAST_LETTERS.has(name.charCodeAt(name.length - 1) | CASE_BIT)) return false; // nearly all names
  const segment = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return SECRET_SEGMENTS.has(segment) || SECRET_ENDINGS.some((ending) => segment.endsWith(ending));
}
