/**
 * Keep-alives from our side for registrations behind a NAT.
 * Spec: sip.md 1.7.
 */
import { expect } from "chai";
import { type NatKeepAlive, type NatKeepAlivePolicy, startNatKeepAlive } from "../../../sip-bridge/nat-keep-alive.js";
import { isBehindNat } from "../../../sip-bridge/registrar/behind-nat.js";
import type { Binding } from "../../../sip-bridge/registrar/binding.js";
import { type FakeClock, fakeClock } from "../../support/fake-clock.js";
import { sipFlow } from "../../support/sip-messages.js";

const behind = (i: number, changes: Partial<Binding> = {}): Binding => ({
  ...{ addressOfRecord: `a${String(i).padStart(4, "0")}@home`, contact: "sip:a@10.0.0.7:5060", instanceId: "", username: "a", callId: "c" },
  ...{ q: 1, contactParams: "", regId: 0, path: [] },
  ...{ cseq: 1, userAgent: "", allowEvents: "", registeredAtMs: 0, lastSeenAtMs: 0, expiresAtMs: 9e15 },
  flow: sipFlow({ remotePort: 40_000 + i }),
  ...changes,
});

describe("keep-alives for gateways behind a NAT", () => {
  let clock: FakeClock;
  let keeper: NatKeepAlive | undefined;
  /** Remote port and second of each. */
  let sent: { readonly port: number; readonly atS: number }[];
  let fromMs: number;
  beforeEach(() => {
    clock = fakeClock();
    fromMs = clock.now();
    sent = [];
  });
  afterEach(() => keeper?.close());

  function start(
    bindings: readonly Binding[],
    policy: Partial<NatKeepAlivePolicy> = {},
    ask: (binding: Binding) => Promise<void> = async () => {},
  ) {
    const note = (port: number): void => {
      sent.push({ port, atS: (clock.now() - fromMs) / 1_000 });
    };
    keeper = startNatKeepAlive({
      ...{ by: "crlf", intervalMs: 25_000, perSecond: 400, clock, ...policy },
      bindings: {
        list: async ({ after, limit }) =>
          bindings.filter(({ addressOfRecord }) => addressOfRecord > (after?.addressOfRecord ?? "")).slice(0, limit),
      },
      ping: async ({ remotePort }) => note(remotePort),
      ask: (binding) => {
        note(binding.flow.remotePort);
        return ask(binding);
      },
      onError: (error) => {
        throw error;
      },
    });
    return keeper;
  }

  it("go to each of them every 25 s", async () => {
    start([behind(1), behind(2)]);
    await clock.advance(50_000);
    expect(sent).to.deep.equal([1, 2, 1, 2].map((i, at) => ({ port: 40_000 + i, atS: at < 2 ? 25 : 50 })));
  });

  it("do not go to those who are heard from where they say they are, nor over TCP", async () => {
    const direct = behind(1, { contact: "sip:a@192.0.2.10", flow: sipFlow() });
    const overTcp = behind(2, { flow: sipFlow({ transport: "tcp", connection: "k1" }) });
    start([direct, overTcp]);
    await clock.advance(30_000);
    expect(sent).to.deep.equal([]);
  });

  it("go no faster than allowed; then the round takes longer, and is counted", async () => {
    const keeping = start(
      Array.from({ length: 100 }, (_, i) => behind(i)),
      { perSecond: 2 },
    );
    await clock.advance(25_000 + 10_000);
    expect(sent).to.have.length(21);
    await clock.advance(45_000);
    expect(keeping.counters()).to.include({ lateRounds: 1 });
  });

  it("as OPTIONS, never twice to somebody who has not answered", async () => {
    let answer: () => void = () => undefined;
    const silent = (): Promise<void> =>
      new Promise((resolve) => {
        answer = resolve;
      });
    start([behind(1)], { by: "options" }, silent);
    await clock.advance(50_000);
    expect(sent).to.have.length(1);
    answer();
    await clock.advance(25_000);
    expect(sent).to.have.length(2);
  });

  it("a contact of IPv6 in brackets is compared with the bare address", () => {
    const flow = sipFlow({ remoteAddress: "2001:db8::7" });
    expect(isBehindNat({ contact: "sip:a@[2001:DB8::7]", flow })).to.equal(false);
    expect(isBehindNat({ contact: "sip:a@[2001:db8::8]", flow })).to.equal(true);
  });
});
