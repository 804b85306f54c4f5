/**
 * Header values that people write to make a parser work hard. One of them, "< and spaces", 3 kB long, keeps npm `sip` busy for seconds.
 * Layer: test support.
 */
import { sipBytes } from "./sip-messages.js";

/** By what they are: values of about n octets. */
export const HOSTILE_VALUES: Readonly<Record<string, (n: number) => string>> = {
  "< and spaces": (n) => `<${" ".repeat(n)}`,
  "spaces and <": (n) => `${" ".repeat(n)}<`,
  words: (n) => "a ".repeat(n / 2),
  "an unbalanced quote": (n) => `"${"a".repeat(n)}`,
  "quotes without end": (n) => `"${'\\"'.repeat(n / 2)}`,
  "empty parameters": (n) => `<sip:a@b>${";".repeat(n)}`,
  parameters: (n) => `<sip:a@b>${";a=b".repeat(n / 4)}`,
  "spaces between parameters": (n) => `<sip:a@b>;a${" ".repeat(n)}=`,
  commas: (n) => `<sip:a@b>${",".repeat(n)}`,
  folds: (n) => `<sip:a@b>${"\r\n ".repeat(n / 3)};`,
  escapes: (n) => `<sip:${"%41".repeat(n / 3)}@b>`,
  "at signs": (n) => `<sip:${"a@".repeat(n / 2)}>`,
  colons: (n) => `<sip:a@${":".repeat(n)}>`,
  brackets: (n) => `<sip:a@${"[".repeat(n)}>`,
};

export const HOSTILE_FIELDS = ["From", "Contact", "Route", "Authorization", "Subject", "Via", "Event"] as const;

const USUAL = ["Via: SIP/2.0/UDP h;branch=z9hG4bK1", "From: <sip:a@b>;tag=1", "To: <sip:a@b>", "Call-ID: 1", "CSeq: 1 OPTIONS"];

/** An OPTIONS that is as usual but for this field. */
export function hostileMessage(name: string, value: string): Uint8Array {
  return sipBytes(["OPTIONS sip:a@b SIP/2.0", `${name}: ${value}`, ...USUAL.filter((line) => !line.startsWith(`${name}:`))]);
}
