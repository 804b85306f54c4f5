/**
 * Values of options that several commands share.
 * Layer: unit test.
 */
import { expect } from "chai";
import { waitOptions } from "../../../cli/options.js";

/** Node's timers hold no more: a longer one fires at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

describe("--timeout", () => {
  it("is never longer than a timer can be, which would end the waiting at once", () => {
    const read = waitOptions().find(({ long }) => long === "--timeout")?.parseArg as (text: string, before: undefined) => number;
    const longestS = Math.floor(TIMER_MS_MAX / 1_000);
    expect(read(String(longestS), undefined)).to.equal(longestS);
    expect(() => read(String(longestS + 1), undefined)).to.throw("expected a whole number from 1");
  });
});
