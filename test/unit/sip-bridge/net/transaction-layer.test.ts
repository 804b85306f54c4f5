/**
 * The transaction layer over a transport that only remembers, with a clock that only tests move.
 * Spec: RFC 3261 17.1.3, 17.2.3, 18.1.2; RFC 3581 4.
 */
import { expect } from "chai";
import type { RequestEvent } from "../../../../sip-bridge/net/client-transactions.js";
import type { IncomingRequest } from "../../../../sip-bridge/net/server-transactions.js";
import { openTransactionLayer, type TransactionLayer } from "../../../../sip-bridge/net/transaction-layer.js";
import { FlowFailed } from "../../../../sip-bridge/net/transport.js";
import { buildRequest } from "../../../../sip-bridge/sip/build.js";
import type { Flow } from "../../../../sip-bridge/sip/flow.js";
import { header, MalformedMessage, param, type SipMessage, type SipRequest } from "../../../../sip-bridge/sip/message.js";
import { type FakeClock, fakeClock, settle } from "../../../support/fake-clock.js";
import { type FakeTransport, fakeTransport } from "../../../support/fake-transport.js";
import { sipRequest, sipResponse } from "../../../support/sip-messages.js";

const FLOW: Flow = { transport: "udp", localPort: 5060, remoteAddress: "192.0.2.10", remotePort: 5060 };
const notify = buildRequest({
  method: "NOTIFY",
  uri: "sip:hgw1@192.0.2.10",
  from: { uri: "sip:acs@voice.example", params: [{ name: "tag", value: "1" }] },
  to: { uri: "sip:hgw1@voice.example", params: [] },
  callId: "call-1",
  cseq: 1,
  headers: [header("Event", "resync")],
});

interface Stage {
  readonly clock: FakeClock;
  readonly transport: FakeTransport;
  readonly layer: TransactionLayer;
  readonly incoming: IncomingRequest[];
  readonly errors: unknown[];
}

function stage(onRequest: (incoming: IncomingRequest) => void | Promise<void> = () => undefined, reliable = false): Stage {
  const clock = fakeClock();
  const transport = fakeTransport(clock, reliable);
  const incoming: IncomingRequest[] = [];
  const errors: unknown[] = [];
  let count = 0;
  const layer = openTransactionLayer({
    transport,
    clock,
    randomBytes: (length) => Buffer.alloc(length).fill(++count),
    limits: { requestsMax: 3, pendingMax: 5, answersMax: 10 },
    onHandlerError: (error) => errors.push(error),
    onRequest: (request) => {
      incoming.push(request);
      return onRequest(request);
    },
  });
  return { clock, transport, layer, incoming, errors };
}

/** Sends the NOTIFY; returns what is heard of it, growing. */
function send({ layer }: Stage): RequestEvent[] {
  const events: RequestEvent[] = [];
  layer.request(notify, FLOW, (event) => events.push(event));
  return events;
}

const kinds = (events: readonly RequestEvent[]): readonly string[] => events.map(({ kind }) => kind);
function lastRequest({ transport }: Stage): SipRequest {
  const message: SipMessage | undefined = transport.sent.at(-1)?.message;
  if (message?.kind !== "request") throw new RangeError("no request was sent");
  return message;
}

describe("net/transaction-layer: requests of ours", () => {
  it("carry our Via on top, with a new branch each time and rport", () => {
    const on = stage();
    send(on);
    send(on);
    const [first, second] = on.transport.sent.map(({ message }) => message.vias[0]);
    expect(first).to.deep.include({ transport: "UDP", host: "198.51.100.5", port: 5060 });
    expect(param(first?.params ?? [], "branch")).to.match(/^z9hG4bK[0-9a-f]{24}$/);
    expect(param(first?.params ?? [], "branch")).to.not.equal(param(second?.params ?? [], "branch"));
    expect(param(first?.params ?? [], "rport")).to.equal("");
  });

  it("are retransmitted as the same bytes", async () => {
    const on = stage();
    send(on);
    await on.clock.advance(2_000);
    const [first, ...copies] = on.transport.sent;
    expect(copies).to.have.length(2);
    for (const copy of copies) expect(copy.bytes).to.equal(first?.bytes);
  });

  it("end with the final response, told once although copies come", async () => {
    const on = stage();
    const events = send(on);
    expect(events).to.deep.equal([]);
    await settle();
    const response = sipResponse(lastRequest(on), 200);
    on.layer.receive(sipResponse(lastRequest(on), 100), FLOW);
    on.layer.receive(response, FLOW);
    on.layer.receive(response, FLOW);
    expect(kinds(events)).to.deep.equal(["sent", "provisional", "final"]);
    expect(events.at(-1)).to.deep.equal({ kind: "final", response, flow: FLOW });
    await on.clock.advance(5_000);
    expect(on.layer.size()).to.equal(0);
    expect(on.clock.pending()).to.equal(0);
  });

  it("a response that overtakes the news of the sending comes after it all the same", async () => {
    const on = stage();
    const events = send(on);
    on.layer.receive(sipResponse(lastRequest(on), 200), FLOW);
    await settle();
    expect(kinds(events)).to.deep.equal(["sent", "final"]);
  });

  it("end with the transport's error", async () => {
    const on = stage();
    on.transport.breakDown(new Error("ENETUNREACH"));
    const events = send(on);
    await settle();
    expect(events).to.have.length(1);
    expect(events[0]).to.deep.include({ kind: "transport-error" }).and.have.nested.property("error.message", "ENETUNREACH");
    expect([on.layer.size(), on.clock.pending()]).to.deep.equal([0, 0]);
  });

  it("end at once when the connection that their answer would come over is gone (17.1.4)", async () => {
    const on = stage(undefined, true);
    const over = (connection: string): RequestEvent[] => {
      const events: RequestEvent[] = [];
      on.layer.request(notify, { ...FLOW, transport: "tcp", connection }, (event) => events.push(event));
      return events;
    };
    const [lost, alive] = [over("k1"), over("k2")];
    await settle();
    on.layer.failConnection("k1", new FlowFailed("the peer closed the connection"));
    expect([kinds(lost), kinds(alive)]).to.deep.equal([["sent", "transport-error"], ["sent"]]);
    expect(lost.at(-1)).to.have.nested.property("error.name", "FlowFailed");
    on.layer.failConnection("k2", new FlowFailed("the peer closed the connection"));
    expect([on.layer.size(), on.clock.pending()]).to.deep.equal([0, 0]);
  });

  it("fail at once beyond the limit of requests in flight", async () => {
    const on = stage();
    for (let i = 0; i < 3; i++) send(on);
    const events = send(on);
    expect(events).to.deep.equal([]);
    await on.clock.advance(0);
    expect(kinds(events)).to.deep.equal(["transport-error"]);
    on.layer.close();
    expect(on.clock.pending()).to.equal(0);
  });

  it("what their owner throws is told, and harms nothing", async () => {
    const on = stage();
    on.layer.request(notify, FLOW, () => {
      throw new Error("owner");
    });
    await settle();
    on.layer.receive(sipResponse(lastRequest(on), 200), FLOW);
    expect(on.errors).to.have.length(2);
  });

  it("are forgotten without a word when the layer closes", async () => {
    const on = stage();
    const events = [send(on), send(on), send(on)];
    on.transport.breakDown(new Error("closed"));
    events.push(send(on)); // one too many
    on.layer.close();
    await on.clock.advance(60_000);
    expect(events.flat()).to.deep.equal([]);
    expect([on.layer.size(), on.transport.sent.length]).to.deep.equal([0, 3]);
  });

  it("with a line break in them are our bug, and leave nothing behind", () => {
    const on = stage();
    expect(() => on.layer.request({ ...notify, uri: "sip:a b" }, FLOW, () => undefined)).to.throw(RangeError);
    expect([on.layer.size(), on.clock.pending()]).to.deep.equal([0, 0]);
  });
});

describe("RFC 3261 17.1.3: matching responses", () => {
  const strays = (change: (request: SipRequest) => SipRequest): number => {
    const on = stage();
    const events = send(on);
    on.layer.receive(sipResponse(change(lastRequest(on)), 200), FLOW);
    expect(kinds(events)).to.deep.equal([]);
    return on.layer.counters().strayResponses;
  };
  const withVia = (text: string) => (request: SipRequest) => ({ ...request, headers: [header("Via", text), ...request.headers.slice(1)] });

  it("another branch is no match", () => expect(strays(withVia("SIP/2.0/UDP 198.51.100.5:5060;branch=z9hG4bKother"))).to.equal(1));
  it("another method in CSeq is no match", () => {
    expect(
      strays((request) => ({
        ...request,
        headers: request.headers.map((field) => (field.key === "cseq" ? header("CSeq", "1 OPTIONS") : field)),
      })),
    ).to.equal(1);
  });
  it("another sent-by is no match (18.1.2)", () => {
    const branch = `z9hG4bK${"01".repeat(12)}`;
    expect(strays(withVia(`SIP/2.0/UDP 203.0.113.1:5060;branch=${branch}`))).to.equal(1);
    expect(strays(withVia(`SIP/2.0/UDP 198.51.100.5;branch=${branch}`))).to.equal(1);
  });
});

describe("net/transaction-layer: requests of the peer", () => {
  it("are told with received and rport filled in, and answered to where they came from", async () => {
    const on = stage((incoming) => incoming.answer(200, { headers: [header("Allow", "NOTIFY")] }));
    on.layer.receive(sipRequest(), { ...FLOW, remotePort: 40_000 });
    const [answer] = on.transport.sent;
    expect(answer?.flow.remotePort).to.equal(40_000);
    expect(answer?.message.vias[0]?.params).to.deep.equal([
      { name: "branch", value: "z9hG4bKt1" },
      { name: "rport", value: "40000" },
      { name: "received", value: "192.0.2.10" },
    ]);
    expect(param(answer?.message.to.params ?? [], "tag")).to.equal(on.incoming[0]?.localTag);
  });

  it("copies are absorbed: told once, and answered with the same bytes for 32 s", async () => {
    const on = stage((incoming) => incoming.answer(200));
    for (let i = 0; i < 3; i++) on.layer.receive(sipRequest(), FLOW);
    expect(on.incoming).to.have.length(1);
    expect(on.transport.sent.map(({ bytes }) => bytes)).to.deep.equal(Array(3).fill(on.transport.sent[0]?.bytes));
    await on.clock.advance(31_999);
    on.layer.receive(sipRequest(), FLOW);
    expect(on.incoming).to.have.length(1);
    await on.clock.advance(1);
    on.layer.receive(sipRequest(), FLOW);
    expect(on.incoming).to.have.length(2);
    expect(on.layer.counters()).to.include({ requestsReceived: 2, copiesAbsorbed: 3 });
  });

  it("the same branch from another address, Call-ID or CSeq is another request", () => {
    const on = stage((incoming) => incoming.answer(200));
    on.layer.receive(sipRequest(), FLOW);
    on.layer.receive(sipRequest(), { ...FLOW, remoteAddress: "192.0.2.11" });
    on.layer.receive(sipRequest(undefined, "Call-ID: another"), FLOW);
    on.layer.receive(sipRequest(undefined, "CSeq: 2 OPTIONS"), FLOW);
    expect(on.incoming).to.have.length(4);
  });

  it("without the magic cookie the Request-URI and the From tag tell requests apart (RFC 2543)", () => {
    const on = stage((incoming) => incoming.answer(200));
    const old = (uri: string, tag: string): SipRequest =>
      sipRequest(`OPTIONS ${uri} SIP/2.0`, "Via: SIP/2.0/UDP 192.0.2.10", `From: <sip:anna@voice.example>;tag=${tag}`);
    for (const request of [old("sip:a@b", "1"), old("sip:a@b", "1"), old("sip:b@b", "1"), old("sip:a@b", "2")])
      on.layer.receive(request, FLOW);
    expect(on.incoming).to.have.length(3);
  });

  it("a provisional answer is repeated until the final one comes", () => {
    const on = stage((incoming) => incoming.answer(100));
    on.layer.receive(sipRequest(), FLOW);
    on.layer.receive(sipRequest(), FLOW);
    on.incoming[0]?.answer(404);
    on.incoming[0]?.answer(200);
    const statuses = on.transport.sent.map(({ message }) => (message.kind === "response" ? message.status : 0));
    expect(statuses).to.deep.equal([100, 100, 404]);
  });

  it("nobody answers: 500 after 30 s", async () => {
    const on = stage();
    on.layer.receive(sipRequest(), FLOW);
    await on.clock.advance(29_999);
    expect(on.transport.sent).to.have.length(0);
    await on.clock.advance(1);
    on.incoming[0]?.answer(200);
    expect(on.transport.sent.map(({ message }) => message.kind === "response" && message.status)).to.deep.equal([500]);
  });

  it("a handler's MalformedMessage answers with its status, other errors with 500 and a word to us", async () => {
    for (const [error, status, told] of [
      [new MalformedMessage(423, "contact", "x"), 423, 0],
      [new TypeError("bug"), 500, 1],
    ] as const) {
      for (const fail of [
        () => {
          throw error;
        },
        () => Promise.reject(error),
      ]) {
        const on = stage(fail);
        on.layer.receive(sipRequest(), FLOW);
        await settle();
        expect(on.transport.sent.map(({ message }) => message.kind === "response" && message.status)).to.deep.equal([status]);
        expect(on.errors).to.have.length(told);
      }
    }
  });

  it("a handler that tries to inject a header answers 500 instead", () => {
    const on = stage((incoming) => incoming.answer(200, { headers: [header("Allow", "x\r\nVia: y")] }));
    on.layer.receive(sipRequest(), FLOW);
    expect(on.transport.sent.map(({ message }) => message.kind === "response" && message.status)).to.deep.equal([500]);
    expect(on.errors).to.have.length(1);
  });

  it("INVITE is told like any other; its ACK is absorbed, a stray ACK dropped, and neither answered", () => {
    const on = stage((incoming) => incoming.answer(501));
    on.layer.receive(sipRequest("INVITE sip:anna@voice.example SIP/2.0"), FLOW);
    on.layer.receive(sipRequest("ACK sip:anna@voice.example SIP/2.0"), FLOW);
    on.layer.receive(sipRequest("ACK sip:anna@voice.example SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKother"), FLOW);
    expect(on.transport.sent).to.have.length(1);
    expect(on.layer.counters()).to.include({ requestsReceived: 1, strayAcks: 1 });
  });

  it("beyond the limit of requests being handled: 503 with Retry-After, and no memory of it", () => {
    const on = stage();
    const request = sipRequest();
    for (let i = 0; i < 5; i++) on.layer.receive({ ...request, callId: `c${i}` }, FLOW);
    const before = on.layer.size();
    on.layer.receive({ ...request, callId: "one more" }, FLOW);
    const answer = on.transport.sent.at(-1)?.message;
    expect(answer).to.include({ status: 503 });
    expect(answer?.headers.find(({ key }) => key === "retry-after")?.value).to.match(/^([5-9]|1\d|20)$/);
    expect(on.layer.size()).to.equal(before);
    on.layer.close();
    expect(on.clock.pending()).to.equal(0);
  });

  it("beyond the limit of kept answers the oldest is forgotten", () => {
    const on = stage((incoming) => incoming.answer(200));
    const receive = (i: number): void => on.layer.receive({ ...sipRequest(), callId: `c${i}` }, FLOW);
    for (let i = 0; i < 11; i++) receive(i);
    expect([on.layer.size(), on.clock.pending()]).to.deep.equal([10, 10]);
    receive(10);
    expect(on.incoming).to.have.length(11);
    receive(0);
    expect(on.incoming).to.have.length(12);
  });

  it("under load challenges are stateless: a copy is challenged anew with the same tag, and pushes no other answer out (8.2.7)", () => {
    const on = stage((incoming) => incoming.answer(incoming.request.callId.startsWith("stranger") ? 401 : 200));
    const receive = (callId: string): void => on.layer.receive({ ...sipRequest(), callId }, FLOW);
    for (let i = 0; i < 5; i++) receive(`known${i}`);
    for (let i = 0; i < 20; i++) receive(`stranger${i}`);
    expect([on.layer.size(), on.clock.pending()]).to.deep.equal([5, 5]);
    receive("stranger7");
    const tags = [on.transport.sent[5 + 7], on.transport.sent[25]].map((sent) => param(sent?.message.to.params ?? [], "tag"));
    expect(tags[1]).to.equal(tags[0]).and.not.equal(undefined);
    for (let i = 0; i < 5; i++) receive(`known${i}`);
    expect(on.layer.counters()).to.include({ copiesAbsorbed: 5 });
  });

  it("an answer that cannot be sent is counted", async () => {
    const on = stage();
    on.layer.receive(sipRequest(), FLOW);
    on.transport.breakDown(new Error("EHOSTUNREACH"));
    on.incoming[0]?.answer(200);
    await settle();
    expect(on.layer.counters().sendErrors).to.equal(1);
  });

  it("over a reliable transport nothing is kept once it is answered", () => {
    const on = stage((incoming) => incoming.answer(200), true);
    on.layer.receive(sipRequest(), { ...FLOW, transport: "tcp" });
    expect([on.layer.size(), on.clock.pending()]).to.deep.equal([0, 0]);
  });
});
