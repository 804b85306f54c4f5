/** Strings of their own. Layer: test. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { detached } from "../../../../acs/cwmp/detached.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("detached", () => {
  it("gives an equal string, of any length and any characters", () => {
    for (const text of [
      "",
      "short",
      "exactly 12 c",
      "a text of more than twelve",
      "é€𝄞 and more than twelve",
      "\ud800 alone, more than twelve",
    ]) {
      expect(detached(text)).to.equal(text);
    }
  });

  it("lets go of the document a piece was cut from", () => {
    const held = (cut: (document: string) => string): number => {
      const before = usedMiB();
      const kept = Array.from({ length: 20 }, (_, i) => cut(`<a>${String.fromCharCode(65 + i).repeat(1_048_576)}</a>`));
      const after = usedMiB();
      return kept.length === 0 ? 0 : after - before;
    };
    expect(
      held((document) => document.slice(3, 30)),
      "MiB that plain pieces hold: the reason for this file",
    ).to.be.above(15);
    expect(
      held((document) => detached(document.slice(3, 30))),
      "MiB that detached pieces hold",
    ).to.be.below(5);
  });
});

function usedMiB(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1_048_576;
}
