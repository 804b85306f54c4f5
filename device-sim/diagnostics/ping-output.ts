/**
 * What the system's ping prints, and what it means.
 * Spec: iputils ping(8); RFC 792 (echo reply). Layer: device-sim, pure.
 */

/** An answer to one echo request. */
export interface EchoReply {
  readonly sequence: number;
  /** Microseconds; undefined: the data block is too small for the time to be taken with it. */
  readonly timeUs: number | undefined;
}

const REPLY = /^\d+ bytes from \S+(?: \([^)]*\))?: icmp_seq=(\d{1,6}) ttl=\d{1,3}(?: time=(\d{1,9}(?:\.\d{1,6})?) ms)?(?: \(truncated\))?$/;
const NO_ROUTE = /\b(Network is unreachable|No route to host)\b/;

/** @returns The first answer to each request; later ones to the same (DUP!) are of no account, and so is whatever else is printed. */
export function readReplies(stdout: string): readonly EchoReply[] {
  const replies = new Map<number, EchoReply>();
  for (const line of stdout.split("\n")) {
    const match = REPLY.exec(line.trimEnd());
    const sequence = Number(match?.[1]);
    if (match === null || replies.has(sequence)) continue;
    replies.set(sequence, { sequence, timeUs: match[2] === undefined ? undefined : Math.round(Number(match[2]) * 1_000) });
  }
  return [...replies.values()];
}

/** Whether it could not send because there is no way to the host. */
export const saysNoRoute = (stderr: string): boolean => NO_ROUTE.test(stderr);

/** The first line in which a program says what is wrong. */
export function complaintOf(stderr: string): string {
  return stderr.split("\n").find((line) => line.trim() !== "") ?? "";
}
