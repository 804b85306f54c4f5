/**
 * A host with a port behind it.
 */
import { expect } from "chai";
import { readHostPort } from "../../../../device-sim/diagnostics/host-port.js";

describe("a host with a port", () => {
  for (const [text, host, port] of [
    ["192.0.2.1", "192.0.2.1", undefined],
    ["192.0.2.1:53", "192.0.2.1", 53],
    ["dns.example:5353", "dns.example", 5_353],
    ["[2001:db8::1]:53", "2001:db8::1", 53],
    ["[2001:db8::1]", "2001:db8::1", undefined],
    ["2001:db8::1", "2001:db8::1", undefined],
    ["", "", undefined],
  ] as const) {
    it(`${JSON.stringify(text)}`, () => expect(readHostPort(text)).to.deep.equal({ host, port }));
  }

  it("what has another form is a host as a whole, and so nobody's", () => {
    for (const text of ["a:0", "a:65536", "a:99999", "a:-1", "a: 1", "a:1:2", "[g]:1"]) {
      expect(readHostPort(text), text).to.deep.equal({ host: text, port: undefined });
    }
  });
});
