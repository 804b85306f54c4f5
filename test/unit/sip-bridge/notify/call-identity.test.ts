/**
 * The CSeq of NOTIFYs under a Call-ID that stays.
 * Spec: US 2012/0089717 A1 [0091-0092]; RFC 3261 8.1.1.5. Layer: test.
 */
import { expect } from "chai";
import { nextIdentity } from "../../../../sip-bridge/notify/call-identity.js";

const known = { callId: "720910328-2276810532@10.40.41.36", cseq: 14_871, requestsReceived: 10 };

describe("US 2012/0089717 A1 [0092]: CSeq of a gateway's NOTIFYs", () => {
  it("is incremented by 1 for a non-voice request that was received: 14871 becomes 14872", () => {
    expect(nextIdentity(known, 11, "f")).to.deep.equal({ callId: known.callId, cseq: 14_872 });
  });

  it("is incremented for each request that was received", () => {
    expect(nextIdentity(known, 13, "f").cseq).to.equal(14_874);
  });

  it("is incremented by 1 before a new NOTIFY when no request was received", () => {
    expect(nextIdentity(known, 10, "f").cseq).to.equal(14_872);
  });

  it("takes a count that went down for one that began anew", () => {
    expect(nextIdentity(known, 0, "f").cseq).to.equal(14_872);
  });

  it("begins with 1 under a fresh Call-ID", () => {
    expect(nextIdentity(undefined, 12, "f")).to.deep.equal({ callId: "f", cseq: 1 });
  });

  it("begins anew under a fresh Call-ID before it would reach 2^31 (RFC 3261 8.1.1.5)", () => {
    expect(nextIdentity({ ...known, cseq: 2 ** 31 - 3 }, 11, "f")).to.deep.equal({ callId: "f", cseq: 1 });
  });
});
