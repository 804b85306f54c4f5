/**
 * Building requests and responses. Spec: RFC 3261 8.1.1, 8.2.6, 18.2.1; RFC 3581 4.
 */
import { expect } from "chai";
import { buildRefusal, buildResponse, markReceived, pushVia } from "../../../../sip-bridge/sip/build.js";
import { header, headerValue, headerValues, MalformedMessage, param } from "../../../../sip-bridge/sip/message.js";
import { parseMessage } from "../../../../sip-bridge/sip/parse-message.js";
import { writeMessage } from "../../../../sip-bridge/sip/write-message.js";
import { sipBytes, sipRequest } from "../../../support/sip-messages.js";

const SOURCE = { address: "203.0.113.9", port: 40_000 };
const vias = (message: { readonly headers: readonly ReturnType<typeof header>[] }): readonly string[] => headerValues(message, "via");

describe("sip/build: responses (RFC 3261 8.2.6)", () => {
  it("copy Via, From, Call-ID and CSeq, and add a tag to To", () => {
    const request = sipRequest(
      undefined,
      "v: SIP/2.0/UDP a;branch=1",
      "v: SIP/2.0/UDP b",
      'f: "X"<sip:x@y>;tag=9;odd',
      "Subject: not copied",
    );
    const response = parseMessage(writeMessage(buildResponse(request, 200, { toTag: "tt", headers: [header("Allow", "NOTIFY")] })));
    expect(response).to.include({ kind: "response", status: 200, reason: "OK", callId: request.callId });
    expect(response.vias).to.deep.equal(request.vias);
    expect(response.from).to.deep.equal(request.from);
    expect(response.to).to.deep.equal({ uri: "sip:anna@voice.example", params: [{ name: "tag", value: "tt" }] });
    expect(headerValue(response, "subject")).to.equal(undefined);
    expect(headerValue(response, "allow")).to.equal("NOTIFY");
    expect(headerValue(response, "content-length")).to.equal("0");
  });

  it("a To that has a tag keeps it, and 100 adds none", () => {
    const inDialog = sipRequest(undefined, "To: <sip:a@b>;tag=old");
    expect(param(buildResponse(inDialog, 200, { toTag: "new" }).to.params, "tag")).to.equal("old");
    expect(param(buildResponse(sipRequest(), 100, { toTag: "new" }).to.params, "tag")).to.equal(undefined);
  });

  it("the tag goes behind what came, however it was written", () => {
    const request = sipRequest(undefined, 't : "\\\0 NUL"\r\n <sip:a@b> ; x = y  ');
    const response = parseMessage(writeMessage(buildResponse(request, 404, { toTag: "tt" })));
    expect(response.to).to.deep.equal({
      displayName: "\0 NUL",
      uri: "sip:a@b",
      params: [
        { name: "x", value: "y" },
        { name: "tag", value: "tt" },
      ],
    });
  });

  it("an unknown status is named by its class", () => expect(buildResponse(sipRequest(), 499).reason).to.equal("Request Failure"));
});

describe("sip/build: where a request came from", () => {
  it("received is added if the host differs (RFC 3261 18.2.1)", () => {
    const request = markReceived(sipRequest(undefined, "Via: SIP/2.0/UDP h.example;branch=z9hG4bK1"), SOURCE);
    expect(vias(request)).to.deep.equal(["SIP/2.0/UDP h.example;branch=z9hG4bK1;received=203.0.113.9"]);
    expect(param(request.vias[0]?.params ?? [], "received")).to.equal("203.0.113.9");
  });

  it("nothing is added if it is the same and no port was asked for", () => {
    const request = sipRequest(undefined, "Via: SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bK1");
    expect(markReceived(request, SOURCE)).to.equal(request);
    const v6 = sipRequest(undefined, "Via: SIP/2.0/UDP [2001:DB8::1];branch=z9hG4bK1");
    expect(markReceived(v6, { address: "2001:db8::1", port: 5060 })).to.equal(v6);
  });

  it("rport is filled in place, and received always comes with it (RFC 3581 4)", () => {
    const request = markReceived(sipRequest(undefined, "Via: SIP/2.0/UDP 203.0.113.9;rport;branch=z9hG4bK1"), SOURCE);
    expect(vias(request)).to.deep.equal(["SIP/2.0/UDP 203.0.113.9;rport=40000;branch=z9hG4bK1;received=203.0.113.9"]);
  });

  it("a received that the sender wrote itself is replaced", () => {
    const request = markReceived(sipRequest(undefined, "Via: SIP/2.0/UDP h;branch=z9hG4bK1;received=192.0.2.66"), SOURCE);
    expect(vias(request)).to.deep.equal(["SIP/2.0/UDP h;branch=z9hG4bK1;received=203.0.113.9"]);
  });

  it("the other Via values stay, in the same field or the next", () => {
    const request = markReceived(sipRequest(undefined, "Via: SIP/2.0/UDP h;branch=z9hG4bK1 , SIP/2.0/TCP i", "Via: SIP/2.0/TLS j"), SOURCE);
    expect(vias(request)).to.deep.equal(["SIP/2.0/UDP h;branch=z9hG4bK1;received=203.0.113.9, SIP/2.0/TCP i", "SIP/2.0/TLS j"]);
    expect(parseMessage(writeMessage(request)).vias).to.deep.equal(request.vias);
  });

  it("our Via goes on top", () => {
    const request = pushVia(sipRequest(), { transport: "UDP", host: "us", port: 5060, params: [{ name: "branch", value: "z9hG4bKx" }] });
    expect(vias(request)[0]).to.equal("SIP/2.0/UDP us:5060;branch=z9hG4bKx");
    expect(request.vias).to.have.length(2);
  });
});

describe("sip/build: answers to malformed requests", () => {
  const broken = (...lines: readonly string[]): MalformedMessage => {
    const usual = ["Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1;rport", "From: <sip:a@b>;tag=1", "To: <sip:a@b>", "Call-ID: 1", "CSeq: x"];
    try {
      parseMessage(sipBytes([lines[0] ?? "", ...usual, ...lines.slice(1)]));
    } catch (error) {
      if (error instanceof MalformedMessage) return error;
    }
    throw new RangeError("parsed");
  };
  const answer = (error: MalformedMessage): string | undefined => {
    const refusal = error.request === undefined ? undefined : buildRefusal(error.request, error.status, "tt", SOURCE);
    return refusal === undefined ? undefined : Buffer.from(writeMessage(refusal)).toString("latin1");
  };

  it("hold what was readable", () => {
    expect(answer(broken("OPTIONS sip:a@b SIP/2.0"))).to.equal(
      "SIP/2.0 400 Bad Request\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1;rport=40000;received=203.0.113.9\r\n" +
        "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=tt\r\nCall-ID: 1\r\nCSeq: x\r\nContent-Length: 0\r\n\r\n",
    );
  });

  it("are sent for a bad start-line too", () => expect(answer(broken("OPTIONS sip:a@b SIP/7.0"))).to.match(/^SIP\/2.0 505 /));
  it("an ACK is never answered", () => expect(answer(broken("ACK sip:a@b SIP/2.0"))).to.equal(undefined));
  it("a response is never answered", () => expect(broken("SIP/2.0 200 OK").request).to.equal(undefined));
  it("nor is noise", () => expect(broken("\x16\x03\x01").request).to.equal(undefined));
  it("a Via that cannot be read goes back as it came (RFC 4475 3.1.2.1)", () => {
    expect(answer(broken("OPTIONS sip:a@b SIP/2.0", "Via: x;;,"))).to.match(
      /^SIP\/2.0 400 [^\r]*\r\nVia: SIP\/2.0\/UDP [^\r]*\r\nVia: x;;,\r\n/,
    );
  });

  it("without From, To and Call-ID have none either (RFC 4475 3.3.1)", () => {
    const headers = [header("Via", "SIP/2.0/UDP 192.0.2.9"), header("CSeq", "1 OPTIONS")];
    const refusal = buildRefusal({ method: "OPTIONS", headers }, 400, "tt", SOURCE);
    expect(refusal?.headers.map(({ key }) => key)).to.deep.equal(["via", "cseq", "content-length"]);
    expect(buildRefusal({ method: "OPTIONS", headers: headers.slice(1) }, 400, "tt", SOURCE)).to.equal(undefined);
  });

  it("a To that cannot be read is sent back as it came", () => {
    const lines = [
      "OPTIONS sip:a@b SIP/2.0",
      "Via: SIP/2.0/UDP 192.0.2.9",
      "From: <sip:a@b>",
      'To: "J <sip:a@b>',
      "Call-ID: 1",
      "CSeq: 1 OPTIONS",
    ];
    expect(() => parseMessage(sipBytes(lines)))
      .to.throw(MalformedMessage)
      .satisfies((error: MalformedMessage) => answer(error)?.includes('To: "J <sip:a@b>\r\n'));
  });
});
