/**
 * Numeric IP addresses and ranges, compared with those of Node. Layer: unit test.
 */
import { BlockList, isIP } from "node:net";
import { expect } from "chai";
import { ipRange, isInRange, readIpAddress } from "../../../common/ip-address.js";
import { seededRandom } from "../../support/seeded-random.js";

const hex = (text: string): string | undefined => {
  const bytes = readIpAddress(text);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("hex");
};

describe("IP addresses", () => {
  const read: Readonly<Record<string, string>> = {
    "198.51.100.7": "c6336407",
    "0.0.0.0": "00000000",
    "::": "00".repeat(16),
    "::1": `${"00".repeat(15)}01`,
    "2001:db8::7": `20010db8${"00".repeat(11)}07`,
    "1:2:3:4:5:6:7:8": "00010002000300040005000600070008",
    "64:ff9b::198.51.100.7": "0064ff9b0000000000000000c6336407",
    "::ffff:127.0.0.1": "7f000001",
    "::ffff:7f00:1": "7f000001",
    "fe80::1%eth0": `fe80${"00".repeat(13)}01`,
  };
  for (const [text, wanted] of Object.entries(read)) it(`reads ${text}`, () => expect(hex(text)).to.equal(wanted));

  const refused = [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "0x7f.1",
    "2130706433",
    "localhost",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
  ];
  const more = [
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "g::",
    "1.2.3.4::",
    "::1.2.3",
    "[::1]",
    " 1.2.3.4",
    `${"1".repeat(70)}`,
  ];
  for (const text of [...refused, ...more]) it(`refuses ${JSON.stringify(text)}`, () => expect(hex(text)).to.equal(undefined));

  it("takes for an address what Node takes for one (20,000 texts)", () => {
    const random = seededRandom(3);
    const parts = ["0", "1", "255", "256", "01", "a", "ffff", "fffff", ":", "::", ".", ":", ".", ":", "%e"];
    for (let run = 0; run < 20_000; run++) {
      const text = random.list(14, () => random.pick(parts)).join("");
      if (text.includes("%")) continue; // Node has its own mind about zones
      expect(readIpAddress(text) !== undefined, text).to.equal(isIP(text) !== 0);
    }
  });

  it("lies in a range exactly where Node's BlockList says so (5,000 addresses)", () => {
    const random = seededRandom(5);
    const ranges = [
      "10.0.0.0/8",
      "172.16.0.0/12",
      "192.168.7.0/25",
      "0.0.0.0/0",
      "203.0.113.9/32",
      "fe80::/10",
      "2001:db8::/33",
      "::1/128",
    ];
    for (let run = 0; run < 5_000; run++) {
      const range = random.pick(ranges);
      const [network = "", prefix] = range.split("/");
      const family = network.includes(":") ? "ipv6" : "ipv4";
      const list = new BlockList();
      list.addSubnet(network, Number(prefix), family);
      // Near the range: its network with a few bits changed.
      const bytes = Uint8Array.from(readIpAddress(network) ?? []);
      for (let i = 0; i < random.int(3); i++)
        bytes[random.int(bytes.length)] = (bytes[random.int(bytes.length)] ?? 0) ^ (1 << random.int(8));
      const text = family === "ipv4" ? bytes.join(".") : (Buffer.from(bytes).toString("hex").match(/.{4}/g) ?? []).join(":");
      const own = readIpAddress(text);
      expect(own !== undefined && isInRange(own, ipRange(range)), `${text} in ${range}`).to.equal(list.check(text, family));
    }
  });

  it("a range that is none is our bug", () => {
    for (const text of ["10.0.0.0", "10.0.0.0/33", "x/8", "10.0.0.0/", "::/129"]) expect(() => ipRange(text), text).to.throw(RangeError);
  });
});
