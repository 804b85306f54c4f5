/**
 * Replay protection of lightweight notifications. Spec: TR-069 Annex M. Layer: unit test.
 */
import { expect } from "chai";
import { nextMark } from "../../../../acs/devices/notification-mark.js";

describe("mark of lightweight notifications", () => {
  const mark = { ts: 100, cnonces: ["a"] };

  it("takes the first one, and any that is newer", () => {
    expect(nextMark(undefined, { ts: 0, cnonce: "x" })).to.deep.equal({ ts: 0, cnonces: ["x"] });
    expect(nextMark(mark, { ts: 101, cnonce: "a" })).to.deep.equal({ ts: 101, cnonces: ["a"] });
  });

  it("takes another CN of the same second, not the same one", () => {
    expect(nextMark(mark, { ts: 100, cnonce: "b" })).to.deep.equal({ ts: 100, cnonces: ["a", "b"] });
    expect(nextMark(mark, { ts: 100, cnonce: "a" })).to.equal(undefined);
  });

  it("takes none that is older", () => expect(nextMark(mark, { ts: 99, cnonce: "new" })).to.equal(undefined));

  it("takes 16 of one second at most", () => {
    let now: ReturnType<typeof nextMark>;
    for (let i = 0; i < 16; i++) now = nextMark(now, { ts: 5, cnonce: String(i) });
    expect(now?.cnonces).to.have.length(16);
    expect(nextMark(now, { ts: 5, cnonce: "another" })).to.equal(undefined);
  });
});
