/**
 * The UAS checks before a request's meaning. Spec: RFC 3261 8.2.1 to 8.2.3.
 */
import { expect } from "chai";
import { refusalOf } from "../../../../sip-bridge/sip/admit-request.js";
import { sipRequest } from "../../../support/sip-messages.js";

const abilities = { methods: ["REGISTER", "NOTIFY", "CANCEL"], extensions: ["path"], bodyTypes: ["text/plain"] };
const refusal = (startLine: string, ...lines: readonly string[]): unknown => {
  const refused = refusalOf(sipRequest(startLine, ...lines), abilities);
  return refused === undefined
    ? "taken"
    : `${refused.status} ${refused.headers.map(({ name, value }) => `${name}: ${value}`).join()}`.trim();
};

describe("sip/admit-request", () => {
  it("a known method that is not allowed is 405, an unknown one 501, both with Allow", () => {
    expect(refusal("INVITE sip:a@b SIP/2.0")).to.equal("405 Allow: REGISTER, NOTIFY, CANCEL");
    expect(refusal("invite sip:a@b SIP/2.0")).to.equal("501 Allow: REGISTER, NOTIFY, CANCEL");
  });

  it("another scheme is 416", () => expect(refusal("NOTIFY tel:+49301 SIP/2.0")).to.equal("416"));

  it("a required extension that is unknown is 420, but not for CANCEL", () => {
    expect(refusal("REGISTER sip:b SIP/2.0", "Require: path, gruu", "Require: x")).to.equal("420 Unsupported: gruu, x");
    expect(refusal("REGISTER sip:b SIP/2.0", "Require: Path")).to.equal("taken");
    expect(refusal("CANCEL sip:b SIP/2.0", "Require: x")).to.equal("taken");
  });

  it("a body of another type is 415; no body needs no type", () => {
    const withBody = (type: string): unknown =>
      refusalOf({ ...sipRequest("NOTIFY sip:a@b SIP/2.0", type), body: Buffer.from("x") }, abilities)?.status;
    expect([withBody("c: Text/Plain ; charset=utf-8"), withBody("c: application/sdp"), withBody("X: y")]).to.deep.equal([
      undefined,
      415,
      415,
    ]);
    expect(refusal("NOTIFY sip:a@b SIP/2.0", "c: application/sdp")).to.equal("taken");
  });
});
