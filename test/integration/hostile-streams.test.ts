/**
 * A bridge whose TCP port is attacked goes on serving, counts what it saw, and holds nothing of it.
 * Spec: sip.md 11 (huge headers, slow TCP, endless Content-Length). Limits of time: test/unit/sip-bridge/net/stream-transport.test.ts.
 */
import { expect } from "chai";
import { openGateway } from "../support/sip-gateway.js";
import { sipBytes } from "../support/sip-messages.js";
import { connectPeer, type StreamPeer } from "../support/stream-peer.js";
import { startTestBridge, type TestBridge } from "../support/test-bridge.js";

const HEAD = [
  "REGISTER sip:voice.example SIP/2.0",
  "Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bKa1;rport",
  "From: <sip:hgw1@voice.example>;tag=f1",
  "To: <sip:hgw1@voice.example>",
  "Call-ID: c1",
  "CSeq: 1 REGISTER",
];

describe("hostile streams at the bridge", () => {
  let bridge: TestBridge;
  let open: StreamPeer[];
  beforeEach(async () => {
    bridge = await startTestBridge({
      sip: {
        addresses: [{ address: "127.0.0.1" }],
        port: 0,
        streamLimits: { perSourceMax: 20 },
        timers: { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000 },
      },
    });
    open = [];
  });
  afterEach(async () => {
    for (const peer of open) peer.close();
    await bridge.close();
  });

  const peer = async (): Promise<StreamPeer> => {
    const one = await connectPeer(bridge.sipPort);
    open.push(one);
    return one;
  };

  /** Somebody else is served as if nothing were. */
  async function serves(): Promise<void> {
    const gateway = await openGateway({ bridgePort: bridge.sipPort, transport: "tcp" });
    expect((await gateway.register()).status).to.equal(200);
    await gateway.close();
  }

  const STREAMS: Readonly<Record<string, Uint8Array | string>> = {
    "a header part of 28 kB": `${HEAD.join("\r\n")}\r\n${"X-Filler: y\r\n".repeat(2_000)}`,
    "a body that is announced with 2^53 octets": sipBytes([...HEAD, "Content-Length: 9007199254740991"]),
    "a body that is announced with more digits than a number has": sipBytes([...HEAD, `Content-Length: ${"9".repeat(400)}`]),
    "octets of no meaning": Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7_919) & 0xff)),
    "a ClientHello": Buffer.from("16030100a5010000a10303\n", "latin1"),
    HTTP: "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "lines that end otherwise": "REGISTER sip:a SIP/2.0\nVia: x\n\n",
  };
  for (const [what, octets] of Object.entries(STREAMS)) {
    it(`${what}: the connection ends, and others are served`, async () => {
      const attacker = await peer();
      attacker.send(octets);
      await attacker.ended();
      await serves();
    });
  }

  it("half a message and silence: others are served meanwhile", async () => {
    for (let i = 0; i < 10; i++) (await peer()).send(sipBytes(HEAD).subarray(0, 40 + i));
    await serves();
  });

  it("more connections than one source may have are closed at once", async () => {
    const peers = await Promise.all(Array.from({ length: 60 }, peer));
    await Promise.all(peers.slice(40).map((one) => Promise.race([one.ended(), one.until("never").catch(() => "")])));
    expect(bridge.counters()["tcp.connectionsRefused"]).to.be.at.least(20);
    expect(bridge.counters()["tcp.open"]).to.be.at.most(20);
    for (const one of open.splice(0)) one.close();
    while ((bridge.counters()["tcp.open"] ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it("a thousand requests in one segment from a peer that reads nothing are answered or dropped, and the bridge stays", async () => {
    const attacker = await peer();
    attacker.socket.pause();
    const requests = Array.from({ length: 1_000 }, (_, i) =>
      sipBytes([
        ...HEAD.map((line) => line.replace("z9hG4bKa1", `z9hG4bKa${i}`).replace("CSeq: 1", `CSeq: ${i + 1}`)),
        "Content-Length: 0",
      ]),
    );
    attacker.send(Buffer.concat(requests));
    while ((bridge.counters()["tcp.messagesReceived"] ?? 0) < 1_000) await new Promise((resolve) => setImmediate(resolve));
    await serves();
  });

  it("scanners are dropped on streams as on UDP, and counted", async () => {
    const scanner = await peer();
    scanner.send(sipBytes([...HEAD, "User-Agent: friendly-scanner", "Content-Length: 0"]));
    scanner.send("\r\n\r\n");
    expect(await scanner.until("\r\n")).to.equal("\r\n");
    expect(bridge.counters()["scannersIgnored"]).to.equal(1);
  });
});
