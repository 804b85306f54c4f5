/**
 * Somebody who sends octets to a SIP port over UDP and reads the answers, from an address of its own each time: what one source is
 * answered has limits.
 * Layer: test support.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { SipHeader } from "../../sip-bridge/sip/message.js";
import { parseHead } from "../../sip-bridge/sip/parse-message.js";
import { sipBytes } from "./sip-messages.js";

/** An answer as far as it can be read: to a request without From it has none, and is no whole message. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: readonly SipHeader[];
}

export interface RawSender {
  /** The first answer to these octets. */
  answerTo(bytes: Uint8Array): Promise<RawAnswer>;
  /** All answers to these datagrams that came before that to an OPTIONS sent after them. */
  answersBefore(...datagrams: readonly Uint8Array[]): Promise<readonly RawAnswer[]>;
  close(): void;
}

let senders = 0;

/** An address of 127/8 for each number, neighbours in networks of their own: what a network sends has limits, too. */
const rawAddress = (number: number): string => `127.44.${number & 0xff}.${(number >> 8) & 0xff}`;

/** @param host "127.0.0.1" stands for any address of 127/8. */
export async function openRawSender(port: number, host = "127.0.0.1"): Promise<RawSender> {
  const isV6 = host.includes(":");
  const socket: Socket = createSocket(isV6 ? "udp6" : "udp4");
  senders = (senders % 65_000) + 1;
  const number = senders;
  socket.bind(0, isV6 ? host : rawAddress(number));
  await once(socket, "listening");
  const local = isV6 ? `[${host}]` : host;
  const marker = sipBytes([
    "OPTIONS sip:marker@example.com SIP/2.0",
    `Via: SIP/2.0/UDP ${local}:${socket.address().port};branch=z9hG4bKmarker${number};rport`,
    "Max-Forwards: 70",
    "From: <sip:marker@example.com>;tag=1",
    "To: <sip:marker@example.com>",
    `Call-ID: marker-${number}`,
    "CSeq: 1 OPTIONS",
  ]);

  async function next(): Promise<RawAnswer> {
    const [bytes] = (await once(socket, "message")) as [Buffer];
    const { startLine, headers } = parseHead(bytes);
    if (startLine.kind !== "response") throw new Error("a request came");
    return { status: startLine.status, headers };
  }
  const send = (bytes: Uint8Array): void => socket.send(bytes, port, host);

  return {
    answerTo(bytes) {
      send(bytes);
      return next();
    },
    async answersBefore(...datagrams) {
      const answers: RawAnswer[] = [];
      for (const datagram of datagrams) send(datagram);
      send(marker);
      for (;;) {
        const answer = await next();
        if (answer.headers.some(({ key, value }) => key === "call-id" && value === `marker-${number}`)) return answers;
        answers.push(answer);
      }
    },
    close: () => socket.close(),
  };
}
