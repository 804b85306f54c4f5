/**
 * What traceroute prints with -n.
 * Spec: traceroute(8) for Linux.
 */
import { expect } from "chai";
import { readHops } from "../../../../device-sim/diagnostics/traceroute-output.js";

const lines = (...text: readonly string[]): string => `${text.join("\n")}\n`;

describe("the output of traceroute", () => {
  it("a line is a hop: the last address that answered, and a time for each try", () => {
    const stdout = lines(
      "traceroute to 192.0.2.9 (192.0.2.9), 30 hops max, 66 byte packets",
      " 1  192.0.2.1  0.354 ms  0.301 ms  0.290 ms",
      " 2  198.51.100.1  1 ms 198.51.100.2  12.5 ms *",
      " 3  * * *",
      "10  2001:db8::9  104.25 ms  99 ms  98.1 ms",
    );
    expect(readHops(stdout)).to.deep.equal([
      { number: 1, address: "192.0.2.1", timesMs: [0.354, 0.301, 0.29], refusal: undefined },
      { number: 2, address: "198.51.100.2", timesMs: [1, 12.5, undefined], refusal: undefined },
      { number: 3, address: "", timesMs: [undefined, undefined, undefined], refusal: undefined },
      { number: 10, address: "2001:db8::9", timesMs: [104.25, 99, 98.1], refusal: undefined },
    ]);
  });

  it("a hop that refuses says with which ICMP code", () => {
    const codes = ["!N", "!H", "!P", "!S", "!F-1400", "!X", "!V", "!C", "!9"].map(
      (mark) => readHops(` 1  192.0.2.1  1 ms ${mark}\n`)[0]?.refusal,
    );
    expect(codes).to.deep.equal([0, 1, 2, 5, 4, 13, 14, 15, 9]);
  });

  it("a line that is not understood as a whole is no hop", () => {
    const odd = lines(
      " 1  gw.example (192.0.2.1)  1 ms",
      " 2  192.0.2.2  1 s",
      " 3  192.0.2.3  -1 ms",
      "404  192.0.2.4  1 ms",
      "; rm 1  192.0.2.5  1 ms",
      "too big packetlen 65100 specified",
    );
    expect(readHops(odd)).to.deep.equal([]);
    expect(readHops("")).to.deep.equal([]);
  });
});
