/**
 * RFC 3261 17.1.2 and table 4, on the wire: when an unanswered request is sent.
 */
import { expect } from "chai";
import type { RequestEvent } from "../../sip-bridge/net/client-transactions.js";
import { openTransactionLayer } from "../../sip-bridge/net/transaction-layer.js";
import { fakeClock, settle } from "../support/fake-clock.js";
import { fakeTransport } from "../support/fake-transport.js";
import { sipFlow, sipRequest, sipResponse } from "../support/sip-messages.js";

function unanswered(reliable: boolean) {
  const clock = fakeClock(0);
  const transport = fakeTransport(clock, reliable);
  const layer = openTransactionLayer({
    transport,
    clock,
    randomBytes: (count) => new Uint8Array(count),
    onRequest: () => undefined,
    onHandlerError: () => undefined,
  });
  const events: { readonly atMs: number; readonly event: RequestEvent }[] = [];
  const { headers, ...parts } = sipRequest("NOTIFY sip:hgw1@192.0.2.10 SIP/2.0");
  layer.request({ ...parts, vias: [], headers: headers.slice(1) }, sipFlow(), (event) => events.push({ atMs: clock.now(), event }));
  return { clock, transport, layer, events };
}

describe("RFC 3261 17.1.2: one unanswered NOTIFY", () => {
  it("over UDP is sent at 0, .5, 1.5, 3.5, 7.5, then every 4 s to 31.5 s, and given up at 32 s", async () => {
    const { clock, transport, layer, events } = unanswered(false);
    await clock.advance(60_000);
    expect(transport.sent.map(({ atMs }) => atMs)).to.deep.equal([
      ...[0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
    ]);
    expect(events.map(({ event }) => event.kind)).to.deep.equal(["sent", ...Array(10).fill("retransmitted"), "timeout"]);
    expect(events.at(-2)?.event).to.deep.equal({ kind: "retransmitted", count: 10 });
    expect(events.at(-1)?.atMs).to.equal(32_000);
    expect([layer.size(), clock.pending()]).to.deep.equal([0, 0]);
  });

  it("after a 100 is repeated every 4 s, and given up at 32 s all the same", async () => {
    const { clock, transport, layer, events } = unanswered(false);
    await clock.advance(600);
    const sent = transport.sent[0]?.message;
    if (sent?.kind === "request") layer.receive(sipResponse(sent, 100), sipFlow());
    await clock.advance(60_000);
    expect(transport.sent.map(({ atMs }) => atMs)).to.deep.equal([0, 500, 1_500, 5_500, 9_500, 13_500, 17_500, 21_500, 25_500, 29_500]);
    expect(events.at(-1)).to.deep.equal({ atMs: 32_000, event: { kind: "timeout" } });
  });

  it("over TCP is sent once, and given up at 32 s", async () => {
    const { clock, transport, events } = unanswered(true);
    await settle();
    await clock.advance(60_000);
    expect(transport.sent.map(({ atMs }) => atMs)).to.deep.equal([0]);
    expect(events.map(({ atMs, event }) => `${event.kind} ${atMs}`)).to.deep.equal(["sent 0", "timeout 32000"]);
  });
});
