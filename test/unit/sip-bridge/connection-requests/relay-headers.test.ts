/**
 * Header fields on their way through the relay.
 * Spec: RFC 9110 7.6.1; RFC 9112 6.3. Layer: unit test.
 */
import { expect } from "chai";
import {
  cookiesSet,
  cookiesShown,
  endToEnd,
  isLastOfConnection,
  isSealed,
  requestHeaders,
} from "../../../../sip-bridge/connection-requests/relay-headers.js";

const options = { upstreamHost: "acs.example:7547", hostHeader: "device", contentLength: 5, isLast: false } as const;

describe("header fields through the relay", () => {
  it("stay in order and letters, but those of one connection and those that Connection names", () => {
    const raw = [
      "SOAPAction",
      "",
      "Connection",
      "close, x-one",
      "X-One",
      "1",
      "Keep-Alive",
      "5",
      "x-TWO",
      "2",
      "x-TWO",
      "3",
      "Upgrade",
      "h2c",
    ];
    expect(endToEnd(raw)).to.deep.equal(["SOAPAction", "", "x-TWO", "2", "x-TWO", "3"]);
  });

  it("keep host and length though Connection names them: a message must not get another end on its way", () => {
    expect(endToEnd(["Connection", "content-length, host", "Content-Length", "5", "Host", "a"])).to.deep.equal([
      "Content-Length",
      "5",
      "Host",
      "a",
    ]);
  });

  it("name the ACS where the device names nobody, or where that is wanted", () => {
    expect(requestHeaders([], options).slice(0, 2)).to.deep.equal(["Host", "acs.example:7547"]);
    expect(requestHeaders(["Host", "a"], options).slice(0, 2)).to.deep.equal(["Host", "a"]);
    expect(requestHeaders(["Host", "a"], { ...options, hostHeader: "upstream" }).slice(0, 2)).to.deep.equal(["Host", "acs.example:7547"]);
  });

  it("have one framing, ours", () => {
    const raw = ["Content-Length", "9", "Transfer-Encoding", "chunked", "Expect", "100-continue"];
    expect(requestHeaders(raw, options).slice(2)).to.deep.equal(["Content-Length", "5"]);
    expect(requestHeaders(raw, { ...options, contentLength: undefined }).slice(2)).to.deep.equal(["Transfer-Encoding", "chunked"]);
    expect(requestHeaders(raw, { ...options, contentLength: null, isLast: true }).slice(2)).to.deep.equal(["Connection", "close"]);
  });

  it("tell who closes the connection", () => {
    expect(isLastOfConnection(["Connection", "Close"], "1.1")).to.equal(true);
    expect(isLastOfConnection(["Connection", "x-close"], "1.1")).to.equal(false);
    expect(isLastOfConnection([], "1.0")).to.equal(true);
    expect(isLastOfConnection(["Connection", "keep-alive"], "1.0")).to.equal(false);
  });

  it("show cookies as pairs, without the attributes", () => {
    expect(cookiesSet(["Set-Cookie", "a=1; Path=/; HttpOnly", "set-cookie", "b=2"])).to.deep.equal(["a=1", "b=2"]);
    expect(cookiesShown(["Cookie", '$Version="1"; a=1; b=2', "cookie", "c=3"])).to.deep.equal(["a=1", "b=2", "c=3"]);
  });

  const sealed = [
    ["digest with auth-int", ["Authorization", 'Digest qop="auth-int"'], true],
    ["digest with auth", ["Authorization", "Digest qop=auth"], false],
    ["Content-MD5", ["Content-MD5", "x"], true],
    ["nothing", [], false],
  ] as const;
  for (const [what, raw, is] of sealed)
    it(`say with ${what} that the body ${is ? "must not" : "may"} change`, () => expect(isSealed(raw)).to.equal(is));
});
