/**
 * Whose turn it is: pace in all, pace of a lane, number in flight.
 * Layer: unit test.
 */
import { expect } from "chai";
import { createLanes, type Lanes } from "../../../sip-bridge/wake-lanes.js";
import { type FakeClock, fakeClock } from "../../support/fake-clock.js";

describe("wakes take turns", () => {
  let clock: FakeClock;
  let started: string[];
  const open = (limits: { perSecond?: number; inFlightMax?: number; proxy?: number } = {}): Lanes<string> =>
    createLanes<string>(
      { perSecond: limits.perSecond ?? 100, inFlightMax: limits.inFlightMax ?? 1_000, perLane: { proxy: limits.proxy ?? 100 }, clock },
      (item) => started.push(item),
    );
  const fill = (lanes: Lanes<string>, lane: string, count: number): void => {
    for (let i = 0; i < count; i++) lanes.add(lane, `${lane} ${i}`);
  };

  beforeEach(() => {
    clock = fakeClock();
    started = [];
  });

  it("never at once: whoever adds answers first", async () => {
    const lanes = open();
    lanes.add("flows", "a");
    expect(started).to.deep.equal([]);
    await clock.advance(0);
    expect(started).to.deep.equal(["a"]);
  });

  it("one second's worth leaves at once, the others at the pace, in order", async () => {
    const lanes = open({ perSecond: 10 });
    fill(lanes, "flows", 25);
    await clock.advance(0);
    expect(started).to.have.length(10);
    await clock.advance(1_000);
    expect(started).to.have.length(20);
    await clock.advance(500);
    expect(started.at(-1)).to.equal("flows 24");
  });

  it("a lane that has spent its pace does not keep the others waiting", async () => {
    const lanes = open({ proxy: 2 });
    fill(lanes, "proxy", 10);
    fill(lanes, "flows", 10);
    await clock.advance(0);
    expect(started.filter((item) => item.startsWith("flows"))).to.have.length(10);
    expect(started.filter((item) => item.startsWith("proxy"))).to.have.length(2);
    await clock.advance(1_000);
    expect(started.filter((item) => item.startsWith("proxy"))).to.have.length(4);
  });

  it("no more are in flight than may be; each end makes room for one", async () => {
    const lanes = open({ inFlightMax: 2 });
    fill(lanes, "flows", 5);
    await clock.advance(10_000);
    expect([started.length, lanes.inFlight, lanes.queued]).to.deep.equal([2, 2, 3]);
    lanes.ended();
    await clock.advance(0);
    expect(started).to.have.length(3);
  });

  it("tells how long one that comes now will wait", async () => {
    const lanes = open({ perSecond: 10 });
    expect(lanes.delayMs("flows")).to.equal(0);
    fill(lanes, "flows", 60);
    expect(lanes.delayMs("flows")).to.equal(5_100);
    const before = clock.now();
    lanes.add("flows", "late");
    while (!started.includes("late")) await clock.advance(50);
    expect(clock.now() - before).to.be.within(5_000, 5_150);
  });

  it("tells the wait of a slow lane by its own pace", () => {
    const lanes = open({ proxy: 1 });
    fill(lanes, "proxy", 31);
    expect(lanes.delayMs("proxy")).to.equal(31_000);
  });

  it("nothing starts after it was closed", async () => {
    const lanes = open();
    lanes.add("flows", "a");
    lanes.close();
    await clock.advance(1_000);
    expect([started.length, clock.pending()]).to.deep.equal([0, 0]);
  });
});
