/**
 * SIP over TCP on loopback: connections, keep-alives, limits, peers that are slow, silent or deaf.
 * Spec: RFC 3261 18; RFC 5626 4.4.1, 5.3. TLS: stream-transport-tls.test.ts.
 */
import { expect } from "chai";
import { openStreamTransport, type StreamTransport, type StreamTransportOptions } from "../../../../sip-bridge/net/stream-transport.js";
import { FlowFailed } from "../../../../sip-bridge/net/transport.js";
import type { Flow } from "../../../../sip-bridge/sip/flow.js";
import type { SipMessage } from "../../../../sip-bridge/sip/message.js";
import { type FakeClock, fakeClock } from "../../../support/fake-clock.js";
import { sipBytes } from "../../../support/sip-messages.js";
import { connectPeer, listeningPeer, type StreamPeer } from "../../../support/stream-peer.js";

const OPTIONS = [
  "OPTIONS sip:voice.example SIP/2.0",
  "Via: SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bKt1;rport",
  "From: <sip:anna@voice.example>;tag=f1",
  "To: <sip:anna@voice.example>",
  "Call-ID: call-1",
  "CSeq: 1 OPTIONS",
];
const REQUEST = sipBytes([...OPTIONS, "Content-Length: 0"]);

interface Received {
  readonly message: SipMessage;
  readonly flow: Flow;
}

describe("net/stream-transport: TCP", () => {
  const closers: (() => unknown)[] = [];
  let clock: FakeClock;
  let received: Received[];
  let failed: { readonly flow: Flow; readonly error: FlowFailed }[];
  let hear: () => void;
  beforeEach(() => {
    clock = fakeClock();
    received = [];
    failed = [];
    hear = () => undefined;
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function open(changes: Partial<StreamTransportOptions> = {}): Promise<StreamTransport> {
    let octet = 0;
    const transport = await openStreamTransport({
      ...{ kind: "tcp", address: "127.0.0.1", port: 0, clock },
      randomBytes: (count) => Buffer.alloc(count, ++octet),
      onMessage: (message, flow) => {
        received.push({ message, flow });
        hear();
      },
      onFlowFailed: (flow, error) => {
        failed.push({ flow, error });
        hear();
      },
      ...changes,
    });
    closers.push(() => transport.close());
    return transport;
  }

  async function peerOf({ localPort }: StreamTransport, host?: string): Promise<StreamPeer> {
    const peer = await connectPeer(localPort, host);
    closers.push(() => peer.close());
    return peer;
  }

  /** Waits for something that the transport tells. */
  async function until(isDone: () => boolean): Promise<void> {
    while (!isDone())
      await new Promise<void>((resolve) => {
        hear = resolve;
      });
  }

  /** A peer whose connection the transport knows, and the flow of it. */
  async function greet(transport: StreamTransport): Promise<{ readonly peer: StreamPeer; readonly flow: Flow }> {
    const before = received.length;
    const peer = await peerOf(transport);
    peer.send(REQUEST);
    await until(() => received.length > before);
    const { flow } = received.at(-1) as Received;
    return { peer, flow };
  }

  const rejection = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  describe("connections that peers open", () => {
    it("tells a message with the flow it came by, and answers on that connection", async () => {
      const transport = await open();
      const { peer, flow } = await greet(transport);
      expect(flow).to.deep.include({ transport: "tcp", localPort: transport.localPort, remoteAddress: "127.0.0.1", remotePort: peer.port });
      await transport.send(Buffer.from("answer"), flow);
      expect(await peer.until("answer")).to.equal("answer");
      expect(transport.via).to.deep.equal({ transport: "TCP", host: "127.0.0.1", port: transport.localPort });
    });

    it("each has an id of its own, which another run of the program never gives", async () => {
      const transport = await open();
      const [one, two] = [await greet(transport), await greet(transport)];
      const other = await greet(await open({ randomBytes: (count) => Buffer.alloc(count, 0xee) }));
      expect(new Set([one, two, other].map(({ flow }) => flow.connection)).size).to.equal(3);
    });

    it("works over IPv6", async () => {
      const transport = await open({ address: "::1" });
      const peer = await peerOf(transport, "::1");
      peer.send(REQUEST);
      await until(() => received.length === 1);
      expect(received[0]?.flow.remoteAddress).to.equal("::1");
      expect(transport.via.host).to.equal("[::1]");
    });

    it("takes several messages of one segment, and one message of many", async () => {
      const transport = await open();
      const peer = await peerOf(transport);
      peer.send(Buffer.concat([REQUEST, REQUEST, REQUEST.subarray(0, 50)]));
      await until(() => received.length === 2);
      for (const octet of REQUEST.subarray(50)) peer.send(Buffer.of(octet));
      await until(() => received.length === 3);
      expect(new Set(received.map(({ message }) => message.callId))).to.deep.equal(new Set(["call-1"]));
    });

    it("answers CRLFCRLF with CRLF, each of them (RFC 5626 4.4.1)", async () => {
      const transport = await open();
      const peer = await peerOf(transport);
      peer.send("\r\n\r\n\r\n\r\n");
      expect(await peer.until("\r\n\r\n")).to.equal("\r\n\r\n");
      peer.send("\r\n");
      peer.send("\r\n");
      expect(await peer.until("\r\n")).to.equal("\r\n");
      expect(transport.counters().pings).to.equal(3);
    });

    it("ten thousand pings at once get ten thousand pongs and no more", async () => {
      const transport = await open();
      const peer = await peerOf(transport);
      peer.send(Buffer.alloc(40_000, "\r\n\r\n"));
      peer.send(REQUEST);
      await until(() => received.length === 1);
      await transport.send(Buffer.from("end"), received[0]?.flow as Flow);
      expect(await peer.until("end")).to.have.length(20_003);
    });

    it("refuses a malformed request and goes on", async () => {
      const transport = await open();
      const peer = await peerOf(transport);
      peer.send(
        sipBytes([...OPTIONS.map((line) => line.replace("OPTIONS", "INFO")).with(5, "CSeq: 1 OPTIONS"), "Content-Length: 2"], "ab"),
      );
      expect(await peer.until("\r\n\r\n")).to.match(/^SIP\/2\.0 400 /);
      peer.send(REQUEST);
      await until(() => received.length === 1);
      expect(transport.counters()).to.include({ malformed: 1, refused: 1, brokenStreams: 0 });
    });

    it("answers 400 and closes when nobody knows where the next message begins", async () => {
      const transport = await open();
      const peer = await peerOf(transport);
      peer.send(sipBytes(OPTIONS));
      peer.send(REQUEST);
      expect(await peer.ended()).to.match(/^SIP\/2\.0 400 Bad Request\r\n[\s\S]*\r\n\r\n$/);
      expect(received).to.deep.equal([]);
      expect(transport.counters()).to.include({ brokenStreams: 1, refused: 1 });
    });

    it("closes on what is no SIP without a word", async () => {
      const transport = await open();
      const peer = await peerOf(transport);
      peer.send("GET / HTTP/1.1\r\nHost: voice.example\r\n\r\n");
      expect(await peer.ended()).to.equal("");
      expect(transport.counters()).to.include({ brokenStreams: 1, refused: 0 });
    });
  });

  describe("flows that fail", () => {
    it("tells at once that the peer closed its connection, and sends nothing over it any more", async () => {
      const transport = await open();
      const { peer, flow } = await greet(transport);
      peer.socket.end();
      await until(() => failed.length === 1);
      expect(failed[0]?.flow).to.deep.equal(flow);
      expect([transport.isOpen(flow), transport.size()]).to.deep.equal([false, 0]);
      expect(await rejection(transport.send(Buffer.from("x"), flow))).to.be.instanceOf(FlowFailed);
    });

    it("tells of a connection that broke", async () => {
      const transport = await open();
      const { peer } = await greet(transport);
      peer.socket.resetAndDestroy();
      await until(() => failed.length === 1);
      expect(failed[0]?.error.message).to.include("ECONNRESET");
      expect(transport.counters().resets).to.equal(1);
    });

    it("a flow of an earlier run fails at once", async () => {
      const transport = await open();
      const { flow } = await greet(await open({ randomBytes: (count) => Buffer.alloc(count, 0xee) }));
      expect(transport.isOpen(flow)).to.equal(false);
      expect(await rejection(transport.send(Buffer.from("x"), flow))).to.be.instanceOf(FlowFailed);
    });

    it("a flow without a connection fails, and opens none", async () => {
      const transport = await open();
      const { flow } = await greet(transport);
      const { connection: _connection, ...bare } = flow;
      expect(await rejection(transport.send(Buffer.from("x"), bare))).to.be.instanceOf(FlowFailed);
    });

    it("closing the transport waits for no peer that was told its last word", async () => {
      const transport = await open();
      const peer = await peerOf(transport);
      peer.socket.pause();
      peer.send("no SIP at all\n");
      while (transport.counters().brokenStreams === 0) await new Promise((resolve) => setImmediate(resolve));
      await transport.close();
    });

    it("closing the transport fails them all", async () => {
      const transport = await open();
      await greet(transport);
      await greet(transport);
      await transport.close();
      expect(failed).to.have.length(2);
      expect(transport.size()).to.equal(0);
      expect(clock.pending()).to.equal(0);
    });
  });

  describe("peers that are slow, silent or deaf", () => {
    it("a message must be complete 10 s after its first octet, however busily it trickles", async () => {
      const transport = await open();
      const { peer } = await greet(transport);
      peer.send(REQUEST.subarray(0, 30));
      await transport.send(Buffer.from("x"), received[0]?.flow as Flow);
      await peer.until("x");
      peer.send("\r\nX: ");
      await untilHeld();
      await clock.advance(9_000);
      expect(transport.size()).to.equal(1);
      await clock.advance(1_000);
      expect(await peer.ended()).to.equal("");
      expect(transport.counters().slowMessages).to.equal(1);

      /** The timer of the message is the second of the connection's. */
      async function untilHeld(): Promise<void> {
        while (clock.pending() < 2) await new Promise((resolve) => setImmediate(resolve));
      }
    });

    it("the next message has its own 10 s", async () => {
      const transport = await open();
      const { peer } = await greet(transport);
      peer.send(REQUEST.subarray(0, 30));
      while (clock.pending() < 2) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(9_000);
      peer.send(Buffer.concat([REQUEST.subarray(30), REQUEST.subarray(0, 30)]));
      await until(() => received.length === 2);
      await clock.advance(9_000);
      expect(transport.size()).to.equal(1);
      await clock.advance(1_000);
      expect(transport.size()).to.equal(0);
    });

    it("silence ends a connection after 180 s, longer than keep-alives are apart", async () => {
      const transport = await open();
      await greet(transport);
      await clock.advance(179_999);
      expect(transport.size()).to.equal(1);
      await clock.advance(1);
      expect(transport.counters().silences).to.equal(1);
    });

    it("any octet makes it start again", async () => {
      const transport = await open();
      const { peer } = await greet(transport);
      await clock.advance(170_000);
      peer.send("\r\n\r\n");
      await peer.until("\r\n");
      await clock.advance(170_000);
      expect(transport.size()).to.equal(1);
    });

    it("a registration may be silent until it ends", async () => {
      const transport = await open();
      const { flow } = await greet(transport);
      transport.keepUntil(flow, clock.now() + 3_600_000);
      await clock.advance(3_599_999);
      expect(transport.size()).to.equal(1);
      await clock.advance(1);
      expect(transport.size()).to.equal(0);
    });

    it("but not if it keeps its flow alive, and stops (RFC 5626 4.4.1)", async () => {
      const transport = await open();
      const { peer, flow } = await greet(transport);
      transport.keepUntil(flow, clock.now() + 3_600_000);
      peer.send("\r\n\r\n");
      await peer.until("\r\n");
      await clock.advance(180_000);
      expect(transport.size()).to.equal(0);
    });

    it("whoever lets a request go unanswered, and says nothing else, is not there any more", async () => {
      const transport = await open();
      const { peer, flow } = await greet(transport);
      const askedAtMs = clock.now() + 1;
      await clock.advance(32_000);
      peer.send("\r\n\r\n");
      await peer.until("\r\n");
      transport.suspect(flow, askedAtMs);
      expect(transport.size(), "it pinged meanwhile").to.equal(1);
      transport.suspect(flow, clock.now() + 1);
      expect(transport.size()).to.equal(0);
    });

    it("a peer that does not read is closed when too much waits for it", async () => {
      const transport = await open({ limits: { unsentBytesMax: 10_000 } });
      const { peer, flow } = await greet(transport);
      peer.socket.pause();
      const sent: Promise<unknown>[] = [];
      for (let i = 0; i < 1_000 && transport.isOpen(flow); i++) sent.push(rejection(transport.send(Buffer.alloc(65_536), flow)));
      expect(transport.counters().deafPeers).to.equal(1);
      expect((await Promise.all(sent)).at(-1)).to.be.instanceOf(FlowFailed);
    });

    it("a peer that does not read is closed when something waits for too long", async () => {
      const transport = await open({ limits: { unsentBytesMax: 100_000_000 } });
      const { peer, flow } = await greet(transport);
      peer.socket.pause();
      const sent = rejection(transport.send(Buffer.alloc(50_000_000), flow));
      await clock.advance(30_000);
      expect(await sent).to.be.instanceOf(FlowFailed);
      expect(transport.counters().deafPeers).to.equal(1);
    });
  });

  describe("limits", () => {
    it("takes no more connections from one source than allowed, and others all the same", async () => {
      const transport = await open({ address: "127.0.0.1", limits: { perSourceMax: 2 } });
      const [first] = [await greet(transport), await greet(transport)];
      const third = await peerOf(transport);
      expect(await third.ended()).to.equal("");
      first?.peer.close();
      const before = received.length;
      // The place is free when the socket is closed, a little after the flow has failed.
      while (received.length === before) {
        const peer = await peerOf(transport);
        peer.send(REQUEST);
        await Promise.race([peer.ended(), until(() => received.length > before)]);
      }
      expect(transport.counters()).to.include({ accepted: 3 });
    });

    it("takes no more connections than allowed in all", async () => {
      const transport = await open({ limits: { connectionsMax: 1 } });
      await greet(transport);
      expect(await (await peerOf(transport)).ended()).to.equal("");
      expect(await rejection(transport.flowTo({ address: "127.0.0.1", port: 9 }))).to.be.instanceOf(FlowFailed);
    });

    it("a flood of connections is bounded, and leaves nothing behind", async () => {
      const transport = await open({ limits: { perSourceMax: 5 } });
      const peers = await Promise.all(Array.from({ length: 100 }, () => peerOf(transport)));
      const answers = peers.map((peer) => {
        peer.send("\r\n\r\n");
        return peer.until("\r\n").then(
          () => "served",
          () => "closed",
        );
      });
      expect((await Promise.all(answers)).filter((answer) => answer === "served")).to.have.length(5);
      expect([transport.size(), transport.counters().connectionsRefused]).to.deep.equal([5, 95]);
    });
  });

  describe("connections of ours", () => {
    it("are reused for the same target, also while they are being opened", async () => {
      const transport = await open();
      const server = await listeningPeer();
      closers.push(() => server.close());
      const target = { address: "127.0.0.1", port: server.port };
      const flows = await Promise.all([transport.flowTo(target), transport.flowTo(target)]);
      flows.push(await transport.flowTo(target));
      expect(new Set(flows.map(({ connection }) => connection)).size).to.equal(1);
      const peer = await server.next();
      await transport.send(Buffer.from("hello"), flows[0] as Flow);
      expect(await peer.until("hello")).to.equal("hello");
      expect(server.count()).to.equal(1);
    });

    it("are opened again when they are closed", async () => {
      const transport = await open();
      const server = await listeningPeer();
      closers.push(() => server.close());
      const target = { address: "127.0.0.1", port: server.port };
      const first = await transport.flowTo(target);
      (await server.next()).close();
      await until(() => failed.length === 1);
      const second = await transport.flowTo(target);
      expect(second.connection).to.not.equal(first.connection);
    });

    it("that are refused fail at once", async () => {
      const transport = await open();
      const server = await listeningPeer();
      await server.close();
      const error = await rejection(transport.flowTo({ address: "127.0.0.1", port: server.port }));
      expect(error).to.be.instanceOf(FlowFailed);
      expect((error as Error).message).to.include("ECONNREFUSED");
      expect(transport.counters().connectFailures).to.equal(1);
    });

    it("ping and await the pong", async () => {
      const transport = await open({ port: null, keepAlive: { intervalMs: 120_000, pongWithinMs: 10_000 } });
      const server = await listeningPeer();
      closers.push(() => server.close());
      const flow = await transport.flowTo({ address: "127.0.0.1", port: server.port });
      const peer = await server.next();
      await clock.advance(100_000);
      expect(await peer.until("\r\n\r\n")).to.equal("\r\n\r\n");
      peer.send("\r\n");
      while (transport.counters().pongs === 0) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(20_000);
      expect(transport.isOpen(flow)).to.equal(true);
    });

    it("fail when no pong comes within 10 s, as they MUST", async () => {
      const transport = await open({ port: null, keepAlive: { intervalMs: 120_000, pongWithinMs: 10_000 } });
      const server = await listeningPeer();
      closers.push(() => server.close());
      const flow = await transport.flowTo({ address: "127.0.0.1", port: server.port });
      await clock.advance(130_000);
      expect(transport.isOpen(flow)).to.equal(false);
      expect(transport.counters().missingPongs).to.equal(1);
    });

    it("ping as often as the peer wants (Flow-Timer)", async () => {
      const transport = await open({ port: null });
      const server = await listeningPeer();
      closers.push(() => server.close());
      const flow = await transport.flowTo({ address: "127.0.0.1", port: server.port });
      const peer = await server.next();
      transport.keepAliveEvery(flow, 30_000);
      await clock.advance(30_000);
      expect(await peer.until("\r\n\r\n")).to.equal("\r\n\r\n");
      transport.keepAliveEvery(flow, 20_000);
      expect(clock.pending(), "silence, pong, ping: no more than one of each").to.equal(3);
    });

    it("a transport that does not listen has no port, and its Via the standard's", async () => {
      const transport = await open({ port: null });
      expect([transport.localPort, transport.via.port]).to.deep.equal([0, 5_060]);
    });
  });

  it("refuses to bind all addresses without a name for Via", async () => {
    expect(await rejection(open({ address: "0.0.0.0" }))).to.be.instanceOf(RangeError);
  });

  it("a port that is taken is told", async () => {
    const { localPort } = await open();
    expect(await rejection(open({ port: localPort }))).to.have.property("code", "EADDRINUSE");
  });
});
