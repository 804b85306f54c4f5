/**
 * How a group goes on: concurrency, rate, wishes, end and estimate.
 * Layer: unit test.
 */
import { expect } from "chai";
import { type Group, type GroupState, type MemberCounts, NO_MEMBERS } from "../../../../acs/groups/group.js";
import { nextStarts, remainingMs, stateWith, wished } from "../../../../acs/groups/progress.js";
import { newGroup } from "../../../support/acs-stores.js";
import { NOW_MS } from "../../../support/builders.js";

const counts = (more: Partial<MemberCounts>): MemberCounts => ({ ...NO_MEMBERS, ...more });
const group = (more: Partial<Group> = {}): Group => ({
  ...{ ...newGroup(), state: "running", counts: counts({ queued: 100 }), startedAtMs: NOW_MS, endedAtMs: null, nextStartMs: NOW_MS },
  ...{ notTaken: { unknown: { count: 0, ids: [] }, duplicates: { count: 0, ids: [] } }, ...more },
});
const starts = (more: Partial<Group>, nowMs = NOW_MS, atOnceMax = 1_000) => nextStarts(group(more), nowMs, atOnceMax);

describe("a group: which members begin now", () => {
  it("as many as its concurrency leaves room for, and no more than wait", () => {
    expect(starts({ concurrency: 5, counts: counts({ queued: 30, running: 2 }) }).count).to.equal(3);
    expect(starts({ concurrency: 5, counts: counts({ queued: 1, running: 2 }) }).count).to.equal(1);
    expect(starts({ concurrency: 5, counts: counts({ queued: 30, running: 7 }) }).count).to.equal(0);
    expect(starts({ concurrency: 500 }, NOW_MS, 20).count).to.equal(20);
  });

  it("none while it is paused, aborted, being filled, or over", () => {
    for (const state of ["paused", "aborting", "filling", "done", "aborted"] as const)
      expect(starts({ state })).to.deep.equal({ count: 0, nextStartMs: NOW_MS, againAtMs: null });
  });

  it("without a rate no clock is waited for: the end of a member is", () => {
    expect(starts({ concurrency: 5 })).to.deep.equal({ count: 5, nextStartMs: NOW_MS, againAtMs: null });
  });

  it("with a rate one after the other, evenly, and says when the next one may", () => {
    const first = starts({ ratePerMinute: 60, concurrency: 50 });
    expect(first).to.deep.equal({ count: 1, nextStartMs: NOW_MS + 1_000, againAtMs: NOW_MS + 1_000 });
    const tooEarly = starts({ ratePerMinute: 60, nextStartMs: NOW_MS + 1_000 }, NOW_MS + 400);
    expect(tooEarly).to.deep.equal({ count: 0, nextStartMs: NOW_MS + 1_000, againAtMs: NOW_MS + 1_000 });
  });

  it("never more than the rate in a minute, however the clock is looked at", () => {
    for (const [ratePerMinute, stepMs] of [
      [1, 7_001],
      [7, 333],
      [90, 1],
      [600, 997],
      [60_000, 13],
    ] as const) {
      let began = 0;
      let nextStartMs = NOW_MS;
      for (let nowMs = NOW_MS; nowMs < NOW_MS + 60_000; nowMs += stepMs) {
        const result = starts({ ratePerMinute, nextStartMs, counts: counts({ queued: 100_000 }), concurrency: 100_000 }, nowMs, 100_000);
        began += result.count;
        nextStartMs = result.nextStartMs;
      }
      expect(began, `${ratePerMinute} a minute`).to.be.within(ratePerMinute - Math.ceil((stepMs * ratePerMinute) / 60_000), ratePerMinute);
    }
  });

  it("a late timer is made up for by a second's worth, a pause is not made up for at all beyond it", () => {
    expect(starts({ ratePerMinute: 600, concurrency: 500, nextStartMs: NOW_MS - 450 }).count).to.equal(5);
    expect(starts({ ratePerMinute: 600, concurrency: 500, nextStartMs: NOW_MS - 3_600_000 }).count).to.equal(11);
  });

  it("a clock that was set back does not hold up the group for longer than one interval", () => {
    const { count, againAtMs } = starts({ ratePerMinute: 60, nextStartMs: NOW_MS + 86_400_000 });
    expect([count, againAtMs]).to.deep.equal([0, NOW_MS + 1_000]);
  });
});

describe("a group: what an operator wishes", () => {
  const leadsTo = (state: GroupState) => [wished(state, "pause"), wished(state, "resume"), wished(state, "abort")];

  it("is paused, resumed and aborted while it is open, again and again", () => {
    expect(leadsTo("running")).to.deep.equal(["paused", "running", "aborting"]);
    expect(leadsTo("paused")).to.deep.equal(["paused", "running", "aborting"]);
  });

  it("once it is being aborted it can't go on; once it is over, nothing can be wished", () => {
    expect(leadsTo("aborting")).to.deep.equal(["over", "over", "aborting"]);
    for (const state of ["done", "aborted", "filling"] as const) expect(leadsTo(state)).to.deep.equal(["over", "over", "over"]);
  });
});

describe("a group: its end", () => {
  it("comes with that of its last member, paused or not", () => {
    expect(stateWith("running", counts({ running: 1, done: 9 }))).to.equal("running");
    expect(stateWith("running", counts({ queued: 1, done: 9 }))).to.equal("running");
    expect(stateWith("running", counts({ done: 9, failed: 1 }))).to.equal("done");
    expect(stateWith("paused", counts({ refused: 1 }))).to.equal("done");
    expect(stateWith("aborting", counts({ done: 1, aborted: 8 }))).to.equal("aborted");
    expect(stateWith("filling", NO_MEMBERS)).to.equal("filling");
  });

  it("is estimated by how fast members ended, and by the rate; not before one has, nor while it is paused", () => {
    const half = { counts: counts({ queued: 4, running: 1, done: 4, failed: 1 }) };
    expect(remainingMs(group(half), NOW_MS + 10_000)).to.equal(10_000);
    expect(remainingMs(group({ ...half, ratePerMinute: 6 }), NOW_MS + 10_000)).to.equal(40_000);
    expect(remainingMs(group({ ...half, state: "paused" }), NOW_MS + 10_000)).to.equal(null);
    expect(remainingMs(group({ counts: counts({ queued: 4, refused: 3 }) }), NOW_MS + 10_000)).to.equal(null);
    expect(remainingMs(group({ ...half, startedAtMs: null }), NOW_MS + 10_000)).to.equal(null);
  });

  it("is not estimated by a clock that was set: neither before its beginning nor further away than anybody waits", () => {
    const most = { counts: counts({ queued: 99_999, done: 1 }) };
    expect(remainingMs(group(most), NOW_MS - 1)).to.equal(null);
    expect(remainingMs(group({ ...most, startedAtMs: 0 }), NOW_MS)).to.equal(null);
  });
});
