/**
 * The gateways of bench/sip-notify.ts, all behind one socket in a process of their own, with as little work as possible:
 * they register with digest as told over IPC, and answer every NOTIFY with 200.
 */
import { createSocket } from "node:dgram";
import { answerDigest, digestHa1, parseChallenges, writeCredentials } from "../../common/digest.js";

export interface RegisterOrder {
  readonly port: number;
  readonly users: number;
  readonly count: number;
  readonly window: number;
  /** true: answers with the nonce it has, as long as it is good. false: lets itself be challenged each time. */
  readonly keepsNonce: boolean;
}

const DOMAIN = "voice.example";
const socket = createSocket("udp4");
socket.bind(0, "127.0.0.1", () => {
  socket.setRecvBufferSize(4 * 1_048_576);
  process.send?.({ port: socket.address().port });
});

interface User {
  readonly name: string;
  readonly ha1: string;
  cseq: number;
  nc: number;
  challenge: string;
}
let users: User[] = [];
let order: RegisterOrder | undefined;
let begun = 0;
let done = 0;
let refused = 0;
let branch = 0;

function registerText({ name, cseq, nc, challenge, ha1 }: User): string {
  const uri = `sip:${DOMAIN}`;
  const [picked] = parseChallenges(challenge);
  const login =
    picked === undefined
      ? ""
      : `Authorization: ${writeCredentials(answerDigest({ challenge: picked, username: name, ha1, method: "REGISTER", uri, cnonce: "0a4f113b", nc }))}\r\n`;
  return [
    `REGISTER ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKp${++branch};rport`,
    "Max-Forwards: 70",
    `From: <sip:${name}@${DOMAIN}>;tag=1`,
    `To: <sip:${name}@${DOMAIN}>`,
    `Call-ID: ${name}`,
    `CSeq: ${cseq} REGISTER`,
    `Contact: <sip:${name}@192.0.2.10:5060;line=abc>`,
    "Expires: 3600",
    "User-Agent: Gateway/1.0",
    `${login}Content-Length: 0\r\n\r\n`,
  ].join("\r\n");
}

function send(user: User): void {
  user.cseq++;
  user.nc++;
  socket.send(Buffer.from(registerText(user), "latin1"), order?.port ?? 0, "127.0.0.1");
}

function beginNext(): void {
  if (order === undefined || begun >= order.count) return;
  const user = users[begun++ % users.length];
  if (user === undefined) return;
  if (!order.keepsNonce) user.challenge = "";
  send(user);
}

function onResponse(text: string): void {
  const user = users[Number(/^Call-ID: u(\d+)/m.exec(text)?.[1])];
  if (user === undefined || order === undefined) return;
  if (text.startsWith("SIP/2.0 401")) {
    user.challenge = /^WWW-Authenticate: (.*)\r$/m.exec(text)?.[1] ?? "";
    user.nc = 0;
    send(user);
    return;
  }
  if (!text.startsWith("SIP/2.0 200")) refused++;
  if (++done === order.count) process.send?.({ done, refused });
  else beginNext();
}

function onNotify(text: string, port: number): void {
  const kept = text.split("\r\n").filter((line) => /^(Via|From|Call-ID|CSeq):/.test(line));
  const to = /^To: .*$/m.exec(text)?.[0].trimEnd() ?? "";
  const answer = ["SIP/2.0 200 OK", ...kept, `${to};tag=2`, "Content-Length: 0", "", ""].join("\r\n");
  socket.send(Buffer.from(answer, "latin1"), port, "127.0.0.1");
}

socket.on("message", (bytes, { port }) => {
  const text = bytes.toString("latin1");
  if (text.startsWith("SIP/2.0")) onResponse(text);
  else if (text.startsWith("NOTIFY")) onNotify(text, port);
});

process.on("message", (next: RegisterOrder) => {
  if (users.length !== next.users || order?.port !== next.port) {
    const known = order?.port === next.port ? users : [];
    users = Array.from({ length: next.users }, (_, i) => {
      if (known[i] !== undefined) return known[i]; // its CSeq goes on
      const name = `u${i}`;
      return { name, ha1: digestHa1("MD5", name, DOMAIN, "secret"), cseq: 0, nc: 0, challenge: "" };
    });
  }
  order = next;
  begun = 0;
  done = 0;
  refused = 0;
  for (let i = 0; i < next.window; i++) beginNext();
});
process.on("disconnect", () => process.exit(0));
