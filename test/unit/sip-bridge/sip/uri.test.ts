/**
 * SIP URIs. Spec: RFC 3261 19.1.
 */
import { expect } from "chai";
import { MalformedMessage } from "../../../../sip-bridge/sip/message.js";
import {
  aorKey,
  bareHost,
  decodeEscapes,
  hostField,
  isAddress,
  parseUri,
  sameUri,
  uriScheme,
  writeUri,
} from "../../../../sip-bridge/sip/uri.js";

describe("sip/uri: reading", () => {
  it("reads every part as sent", () => {
    expect(parseUri("SIPS:al%69ce;day=tue:secret@Example.COM:5061;Transport=TCP;lr?subject=a&to=b")).to.deep.equal({
      scheme: "sips",
      user: "al%69ce;day=tue",
      password: "secret",
      host: "Example.COM",
      port: 5061,
      params: [{ name: "transport", value: "TCP" }, { name: "lr" }],
      headers: [
        ["subject", "a"],
        ["to", "b"],
      ],
    });
  });

  it("reads IPv6 references, with port and zone of parameters", () => {
    expect(parseUri("sip:[2001:db8::10]:5070;transport=udp")).to.deep.include({ host: "[2001:db8::10]", port: 5070 });
    expect(parseUri("sip:a@[::ffff:192.0.2.1]").host).to.equal("[::ffff:192.0.2.1]");
  });

  it("writes what it read", () => {
    for (const text of ["sip:a.example", "sip:a@b:1", "sips:a:p@[::1]:5061;x=1;y?h=v&i=", "sip:a;b=c@d;ob"]) {
      expect(writeUri(parseUri(text))).to.equal(text);
    }
  });

  for (const text of [
    ...["", "sip", "sip:", "sip:@b", "sip::p@b", "sip:a@", "sip:a b@c", "sip:a@b c", "sip:<a@b>", "sip:a@b:", "sip:a@b:0", "sip:a@b:65536"],
    ...[
      "sip:a@b:5060x",
      "sip:a@b;",
      "sip:a@b;;x",
      "sip:a@b;=x",
      "sip:a@b@c",
      "sip:a@b;x@c",
      "sip:a@b?",
      "sip:a@b?x",
      "sip:[::1",
      "sip:[::g]",
    ],
    ...["sip:2001:db8::1", "1sip:a@b", `sip:a@b${";x".repeat(41)}`, `sip:a@b?${"x=&".repeat(41)}x=`],
  ]) {
    it(`refuses ${text.slice(0, 30)} with 400`, () => {
      expect(() => parseUri(text))
        .to.throw(MalformedMessage)
        .with.property("status", 400);
    });
  }

  it("refuses another scheme with 416", () => {
    expect(() => parseUri("tel:+49301"))
      .to.throw(MalformedMessage)
      .with.property("status", 416);
  });

  it("finds the scheme of anything that has one", () => {
    expect([uriScheme("SIP:a"), uriScheme("soap.beep://x"), uriScheme("urn:x"), uriScheme("a b:c"), uriScheme(":x")]).to.deep.equal([
      ...["sip", "soap.beep", "urn", undefined, undefined],
    ]);
  });
});

describe("sip/uri: comparing (RFC 3261 19.1.4)", () => {
  const same = (a: string, b: string): boolean => {
    const forth = sameUri(parseUri(a), parseUri(b));
    expect(sameUri(parseUri(b), parseUri(a)), "symmetric").to.equal(forth);
    return forth;
  };

  for (const [a, b] of [
    ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"],
    ["sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"],
    ["sip:carol@chicago.com", "sip:carol@chicago.com;security=on"],
    ["sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"],
    [
      "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
      "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
    ],
    ["sip:alice@atlanta.com?subject=project%20x&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=project%20x"],
  ] as const) {
    it(`${a} equals ${b}`, () => expect(same(a, b)).to.equal(true));
  }

  for (const [a, b] of [
    ["SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"],
    ["sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"],
    ["sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"],
    ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"],
    ["sip:a@b", "sips:a@b"],
    ["sip:a@b", "sip:a:@b"],
    ["sip:a@b", "sip:b"],
    ["sip:a@b;user=phone", "sip:a@b"],
    ["sip:a@b;maddr=x", "sip:a@b"],
    ["sip:a@b;x=%61", "sip:a@b;x=b"],
    ["sip:a@b?x=1", "sip:a@b?x=2"],
  ] as const) {
    it(`${a} differs from ${b}`, () => expect(same(a, b)).to.equal(false));
  }
});

describe("sip/uri: keys and hosts", () => {
  it("an address-of-record has no scheme and no parameters; its host is lower case, its user is not", () => {
    expect(aorKey(parseUri("sips:An%6Ea:pw@Voice.EXAMPLE:5061;user=phone?x=1"))).to.equal("Anna@voice.example");
    expect(aorKey(parseUri("sip:Voice.example"))).to.equal("voice.example");
  });

  it("an escaped null cuts nothing (RFC 4475 3.1.1.4)", () => {
    expect(aorKey(parseUri("sip:null-%00-null@example.com"))).to.equal("null-\0-null@example.com");
  });

  it("escapes are decoded once, and what is none stays", () => {
    expect(decodeEscapes("%2541 %4 %zz %4a%4A%")).to.equal("%41 %4 %zz JJ%");
  });

  it("IPv6 has brackets in fields and none in addresses", () => {
    expect([hostField("::1"), hostField("192.0.2.1"), hostField("a.example")]).to.deep.equal(["[::1]", "192.0.2.1", "a.example"]);
    expect([bareHost("[::1]"), bareHost("a.example")]).to.deep.equal(["::1", "a.example"]);
    expect(["[::1]", "192.0.2.1", "192.0.2.256", "1.2.3", "a.example"].map(isAddress)).to.deep.equal([true, true, false, false, false]);
  });
});
