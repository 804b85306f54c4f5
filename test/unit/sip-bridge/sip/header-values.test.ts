/**
 * Values of header fields. Spec: RFC 3261 20 and 25.1.
 */
import { expect } from "chai";
import {
  parseCSeq,
  parseNameAddr,
  parseQ,
  parseSeconds,
  quoted,
  readAddresses,
  readContacts,
  readRetryAfter,
  readSeconds,
  readTokens,
  readTokenWithParams,
  readVias,
  setParam,
  writeNameAddr,
  writeParams,
  writeVia,
} from "../../../../sip-bridge/sip/header-values.js";
import { header, MalformedMessage } from "../../../../sip-bridge/sip/message.js";

const fields = (name: string, ...values: readonly string[]) => ({ headers: values.map((value) => header(name, value)) });
const refuses = (act: () => unknown): void => {
  expect(act).to.throw(MalformedMessage).with.property("status", 400);
};

describe("sip/header-values: addresses", () => {
  it("tells parameters of the URI from those of the header", () => {
    expect(parseNameAddr("to", "<sip:a@b;x>;y")).to.deep.equal({ uri: "sip:a@b;x", params: [{ name: "y" }] });
    expect(parseNameAddr("to", "sip:a@b;y=1")).to.deep.equal({ uri: "sip:a@b", params: [{ name: "y", value: "1" }] });
  });

  it("reads display names: words, quoted, none, and touching the bracket", () => {
    const name = (text: string): string | undefined => parseNameAddr("to", text).displayName;
    expect(name("A.  B <sip:a@b>")).to.equal("A.  B");
    expect(name('"A, \\"B\\" <x>" <sip:a@b>')).to.equal('A, "B" <x>');
    expect(name("caller<sip:a@b>")).to.equal("caller");
    expect(name("<sip:a@b>")).to.equal(undefined);
  });

  for (const text of [
    ...[
      "",
      "<>",
      "<sip:a@b",
      "sip:a@b>",
      '"x <sip:a@b>',
      '"x"',
      '"x" sip:a@b',
      "Bell, A <sip:a@b>",
      "<sip:a@b>;",
      "<sip:a@b>;;x",
      "<sip:a@b>;=x",
    ],
    ...[
      "<sip:a@b>;x=",
      '<sip:a@b>;x="y',
      "sip:a@b?x=y",
      "sip:a@b c",
      "<sip:a@b> c",
      "<sip:a b@c>",
      "anna",
      "<anna>",
      `<sip:a@b>${";x".repeat(41)}`,
    ],
  ]) {
    it(`refuses ${text.slice(0, 30)}`, () => refuses(() => parseNameAddr("to", text)));
  }

  it("lists run over commas and fields, in order", () => {
    const routes = readAddresses(fields("Route", '<sip:a;lr>, "x,y"<sip:b>;p="1,2"', "<sip:c>"), "route");
    expect(routes.map(({ uri }) => uri)).to.deep.equal(["sip:a;lr", "sip:b", "sip:c"]);
    expect(readAddresses(fields("Route"), "route")).to.deep.equal([]);
  });

  it("a list has at most 20 values, and no empty ones", () => {
    const list = (count: number): string => Array.from({ length: count }, (_, i) => `<sip:h${i}>`).join(",");
    expect(readAddresses(fields("Route", list(20)), "route")).to.have.length(20);
    refuses(() => readAddresses(fields("Route", list(10), list(11)), "route"));
    refuses(() => readAddresses(fields("Route", "<sip:a>,,<sip:b>"), "route"));
    refuses(() => readAddresses(fields("Route", "<sip:a>,"), "route"));
  });

  it('"*" stands alone', () => {
    expect(readContacts(fields("Contact", "*"))).to.equal("*");
    expect(readContacts(fields("Contact"))).to.deep.equal([]);
    refuses(() => readContacts(fields("m", "*", "<sip:a@b>")));
    refuses(() => readContacts(fields("m", "*, <sip:a@b>")));
  });

  it("writes what it read; quotes what needs them", () => {
    for (const text of [
      '"A \\"B\\" \\\\" <sip:a@b;x>;tag=1;+sip.instance="<urn:x>";ob',
      "<sip:a@b>;received=2001:db8::1;tag=a@b",
      '<sip:a@b>;methods="INVITE"',
    ]) {
      expect(writeNameAddr(parseNameAddr("contact", text))).to.equal(text);
    }
    expect(
      writeParams([
        { name: "a", value: "x y" },
        { name: "b", value: "" },
      ]),
    ).to.equal(';a="x y";b=""');
    expect(quoted('\\ " \0')).to.equal('"\\\\ \\" \\\0"');
    expect(() => writeNameAddr({ uri: "sip:a@b>\r\n", params: [] })).to.throw(RangeError);
  });
});

describe("sip/header-values: Via and CSeq", () => {
  it("reads white space wherever the grammar has it", () => {
    expect(
      readVias(fields("v", "SIP / 2.0 / udp  first.example : 4000 ; ttl = 16 ;maddr=224.2.0.1;branch=z9hG4bKa7", "SIP/2.0/NEW [::1]")),
    ).to.deep.equal([
      {
        transport: "UDP",
        host: "first.example",
        port: 4000,
        params: [
          { name: "ttl", value: "16" },
          { name: "maddr", value: "224.2.0.1" },
          { name: "branch", value: "z9hG4bKa7" },
        ],
      },
      { transport: "NEW", host: "[::1]", params: [] },
    ]);
  });

  it("writes what it read", () => {
    const text = "SIP/2.0/UDP [2001:db8::1]:5060;rport;branch=z9hG4bK1;received=2001:db8::2";
    expect(readVias(fields("Via", text)).map(writeVia)).to.deep.equal([text]);
  });

  for (const text of [
    "",
    "SIP/2.0/UDP",
    "SIP/2.0/UDPhost",
    "SIP/2.0 UDP h",
    "SIP/3.0/UDP h",
    "HTTP/2.0/UDP h",
    "SIP/2.0/UDP h:",
    "SIP/2.0/UDP h:0",
    "SIP/2.0/UDP h:70000",
  ]) {
    it(`refuses Via ${text}`, () => refuses(() => readVias(fields("Via", text))));
  }

  it("CSeq is a 32-bit number and a method", () => {
    expect(parseCSeq("0009  INVITE")).to.deep.equal({ number: 9, method: "INVITE" });
    expect(parseCSeq("4294967295 re%47ister").method).to.equal("re%47ister");
    for (const text of ["4294967296 A", "-1 A", "1.0 A", "1", "A", "", "1 A B", "1e3 A", "36893488147419103232 A"])
      refuses(() => parseCSeq(text));
  });
});

describe("sip/header-values: small values", () => {
  it("Event keeps its case and has parameters", () => {
    expect(readTokenWithParams(fields("o", "Check-Sync ; reboot=false"), "event")).to.deep.equal({
      token: "Check-Sync",
      params: [{ name: "reboot", value: "false" }],
    });
    expect(readTokenWithParams(fields("x"), "event")).to.equal(undefined);
    refuses(() => readTokenWithParams(fields("Event", ""), "event"));
  });

  it("token lists run over fields and may be empty", () => {
    expect(readTokens(fields("k", "path, outbound", "", "gruu"), "supported")).to.deep.equal(["path", "outbound", "gruu"]);
    refuses(() => readTokens(fields("Require", "a b"), "require"));
  });

  it("seconds that are none, or more than 32 bits, count as absent (RFC 4475 3.1.2.4)", () => {
    expect(
      ["3600", "0", "4294967295", "4294967296", "-1", "1h", ""].map((text) => readSeconds(fields("Expires", text), "expires")),
    ).to.deep.equal([...[3600, 0, 4294967295, undefined, undefined, undefined, undefined]]);
    expect(parseSeconds(undefined)).to.equal(undefined);
  });

  it("Retry-After may have a comment and parameters", () => {
    expect(["17 (in a meeting);duration=60", "5", "soon", ""].map((text) => readRetryAfter(fields("Retry-After", text)))).to.deep.equal([
      ...[17, 5, undefined, undefined],
    ]);
  });

  it("q is 0 to 1 with three decimals; absent it is 1", () => {
    const q = (value: string): number => parseQ([{ name: "q", value }]);
    expect([q("0"), q("0.5"), q("0.333"), q("1"), q("1.000"), q("0."), parseQ([])]).to.deep.equal([0, 0.5, 0.333, 1, 1, 0, 1]);
    for (const bad of ["", ".5", "1.001", "2", "-1", "0.1234", "0.1.2", "x"]) refuses(() => q(bad));
  });

  it("setParam replaces in place or appends", () => {
    const params = [{ name: "rport" }, { name: "branch", value: "b" }];
    expect(writeParams(setParam(params, "rport", "5060"))).to.equal(";rport=5060;branch=b");
    expect(writeParams(setParam(params, "lr"))).to.equal(";rport;branch=b;lr");
  });
});
