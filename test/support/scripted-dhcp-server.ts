/**
 * A DHCP server on loopback that answers what a test wrote down; it reads questions by offsets of its own, not with the simulator's codec.
 * Layer: test support.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";

/** What it says of the ACS; "silence": nothing at all; bytes: these, after the head of a proper answer. */
export type DhcpAnswer = { readonly url: string; readonly more?: Uint8Array } | "silence" | Uint8Array;

export interface ScriptedDhcpServer {
  readonly host: string;
  readonly port: number;
  readonly questions: readonly Buffer[];
  /** Resolves when the next question has been answered. */
  nextAnswered(): Promise<void>;
  answer(answer: DhcpAnswer): void;
  close(): Promise<void>;
}

const COOKIE = [99, 130, 83, 99];

export async function openScriptedDhcpServer(family: "IPv4" | "IPv6", first: DhcpAnswer): Promise<ScriptedDhcpServer> {
  const socket = createSocket(family === "IPv4" ? "udp4" : "udp6");
  const questions: Buffer[] = [];
  const waiting: (() => void)[] = [];
  let current = first;
  socket.on("message", (question, { port, address }) => {
    questions.push(question);
    if (current === "silence") return;
    const reply = family === "IPv4" ? ackTo(question, current) : replyTo(question, current);
    socket.send(reply, port, address, () => {
      for (const resolve of waiting.splice(0)) resolve();
    });
  });
  const host = family === "IPv4" ? "127.0.0.1" : "::1";
  socket.bind(0, host);
  await once(socket, "listening");
  return {
    host,
    port: socket.address().port,
    questions,
    nextAnswered: () => new Promise((resolve) => waiting.push(resolve)),
    answer: (answer) => {
      current = answer;
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

const tlv = (code: number, value: Uint8Array): Buffer => Buffer.concat([Uint8Array.of(code, value.length), value]);
const tlv16 = (code: number, value: Uint8Array): Buffer => Buffer.concat([Uint8Array.of(0, code, 0, value.length), value]);

/** RFC 2131: the question with op 2, DHCPACK, and option 43. */
export function ackTo(question: Buffer, answer: Exclude<DhcpAnswer, "silence">): Buffer {
  const head = Buffer.from(question.subarray(0, 236));
  head[0] = 2;
  const options =
    answer instanceof Uint8Array
      ? answer
      : Buffer.concat([
          tlv(53, Uint8Array.of(5)),
          tlv(43, Buffer.concat([tlv(1, Buffer.from(answer.url)), answer.more ?? Buffer.alloc(0)])),
          Uint8Array.of(255),
        ]);
  return Buffer.concat([head, Uint8Array.from(COOKIE), options]);
}

/** RFC 8415: a Reply with the client's identifier, which stands first in the question, and option 17 of enterprise 3561. */
export function replyTo(question: Buffer, answer: Exclude<DhcpAnswer, "silence">): Buffer {
  const clientId = question.subarray(4, 8 + question.readUInt16BE(6));
  const options =
    answer instanceof Uint8Array
      ? answer
      : tlv16(17, Buffer.concat([Uint8Array.of(0, 0, 0x0d, 0xe9), tlv16(1, Buffer.from(answer.url)), answer.more ?? Buffer.alloc(0)]));
  return Buffer.concat([Uint8Array.of(7), question.subarray(1, 4), clientId, options]);
}
