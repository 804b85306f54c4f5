/**
 * ACS discovery over DHCPv6: the question, the answer that names an ACS, and those that name none.
 * Spec: TR-069 3.1; RFC 8415 18.2.6, 21.
 */
import { expect } from "chai";
import { readDhcpv6Reply, writeInformationRequest } from "../../../../device-sim/dhcp/dhcpv6-message.js";
import { replyTo } from "../../../support/scripted-dhcp-server.js";
import { seededRandom } from "../../../support/seeded-random.js";

const QUESTION = { xid: Uint8Array.of(1, 2, 3), macAddress: Uint8Array.of(0x02, 0, 7, 0, 0, 3) };
const ASKED = Buffer.from(writeInformationRequest(QUESTION));
const URL_1 = "http://[2001:db8::1]:7547/";
const GOOD = replyTo(ASKED, { url: URL_1, more: Buffer.from("000200026e37", "hex") });

describe("TR-069 3.1: ACS discovery over DHCPv6", () => {
  it("asks with Information-request: its identifier, a request for 17, and dslforum.org of enterprise 3561 in option 16", () => {
    expect(ASKED.toString("hex")).to.equal(
      `0b010203${"0001000a00030001020007000003"}${"000600020011"}${"000800020000"}${"0010001200000de9000c64736c666f72756d2e6f7267"}`,
    );
  });
  it("option 17: URL and provisioning code", () => {
    expect(readDhcpv6Reply(GOOD, QUESTION)?.acs).to.deep.equal({ url: URL_1, provisioningCode: "n7" });
  });
  it("another kind, transaction, device or enterprise, and lengths that lie, name none", () => {
    const changed = (at: number, octet: number): Buffer => {
      const copy = Buffer.from(GOOD);
      copy[at] = octet;
      return copy;
    };
    // kind, transaction, device identifier, enterprise, length of option 17, length of its sub-option
    const bad = [changed(0, 2), changed(3, 9), changed(17, 9), changed(25, 1), changed(21, 255), changed(29, 255), GOOD.subarray(0, -1)];
    expect(bad.map((bytes) => readDhcpv6Reply(bytes, QUESTION)?.acs)).to.deep.equal(bad.map(() => undefined));
  });
  it("whatever the bytes, nothing is thrown", () => {
    const random = seededRandom(8);
    for (let round = 0; round < 2_000; round++) {
      const copy = Buffer.from(GOOD);
      for (let change = 0; change < 3; change++) copy[4 + random.int(copy.length - 4)] = random.int(256);
      const told = readDhcpv6Reply(copy.subarray(0, random.int(copy.length + 1)), QUESTION)?.acs;
      expect(told === undefined || told.url.startsWith("http")).to.equal(true);
    }
  });
});
