/**
 * Large requests go over TCP, and over UDP all the same where there is no TCP. Real sockets on both sides.
 * Spec: RFC 3261 18.1.1.
 */
import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { systemClock } from "../../../../common/clock.js";
import type { RequestEvent } from "../../../../sip-bridge/net/client-transactions.js";
import { requestBySize } from "../../../../sip-bridge/net/send-by-size.js";
import type { IncomingRequest } from "../../../../sip-bridge/net/server-transactions.js";
import { openStreamEndpoint, type StreamEndpoint } from "../../../../sip-bridge/net/stream-endpoint.js";
import { openUdpEndpoint, type UdpEndpoint } from "../../../../sip-bridge/net/udp-endpoint.js";
import { buildRequest } from "../../../../sip-bridge/sip/build.js";
import { header, type SipRequest } from "../../../../sip-bridge/sip/message.js";

const requestOf = (subjectBytes: number): SipRequest =>
  buildRequest({
    ...{ method: "MESSAGE", uri: "sip:hgw1@127.0.0.1", callId: "c1", cseq: 1 },
    from: { uri: "sip:acs@voice.example", params: [{ name: "tag", value: "1" }] },
    to: { uri: "sip:hgw1@voice.example", params: [] },
    headers: [header("Subject", "x".repeat(subjectBytes))],
  });

describe("RFC 3261 18.1.1: requests that are too large for a datagram", () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  const shared = {
    ...{ address: "127.0.0.1", clock: systemClock, randomBytes },
    onHandlerError: (error: unknown) => {
      throw error;
    },
  };
  async function openUdp(onRequest: (incoming: IncomingRequest) => void, port = 0): Promise<UdpEndpoint> {
    const endpoint = await openUdpEndpoint({ ...shared, port, onRequest });
    closers.push(() => endpoint.close());
    return endpoint;
  }
  async function openTcp(onRequest: (incoming: IncomingRequest) => void, port: number | null): Promise<StreamEndpoint> {
    const endpoint = await openStreamEndpoint({ ...shared, kind: "tcp", port, onRequest });
    closers.push(() => endpoint.close());
    return endpoint;
  }

  /** UDP on the number of a free TCP port; another program may have that. */
  async function openBoth(onRequest: (incoming: IncomingRequest) => void): Promise<UdpEndpoint> {
    for (;;) {
      const { transport } = await openTcp(onRequest, 0);
      try {
        return await openUdp(onRequest, transport.localPort);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      }
    }
  }

  /** Sends to a peer that has UDP, and TCP if it is said so; returns the transport of the Via that came, and what was told of it. */
  async function send(subjectBytes: number, peerHasTcp: boolean, weHaveTcp = true) {
    const vias: string[] = [];
    const onRequest = ({ request, answer }: IncomingRequest): void => {
      vias.push(request.vias[0]?.transport ?? "");
      answer(200);
    };
    const peer = peerHasTcp ? await openBoth(onRequest) : await openUdp(onRequest);
    const [udp, tcp] = [await openUdp(() => undefined), weHaveTcp ? await openTcp(() => undefined, null) : undefined];
    const flow = udp.transport.flowTo("127.0.0.1", peer.transport.localPort);
    const events: RequestEvent[] = [];
    await new Promise<void>((resolve) => {
      requestBySize({ udp: udp.layer, tcp }, requestOf(subjectBytes), flow, (event) => {
        events.push(event);
        if (event.kind === "final") resolve();
      });
    });
    return { vias, events: events.map(({ kind }) => kind) };
  }

  it("go over TCP, and Via says so", async () => {
    expect(await send(1_200, true)).to.deep.equal({ vias: ["TCP"], events: ["sent", "final"] });
  });

  it("go over UDP when TCP is refused, and nothing is told of the attempt", async () => {
    expect(await send(1_200, false)).to.deep.equal({ vias: ["UDP"], events: ["sent", "final"] });
  });

  it("go over UDP when there is no TCP on our side", async () => {
    expect((await send(1_200, true, false)).vias).to.deep.equal(["UDP"]);
  });

  it("those that fit stay on UDP, also where there is TCP", async () => {
    expect((await send(100, true)).vias).to.deep.equal(["UDP"]);
  });
});
