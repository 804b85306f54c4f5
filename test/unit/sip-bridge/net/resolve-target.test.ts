import { expect } from "chai";
import { createAddressGuard, DEFAULT_REFUSED_RANGES } from "../../../../common/address-guard.js";
import { systemClock } from "../../../../common/clock.js";
import { type ServerTransport, Unlocatable } from "../../../../sip-bridge/locate/servers.js";
import { createDnsClient, DNS_LIMITS, DnsFailed } from "../../../../sip-bridge/net/dns-client.js";
import { RESOLVE_LIMITS, resolveTarget } from "../../../../sip-bridge/net/resolve-target.js";
import { type DnsServer, openDnsServer } from "../../../support/dns-server.js";
import { type FakeClock, fakeClock } from "../../../support/fake-clock.js";

describe("RFC 3263 4.2: from a URI to servers, over a real DNS server", () => {
  let dns: DnsServer;
  let clock: FakeClock;
  let options: Parameters<typeof resolveTarget>[1];
  const show = (found: Awaited<ReturnType<typeof resolveTarget>>): readonly string[] =>
    found.map(({ transport, address, port }) => `${transport} ${address} ${port}`);
  const find = async (uri: string, transports: readonly ServerTransport[] = ["udp", "tcp", "tls"]): Promise<readonly string[]> =>
    show(await resolveTarget(uri, { ...options, transports }));

  beforeEach(async () => {
    dns = await openDnsServer();
    clock = fakeClock();
    const client = createDnsClient({ servers: [dns.server], clock, timeoutMs: 100 });
    options = { dns: client, transports: ["udp", "tcp", "tls"], families: [4, 6], random: () => 0 };
  });
  afterEach(() => dns.close());

  const failure = async (uri: string, guarded = false): Promise<Error> => {
    try {
      const found = await resolveTarget(uri, options, guarded ? createAddressGuard(DEFAULT_REFUSED_RANGES) : undefined);
      return expect.fail(`found ${show(found)}`);
    } catch (error) {
      return error as Error;
    }
  };

  it("NAPTR leads to SRV, SRV to addresses, IPv4 before IPv6", async () => {
    dns.answer("voice.example", [
      { type: "NAPTR", order: 1, preference: 1, service: "SIP+D2T", replacement: "_sip._tcp.edge.example" },
      { type: "NAPTR", order: 2, preference: 1, service: "SIP+D2U", replacement: "_sip._udp.edge.example" },
    ]);
    dns.answer("_sip._tcp.edge.example", [{ type: "SRV", priority: 1, weight: 0, port: 5070, name: "one.edge.example" }]);
    dns.answer("_sip._udp.edge.example", [{ type: "SRV", priority: 1, weight: 0, port: 5080, name: "two.edge.example" }]);
    dns.answer("one.edge.example", [
      { type: "A", address: "10.1.1.1" },
      { type: "AAAA", address: "2a00::1" },
    ]);
    dns.answer("two.edge.example", [{ type: "A", address: "10.1.1.2" }]);
    expect(await find("sip:voice.example")).to.deep.equal(["tcp 10.1.1.1 5070", "tcp 2a00::1 5070", "udp 10.1.1.2 5080"]);
  });

  it("without NAPTR, SRV names of the transports are asked", async () => {
    dns.answer("_sip._udp.voice.example", [{ type: "SRV", priority: 1, weight: 0, port: 5066, name: "a.voice.example" }]);
    dns.answer("a.voice.example", [{ type: "A", address: "10.1.1.1" }]);
    expect(await find("sip:voice.example")).to.deep.equal(["udp 10.1.1.1 5066"]);
  });

  it("without any service record, the host's addresses with UDP and 5060", async () => {
    dns.answer("voice.example", [{ type: "A", address: "10.1.1.3" }]);
    expect(await find("sip:voice.example")).to.deep.equal(["udp 10.1.1.3 5060"]);
  });

  it("sips without any service record: TLS and 5061", async () => {
    dns.answer("voice.example", [{ type: "A", address: "10.1.1.3" }]);
    expect(await find("sips:voice.example")).to.deep.equal(["tls 10.1.1.3 5061"]);
  });

  it("a port skips NAPTR and SRV", async () => {
    dns.answer("voice.example", [{ type: "A", address: "10.1.1.3" }]);
    await find("sip:voice.example:5090");
    expect(dns.asked).to.have.members(["A voice.example", "AAAA voice.example"]);
  });

  it("a transport that we have no socket for is nowhere", async () => {
    options = { ...options, transports: ["udp"] };
    expect(await failure("sip:10.0.0.1;transport=tcp")).to.be.instanceOf(Unlocatable);
  });

  it("a name that does not exist is nowhere, and says so", async () => {
    expect((await failure("sip:nobody.example")).message).to.match(/knows no server of nobody.example/);
  });

  it("SERVFAIL is no answer: nothing is known of the name", async () => {
    dns.misbehave("voice.example", "server-failure");
    expect(await failure("sip:voice.example:5060")).to.be.instanceOf(DnsFailed);
  });

  it("a silent server costs its time, and no more", async () => {
    dns.misbehave("voice.example", "silence");
    expect(await failure("sip:voice.example:5060")).to.be.instanceOf(DnsFailed);
  });

  it("answers of another question, and bytes that are none, count as silence", async () => {
    dns.misbehave("voice.example", "another-id");
    dns.misbehave("other.example", "garbage");
    expect(await failure("sip:voice.example:5060")).to.be.instanceOf(DnsFailed);
    expect(await failure("sip:other.example:5060")).to.be.instanceOf(DnsFailed);
  });

  it("one of several servers without an address does not hide the others", async () => {
    dns.answer("_sip._udp.voice.example", [
      { type: "SRV", priority: 1, weight: 0, port: 5060, name: "dead.example" },
      { type: "SRV", priority: 2, weight: 0, port: 5060, name: "alive.example" },
    ]);
    dns.misbehave("dead.example", "server-failure");
    dns.answer("alive.example", [{ type: "A", address: "10.1.1.9" }]);
    expect(await find("sip:voice.example")).to.deep.equal(["udp 10.1.1.9 5060"]);
  });

  it("a stranger's name may not lead to refused ranges; the operator's may", async () => {
    dns.answer("evil.example", [{ type: "A", address: "127.0.0.1" }]);
    expect((await failure("sip:evil.example:5060", true)).message).to.match(/127.0.0.1, which is a refused address \(loopback\)/);
    expect(await find("sip:evil.example:5060")).to.deep.equal(["udp 127.0.0.1 5060"]);
  });

  it("an answer is kept as long as its TTL, and asked once for all who ask at once", async () => {
    dns.answer("voice.example", [{ type: "A", address: "10.1.1.3", ttlS: 30 }]);
    options = { ...options, families: [4] };
    await Promise.all([find("sip:voice.example:5060"), find("sip:voice.example:5060")]);
    await clock.advance(29_999);
    await find("sip:voice.example:5060");
    expect(dns.asked).to.deep.equal(["A voice.example"]);
    await clock.advance(1);
    await find("sip:voice.example:5060");
    expect(dns.asked).to.deep.equal(["A voice.example", "A voice.example"]);
  });

  it("a TTL of a week is cut, one of 0 is kept for a second", async () => {
    options = { ...options, families: [4] };
    dns.answer("long.example", [{ type: "A", address: "10.1.1.3", ttlS: 604_800 }]);
    dns.answer("short.example", [{ type: "A", address: "10.1.1.3", ttlS: 0 }]);
    for (const name of ["long", "short", "short"]) await find(`sip:${name}.example:5060`);
    expect(dns.asked).to.have.length(2);
    await clock.advance(DNS_LIMITS.keptMsMax);
    await find("sip:long.example:5060");
    expect(dns.asked).to.have.length(3);
  });

  it("of an answer with many records only some are looked at", async () => {
    options = { ...options, families: [4] };
    // More than one UDP answer of 1,232 octets holds would need TCP.
    dns.answer(
      "many.example",
      Array.from({ length: 60 }, (_, i) => ({ type: "A", address: `10.2.0.${i}` }) as const),
    );
    expect(await find("sip:many.example:5060")).to.have.length(RESOLVE_LIMITS.serversMax);
  });

  it("works with the system's clock, too", () => {
    expect(() => createDnsClient({ clock: systemClock })).to.not.throw();
  });
});
