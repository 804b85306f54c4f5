/**
 * INVITE in the transaction layer, both sides, over a transport that only remembers, with a clock that only tests move.
 * Spec: RFC 3261 9, 17.1.1.3, 17.2.1, 17.2.3; RFC 6026.
 */
import { expect } from "chai";
import type { InviteEvent, InviteHandle } from "../../../../sip-bridge/net/invite-client-transactions.js";
import type { IncomingInvite } from "../../../../sip-bridge/net/invite-server-transactions.js";
import type { IncomingRequest } from "../../../../sip-bridge/net/server-transactions.js";
import { openTransactionLayer, type TransactionLayer } from "../../../../sip-bridge/net/transaction-layer.js";
import { FlowFailed } from "../../../../sip-bridge/net/transport.js";
import { buildRequest } from "../../../../sip-bridge/sip/build.js";
import { header, param, type SipMessage, type SipRequest } from "../../../../sip-bridge/sip/message.js";
import { type FakeClock, fakeClock, settle } from "../../../support/fake-clock.js";
import { type FakeTransport, fakeTransport } from "../../../support/fake-transport.js";
import { sipFlow, sipRequest, sipResponse } from "../../../support/sip-messages.js";

const FLOW = sipFlow();
const INVITE_LINE = "INVITE sip:anna@voice.example SIP/2.0";

interface Stage {
  readonly clock: FakeClock;
  readonly transport: FakeTransport;
  readonly layer: TransactionLayer;
  readonly invites: IncomingInvite[];
  readonly acks: SipRequest[];
  readonly others: IncomingRequest[];
  readonly errors: unknown[];
}

function stage(onInvite: (incoming: IncomingInvite) => void = () => undefined, reliable = false): Stage {
  const clock = fakeClock(0);
  const transport = fakeTransport(clock, reliable);
  const invites: IncomingInvite[] = [];
  const acks: SipRequest[] = [];
  const others: IncomingRequest[] = [];
  const errors: unknown[] = [];
  let count = 0;
  const layer = openTransactionLayer({
    transport,
    clock,
    randomBytes: (length) => Buffer.alloc(length).fill(++count),
    limits: { requestsMax: 3, pendingMax: 3, answersMax: 10 },
    onHandlerError: (error) => errors.push(error),
    onRequest: (incoming) => void others.push(incoming),
    onInvite: (incoming) => {
      invites.push(incoming);
      onInvite(incoming);
    },
    onAck: (ack) => acks.push(ack),
  });
  return { clock, transport, layer, invites, acks, others, errors };
}

const invite = buildRequest({
  method: "INVITE",
  uri: "sip:hgw1@192.0.2.10",
  from: { uri: "sip:anna@voice.example", params: [{ name: "tag", value: "f1" }] },
  to: { uri: "sip:hgw1@voice.example", params: [] },
  callId: "call-1",
  cseq: 7,
  headers: [header("Route", "<sip:edge.example;lr>"), header("Contact", "<sip:anna@198.51.100.5>")],
});

/** Sends the INVITE; returns what is heard of it, growing. */
function call({ layer }: Stage): { readonly events: InviteEvent[]; readonly handle: InviteHandle } {
  const events: InviteEvent[] = [];
  return { events, handle: layer.invite(invite, FLOW, (event) => events.push(event)) };
}

const kinds = (events: readonly InviteEvent[]): readonly string[] => events.map(({ kind }) => kind);
const methods = ({ transport }: Stage): readonly string[] => transport.sent.map(({ message }) => nameOf(message));
const nameOf = (message: SipMessage): string => (message.kind === "request" ? message.method : String(message.status));

function sentRequest({ transport }: Stage, method: string): SipRequest {
  const message = transport.sent.map((sent) => sent.message).find((one) => one.kind === "request" && one.method === method);
  if (message?.kind !== "request") throw new RangeError(`no ${method} was sent`);
  return message;
}

const valuesOf = ({ headers }: SipMessage, key: string): readonly string[] =>
  headers.filter((field) => field.key === key).map(({ value }) => value);

/** A response of the peer's to the INVITE as it went out. */
const respond = (on: Stage, status: number, tag = "t1"): void => {
  const { headers, ...parts } = sentRequest(on, "INVITE");
  const tagged = headers.map((field) => (field.key === "to" ? header("To", `${field.value};tag=${tag}`) : field));
  on.layer.receive(sipResponse({ ...parts, headers: tagged }, status), FLOW);
};

describe("RFC 3261 17.1.1: our INVITE on the wire", () => {
  it("over UDP is sent at 0, .5, 1.5, 3.5, 7.5, 15.5 and 31.5 s, and given up at 32 s", async () => {
    const on = stage();
    const { events } = call(on);
    await on.clock.advance(60_000);
    expect(on.transport.sent.map(({ atMs }) => atMs)).to.deep.equal([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    expect(kinds(events)).to.deep.equal(["sent", ...Array(6).fill("retransmitted"), "timeout"]);
    expect([on.layer.size(), on.clock.pending()]).to.deep.equal([0, 0]);
  });

  it("17.1.1.3: a refusal is acknowledged on the INVITE's branch, with the response's To, the same octets for each copy", async () => {
    const on = stage();
    const { events } = call(on);
    respond(on, 486);
    respond(on, 486);
    await on.clock.advance(32_000);
    const [sent, ack] = [sentRequest(on, "INVITE"), sentRequest(on, "ACK")];
    expect(ack).to.include({ uri: sent.uri, callId: sent.callId, maxForwards: 70 });
    expect(ack.vias).to.deep.equal(sent.vias);
    expect(ack.cseq).to.deep.equal({ number: 7, method: "ACK" });
    expect(param(ack.to.params, "tag")).to.equal("t1");
    expect([valuesOf(ack, "from"), valuesOf(ack, "route")]).to.deep.equal([valuesOf(sent, "from"), ["<sip:edge.example;lr>"]]);
    expect(valuesOf(ack, "contact")).to.deep.equal([]);
    expect(on.transport.sent[2]?.bytes).to.equal(on.transport.sent[1]?.bytes);
    expect(methods(on)).to.deep.equal(["INVITE", "ACK", "ACK"]);
    expect(kinds(events)).to.deep.equal(["sent", "refused"]);
    expect([on.layer.size(), on.clock.pending()]).to.deep.equal([0, 0]);
  });

  it("RFC 6026: each 2xx is told, copies and those of other branches too, and none is acknowledged for the user", async () => {
    const on = stage();
    const { events } = call(on);
    respond(on, 180);
    respond(on, 200, "a");
    respond(on, 200, "a");
    respond(on, 200, "b");
    expect(kinds(events)).to.deep.equal(["sent", "provisional", "accepted", "accepted", "accepted"]);
    await on.clock.advance(32_000);
    expect(kinds(events).at(-1)).to.equal("ended");
    expect(methods(on)).to.deep.equal(["INVITE"]);
    respond(on, 200, "c");
    expect(on.layer.counters().strayResponses).to.equal(1);
  });

  it("13.2.2.4: the user's ACK of a 2xx has a branch of its own, and is repeated as the same octets", async () => {
    const on = stage();
    call(on);
    const ack = on.layer.prepareAck(buildRequest({ ...invite, method: "ACK", cseq: 7, headers: [] }), FLOW);
    await ack();
    await ack();
    const branches = on.transport.sent.map(({ message }) => param(message.vias[0]?.params ?? [], "branch"));
    expect(branches[1]).to.not.equal(branches[0]);
    expect(on.transport.sent[2]?.bytes).to.equal(on.transport.sent[1]?.bytes);
  });

  it("9.1: CANCEL follows the first provisional response, with the INVITE's Via, CSeq number and Route, and no To tag", async () => {
    const on = stage();
    const { events, handle } = call(on);
    handle.cancel([header("Reason", 'SIP;cause=408;text="Ring timeout"')]);
    handle.cancel();
    expect(methods(on)).to.deep.equal(["INVITE"]);
    respond(on, 180);
    const [sent, cancel] = [sentRequest(on, "INVITE"), sentRequest(on, "CANCEL")];
    expect(cancel.vias).to.deep.equal(sent.vias);
    expect(cancel.cseq).to.deep.equal({ number: 7, method: "CANCEL" });
    for (const key of ["to", "from", "call-id", "route"]) expect(valuesOf(cancel, key)).to.deep.equal(valuesOf(sent, key));
    expect(valuesOf(cancel, "reason")).to.deep.equal(['SIP;cause=408;text="Ring timeout"']);
    on.layer.receive(sipResponse(cancel, 200), FLOW);
    respond(on, 487);
    await on.clock.advance(32_000);
    expect(kinds(events)).to.deep.equal(["sent", "provisional", "refused"]);
    expect([on.layer.size(), on.clock.pending()]).to.deep.equal([0, 0]);
  });

  it("9.1: an INVITE that nobody ends after its CANCEL is over after 64*T1", async () => {
    const on = stage();
    const { events, handle } = call(on);
    respond(on, 100);
    handle.cancel();
    await on.clock.advance(64_000);
    expect(kinds(events)).to.deep.equal(["sent", "provisional", "timeout"]);
    expect(on.layer.size()).to.equal(0);
    handle.cancel(); // too late, and harmless
    expect(methods(on).filter((name) => name === "CANCEL").length).to.be.greaterThan(1);
  });

  it("17.1.4: ends at once when its connection is gone", async () => {
    const on = stage(undefined, true);
    const events: InviteEvent[] = [];
    on.layer.invite(invite, sipFlow({ transport: "tcp", connection: "k1" }), (event) => events.push(event));
    await settle();
    on.layer.failConnection("k1", new FlowFailed("closed"));
    expect(kinds(events)).to.deep.equal(["sent", "transport-error"]);
    expect([on.layer.size(), on.clock.pending()]).to.deep.equal([0, 0]);
  });

  it("is not sent as a request of another kind: nobody would acknowledge its refusal", () => {
    expect(() => stage().layer.request(invite, FLOW, () => undefined)).to.throw(RangeError);
  });

  it("beyond the limit of INVITEs in flight fails at once", async () => {
    const on = stage();
    for (let i = 0; i < 3; i++) call(on);
    const { events, handle } = call(on);
    handle.cancel();
    await on.clock.advance(0);
    expect(kinds(events)).to.deep.equal(["transport-error"]);
    on.layer.close();
    expect(on.clock.pending()).to.equal(0);
  });
});

describe("RFC 3261 17.2.1: the peer's INVITE", () => {
  const ackLines = (tag: string): readonly string[] => [`To: <sip:anna@voice.example>;tag=${tag}`];

  it("has 100 after 200 ms of silence, and every copy the last answer", async () => {
    const on = stage();
    on.layer.receive(sipRequest(INVITE_LINE), FLOW);
    on.layer.receive(sipRequest(INVITE_LINE), FLOW);
    await on.clock.advance(200);
    on.layer.receive(sipRequest(INVITE_LINE), FLOW);
    on.invites[0]?.answer(180);
    on.layer.receive(sipRequest(INVITE_LINE), FLOW);
    expect(methods(on)).to.deep.equal(["100", "100", "180", "180"]);
    expect(on.invites).to.have.length(1);
    on.layer.close();
    expect(on.clock.pending()).to.equal(0);
  });

  it("is refused until the ACK comes, which is for the transaction alone", async () => {
    const on = stage(({ answer }) => answer(486));
    on.layer.receive(sipRequest(INVITE_LINE), FLOW);
    await on.clock.advance(1_600);
    expect(on.transport.sent.map(({ atMs }) => atMs)).to.deep.equal([0, 500, 1_500]);
    on.layer.receive(sipRequest("ACK sip:anna@voice.example SIP/2.0", ...ackLines(on.invites[0]?.localTag ?? "")), FLOW);
    await on.clock.advance(60_000);
    expect(on.transport.sent).to.have.length(3);
    expect(on.acks).to.deep.equal([]);
    expect([on.layer.size(), on.clock.pending()]).to.deep.equal([0, 0]);
  });

  it("without an ACK is given up after 64*T1, and counted", async () => {
    const on = stage(({ answer }) => answer(486));
    on.layer.receive(sipRequest(INVITE_LINE), FLOW);
    await on.clock.advance(32_000);
    expect(on.transport.sent.map(({ atMs }) => atMs)).to.deep.equal([
      ...[0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
    ]);
    expect(on.layer.counters().refusalsUnacknowledged).to.equal(1);
    expect(on.layer.size()).to.equal(0);
  });

  it("RFC 6026: a 2xx is repeated by the user, and its ACK, on a branch of its own, is the user's", async () => {
    const on = stage(({ answer }) => answer(200));
    on.layer.receive(sipRequest(INVITE_LINE), FLOW);
    on.layer.receive(sipRequest(INVITE_LINE), FLOW);
    await on.clock.advance(600);
    on.invites[0]?.answer(200);
    on.invites[0]?.answer(500); // too late
    on.layer.receive(sipRequest("ACK sip:anna@voice.example SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKack"), FLOW);
    expect(methods(on)).to.deep.equal(["200", "200"]);
    expect(on.acks).to.have.length(1);
    await on.clock.advance(32_000);
    on.invites[0]?.answer(200);
    expect([on.layer.size(), on.transport.sent.length]).to.deep.equal([0, 2]);
  });

  it("17.2.3: without the magic cookie an ACK is matched by its To tag", async () => {
    const old = "Via: SIP/2.0/UDP 192.0.2.10";
    const on = stage(({ answer }) => answer(486));
    on.layer.receive(sipRequest(INVITE_LINE, old), FLOW);
    on.layer.receive(sipRequest("ACK sip:anna@voice.example SIP/2.0", old, ...ackLines("foreign")), FLOW);
    expect(on.acks).to.have.length(1);
    await on.clock.advance(500);
    expect(on.transport.sent).to.have.length(2);
    on.layer.receive(sipRequest("ACK sip:anna@voice.example SIP/2.0", old, ...ackLines(on.invites[0]?.localTag ?? "")), FLOW);
    await on.clock.advance(60_000);
    expect(on.transport.sent).to.have.length(2);
  });

  it("beyond the limit is answered 503, and not remembered", () => {
    const on = stage();
    for (let i = 0; i < 4; i++) on.layer.receive({ ...sipRequest(INVITE_LINE), callId: `c${i}` }, FLOW);
    expect(methods(on)).to.deep.equal(["503"]);
    expect(on.layer.size()).to.equal(3);
    on.layer.close();
  });

  it("a handler that fails answers 500 and is told", () => {
    const on = stage(() => {
      throw new TypeError("bug");
    });
    on.layer.receive(sipRequest(INVITE_LINE), FLOW);
    expect(methods(on)).to.deep.equal(["500"]);
    expect(on.errors).to.have.length(1);
    on.layer.close();
  });
});

describe("RFC 3261 9.2: CANCEL of the peer's", () => {
  const cancelLine = "CANCEL sip:anna@voice.example SIP/2.0";

  it("is answered 200 with the INVITE's To tag, and the INVITE 487", () => {
    const on = stage();
    on.layer.receive(sipRequest(INVITE_LINE), FLOW);
    on.layer.receive(sipRequest(cancelLine), FLOW);
    expect(methods(on)).to.deep.equal(["200", "487"]);
    const tags = on.transport.sent.map(({ message }) => param(message.to.params, "tag"));
    expect(tags).to.deep.equal([on.invites[0]?.localTag, on.invites[0]?.localTag]);
    on.layer.close();
  });

  it("is told to who asked for it, once, and is absorbed when it comes again", () => {
    const told: SipRequest[] = [];
    const on = stage(({ onCancel }) => onCancel((cancel) => told.push(cancel)));
    on.layer.receive(sipRequest(INVITE_LINE), FLOW);
    on.layer.receive(sipRequest(cancelLine, "Reason: SIP;cause=200"), FLOW);
    on.layer.receive(sipRequest(cancelLine, "Reason: SIP;cause=200"), FLOW);
    expect(told).to.have.length(1);
    expect(methods(on)).to.deep.equal(["200", "200"]);
    on.layer.close();
  });

  it("has no effect after a final answer", () => {
    const on = stage(({ answer }) => answer(200));
    on.layer.receive(sipRequest(INVITE_LINE), FLOW);
    on.layer.receive(sipRequest(cancelLine), FLOW);
    expect(methods(on)).to.deep.equal(["200", "200"]);
    on.layer.close();
  });

  it("of no INVITE is answered 481", () => {
    const on = stage();
    on.layer.receive(sipRequest(cancelLine), FLOW);
    expect(methods(on)).to.deep.equal(["481"]);
    expect(on.others).to.deep.equal([]);
    on.layer.close();
  });
});
