import { expect } from "chai";
import {
  firstQuestion,
  guessServices,
  type NaptrRecord,
  orderServers,
  readTarget,
  type SrvRecord,
  servicesOf,
  Unlocatable,
} from "../../../../sip-bridge/locate/servers.js";

const asks = (uri: string) => firstQuestion(readTarget(uri));
const naptr = (service: string, changes: Partial<NaptrRecord> = {}): NaptrRecord => ({
  ...{ order: 10, preference: 10, flags: "s", service, regexp: "", replacement: `_x.${service.toLowerCase()}.example`.replace("+", "-") },
  ...changes,
});
const srv = (name: string, priority: number, weight: number): SrvRecord => ({ name, priority, weight, port: 5060 });
const names = (records: readonly SrvRecord[]): string => records.map(({ name }) => name).join(" ");

describe("RFC 3263 4.1: which transport, which question", () => {
  it("a numeric address needs no question: UDP, port 5060", () => {
    expect(asks("sip:192.0.2.7")).to.deep.equal({ ask: "nothing", server: { transport: "udp", address: "192.0.2.7", port: 5060 } });
  });

  it("a numeric address of a sips URI is reached by TLS, port 5061", () => {
    expect(asks("sips:[2001:db8::7]")).to.deep.equal({
      ask: "nothing",
      server: { transport: "tls", address: "2001:db8::7", port: 5061 },
    });
  });

  it("a transport that is named is taken, with its standard port", () => {
    expect(asks("sip:192.0.2.7;transport=tls")).to.deep.include({
      server: { transport: "tls", address: "192.0.2.7", port: 5061 },
    });
  });

  it("a name with a port needs addresses only", () => {
    expect(asks("sip:proxy.example:5070")).to.deep.equal({ ask: "addresses", transport: "udp", port: 5070 });
  });

  it("a name with a transport needs its SRV records", () => {
    expect(asks("sip:proxy.example;transport=tcp")).to.deep.equal({ ask: "srv", transports: ["tcp"] });
  });

  it("under sips, transport=tcp is TLS", () => {
    expect(asks("sips:proxy.example;transport=tcp")).to.deep.equal({ ask: "srv", transports: ["tls"] });
  });

  it("a bare name begins with NAPTR", () => {
    expect(asks("sip:proxy.example")).to.deep.equal({ ask: "naptr" });
  });

  it("maddr stands for the host", () => {
    expect(asks("sip:proxy.example;maddr=192.0.2.9")).to.deep.include({ ask: "nothing" });
  });

  for (const [why, uri] of [
    ["sips never falls back to UDP", "sips:proxy.example;transport=udp"],
    ["a transport that we don't speak", "sip:proxy.example;transport=sctp"],
    ["another scheme", "tel:+15551234"],
    ["a name that is none", "sip:-bad-.example"],
    ["a label of 64 letters", `sip:${"a".repeat(64)}.example`],
  ] as const)
    it(`cannot be located: ${why}`, () => {
      expect(() => asks(uri)).to.throw(Unlocatable);
    });
});

describe("RFC 3263 4.1: services of NAPTR", () => {
  const sip = readTarget("sip:voice.example");

  it("go by order, then by preference", () => {
    const records = [naptr("SIP+D2U", { order: 20 }), naptr("SIP+D2T", { preference: 20 }), naptr("SIPS+D2T", { preference: 10 })];
    expect(servicesOf(records, sip, ["udp", "tcp", "tls"]).map(({ transport }) => transport)).to.deep.equal(["tls", "tcp", "udp"]);
  });

  it("that we don't speak are discarded", () => {
    expect(servicesOf([naptr("SIP+D2S"), naptr("SIP+D2T"), naptr("E2U+sip")], sip, ["udp"])).to.deep.equal([]);
  });

  it("a sips URI takes SIPS only", () => {
    const services = servicesOf([naptr("SIP+D2T"), naptr("SIPS+D2T")], readTarget("sips:voice.example"), ["udp", "tcp", "tls"]);
    expect(services.map(({ transport }) => transport)).to.deep.equal(["tls"]);
  });

  it("with a regular expression, another flag or a bad replacement are discarded", () => {
    const records = [naptr("SIP+D2U", { regexp: "!.*!x!" }), naptr("SIP+D2U", { flags: "u" }), naptr("SIP+D2U", { replacement: "a b" })];
    expect(servicesOf(records, sip, ["udp"])).to.deep.equal([]);
  });

  it("without NAPTR each transport that we speak has its name", () => {
    expect(guessServices(sip, ["udp", "tcp", "tls"]).map(({ name }) => name)).to.deep.equal([
      "_sip._udp.voice.example",
      "_sip._tcp.voice.example",
      "_sips._tcp.voice.example",
    ]);
  });
});

describe("RFC 2782: the order of SRV targets", () => {
  const never = (): number => expect.fail("nothing to draw");

  it("the lowest priority goes first, whatever the weights", () => {
    expect(names(orderServers([srv("b", 20, 100), srv("a", 10, 0)], () => 0.99))).to.equal("a b");
  });

  it("among equals a draw decides, in proportion to weight", () => {
    const records = [srv("light", 1, 1), srv("heavy", 1, 99)];
    expect(names(orderServers(records, () => 0.5))).to.equal("heavy light");
    expect(names(orderServers(records, () => 0.005))).to.equal("light heavy");
  });

  it("a weight of 0 has a small chance to come first, and comes at last otherwise", () => {
    const records = [srv("some", 1, 10), srv("zero", 1, 0)];
    expect(names(orderServers(records, () => 0))).to.equal("zero some");
    expect(names(orderServers(records, () => 0.99))).to.equal("some zero");
  });

  it("a target that is a dot says that the service is not there", () => {
    expect(orderServers([srv("", 1, 1), srv(".", 1, 1)], never)).to.deep.equal([]);
  });

  it("a target that is no host name is left out", () => {
    expect(orderServers([srv("a b", 1, 1), srv("x".repeat(254), 1, 1)], never)).to.deep.equal([]);
  });
});
