/**
 * Messages as golden files, and what the parser refuses by its limits.
 * Spec: RFC 3261 7, 18.3.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { buildRefusal } from "../../../../sip-bridge/sip/build.js";
import { headerKey, headerValue, headerValues, MalformedMessage, SIP_LIMITS } from "../../../../sip-bridge/sip/message.js";
import { messageOf, parseHead, parseMessage } from "../../../../sip-bridge/sip/parse-message.js";
import { messageLength, writeMessage } from "../../../../sip-bridge/sip/write-message.js";
import { repositoryPath } from "../../../support/shared-data.js";
import { showMessage, sipBytes, sipRequest } from "../../../support/sip-messages.js";

const GOLDEN = repositoryPath("test/golden/sip");
const VIA = "Via: SIP/2.0/UDP h;branch=z9hG4bK1";
const REQUEST = ["OPTIONS sip:a@b SIP/2.0", VIA, "From: <sip:a@b>;tag=1", "To: <sip:a@b>", "Call-ID: 1", "CSeq: 1 OPTIONS"];
const refusalOf = (bytes: Uint8Array): MalformedMessage => {
  try {
    parseMessage(bytes);
  } catch (error) {
    if (error instanceof MalformedMessage) return error;
    throw error;
  }
  throw new RangeError("parsed");
};

describe("sip/parse-message: golden files", () => {
  for (const file of readdirSync(GOLDEN).filter((name) => name.endsWith(".sip"))) {
    it(file, () => {
      const bytes = readFileSync(join(GOLDEN, file));
      const golden = JSON.parse(readFileSync(join(GOLDEN, file.replace(".sip", ".json")), "utf8"));
      if (golden.refused === undefined) {
        const message = parseMessage(bytes);
        expect(showMessage(message)).to.deep.equal(golden.message);
        // Forwarded as it came, but for octets behind the body and a reason's missing space.
        const written = Buffer.from(writeMessage(message)).toString("latin1");
        expect(bytes.toString("latin1").replace("200\r\n", "200 \r\n").startsWith(written)).to.equal(true);
        expect(messageLength(message), "told without writing it").to.equal(written.length);
      } else {
        const { status, path, request } = refusalOf(bytes);
        const isAnswered = request !== undefined && buildRefusal(request, status, "t", { address: "192.0.2.9", port: 5060 }) !== undefined;
        expect({ status, path, isAnswered }).to.deep.equal(golden.refused);
      }
    });
  }
});

describe("sip/parse-message: framing", () => {
  it("skips CRLFs before the start-line (RFC 3261 7.5)", () => {
    expect(parseMessage(Buffer.concat([Buffer.from("\r\n\r\n"), sipBytes(REQUEST)])).kind).to.equal("request");
  });

  it("without Content-Length the datagram's rest is the body", () => {
    expect(Buffer.from(parseMessage(sipBytes(REQUEST, "body")).body).toString()).to.equal("body");
  });

  it("a head can be read before its body has come", () => {
    const bytes = sipBytes([...REQUEST, "l: 4"], "bo");
    const head = parseHead(bytes);
    expect(head).to.include({ contentLength: 4, bodyOffset: bytes.length - 2 });
    expect(messageOf(head, Buffer.from("body"))).to.deep.include({ callId: "1", body: Buffer.from("body") });
  });

  it("cut anywhere in its head, it is malformed and nothing worse", () => {
    const bytes = sipBytes(REQUEST);
    for (let length = 0; length < bytes.length; length++) expect(refusalOf(bytes.subarray(0, length)).status, `${length}`).to.equal(400);
  });
});

describe("sip/parse-message: limits", () => {
  const padded = (lines: readonly string[]): Uint8Array => sipBytes([...REQUEST, ...lines]);
  const times = (count: number, line: string): readonly string[] => Array.from({ length: count }, () => line);

  it("header fields", () => {
    const room = SIP_LIMITS.headersMax - REQUEST.length + 1;
    expect(parseMessage(padded(times(room, "X: y"))).headers).to.have.length(SIP_LIMITS.headersMax);
    expect(refusalOf(padded(times(room + 1, "X: y"))).path).to.equal("header");
  });

  it("octets of a line, folded or not", () => {
    const line = `X: ${"y".repeat(SIP_LIMITS.lineBytesMax - 3)}`;
    expect(parseMessage(padded([line])).kind).to.equal("request");
    expect(refusalOf(padded([`${line}y`])).path).to.equal("header");
    expect(refusalOf(padded([`${line.slice(0, -10)}\r\n ${"y".repeat(20)}`])).path).to.equal("header");
  });

  it("octets of the head", () => {
    const line = `X: ${"y".repeat(4_000)}`;
    expect(parseMessage(padded(times(4, line))).kind).to.equal("request");
    expect(refusalOf(padded(times(5, line))).path).to.equal("header");
  });

  it("octets of the datagram", () => {
    expect(refusalOf(Buffer.alloc(SIP_LIMITS.datagramBytesMax + 1)).status).to.equal(513);
  });

  it("Via values", () => {
    const vias = times(SIP_LIMITS.viasMax - 1, VIA);
    expect(parseMessage(padded(vias)).vias).to.have.length(SIP_LIMITS.viasMax);
    expect(refusalOf(padded([...vias, VIA])).path).to.equal("via");
  });
});

describe("sip/message: header fields", () => {
  it("are found by their long name in any case, or their compact form", () => {
    expect([headerKey("Call-ID"), headerKey("i"), headerKey("O"), headerKey("z")]).to.deep.equal(["call-id", "call-id", "event", "z"]);
    const request = sipRequest("OPTIONS sip:a@b SIP/2.0", "k: path", "Supported: outbound");
    expect(headerValue(request, "supported")).to.equal("path");
    expect(headerValues(request, "supported")).to.deep.equal(["path", "outbound"]);
    expect(headerValue(request, "require")).to.equal(undefined);
  });

  it("an escape in a header's name or the method is no escape (RFC 4475 3.1.1.5)", () => {
    const request = sipRequest("RE%47IST%45R sip:a@b SIP/2.0", "C%6Fntact: <sip:x@y>");
    expect(request.method).to.equal("RE%47IST%45R");
    expect(headerValue(request, "contact")).to.equal(undefined);
  });

  it("Max-Forwards absent or too large is 70 (RFC 4475 3.1.2.4)", () => {
    expect(sipRequest(undefined, "Max-Forwards: 0").maxForwards).to.equal(0);
    expect(sipRequest(undefined, "Max-Forwards: 255").maxForwards).to.equal(255);
    expect(sipRequest(undefined, "Max-Forwards: 256").maxForwards).to.equal(70);
    expect(refusalOf(sipBytes([...REQUEST, "Max-Forwards: -1"])).path).to.equal("max-forwards");
  });
});
