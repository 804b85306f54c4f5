/**
 * The UDP transport on loopback: keep-alives, STUN, malformed datagrams, IPv6.
 * Spec: RFC 3261 18, RFC 3581, RFC 5626 4.4.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { expect } from "chai";
import { openUdpTransport, type UdpTransport } from "../../../../sip-bridge/net/udp-transport.js";
import type { Flow } from "../../../../sip-bridge/sip/flow.js";
import type { SipMessage } from "../../../../sip-bridge/sip/message.js";
import { writeMessage } from "../../../../sip-bridge/sip/write-message.js";
import { fakeClock } from "../../../support/fake-clock.js";
import { sipBytes, sipRequest } from "../../../support/sip-messages.js";

interface Peer {
  readonly port: number;
  send(bytes: Uint8Array | string): void;
  /** The next datagram, as text and source port. */
  next(): Promise<{ readonly text: string; readonly port: number }>;
}

describe("net/udp-transport", () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  const received: { readonly message: SipMessage; readonly flow: Flow }[] = [];
  async function open(address = "127.0.0.1"): Promise<UdpTransport> {
    received.length = 0;
    const transport = await openUdpTransport({
      address,
      port: 0,
      clock: fakeClock(),
      randomBytes: (count) => new Uint8Array(count),
      onMessage: (message, flow) => received.push({ message, flow }),
    });
    closers.push(() => transport.close());
    return transport;
  }

  async function peerOf(transport: UdpTransport, address = "127.0.0.1"): Promise<Peer> {
    const socket: Socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    socket.bind(0, address);
    await once(socket, "listening");
    closers.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
    const queue: { readonly text: string; readonly port: number }[] = [];
    socket.on("message", (bytes, { port }) => queue.push({ text: bytes.toString("latin1"), port }));
    return {
      port: socket.address().port,
      send: (bytes) => socket.send(bytes, transport.localPort, address),
      async next() {
        while (queue.length === 0) await once(socket, "message");
        return queue.shift() ?? { text: "", port: 0 };
      },
    };
  }

  /** STUN is answered at once, so what was sent before has been dealt with when its answer is here. */
  const STUN = Buffer.from("000100002112a442000102030405060708090a0b", "hex");
  async function settled(peer: Peer): Promise<void> {
    peer.send(STUN);
    while (!(await peer.next()).text.startsWith("\x01\x01"));
  }

  it("tells a message with the flow it came by, and answers on it from the same port", async () => {
    const transport = await open();
    const peer = await peerOf(transport);
    peer.send(writeMessage(sipRequest()));
    await settled(peer);
    const [{ message, flow } = { message: undefined, flow: transport.flowTo("", 0) }] = received;
    expect(message).to.include({ kind: "request", method: "OPTIONS" });
    expect(flow).to.deep.equal({ transport: "udp", localPort: transport.localPort, remoteAddress: "127.0.0.1", remotePort: peer.port });
    await transport.send(Buffer.from("answer"), flow);
    expect(await peer.next()).to.deep.equal({ text: "answer", port: transport.localPort });
    expect(transport.via).to.deep.equal({ transport: "UDP", host: "127.0.0.1", port: transport.localPort });
  });

  it("keep-alives are ignored in silence", async () => {
    const transport = await open();
    const peer = await peerOf(transport);
    for (const bytes of ["", "\r\n", "\r\n\r\n", "\0\0\0\0", "\0"]) peer.send(bytes);
    await settled(peer);
    expect(transport.counters()).to.include({ keepAlives: 5, malformed: 0, datagramsSent: 1 });
    expect(received).to.deep.equal([]);
  });

  it("a STUN binding request learns its own address", async () => {
    const transport = await open();
    const peer = await peerOf(transport);
    peer.send(STUN);
    const answer = Buffer.from((await peer.next()).text, "latin1");
    expect(answer.subarray(0, 20).toString("hex")).to.equal("0101000c2112a442000102030405060708090a0b");
    expect(answer.readUInt16BE(26) ^ 0x2112).to.equal(peer.port);
    expect((answer.readUInt32BE(28) ^ 0x2112a442) >>> 0).to.equal(0x7f000001);
  });

  it("malformed requests are answered, so many per source; malformed responses and noise never", async () => {
    const transport = await open();
    const peer = await peerOf(transport);
    const fields = ["Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1;rport", "From: <sip:a@b>;tag=1", "To: <sip:a@b>", "Call-ID: 1", "CSeq: x"];
    peer.send(sipBytes(["SIP/2.0 200 OK", ...fields]));
    peer.send(sipBytes(["ACK sip:a@b SIP/2.0", ...fields]));
    peer.send("noise that is long enough");
    for (let i = 0; i < 10; i++) peer.send(sipBytes(["OPTIONS sip:a@b SIP/2.0", ...fields]));
    const { text } = await peer.next();
    expect(text).to.match(/^SIP\/2\.0 400 Bad Request\r\n/);
    expect(text).to.include(`rport=${peer.port};received=127.0.0.1`);
    await settled(peer);
    // The ACK took a token of the five, and was not answered.
    expect(transport.counters()).to.include({ malformed: 13, refused: 4, datagramsReceived: 14 });
    expect(received).to.deep.equal([]);
  });

  it("a peer that cannot be sent to is a rejected promise", async () => {
    const transport = await open();
    for (const flow of [
      transport.flowTo("gateway.example", 5060),
      transport.flowTo("127.0.0.1", 99_999),
      transport.flowTo("127.0.0.1", 0),
      transport.flowTo("::1", 5060),
    ]) {
      expect(
        await transport.send(Buffer.from("x"), flow).then(
          () => "sent",
          (error: unknown) => error instanceof Error,
        ),
      ).to.equal(true);
    }
    const tooLong = transport.send(Buffer.alloc(65_535), transport.flowTo("127.0.0.1", 9));
    expect(
      await tooLong.then(
        () => "sent",
        () => "failed",
      ),
    ).to.equal("failed");
    expect(transport.counters().sendErrors).to.equal(5);
  });

  it("after it was closed, sending fails and closing again does nothing", async () => {
    const transport = await open();
    await transport.close();
    expect(
      await transport.send(Buffer.from("x"), transport.flowTo("127.0.0.1", 9)).then(
        () => "sent",
        () => "failed",
      ),
    ).to.equal("failed");
    await transport.close();
  });

  it("a port in use is an error of opening", async () => {
    const { localPort } = await open();
    const again = openUdpTransport({
      address: "127.0.0.1",
      port: localPort,
      clock: fakeClock(),
      randomBytes: (count) => new Uint8Array(count),
      onMessage: () => undefined,
    });
    expect(
      await again.then(
        () => "open",
        (error: NodeJS.ErrnoException) => error.code,
      ),
    ).to.equal("EADDRINUSE");
  });

  it("on all addresses it must be told what to call itself", async () => {
    const options = { port: 0, clock: fakeClock(), randomBytes: (count: number) => new Uint8Array(count), onMessage: () => undefined };
    expect(
      await openUdpTransport({ ...options, address: "0.0.0.0" }).then(
        () => "open",
        (error: unknown) => error instanceof RangeError,
      ),
    ).to.equal(true);
    const named = await openUdpTransport({ ...options, address: "0.0.0.0", publicHost: "2001:db8::5", publicPort: 5060 });
    closers.push(() => named.close());
    expect(named.via).to.deep.equal({ transport: "UDP", host: "[2001:db8::5]", port: 5060 });
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));
  it("speaks IPv6, with brackets in Via and none in flows", async function () {
    if (!hasIpv6) return this.skip(); // no IPv6 loopback on this machine
    const transport = await open("::1");
    const peer = await peerOf(transport, "::1");
    peer.send(writeMessage(sipRequest()));
    await settled(peer);
    expect(received[0]?.flow.remoteAddress).to.equal("::1");
    expect(transport.via.host).to.equal("[::1]");
  });
});
