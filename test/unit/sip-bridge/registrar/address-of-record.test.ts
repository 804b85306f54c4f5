/**
 * Addresses-of-record, instance ids, and who guesses passwords.
 * Layer: unit test.
 */
import { expect } from "chai";
import { addressOfRecordUri, readAddressOfRecord } from "../../../../sip-bridge/registrar/address-of-record.js";
import { createGuessThrottle } from "../../../../sip-bridge/registrar/guess-throttle.js";
import { instanceNode, readInstanceId } from "../../../../sip-bridge/registrar/instance-id.js";

const DOMAINS = { main: "voice.example", aliases: ["192.0.2.1", "[2001:db8::1]"] };

describe("addresses-of-record as operators write them", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["sip:anna@voice.example", "anna@voice.example"],
    ["SIPS:anna@Voice.Example;user=phone", "anna@voice.example"],
    ["anna@voice.example", "anna@voice.example"],
    [" anna ", "anna@voice.example"],
    ["+4930123", "+4930123@voice.example"],
    ["anna@192.0.2.1", "anna@voice.example"],
    ["anna@[2001:db8::1]:5070", "anna@voice.example"],
    ["j%C3%B6rg@voice.example", "j\xc3\xb6rg@voice.example"],
    ["anna@elsewhere.example", undefined],
    ["sip:voice.example", undefined],
    ["an na@voice.example", undefined],
    ["anna%00@voice.example", undefined],
    ["anna\r\n@voice.example", undefined],
    ["", undefined],
    [`${"a".repeat(400)}@voice.example`, undefined],
  ];
  for (const [text, key] of cases) {
    it(`${JSON.stringify(text.slice(0, 40))} is ${key ?? "nobody"}`, () => expect(readAddressOfRecord(text, DOMAINS)).to.equal(key));
  }

  it("come back from their key as a URI that has the same key", () => {
    for (const key of ["anna@voice.example", "a b@voice.example", "a@b@voice.example", "j\xc3\xb6rg@voice.example", "100%@voice.example"]) {
      expect(readAddressOfRecord(addressOfRecordUri(key), DOMAINS)).to.equal(key);
    }
  });
});

describe("instance ids (RFC 5626 4.1)", () => {
  const read = (value: string): string => readInstanceId([{ name: "+sip.instance", value, quoted: true }]);

  it("lose their brackets, and their case if they are URNs", () => {
    expect(read("<urn:uuid:F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6>")).to.equal("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
    expect(read("<Other:X>")).to.equal("Other:X");
    expect([read("urn:uuid:1"), read(""), readInstanceId([]), read(`<${"a".repeat(300)}>`)]).to.deep.equal(["", "", "", ""]);
  });

  it("hold a MAC address only as version 1 without the multicast bit (RFC 4122 4.1.6, 4.5)", () => {
    expect(instanceNode("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")).to.equal("00:A0:C9:1E:6B:F6");
    expect(instanceNode("urn:uuid:f81d4fae-7dec-41d0-a765-00a0c91e6bf6")).to.equal("");
    expect(instanceNode("urn:uuid:f81d4fae-7dec-11d0-a765-01a0c91e6bf6")).to.equal("");
    expect(instanceNode("urn:uuid:x")).to.equal("");
  });
});

describe("who guesses passwords", () => {
  const LIMITS = { freeFailures: 2, firstBlockMs: 1_000, blockMsMax: 3_000, guessersMax: 2 };

  it("is held up longer with each wrong one, up to a limit", () => {
    const throttle = createGuessThrottle(LIMITS);
    const blockedFor = (): number => {
      throttle.failed("g", 0);
      return [999, 1_999, 2_999].filter((ms) => throttle.isBlocked("g", ms)).length;
    };
    expect([blockedFor(), blockedFor(), blockedFor(), blockedFor(), blockedFor(), blockedFor()]).to.deep.equal([0, 0, 1, 2, 3, 3]);
    expect(throttle.isBlocked("g", 3_000)).to.equal(false);
  });

  it("is forgiven with the right one", () => {
    const throttle = createGuessThrottle(LIMITS);
    for (let i = 0; i < 5; i++) throttle.failed("g", 0);
    throttle.succeeded("g");
    throttle.failed("g", 0);
    expect(throttle.isBlocked("g", 1)).to.equal(false);
  });

  it("does not fill memory", () => {
    const throttle = createGuessThrottle(LIMITS);
    for (const guesser of ["a", "b", "c"]) for (let i = 0; i < 3; i++) throttle.failed(guesser, 0);
    expect(["a", "b", "c"].map((guesser) => throttle.isBlocked(guesser, 1))).to.deep.equal([false, true, true]);
  });
});
