/**
 * ACS discovery over DHCPv4: the question, the answers that name an ACS, and those that name none.
 * Spec: TR-069 3.1; RFC 2131, RFC 2132, RFC 3396, RFC 3925.
 */
import { expect } from "chai";
import { readDhcpv4Inform, readDhcpv4Reply, writeDhcpv4Ack, writeDhcpv4Inform } from "../../../../device-sim/dhcp/dhcpv4-message.js";
import { ackTo } from "../../../support/scripted-dhcp-server.js";
import { seededRandom } from "../../../support/seeded-random.js";

const QUESTION = {
  xid: Uint8Array.of(1, 2, 3, 4),
  macAddress: Uint8Array.of(0x02, 0, 7, 0, 0, 3),
  clientAddress: "192.0.2.10",
};
const ASKED = Buffer.from(writeDhcpv4Inform(QUESTION));
const URL_1 = "http://acs.example:7547/";
const text = (code: number, value: string): Buffer => Buffer.concat([Uint8Array.of(code, value.length), Buffer.from(value)]);
const option = (code: number, ...value: readonly Uint8Array[]): Buffer => {
  const bytes = Buffer.concat(value);
  return Buffer.concat([Uint8Array.of(code, bytes.length), bytes]);
};
const ACK = option(53, Uint8Array.of(5));
const END = Uint8Array.of(255);
const answered = (...options: readonly Uint8Array[]) => readDhcpv4Reply(ackTo(ASKED, Buffer.concat(options)), QUESTION)?.acs;

describe("TR-069 3.1: ACS discovery over DHCPv4", () => {
  it("asks with DHCPINFORM, its addresses, dslforum.org in option 60 and a request for 43 and 125", () => {
    expect(ASKED.subarray(0, 4)).to.deep.equal(Buffer.from([1, 1, 6, 0]));
    expect([...ASKED.subarray(4, 8), ...ASKED.subarray(12, 16)]).to.deep.equal([1, 2, 3, 4, 192, 0, 2, 10]);
    expect(ASKED.subarray(28, 34).toString("hex")).to.equal("020007000003");
    expect(ASKED.subarray(236).toString("hex")).to.equal(
      // cookie, 53 INFORM, 61 hardware address, 60 "dslforum.org", 55 (43, 125), end
      `63825363${"350108"}${"3d0701020007000003"}${"3c0c64736c666f72756d2e6f7267"}${"37022b7d"}ff`,
    );
  });
  it("option 43: URL, provisioning code, retry wait and multiplier", () => {
    const told = answered(ACK, option(43, text(1, URL_1), text(2, "north-7"), text(3, "20"), text(4, "1500")), END);
    expect(told).to.deep.equal({ url: URL_1, provisioningCode: "north-7", retryMinimumWaitS: 20, retryMultiplier: 1_500 });
  });
  it("an OFFER is as good as an ACK; a NAK is not", () => {
    expect(answered(option(53, Uint8Array.of(2)), option(43, text(1, URL_1)), END)).to.deep.equal({ url: URL_1 });
    expect(answered(option(53, Uint8Array.of(6)), option(43, text(1, URL_1)), END)).to.equal(undefined);
  });
  it("option 125 of enterprise 3561 goes before option 43; another enterprise's says nothing", () => {
    const block = (enterprise: number, url: string): Buffer => {
      const inner = text(1, url);
      return Buffer.concat([Uint8Array.of(0, 0, enterprise >> 8, enterprise & 0xff, inner.length), inner]);
    };
    const of43 = option(43, text(1, URL_1));
    const both = answered(ACK, of43, option(125, block(9, "http://9.example/"), block(3_561, "https://b.example/")), END);
    expect(both).to.deep.equal({ url: "https://b.example/" });
    expect(answered(ACK, of43, option(125, block(9, "http://9.example/")), END)).to.deep.equal({ url: URL_1 });
  });
  it("option 125 numbers the ACS from 11 on, since 1 to 6 name device and gateway there; 1 is taken as well", () => {
    const block = (...inner: readonly Buffer[]): Buffer => {
      const bytes = Buffer.concat(inner);
      return option(125, Uint8Array.of(0, 0, 0x0d, 0xe9, bytes.length), bytes);
    };
    const names = [text(1, "0A1B2C"), text(2, "V-1"), text(4, "AABBCC"), text(5, "H-1")];
    expect(answered(ACK, block(...names, text(11, URL_1), text(12, "north-7"), text(13, "20"), text(14, "1500")), END)).to.deep.equal({
      ...{ url: URL_1, provisioningCode: "north-7", retryMinimumWaitS: 20, retryMultiplier: 1_500 },
    });
    expect(answered(ACK, block(text(1, URL_1)), END)).to.deep.equal({ url: URL_1 });
    expect(answered(ACK, block(...names), END)).to.equal(undefined);
  });
  it("an option in parts is one option (RFC 3396), pads are nothing, a NUL at the end of a text is none of it", () => {
    const whole = text(1, `${URL_1}\0`);
    expect(answered(ACK, Uint8Array.of(0, 0), option(43, whole.subarray(0, 9)), option(43, whole.subarray(9)), END)).to.deep.equal({
      url: URL_1,
    });
  });
  it("what can't be a wait, a multiplier or a code is passed over", () => {
    const told = answered(ACK, option(43, text(1, URL_1), text(2, "two\nlines"), text(3, "0"), text(4, "999")), END);
    expect(told).to.deep.equal({ url: URL_1 });
  });

  describe("answers that name no ACS", () => {
    const good = ackTo(ASKED, { url: URL_1 });
    const changed = (at: number, octet: number): Buffer => {
      const copy = Buffer.from(good);
      copy[at] = octet;
      return copy;
    };
    for (const [what, bytes] of [
      ["nothing at all", Buffer.alloc(0)],
      ["a question", changed(0, 1)],
      ["another transaction", changed(7, 9)],
      ["another device's", changed(33, 9)],
      ["no cookie", changed(236, 0)],
      ["no end option", good.subarray(0, -1)],
      ["a length beyond the end", changed(244, 255)],
      ["a sub-option longer than its option", changed(246, 255)],
      ["no message type", ackTo(ASKED, Buffer.concat([option(43, text(1, URL_1)), END]))],
    ] as const) {
      it(what, () => {
        expect(readDhcpv4Reply(good, QUESTION)?.acs).to.deep.equal({ url: URL_1 });
        expect(readDhcpv4Reply(bytes, QUESTION)?.acs).to.equal(undefined);
      });
    }
    for (const url of ["", "acs.example", "ftp://acs.example/", "http://", "http://a b/", `http://acs.example/${"x".repeat(240)}`]) {
      it(`"${url.slice(0, 24)}" as its URL`, () => {
        expect(answered(ACK, option(43, text(1, url)), END)).to.equal(undefined);
      });
    }
    it("whatever the bytes, nothing is thrown", () => {
      const random = seededRandom(7);
      for (let round = 0; round < 2_000; round++) {
        const copy = Buffer.from(good);
        for (let change = 0; change < 4; change++) copy[236 + random.int(copy.length - 236)] = random.int(256);
        const cut = copy.subarray(0, random.int(copy.length + 1));
        const told = readDhcpv4Reply(cut, QUESTION)?.acs;
        expect(told === undefined || told.url.startsWith("http")).to.equal(true);
      }
    });
  });
});

describe("TR-069 Annex F: device-gateway association over DHCPv4", () => {
  const DEVICE = { oui: "0A1B2C", productClass: "VG2000", serialNumber: "V-1" };
  const HOME = { oui: "AABBCC", productClass: "", serialNumber: "H-1" };
  const named = Buffer.from(writeDhcpv4Inform({ ...QUESTION, device: DEVICE }));

  it("a device says who it is in option 125: OUI, serial number, product class as 1 to 3", () => {
    expect(named.subarray(236).toString("hex")).to.equal(
      `63825363${"350108"}${"3d0701020007000003"}${"3c0c64736c666f72756d2e6f7267"}${"37022b7d"}${"7d1a00000de915"}${"0106304131423243"}${"0203562d31"}${"0306564732303030"}ff`,
    );
    expect(readDhcpv4Inform(named)?.device).to.deep.equal(DEVICE);
    expect(readDhcpv4Inform(ASKED)).to.deep.equal({ head: ASKED.subarray(0, 236), device: undefined });
  });

  it("the gateway's ACK names the gateway as 4 to 6; without a product class there is no 6", () => {
    const inform = readDhcpv4Inform(named);
    if (inform === undefined) throw new Error("not read");
    const ack = Buffer.from(writeDhcpv4Ack(inform, HOME, "192.0.2.1"));
    expect(ack.subarray(236).toString("hex")).to.equal(
      `63825363${"350105"}${"3604c0000201"}${"7d1200000de90d"}${"0406414142424343"}${"0503482d31"}ff`,
    );
    expect(readDhcpv4Reply(ack, QUESTION)).to.deep.equal({ gateway: HOME });
    expect(readDhcpv4Reply(ack, { ...QUESTION, xid: Uint8Array.of(9, 9, 9, 9) })).to.equal(undefined);
  });

  it("an OUI that is none and a serial number that is missing name nobody", () => {
    for (const wrong of [
      { oui: "0A1B2" },
      { oui: "XYZXYZ" },
      { serialNumber: "" },
      { serialNumber: "a\u0007" },
      { serialNumber: "9".repeat(65) },
    ]) {
      const inform = readDhcpv4Inform(writeDhcpv4Inform({ ...QUESTION, device: { ...DEVICE, ...wrong } }));
      expect(inform, JSON.stringify(wrong)).to.have.property("device", undefined);
    }
  });

  it("what is no DHCPINFORM is not answered; whatever the bytes, nothing is thrown", () => {
    for (const wrong of [Buffer.alloc(0), Buffer.alloc(240), ackTo(ASKED, { url: URL_1 }), named.subarray(0, -1)]) {
      expect(readDhcpv4Inform(wrong)).to.equal(undefined);
    }
    const random = seededRandom(9);
    for (let round = 0; round < 2_000; round++) {
      const copy = Buffer.from(named);
      for (let change = 0; change < 4; change++) copy[random.int(copy.length)] = random.int(256);
      const device = readDhcpv4Inform(copy.subarray(0, random.int(copy.length + 1)))?.device;
      expect(device === undefined || /^[0-9A-F]{6}$/.test(device.oui)).to.equal(true);
    }
  });
});
