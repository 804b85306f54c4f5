/**
 * Ids and URLs of devices that existing ACSs wake.
 * Spec: TR-069 3.2.2. Layer: unit test.
 */
import { expect } from "chai";
import { connectionRequestUrl, TARGET_ID, targetId, targetIdOf, targetKeyOf } from "../../../../sip-bridge/connection-requests/target.js";

const DOMAINS = { main: "voice.example", aliases: ["192.0.2.1"] };

describe("the URL of a device", () => {
  it("holds 192 random bits and fits the 256 characters of a ConnectionRequestURL", () => {
    const id = targetId(Uint8Array.from({ length: 24 }, (_, i) => i));
    expect(id).to.match(TARGET_ID).and.to.have.length(32);
    expect(targetIdOf(new URL(connectionRequestUrl("http://bridge.example:7548", id)).pathname)).to.equal(id);
  });

  const paths = [
    ["/cr/abc", "abc"],
    ["/cr/abc?x=/cr/def", "abc"],
    ["/cr/abc#/cr/def", "abc"],
    ["/behind/a/proxy/cr/abc", "abc"],
    ["http://bridge.example/cr/abc", "abc"],
    ["/cr/", undefined],
    ["/cr/abc/", undefined],
    ["/xcr/abc", undefined],
    ["/cr/a%62c", undefined],
    ["/", undefined],
    ["", undefined],
  ] as const;
  for (const [path, id] of paths) {
    it(`${path || "nothing"} names ${id ?? "nobody"}`, () => expect(targetIdOf(path)).to.equal(id));
  }

  it("has the same key for two spellings of an address", () => {
    const keyOf = (addressOfRecord: string) => targetKeyOf({ by: "address-of-record", addressOfRecord }, DOMAINS);
    expect(keyOf("sip:1001@192.0.2.1")).to.equal(keyOf("1001"));
    expect(keyOf("1002")).not.to.equal(keyOf("1001"));
    expect(targetKeyOf(null, DOMAINS)).to.equal("");
  });
});
