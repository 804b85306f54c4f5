/**
 * What UDPConnectionRequestAddress means. Layer: unit test.
 */
import { expect } from "chai";
import { readUdpAddress } from "../../../../acs/wake/udp-address.js";

describe("UDPConnectionRequestAddress (quirk 49)", () => {
  it("is host:port; without a port 80", () => {
    expect(readUdpAddress(" 185.1.2.7:60001 ")).to.deep.equal({ host: "185.1.2.7", port: 60_001 });
    expect(readUdpAddress("185.1.2.7")).to.deep.equal({ host: "185.1.2.7", port: 80 });
  });

  for (const text of [
    "",
    "(null)",
    "gateway.example:80",
    "185.1.2.7:0",
    "185.1.2.7:65536",
    "185.1.2.700:80",
    ":80",
    "1.2.3:4",
    "1.2.3.4:",
    "1.2.3.4:80 x",
    `1.2.3.4:80${" ".repeat(400)}x`,
  ])
    it(`refuses ${JSON.stringify(text).slice(0, 40)}`, () => expect(readUdpAddress(text)).to.equal(undefined));
});
