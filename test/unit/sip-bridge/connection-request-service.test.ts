/**
 * From a connection request to its answer in time, over a bridge that says what the test wants.
 * Spec: TR-069 3.2.2. Layer: unit test.
 */
import { expect } from "chai";
import type { WakeAnswer, WakeRequest, WireEvent } from "../../../schemas/wake-contract.js";
import {
  type ConnectionRequestLimits,
  createConnectionRequestService,
  type RequestedWake,
  type RequestResult,
} from "../../../sip-bridge/connection-request-service.js";
import { fakeClock } from "../../support/fake-clock.js";

const WANTED: RequestedWake = {
  ...{ id: "id-1", device: "0A1B2C-VG-1", event: "resync", profile: null },
  target: { by: "address-of-record", addressOfRecord: "1001@voice.example" },
};

type News = { readonly kind: WireEvent["kind"]; readonly status?: number; readonly detail?: string };

function open(answer: WakeAnswer | Error = { outcome: "accepted", detail: "" }, limits: Partial<ConnectionRequestLimits> = {}) {
  const clock = fakeClock();
  const wakes: WakeRequest[] = [];
  const late: string[] = [];
  let hear: (event: WireEvent) => void = () => undefined;
  const service = createConnectionRequestService({
    ...{ clock, limits },
    bridge: {
      wake: async (request) => {
        wakes.push(request);
        if (answer instanceof Error) throw answer;
        return answer;
      },
      onWireEvent: (listener) => {
        hear = listener;
        return () => undefined;
      },
    },
    onLate: (_wanted, { outcome }) => late.push(outcome),
  });
  const onWire = (news: News, n = 0): void =>
    hear({ wakeId: wakes[n]?.wakeId ?? "", deviceId: WANTED.device, atMs: clock.now(), reason: "", ...news } as WireEvent);
  const outcome = async (result: Promise<RequestResult>): Promise<string> => (await result).outcome;
  return { clock, wakes, late, service, onWire, outcome, request: () => service.request(WANTED) };
}

describe("a connection request through the bridge", () => {
  it("is taken at the first 2xx of the device", async () => {
    const { service, onWire, outcome, wakes } = open();
    const asked = service.request(WANTED);
    onWire({ kind: "sent" });
    onWire({ kind: "answered", status: 200 });
    expect(await outcome(asked)).to.equal("taken");
    expect(wakes[0]).to.deep.include({ deviceId: WANTED.device, target: WANTED.target, event: "resync" });
  });

  it("is still-trying after 1.5 s, and the wake goes on", async () => {
    const { request, clock, onWire, outcome, late } = open();
    const asked = request();
    await clock.advance(1_500);
    expect(await outcome(asked)).to.equal("still-trying");
    onWire({ kind: "answered", status: 200 });
    await clock.advance(0);
    expect(late).to.deep.equal(["taken"]);
  });

  it("shares a wake that is under way, also one that others no longer wait for", async () => {
    const { request, clock, onWire, outcome, wakes, service } = open();
    const first = request();
    await clock.advance(1_500);
    await first;
    const [second, third] = [request(), request()];
    onWire({ kind: "answered", status: 202 });
    expect([await outcome(second), await outcome(third)]).to.deep.equal(["taken", "taken"]);
    expect(wakes).to.have.length(1);
    expect(service.counters()).to.deep.equal({ wakes: 1, joined: 2, underWay: 0 });
  });

  it("wakes again when the wake before has ended", async () => {
    const { request, onWire, wakes } = open();
    const first = request();
    onWire({ kind: "answered", status: 200 });
    await first;
    void request();
    expect(wakes).to.have.length(2);
  });

  const ends = [
    [{ kind: "timed-out" }, "unreachable"],
    [{ kind: "failed", detail: "no route" }, "unreachable"],
    [{ kind: "answered", status: 404 }, "refused"],
    [{ kind: "answered", status: 500 }, "refused"],
  ] as const;
  for (const [news, expected] of ends) {
    it(`is ${expected} at once when the wake is ${"status" in news ? `answered ${news.status}` : news.kind}`, async () => {
      const { request, onWire, outcome, clock } = open();
      const asked = request();
      onWire(news);
      expect(await outcome(asked)).to.equal(expected);
      expect(clock.pending()).to.equal(0);
    });
  }

  it("waits after 489 for another event that the device takes", async () => {
    const { request, onWire, outcome } = open();
    const asked = request();
    onWire({ kind: "answered", status: 489 });
    onWire({ kind: "sent" });
    onWire({ kind: "answered", status: 200 });
    expect(await outcome(asked)).to.equal("taken");
  });

  it("is refused when nothing follows 489", async () => {
    const { request, onWire, outcome, clock } = open();
    const asked = request();
    onWire({ kind: "answered", status: 489 });
    await clock.advance(250);
    expect(await outcome(asked)).to.equal("refused");
  });

  for (const outcome of ["not-registered", "ambiguous", "overloaded"] as const) {
    it(`is ${outcome} when the bridge says so`, async () => {
      const opened = open({ outcome, detail: "why" });
      expect(await opened.request()).to.deep.equal({ outcome, detail: "why", wakeId: opened.wakes[0]?.wakeId });
    });
  }

  it("is unreachable when the bridge breaks", async () => {
    const { request, outcome } = open(new Error("broken"));
    expect(await outcome(request())).to.equal("unreachable");
  });

  it("is limited for a device that is woken too often, until time has passed", async () => {
    const { request, clock, outcome, wakes } = open({ outcome: "not-registered", detail: "" }, { burst: 2, perHour: 3_600 });
    expect([await outcome(request()), await outcome(request()), await outcome(request())]).to.deep.equal([
      ...["not-registered", "not-registered", "limited"],
    ]);
    await clock.advance(1_000);
    expect(await outcome(request())).to.equal("not-registered");
    expect(wakes).to.have.length(3);
  });

  it("ends what is under way when it is closed", async () => {
    const { request, service, outcome } = open();
    const asked = request();
    service.close();
    expect(await outcome(asked)).to.equal("unreachable");
  });
});
