/**
 * RFC 5118, the SIP torture test messages for IPv6: messages of the same shape, as the parser reads them and as the bridge answers them
 * over IPv6. The bridge takes no calls, so an INVITE or BYE that is well formed gets 405.
 */
import { expect } from "chai";
import { readContacts } from "../../sip-bridge/sip/header-values.js";
import { param, type SipRequest } from "../../sip-bridge/sip/message.js";
import { parseMessage } from "../../sip-bridge/sip/parse-message.js";
import { parseUri, sameUri, writeUri } from "../../sip-bridge/sip/uri.js";
import { openRawSender } from "../support/raw-udp.js";
import { sipBytes } from "../support/sip-messages.js";
import { startTestBridge, type TestBridge } from "../support/test-bridge.js";

const VIA = "Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111";
const CONTACT = 'Contact: "Caller" <sip:caller@[2001:db8::1]>';
const SDP_TYPE = "Content-Type: application/sdp";

/** The message of a section: the lines that matter there stand in for the usual ones. */
function message(startLine: string, lines: readonly string[] = [], body = ""): Uint8Array {
  const [method = ""] = startLine.split(" ");
  const usual = [
    ...["To: sip:user@example.com", "From: sip:user@example.com;tag=81x2", VIA, `Call-ID: ${method}.5118`, "Max-Forwards: 70"],
    ...[`CSeq: 1 ${method}`, `Content-Length: ${body.length}`],
  ];
  const nameOf = (line: string): string => line.slice(0, line.indexOf(":"));
  return sipBytes([startLine, ...usual.filter((line) => !lines.some((one) => nameOf(one) === nameOf(line))), ...lines], body);
}

const sdp = (...lines: readonly string[]): string =>
  `${["v=0", "o=assistant 971731711378798081 0 IN IP6 2001:db8::20", "s=Live video feed", ...lines].join("\r\n")}\r\n`;
const ONE_FAMILY = sdp("c=IN IP6 2001:db8::20", "t=3338481189 3370017201", "m=audio 6000 RTP/AVP 2", "m=video 6024 RTP/AVP 107");
const BOTH_FAMILIES = sdp("t=0 0", "m=audio 22334 RTP/AVP 0", "c=IN IP4 192.0.2.1", "m=video 6024 RTP/AVP 107", "c=IN IP6 2001:db8::1");

const MESSAGES = {
  "4.1 an IPv6 reference": [message("REGISTER sip:[2001:db8::10] SIP/2.0", [CONTACT]), 401],
  "4.2 an IPv6 address without its brackets": [message("REGISTER sip:2001:db8::10 SIP/2.0", [CONTACT]), 400],
  "4.3 a port within the brackets": [message("REGISTER sip:[2001:db8::10:5070] SIP/2.0", [CONTACT]), 404],
  "4.4 a port behind the brackets": [message("REGISTER sip:[2001:db8::10]:5070 SIP/2.0", [CONTACT]), 401],
  "4.5 received with brackets": [message("BYE sip:[2001:db8::10] SIP/2.0", [VIA.replace(";", ";received=[2001:db8::9:255];")]), 405],
  "4.5 received without brackets": [message("OPTIONS sip:[2001:db8::10] SIP/2.0", [VIA.replace(";", ";received=2001:db8::9:255;")]), 200],
  "4.6 IPv6 in the session description": [message("INVITE sip:user@[2001:db8::10] SIP/2.0", [CONTACT, SDP_TYPE], ONE_FAMILY), 405],
  "4.7 IPv4 and IPv6 in the headers": [
    message("BYE sip:user@host.example.net SIP/2.0", [
      `${VIA}, SIP/2.0/UDP 192.0.2.1;received=2001:db8::9:255;branch=z9hG4bKjhja8781hjuaij65144`,
    ]),
    405,
  ],
  "4.8 both in the session description": [message("INVITE sip:user@[2001:db8::10] SIP/2.0", [CONTACT, SDP_TYPE], BOTH_FAMILIES), 405],
  "4.9 an IPv4-mapped address": [
    message("INVITE sip:user@example.com SIP/2.0", [
      "Via: SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19",
      "Contact: <sip:T_desk@[::ffff:192.0.2.2]:5060>",
    ]),
    405,
  ],
  // It is read; the host is none of ours.
  "4.10 three colons, which the grammar of RFC 3261 allows": [message("OPTIONS sip:user@[2001:db8:::192.0.2.1] SIP/2.0"), 404],
} as const;

function parse(name: keyof typeof MESSAGES): SipRequest {
  const parsed = parseMessage(MESSAGES[name][0]);
  if (parsed.kind !== "request") throw new RangeError("no request");
  return parsed;
}

describe("RFC 5118: what is read", () => {
  it("4.1 Request-URI, Via and Contact each hold their reference", () => {
    const { uri, vias, ...request } = parse("4.1 an IPv6 reference");
    expect([parseUri(uri).host, vias[0]?.host, vias[0]?.port]).to.deep.equal(["[2001:db8::10]", "[2001:db8::9:1]", undefined]);
    expect(readContacts(request)).to.deep.equal([{ displayName: "Caller", uri: "sip:caller@[2001:db8::1]", params: [] }]);
  });

  it("4.3, 4.4 what stands within the brackets is the address, what stands behind them the port", () => {
    const parts = (name: keyof typeof MESSAGES): unknown => {
      const { host, port } = parseUri(parse(name).uri);
      return [host, port];
    };
    expect(parts("4.3 a port within the brackets")).to.deep.equal(["[2001:db8::10:5070]", undefined]);
    expect(parts("4.4 a port behind the brackets")).to.deep.equal(["[2001:db8::10]", 5070]);
  });

  it("4.5 received may have brackets or not", () => {
    const received = (name: keyof typeof MESSAGES): string | undefined => param(parse(name).vias[0]?.params ?? [], "received");
    expect(received("4.5 received with brackets")).to.equal("[2001:db8::9:255]");
    expect(received("4.5 received without brackets")).to.equal("2001:db8::9:255");
  });

  it("4.6, 4.8 the body is kept as it is", () => {
    const body = (name: keyof typeof MESSAGES): string => Buffer.from(parse(name).body).toString("latin1");
    expect(body("4.6 IPv6 in the session description")).to.equal(ONE_FAMILY);
    expect(body("4.8 both in the session description")).to.equal(BOTH_FAMILIES);
  });

  it("4.7 each Via has its own family", () => {
    expect(parse("4.7 IPv4 and IPv6 in the headers").vias.map(({ host }) => host)).to.deep.equal(["[2001:db8::9:1]", "192.0.2.1"]);
  });

  it("4.9 an IPv4-mapped address is a host like others", () => {
    expect(parse("4.9 an IPv4-mapped address").vias[0]).to.deep.include({ host: "[::ffff:192.0.2.10]", port: 19_823 });
  });

  it("4.10 three colons are read, and written as they came", () => {
    const { uri } = parse("4.10 three colons, which the grammar of RFC 3261 allows");
    expect(writeUri(parseUri(uri))).to.equal(uri);
    expect(sameUri(parseUri(uri), parseUri(uri))).to.equal(true);
  });
});

describe("RFC 5118: what the bridge answers over IPv6", () => {
  let bridge: TestBridge;
  before(async () => {
    const sip = { addresses: [{ address: "::1" }], port: 0 };
    bridge = await startTestBridge({ domains: { main: "example.com", aliases: ["[2001:db8::10]"] }, sip });
  });
  after(() => bridge.close());

  for (const [what, [bytes, status]] of Object.entries(MESSAGES)) {
    it(`${what}: ${status}`, async () => {
      const sender = await openRawSender(bridge.sipPort, "::1");
      const answer = await sender.answerTo(bytes);
      expect(answer.status).to.equal(status);
      // Where it really came from is noted beside what it says of itself.
      expect(answer.headers.find(({ key }) => key === "via")?.value).to.match(/^SIP\/2\.0\/UDP \[[^\]]*\][^,]*;received=::1/);
      sender.close();
    });
  }
});
