/**
 * How fast NOTIFYs may leave.
 * Layer: unit test.
 */
import { expect } from "chai";
import { fullPace, type Pace, takeTurn } from "../../../../sip-bridge/notify/pace.js";

function takeAll(pace: Pace, nowMs: number): { readonly pace: Pace; readonly taken: number; readonly waitMs: number } {
  let turn = takeTurn(pace, nowMs);
  let taken = 0;
  for (; turn.waitMs === 0; taken++) turn = takeTurn(turn.pace, nowMs);
  return { pace: turn.pace, taken, waitMs: turn.waitMs };
}

describe("pace of NOTIFYs", () => {
  it("lets one second's worth go at once, then as many as time allows", () => {
    const first = takeAll(fullPace(50, 0), 0);
    expect([first.taken, first.waitMs]).to.deep.equal([50, 20]);
    const second = takeAll(first.pace, 100);
    expect(second.taken).to.equal(5);
    expect(takeAll(second.pace, 60_000).taken).to.equal(50);
  });

  it("asks to wait exactly long enough", () => {
    const empty = takeAll(fullPace(3, 0), 0);
    expect(takeTurn(empty.pace, empty.waitMs - 1).waitMs).to.be.greaterThan(0);
    expect(takeTurn(empty.pace, empty.waitMs).waitMs).to.equal(0);
  });

  it("gives nothing for a clock that goes back", () => {
    const empty = takeAll(fullPace(10, 10_000), 10_000);
    expect(takeAll(empty.pace, 0).taken).to.equal(0);
  });
});
