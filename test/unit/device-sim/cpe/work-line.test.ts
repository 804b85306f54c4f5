/**
 * Jobs that a device owes, one after another while it has power.
 * Layer: test.
 */
import { expect } from "chai";
import { WorkLine } from "../../../../device-sim/cpe/work-line.js";
import { fakeClock, settle } from "../../../support/fake-clock.js";

interface Job {
  readonly name: string;
  readonly dueAtMs: number;
}

/** A line whose jobs end when the test says so. */
function aLine(jobs: readonly Job[]) {
  const clock = fakeClock(1_000);
  const waiting = [...jobs];
  const started: string[] = [];
  const powers: AbortSignal[] = [];
  let finish: () => void = () => {};
  const line = new WorkLine<Job>({
    clock,
    next: () => (waiting[0] === undefined ? undefined : { job: waiting[0], dueAtMs: waiting[0].dueAtMs }),
    run: async (job, power) => {
      started.push(job.name);
      powers.push(power);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      if (!power.aborted) waiting.shift();
    },
    onError: (error) => {
      throw error;
    },
  });
  const end = (): Promise<void> => {
    finish();
    return settle();
  };
  return { clock, line, started, powers, end };
}

describe("device-sim: a line of work", () => {
  it("does nothing before the power is on", () => {
    const { line, started } = aLine([{ name: "a", dueAtMs: 0 }]);
    line.look();
    expect(started).to.deep.equal([]);
  });

  it("begins a job when the one before has ended", async () => {
    const { line, started, end } = aLine(["a", "b"].map((name) => ({ name, dueAtMs: 0 })));
    line.powerOn();
    line.look();
    expect(started).to.deep.equal(["a"]);
    await end();
    expect(started).to.deep.equal(["a", "b"]);
  });

  it("waits until a job is due", async () => {
    const { clock, line, started } = aLine([{ name: "a", dueAtMs: 61_000 }]);
    line.powerOn();
    await clock.advance(59_999);
    expect(started).to.deep.equal([]);
    await clock.advance(1);
    expect(started).to.deep.equal(["a"]);
  });

  it("begins nothing that became due without power", async () => {
    const { clock, line, started } = aLine([{ name: "a", dueAtMs: 61_000 }]);
    line.powerOn();
    line.powerOff();
    await clock.advance(60_000);
    expect(started).to.deep.equal([]);
  });

  it("tells a job that the power is gone, and begins it anew when it is back", async () => {
    const { line, started, powers, end } = aLine([{ name: "a", dueAtMs: 0 }]);
    line.powerOn();
    line.powerOff();
    await end();
    expect(powers.map(({ aborted }) => aborted)).to.deep.equal([true]);
    line.powerOn();
    expect(started).to.deep.equal(["a", "a"]);
  });
});
