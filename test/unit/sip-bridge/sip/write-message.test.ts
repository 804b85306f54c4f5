/**
 * Writing messages, and what never gets onto the wire. Spec: RFC 3261 7.
 */
import { expect } from "chai";
import { buildRequest, buildResponse } from "../../../../sip-bridge/sip/build.js";
import { header, type SipRequest } from "../../../../sip-bridge/sip/message.js";
import { parseMessage } from "../../../../sip-bridge/sip/parse-message.js";
import { messageLength, writeMessage } from "../../../../sip-bridge/sip/write-message.js";
import { sipBytes, sipRequest } from "../../../support/sip-messages.js";

const draft = {
  method: "MESSAGE",
  uri: "sip:a@b",
  from: { uri: "sip:acs@b", params: [{ name: "tag", value: "1" }] },
  to: { uri: "sip:a@b", params: [] },
  callId: "c1",
  cseq: 1,
};

describe("sip/write-message", () => {
  it("writes start-line, header fields, an empty line and the body", () => {
    const request = buildRequest({ ...draft, headers: [header("Subject", "x")], body: Buffer.from("bo") });
    expect(messageLength(request)).to.equal(writeMessage(request).length);
    expect(Buffer.from(writeMessage(request)).toString()).to.equal(
      "MESSAGE sip:a@b SIP/2.0\r\nMax-Forwards: 70\r\nFrom: <sip:acs@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: c1\r\nCSeq: 1 MESSAGE\r\n" +
        "Subject: x\r\nContent-Length: 2\r\n\r\nbo",
    );
  });

  for (const [where, broken] of [
    ["a value", { headers: [header("Subject", "x\r\nVia: y")] }],
    ["a value, LF alone", { headers: [header("Subject", "x\ny")] }],
    ["a value, CR alone", { headers: [header("Subject", "x\ry")] }],
    ["a value, NUL", { headers: [header("Subject", "x\0y")] }],
    ["a value, not latin1", { headers: [header("Subject", "漢")] }],
    ["a name", { headers: [header("Sub\r\nject", "x")] }],
    ["a Call-ID", { callId: "x\r\ny" }],
    ["a display name", { from: { ...draft.from, displayName: "x\r\ny" } }],
    ["a method", { method: "A B" }],
    ["a Request-URI", { uri: "sip:a@b SIP/2.0\r\nX: y" }],
  ] as const) {
    it(`refuses an injection in ${where}`, () => {
      expect(() => writeMessage(buildRequest({ ...draft, ...broken }))).to.throw(RangeError);
    });
  }

  it("refuses an injection in a reason, and a status that is none", () => {
    expect(() => writeMessage(buildResponse(sipRequest(), 200, { reason: "OK\r\nX: y" }))).to.throw(RangeError);
    expect(() => writeMessage(buildResponse(sipRequest(), 99))).to.throw(RangeError);
    expect(() => writeMessage(buildResponse(sipRequest(), Number.NaN))).to.throw(RangeError);
  });

  it("refuses a raw field that is more than one field", () => {
    const smuggled: SipRequest = { ...sipRequest(), headers: [{ key: "x", name: "X", value: "y", raw: "X: y\r\nVia: z" }] };
    expect(() => writeMessage(smuggled)).to.throw(RangeError);
  });

  it("a folded field, and a quoted NUL, are forwarded as they came", () => {
    const lines = [
      "OPTIONS sip:a@b SIP/2.0",
      "Via: SIP/2.0/UDP\r\n h;branch=z9hG4bK1",
      'From: "\\\0" <sip:a@b>;tag=1',
      "t: <sip:a@b>",
      "i: 1",
      "CSeq:1\r\n\tOPTIONS",
    ];
    const bytes = sipBytes(lines);
    expect(Buffer.from(writeMessage(parseMessage(bytes))).equals(bytes)).to.equal(true);
  });

  it("refuses more than a datagram holds", () => {
    expect(() => writeMessage(buildRequest({ ...draft, body: new Uint8Array(65_500) }))).to.throw(RangeError);
  });
});
