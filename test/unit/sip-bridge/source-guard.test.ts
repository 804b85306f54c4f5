/**
 * Which requests of strangers are looked at.
 * Spec: sip.md 11.
 */
import { expect } from "chai";
import { SCANNERS } from "../../../sip-bridge/scanners.js";
import type { SipMessage } from "../../../sip-bridge/sip/message.js";
import { createSourceGuard, GUARD_LIMITS, type GuardOptions } from "../../../sip-bridge/source-guard.js";
import { sipFlow, sipRequest, sipResponse } from "../../support/sip-messages.js";

const SCAN = sipRequest("OPTIONS sip:100@voice.example SIP/2.0", "User-Agent: friendly-scanner");
const OURS = sipRequest("REGISTER sip:voice.example SIP/2.0");
const FOREIGN = sipRequest("REGISTER sip:elsewhere.example SIP/2.0");
const MINUTE_MS = 60_000;

function guardOf({ proven = [], ...options }: Partial<GuardOptions> & { readonly proven?: readonly string[] } = {}) {
  const guard = createSourceGuard({
    ...{ domains: { main: "voice.example", aliases: ["alias.example"] }, ownHosts: ["198.51.100.5", "[2001:db8::5]"] },
    ...{ dropsForeignDomains: false, isProven: (address: string) => proven.includes(address) },
    ...options,
  });
  const from = (remoteAddress: string, message: SipMessage = OURS, nowMs = 0): boolean =>
    guard.admits(message, sipFlow({ remoteAddress }), nowMs);
  return { guard, from };
}

describe("sip.md 11: scanners", () => {
  for (const name of SCANNERS) {
    it(`${name} gets no answer, and is counted`, () => {
      const { guard, from } = guardOf();
      const message = sipRequest("OPTIONS sip:100@voice.example SIP/2.0", `User-Agent: ${name.toUpperCase()}/1.0`);
      expect(from("192.0.2.1", message)).to.equal(false);
      expect(guard.counters().scannersIgnored).to.equal(1);
    });
  }

  it("telephones and gateways are heard", () => {
    const { from } = guardOf();
    for (const name of ["Linphone/5.1", "baresip v1.0.0", "AVM FRITZ!Box", "Grandstream HT801", "sipp-gateway"])
      expect(from("192.0.2.1", sipRequest("OPTIONS sip:1@voice.example SIP/2.0", `User-Agent: ${name}`)), name).to.equal(true);
  });
});

describe("sip.md 11: bans", () => {
  const banned = (options: Parameters<typeof guardOf>[0] = {}) => {
    const bench = guardOf(options);
    for (let i = 0; i < 5; i++) bench.from("192.0.2.1", SCAN);
    return bench;
  };

  it("who scans goes on to be unheard under another name, at his address only", () => {
    const { guard, from } = banned();
    expect(from("192.0.2.1")).to.equal(false);
    expect(guard.counters()).to.include({ bans: 1, bannedIgnored: 1 });
    expect(from("192.0.2.2"), "a neighbour").to.equal(true);
  });

  it("end after their time, or by an operator's word", () => {
    const { guard, from } = banned();
    expect(guard.banned(0)).to.deep.equal([{ address: "192.0.2.1", untilMs: GUARD_LIMITS.banMs }]);
    expect(from("192.0.2.1", OURS, GUARD_LIMITS.banMs)).to.equal(true);
    expect(guard.banned(GUARD_LIMITS.banMs)).to.deep.equal([]);
    const another = banned();
    expect(another.guard.unban("192.0.2.1")).to.equal(true);
    expect(another.from("192.0.2.1")).to.equal(true);
  });

  it("a source that has proved itself is never banned: a spoofed scan in its name does it no harm", () => {
    const { guard, from } = banned({ proven: ["192.0.2.1"] });
    expect(from("192.0.2.1")).to.equal(true);
    expect(guard.counters().bans).to.equal(0);
  });

  it("wrong passwords and foreign domains count, once each, and are forgotten with time", () => {
    const { guard, from } = guardOf();
    const wrong = (nowMs: number): void => guard.wrongCredentials(sipFlow({ remoteAddress: "192.0.2.1" }), nowMs);
    for (let i = 0; i < 10; i++) wrong(0);
    for (let i = 0; i < 10; i++) from("192.0.2.1", FOREIGN);
    expect(guard.counters().bans, "as many as are allowed").to.equal(0);
    wrong(MINUTE_MS);
    expect(guard.counters().bans, "a minute later").to.equal(0);
    for (let i = 0; i < 20; i++) wrong(MINUTE_MS);
    expect(guard.counters().bans).to.equal(1);
  });

  it("no more are kept than there is room for; the oldest goes", () => {
    const { guard, from } = guardOf({ limits: { bansMax: 2 } });
    for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.3"]) for (let i = 0; i < 5; i++) from(address, SCAN);
    expect(guard.banned(0).map(({ address }) => address)).to.deep.equal(["192.0.2.2", "192.0.2.3"]);
  });

  it("can be switched off", () => {
    const { guard } = banned({ limits: { banMs: 0 } });
    expect(guard.banned(0)).to.deep.equal([]);
  });
});

describe("sip.md 11: floods", () => {
  const limits = { burst: 4, perSecond: 2 };

  it("a network of 24 bits has its requests a second, and no more", () => {
    const { guard, from } = guardOf({ limits });
    for (let host = 1; host <= 4; host++) expect(from(`192.0.2.${host}`)).to.equal(true);
    expect(from("192.0.2.5")).to.equal(false);
    expect(from("192.0.3.5"), "another network").to.equal(true);
    expect(from("192.0.2.6", OURS, 500), "half a second later").to.equal(true);
    expect(guard.counters().throttled).to.equal(1);
  });

  it("a network of 64 bits is one subscriber of IPv6", () => {
    const { from } = guardOf({ limits });
    for (let host = 1; host <= 4; host++) from(`2001:db8:0:1::${host}`);
    expect(from("2001:db8:0:1:ffff::9")).to.equal(false);
    expect(from("2001:db8:0:2::1")).to.equal(true);
  });

  it("who proves a password gets back what his challenge and his proof cost", () => {
    const { guard, from } = guardOf({ limits });
    for (let i = 0; i < 20; i++) {
      expect(from("192.0.2.1") && from("192.0.2.1")).to.equal(true);
      guard.proved(sipFlow({ remoteAddress: "192.0.2.1" }));
    }
  });

  it("responses and ACKs cost nothing: they belong to something of ours, or to nothing", () => {
    const { from } = guardOf({ limits });
    for (let i = 0; i < 10; i++) {
      expect(from("192.0.2.1", sipResponse(OURS, 200))).to.equal(true);
      expect(from("192.0.2.1", sipRequest("ACK sip:voice.example SIP/2.0"))).to.equal(true);
    }
  });
});

describe("sip.md 11: requests for other domains", () => {
  it("are passed on to be refused, or dropped if so configured; counted either way", () => {
    const refusing = guardOf();
    expect(refusing.from("192.0.2.1", FOREIGN)).to.equal(true);
    const dropping = guardOf({ dropsForeignDomains: true });
    expect(dropping.from("192.0.2.1", FOREIGN)).to.equal(false);
    expect([refusing, dropping].map(({ guard }) => guard.counters().foreignDomains)).to.deep.equal([1, 1]);
  });

  it("the domain, its aliases and our sockets' own names are us; what can't be read is for others to refuse", () => {
    const { guard } = guardOf();
    const isForUs = (uri: string): boolean => guard.isForUs({ ...OURS, uri });
    for (const uri of ["sip:voice.example", "sip:a@ALIAS.example", "sip:198.51.100.5:5060", "sip:[2001:db8::5]", "tel:+1", "sip:["])
      expect(isForUs(uri), uri).to.equal(true);
    for (const uri of ["sip:elsewhere.example", "sip:a@voice.example.org", "sip:192.0.2.1"]) expect(isForUs(uri), uri).to.equal(false);
  });
});
