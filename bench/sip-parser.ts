/**
 * How many SIP messages one CPU-second parses and writes, and how many NOTIFYs with their answers it takes over loopback UDP.
 * Bar: 8,000 NOTIFYs with answer per CPU-second, both ends counted. npm sip parses and writes the same messages in the same run.
 * Run: npx tsx bench/sip-parser.ts
 */
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { systemClock } from "../common/clock.js";
import { openUdpEndpoint } from "../sip-bridge/net/udp-endpoint.js";
import { buildRequest, buildResponse } from "../sip-bridge/sip/build.js";
import { header } from "../sip-bridge/sip/message.js";
import { parseMessage } from "../sip-bridge/sip/parse-message.js";
import { writeMessage } from "../sip-bridge/sip/write-message.js";

const ROUNDS = 7;
const ROUND_CPU_MS = 300;
const NOTIFY_ROUND_MS = 3_000;
const IN_FLIGHT = 50;

interface NpmSip {
  parse(bytes: Buffer): object;
  stringify(message: object): string;
}
const npmSip: NpmSip = createRequire(import.meta.url)("sip");

const MESSAGES = {
  "NOTIFY as we send it": [
    "NOTIFY sip:hgw1@192.0.2.10:5060;line=abc SIP/2.0",
    "Via: SIP/2.0/UDP 198.51.100.5:5060;branch=z9hG4bK5d1c0f7be2a94c11;rport",
    "Max-Forwards: 70",
    "From: <sip:acs@voice.example>;tag=9b1d7f20",
    "To: <sip:hgw1@voice.example>",
    "Call-ID: 7c0e0e0c5b4d4a19@acs1",
    "CSeq: 1 NOTIFY",
    "Contact: <sip:acs@198.51.100.5:5060>",
    "Event: resync",
    "Subscription-State: terminated",
    "Content-Length: 0",
  ],
  "REGISTER with digest": [
    "REGISTER sip:voice.example SIP/2.0",
    "Via: SIP/2.0/UDP 192.168.1.2:5060;branch=z9hG4bK-524287-1---8f2c1f0a;rport",
    "Max-Forwards: 70",
    'From: "Anna" <sip:anna@voice.example>;tag=6f3a',
    'To: "Anna" <sip:anna@voice.example>',
    "Call-ID: 0d1e2f3a4b5c6d7e@192.168.1.2",
    "CSeq: 1822 REGISTER",
    'Contact: <sip:anna@192.168.1.2:5060;line=1>;expires=3600;+sip.instance="<urn:uuid:00000000-0000-1000-8000-0A1B2C3D4E5F>";reg-id=1',
    `Authorization: Digest username="anna", realm="voice.example", nonce="${"n".repeat(40)}", uri="sip:voice.example", response="${"0".repeat(64)}", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="0a4f113b"`,
    "Supported: path, outbound",
    "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY",
    "User-Agent: VG2000 1.2.3",
    "Expires: 3600",
    "Content-Length: 0",
  ],
} as const;

/** Runs per CPU-second, over one round. `sink` keeps the engine from leaving the work out. */
function perCpuSecond(run: () => unknown): number {
  const start = process.cpuUsage();
  let runs = 0;
  let sink: unknown;
  for (;;) {
    for (let i = 0; i < 100; i++) sink = run();
    runs += 100;
    const { user, system } = process.cpuUsage(start);
    if (user + system > ROUND_CPU_MS * 1_000) return sink === undefined ? 0 : (runs * 1e6) / (user + system);
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function codecFigures(title: string, lines: readonly string[]): void {
  const bytes = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  const message = parseMessage(bytes);
  const built = message.kind === "request" ? buildResponse(message, 200, { toTag: "1" }) : message;
  const theirs = npmSip.parse(bytes);
  const cases: readonly (readonly [string, () => unknown])[] = [
    ["parse", () => parseMessage(bytes)],
    ["parse, npm sip", () => npmSip.parse(bytes)],
    ["write", () => writeMessage(message)],
    ["write, npm sip", () => Buffer.from(npmSip.stringify(theirs), "latin1")],
    ["write a response to it", () => writeMessage(built)],
  ];
  console.log(`${title}: ${bytes.length} bytes; messages per CPU-second, median of ${ROUNDS} rounds`);
  const rounds = Array.from({ length: ROUNDS }, () => cases.map(([, run]) => perCpuSecond(run))); // interleaved: noise hits all alike
  cases.forEach(([name], i) => {
    console.log(
      `  ${name.padEnd(26)} ${median(rounds.map((round) => round[i] ?? 0))
        .toFixed(0)
        .padStart(9)}`,
    );
  });
}

/** NOTIFYs with their 200s through both transaction layers, in one process: the CPU time is that of both ends. */
async function notifyFigure(): Promise<void> {
  const shared = { address: "127.0.0.1", port: 0, clock: systemClock, randomBytes, onHandlerError: console.error };
  const gateway = await openUdpEndpoint({ ...shared, onRequest: (incoming) => incoming.answer(200) });
  const us = await openUdpEndpoint({
    ...shared,
    limits: { requestsMax: 1_000_000, pendingMax: 1, answersMax: 1 },
    onRequest: () => undefined,
  });
  const target = us.transport.flowTo("127.0.0.1", gateway.transport.localPort);
  const start = process.cpuUsage();
  const untilMs = Date.now() + NOTIFY_ROUND_MS;
  let answered = 0;
  let failed = 0;
  let sequence = 0;

  const notify = (): Promise<void> =>
    new Promise((resolve) => {
      const request = buildRequest({
        method: "NOTIFY",
        uri: "sip:hgw1@127.0.0.1;line=abc",
        from: { uri: "sip:acs@voice.example", params: [{ name: "tag", value: "9b1d7f20" }] },
        to: { uri: "sip:hgw1@voice.example", params: [] },
        callId: `${sequence++}@acs`,
        cseq: 1,
        headers: [header("Contact", "<sip:acs@127.0.0.1>"), header("Event", "resync"), header("Subscription-State", "terminated")],
      });
      us.layer.request(request, target, ({ kind }) => {
        if (kind === "final") answered++;
        else if (kind === "timeout" || kind === "transport-error") failed++;
        if (kind !== "sent" && kind !== "retransmitted" && kind !== "provisional") resolve();
      });
    });
  const worker = async (): Promise<void> => {
    while (Date.now() < untilMs) await notify();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));

  const { user, system } = process.cpuUsage(start);
  const kept = us.layer.size() + gateway.layer.size();
  console.log(`NOTIFY with 200 over UDP, ${IN_FLIGHT} in flight, client and server transactions in one process`);
  console.log(
    `  answered ${answered}, failed ${failed}, transactions kept at the end ${kept}, resident ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`,
  );
  console.log(`  per CPU-second, both ends  ${((answered * 1e6) / (user + system)).toFixed(0).padStart(9)}`);
  await Promise.all([us.close(), gateway.close()]);
}

for (const [title, lines] of Object.entries(MESSAGES)) codecFigures(title, lines);
await notifyFigure();
