/**
 * STUN binding answers. Spec: RFC 5389 15.2; the vectors of RFC 5769 2.2 and 2.3, without their other attributes.
 */
import { expect } from "chai";
import { answerBinding, isStun } from "../../../common/stun.js";

const TRANSACTION = "b7e7a701bc34d686fa87dfae";
const request = (more = ""): Uint8Array =>
  Buffer.from(`0001${(more.length / 2).toString(16).padStart(4, "0")}2112a442${TRANSACTION}${more}`, "hex");
const answer = (address: string, port: number): string => Buffer.from(answerBinding(request(), address, port) ?? []).toString("hex");

describe("common/stun", () => {
  it("maps an IPv4 source (RFC 5769 2.2)", () => {
    expect(answer("192.0.2.1", 32853)).to.equal(`0101000c2112a442${TRANSACTION}002000080001a147e112a643`);
  });

  it("maps an IPv6 source (RFC 5769 2.3)", () => {
    const expected = `010100182112a442${TRANSACTION}002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9`;
    expect(answer("2001:db8:1234:5678:11:2233:4455:6677", 32853)).to.equal(expected);
  });

  it("takes :: , a zone and a dotted end in an address", () => {
    expect(answer("::1", 1).length).to.equal(88);
    expect(answer("fe80::1%eth0", 1)).to.equal(answer("fe80:0:0:0:0:0:0:1", 1));
    expect(answer("::ffff:192.0.2.1", 1)).to.equal(answer("0:0:0:0:0:ffff:c000:201", 1));
  });

  it("ignores attributes of the request", () => expect(answerBinding(request("8022000474657374"), "192.0.2.1", 1)).to.have.length(32));

  it("answers nothing but a whole binding request", () => {
    expect(answerBinding(Buffer.from(`0101000c2112a442${TRANSACTION}`, "hex"), "192.0.2.1", 1)).to.equal(undefined);
    expect(answerBinding(Buffer.from(`000100042112a442${TRANSACTION}`, "hex"), "192.0.2.1", 1)).to.equal(undefined);
    expect(answerBinding(Buffer.from(`00010000211200002112a442${TRANSACTION}`, "hex"), "192.0.2.1", 1)).to.equal(undefined);
  });

  it("tells STUN from SIP", () => {
    expect(isStun(request())).to.equal(true);
    expect(isStun(Buffer.from("OPTIONS sip:a SIP/2.0\r\n"))).to.equal(false);
    expect(isStun(request().subarray(0, 19))).to.equal(false);
  });
});
