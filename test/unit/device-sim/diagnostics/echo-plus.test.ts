/**
 * The payload of UDP Echo Plus.
 * Spec: TR-143 A.1.4.
 */
import { expect } from "chai";
import { readEchoAnswer, readTestGenSn, writeEchoAnswer, writeEchoRequest } from "../../../../device-sim/diagnostics/echo-plus.js";

const ANSWER = { testRespSn: 7, receivedUs: 1_000, repliedUs: 1_002, failures: 1 };

describe("TR-143 A.1.4: UDP Echo Plus", () => {
  it("a request begins with its number, and is as long as it was ordered", () => {
    expect([...writeEchoRequest(0x01020304, 6)]).to.deep.equal([1, 2, 3, 4, 0, 0]);
    expect(writeEchoRequest(1, 65_535)).to.have.length(65_535);
  });

  it("an answer keeps the number, has four fields of 32 bits after it, and the same length", () => {
    const answer = writeEchoAnswer(Buffer.concat([writeEchoRequest(9, 20), Buffer.from("rest")]), ANSWER);
    expect(Buffer.from(answer).toString("hex")).to.equal(`${"00000009"}${"00000007"}${"000003e8"}${"000003ea"}${"00000001"}${"72657374"}`);
    expect([readTestGenSn(answer, 24), readEchoAnswer(answer)]).to.deep.equal([9, ANSWER]);
  });

  it("numbers and times run over", () => {
    const late = { testRespSn: 2 ** 32 + 1, receivedUs: 2 ** 33 + 2, repliedUs: 2 ** 40 + 3, failures: 2 ** 32 };
    const answer = writeEchoAnswer(writeEchoRequest(2 ** 32 + 5, 20), late);
    expect(readTestGenSn(answer, 20)).to.equal(5);
    expect(readEchoAnswer(answer)).to.deep.equal({ testRespSn: 1, receivedUs: 2, repliedUs: 3, failures: 0 });
  });

  it("a payload without room for the fields comes back as it is, with what of the number fits", () => {
    for (const length of [1, 2, 3, 4, 19]) {
      const request = writeEchoRequest(0x0102, length);
      expect(writeEchoAnswer(request, ANSWER), String(length)).to.equal(request);
      expect(readEchoAnswer(request)).to.equal(undefined);
      expect(readTestGenSn(request, length)).to.equal(length === 1 ? 2 : 0x0102);
    }
  });

  it("a payload of another length answers nothing that was sent", () => {
    expect(readTestGenSn(writeEchoRequest(1, 20), 21)).to.equal(undefined);
    expect(readTestGenSn(new Uint8Array(0), 20)).to.equal(undefined);
  });
});
