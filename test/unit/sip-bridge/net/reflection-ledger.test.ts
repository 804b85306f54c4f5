/**
 * What a stranger's name can be made to receive.
 * Spec: sip.md 11 (reflection); RFC 9000 8.1.
 */
import { expect } from "chai";
import { createReflectionLedger, REFLECTION_LIMITS } from "../../../../sip-bridge/net/reflection-ledger.js";

const LIMITS = { allowanceBytes: 100, allowanceBytesPerSecond: 10, strangersMax: 2, provenMax: 2, provenMs: 1_000 };
const VICTIM = "192.0.2.1";

describe("sip.md 11: no reflection", () => {
  it("answers no more octets than came, and the allowance", () => {
    const ledger = createReflectionLedger(LIMITS);
    let answered = 0;
    for (let i = 0; i < 50; i++) {
      ledger.received(VICTIM, 20, 0);
      if (ledger.mayAnswer(VICTIM, 60, 0)) answered += 60;
    }
    expect(answered).to.be.within(20 * 50, 20 * 50 + LIMITS.allowanceBytes);
    expect(ledger.withheld).to.equal(50 - answered / 60);
  });

  it("the allowance grows again with time, and no higher", () => {
    const ledger = createReflectionLedger(LIMITS);
    expect(ledger.mayAnswer(VICTIM, 100, 0)).to.equal(true);
    expect(ledger.mayAnswer(VICTIM, 50, 4_000)).to.equal(false);
    expect(ledger.mayAnswer(VICTIM, 50, 5_100)).to.equal(true);
    expect(ledger.mayAnswer(VICTIM, 101, 10_000_000)).to.equal(false);
  });

  it("one victim's octets pay for no other's", () => {
    const ledger = createReflectionLedger(LIMITS);
    ledger.received("192.0.2.9", 10_000, 0);
    expect(ledger.mayAnswer(VICTIM, 101, 0)).to.equal(false);
  });

  it("who has proved to be there is answered whatever he asks, for a while", () => {
    const ledger = createReflectionLedger(LIMITS);
    ledger.prove(VICTIM, 0);
    expect(ledger.mayAnswer(VICTIM, 10_000, 1_000)).to.equal(true);
    expect(ledger.mayAnswer(VICTIM, 10_000, 1_001)).to.equal(false);
  });

  it("remembers a bounded number of addresses of each kind", () => {
    const ledger = createReflectionLedger(LIMITS);
    for (const address of ["a", "b", "c"]) ledger.prove(address, 0);
    expect(["a", "b", "c"].map((address) => ledger.isProven(address, 0))).to.deep.equal([false, true, true]);
    ledger.mayAnswer("x", 100, 0);
    for (const address of ["y", "z"]) ledger.received(address, 1, 0);
    expect(ledger.mayAnswer("x", 100, 0), "forgotten, so it starts anew").to.equal(true);
  });

  it("lets a short first REGISTER have its challenge", () => {
    const ledger = createReflectionLedger(REFLECTION_LIMITS);
    ledger.received(VICTIM, 250, 0);
    expect(ledger.mayAnswer(VICTIM, 900, 0)).to.equal(true);
  });
});
