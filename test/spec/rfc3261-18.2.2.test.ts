/**
 * RFC 3261 18.2.2: an answer whose connection is gone before it was ready.
 * Spec: RFC 3261 18.2.1, 18.2.2, over real connections on loopback.
 */
import { expect } from "chai";
import { ANSWER_ANEW_LIMITS, answeringAnew, type Reopening } from "../../sip-bridge/net/answer-anew.js";
import type { StreamTarget } from "../../sip-bridge/net/dial.js";
import type { IncomingRequest } from "../../sip-bridge/net/server-transactions.js";
import { openStreamEndpoint, type StreamEndpoint } from "../../sip-bridge/net/stream-endpoint.js";
import { FlowFailed } from "../../sip-bridge/net/transport.js";
import { type FakeClock, fakeClock, settle } from "../support/fake-clock.js";
import { sipBytes } from "../support/sip-messages.js";
import { connectPeer, type ListeningPeer, listeningPeer } from "../support/stream-peer.js";

const HEADERS = ["From: <sip:anna@voice.example>;tag=f1", "To: <sip:anna@voice.example>", "Call-ID: call-1", "CSeq: 1 OPTIONS"];
const CLOSED_PORT = 9;

describe("RFC 3261 18.2.2: the connection that a request came by is gone before its answer", () => {
  let clock: FakeClock;
  let server: StreamEndpoint;
  let client: ListeningPeer;
  let onRequest: (incoming: IncomingRequest) => void;
  let onFlowFailed: () => void;

  beforeEach(async () => {
    clock = fakeClock();
    let octet = 0;
    server = await openStreamEndpoint({
      ...{ kind: "tcp", address: "127.0.0.1", port: 0, clock, randomBytes: (count) => Buffer.alloc(count, ++octet) },
      onRequest: (incoming) => onRequest(incoming),
      onFlowFailed: () => onFlowFailed(),
      onHandlerError: (error) => {
        throw error;
      },
    });
    client = await listeningPeer();
  });
  afterEach(async () => {
    await client.close();
    await server.close();
  });

  /** Sends OPTIONS with this sent-by, and closes the connection. @returns The request, when the server has seen that. */
  async function requestAndLeave(sentBy: string): Promise<IncomingRequest> {
    const heard = new Promise<IncomingRequest>((resolve) => {
      onRequest = resolve;
    });
    const gone = new Promise<void>((resolve) => {
      onFlowFailed = resolve;
    });
    const peer = await connectPeer(server.transport.localPort);
    const via = `Via: SIP/2.0/TCP ${sentBy};branch=z9hG4bKt1;rport`;
    peer.send(sipBytes(["OPTIONS sip:voice.example SIP/2.0", via, ...HEADERS, "Content-Length: 0"]));
    const incoming = await heard;
    peer.close();
    await gone;
    return incoming;
  }

  for (const host of ["127.0.0.1", "gateway.example", "192.0.2.77"]) {
    it(`the answer goes over a new one to the source's address, at the port of sent-by (${host})`, async () => {
      const { answer } = await requestAndLeave(`${host}:${client.port}`);
      answer(200);
      const heard = await (await client.next()).until("\r\n\r\n");
      expect(heard)
        .to.match(/^SIP\/2\.0 200 OK\r\n/)
        .and.match(/received=127\.0\.0\.1/);
    });
  }

  it("if that fails as well, the answer is lost and counted, and nothing else is", async () => {
    const { answer } = await requestAndLeave(`127.0.0.1:${CLOSED_PORT}`);
    answer(200);
    while (server.layer.counters().sendErrors === 0) await settle();
    onFlowFailed = () => undefined;
    const later = await requestAndLeave(`127.0.0.1:${client.port}`);
    later.answer(200);
    expect(await (await client.next()).until("\r\n\r\n")).to.match(/^SIP\/2\.0 200/);
  });

  it("an open connection is used, whatever sent-by says", async () => {
    onRequest = ({ answer }) => answer(200);
    onFlowFailed = () => undefined;
    const peer = await connectPeer(server.transport.localPort);
    const via = `Via: SIP/2.0/TCP 127.0.0.1:${client.port};branch=z9hG4bKt1`;
    peer.send(sipBytes(["OPTIONS sip:voice.example SIP/2.0", via, ...HEADERS, "Content-Length: 0"]));
    expect(await peer.until("\r\n\r\n")).to.match(/^SIP\/2\.0 200/);
    expect(client.count()).to.equal(0);
    peer.close();
  });

  describe("of a transport whose connections are all gone", () => {
    const FLOW = { transport: "tls", localPort: 5061, remoteAddress: "192.0.2.10", remotePort: 40_000, connection: "c1" } as const;
    const answerTo = (via: string): Uint8Array => sipBytes(["SIP/2.0 200 OK", `Via: SIP/2.0/TLS ${via}`, ...HEADERS, "Content-Length: 0"]);

    function gone(flowTo: Reopening["flowTo"]): Reopening {
      const send: Reopening["send"] = async (_bytes, { connection }) => {
        if (connection === "c1") throw new FlowFailed("the connection is closed");
      };
      return { kind: "tls", reliable: true, via: { transport: "TLS", host: "bridge.example", port: 5061 }, send, flowTo };
    }

    it("over TLS the peer must prove the host of sent-by; without a port it is 5061", async () => {
      const targets: StreamTarget[] = [];
      const transport = gone(async (target) => {
        targets.push(target);
        return { ...FLOW, connection: "c2" };
      });
      await answeringAnew(transport).send(answerTo("gw.example;branch=z9hG4bKt1;received=192.0.2.10"), FLOW);
      expect(targets).to.deep.equal([{ address: "192.0.2.10", port: 5061, serverName: "gw.example" }]);
    });

    it("requests fail with their connection: no other is opened for them (RFC 5626 5.3)", async () => {
      let opened = 0;
      const transport = answeringAnew(
        gone(async () => {
          opened++;
          return { ...FLOW, connection: "c2" };
        }),
      );
      const request = sipBytes(["NOTIFY sip:a@192.0.2.10 SIP/2.0", "Via: SIP/2.0/TLS b.example;branch=z9hG4bKt1", "Content-Length: 0"]);
      const failure = await transport.send(request, FLOW).catch((error: unknown) => error);
      expect([failure instanceof FlowFailed, opened]).to.deep.equal([true, 0]);
    });

    it("only so many are opened at once: strangers that ask and leave cost no more", async () => {
      let opened = 0;
      const transport = answeringAnew(
        gone(() => {
          opened++;
          return new Promise(() => undefined);
        }),
      );
      const answer = answerTo("192.0.2.10:5070;branch=z9hG4bKt1");
      for (let i = 0; i < ANSWER_ANEW_LIMITS.openingMax; i++) transport.send(answer, FLOW).catch(() => undefined);
      const failure = await transport.send(answer, FLOW).catch((error: unknown) => error);
      expect([failure instanceof FlowFailed, opened]).to.deep.equal([true, ANSWER_ANEW_LIMITS.openingMax]);
    });
  });
});
