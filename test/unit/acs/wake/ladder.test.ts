/**
 * The reachability ladder: order and reasons. Spec: DESIGN 4. Layer: unit test.
 */
import { expect } from "chai";
import { type Reachability, type Rung, type RungRecord, UNKNOWN_REACHABILITY } from "../../../../acs/devices/reachability.js";
import { readConnectionRequestUrl } from "../../../../acs/wake/connection-request-url.js";
import { explainSkipped, type LadderInput, ladder, ladderNames, rungAnswered } from "../../../../acs/wake/ladder.js";

const ROOT = "Device.";
const SIP = { target: { by: "address-of-record", addressOfRecord: "sip:1001@voice.example" }, from: "set by the operator" } as const;
const SERVER = {
  ConnectionRequestURL: "http://20.1.2.7:7547/4f7c1e",
  UDPConnectionRequestAddress: "20.1.2.7:60001",
  ConnReqJabberID: "gateway@xmpp.example/cpe",
};

const values = (server: Readonly<Record<string, string>>): LadderInput["values"] =>
  Object.entries(server).map(([name, value]) => ({ name: `${ROOT}ManagementServer.${name}`, value }));
const input = (more: Partial<LadderInput> = {}): LadderInput => ({
  sip: SIP,
  root: ROOT,
  values: values(SERVER),
  reachability: UNKNOWN_REACHABILITY,
  off: {},
  refusal: () => undefined,
  ...more,
});
const record = (more: Partial<RungRecord>): RungRecord => ({ askedAtMs: null, wokeAtMs: null, failedAtMs: null, failure: "", ...more });
const order = (reachability: Partial<Reachability>, more: Partial<LadderInput> = {}): readonly Rung[] =>
  ladder(input({ reachability: { ...UNKNOWN_REACHABILITY, ...reachability }, ...more })).steps.map(({ rung }) => rung);

describe("the reachability ladder", () => {
  it("of a device of which nothing is known: SIP, HTTP, UDP, XMPP", () => {
    expect(ladder(input())).to.deep.equal({
      steps: [
        { rung: "sip", target: SIP.target },
        { rung: "http", url: new URL(SERVER.ConnectionRequestURL) },
        { rung: "udp", address: { host: "20.1.2.7", port: 60_001 } },
        { rung: "xmpp", jabberId: SERVER.ConnReqJabberID },
      ],
      skipped: [],
    });
  });

  it("looks at these parameters and no others", () => {
    expect(ladderNames(ROOT)).to.include.members(Object.keys(SERVER).map((name) => `${ROOT}ManagementServer.${name}`));
    expect(ladderNames(null)).to.deep.equal([]);
  });

  it("a rung that woke the device last comes first", () => {
    expect(order({ device: { udp: record({ wokeAtMs: 5, failedAtMs: 4 }) } })).to.deep.equal(["udp", "sip", "http", "xmpp"]);
  });

  it("a rung that failed the device last comes last, whatever the model says", () => {
    const device = { sip: record({ wokeAtMs: 4, failedAtMs: 5 }) };
    expect(order({ device, model: { sip: record({ wokeAtMs: 9 }) } })).to.deep.equal(["http", "udp", "xmpp", "sip"]);
  });

  it("what woke the model comes before the untried, what only ever failed it after them", () => {
    const model = { xmpp: record({ wokeAtMs: 1, failedAtMs: 2 }), sip: record({ failedAtMs: 1 }) };
    expect(order({ model })).to.deep.equal(["xmpp", "http", "udp", "sip"]);
  });

  it("a private address, or a URL without port, waits behind the others until it has proved itself (quirk 44)", () => {
    const doubtful = { values: values({ ...SERVER, ConnectionRequestURL: "http://192.168.1.1:7547/" }) };
    expect(order({}, doubtful)).to.deep.equal(["sip", "udp", "xmpp", "http"]);
    expect(order({ model: { http: record({ wokeAtMs: 9 }) } }, doubtful)).to.deep.equal(["sip", "udp", "xmpp", "http"]);
    expect(order({ device: { http: record({ wokeAtMs: 9 }) } }, doubtful)).to.deep.equal(["http", "sip", "udp", "xmpp"]);
    expect(order({}, { values: values({ ...SERVER, ConnectionRequestURL: "http://20.1.2.7/cr" }) }).at(-1)).to.equal("http");
  });

  it("the binding that STUN saw goes before the one that the device tells", () => {
    const udpBinding = { host: "20.1.3.9", port: 4_001, atMs: 1 };
    const { steps } = ladder(input({ reachability: { ...UNKNOWN_REACHABILITY, udpBinding } }));
    expect(steps.find(({ rung }) => rung === "udp")).to.deep.equal({ rung: "udp", address: { host: "20.1.3.9", port: 4_001 } });
  });

  it("says of each rung that it skips why", () => {
    const none = ladder(input({ sip: { target: null, why: "no SIP address is set" }, values: [] }));
    expect(none.steps).to.deep.equal([]);
    expect(explainSkipped(none, {})).to.equal(
      "SIP: no SIP address is set; HTTP: no ConnectionRequestURL is known; UDP: no UDP binding is known; XMPP: no ConnReqJabberID is known; " +
        "waiting for the device to call in",
    );
    expect(explainSkipped(none, { udp: "off", xmpp: "off" }), "what is off for all is no news").to.equal(
      "SIP: no SIP address is set; HTTP: no ConnectionRequestURL is known; waiting for the device to call in",
    );
    const off = ladder(input({ off: { http: "off", udp: "the STUN server is switched off", xmpp: "no XMPP server is configured" } }));
    expect(off.skipped.map(({ why }) => why)).to.deep.equal(["off", "the STUN server is switched off", "no XMPP server is configured"]);
  });

  it("a device with HTTPConnectionRequestEnable off is not asked over HTTP", () => {
    for (const text of ["0", "false", "False"])
      expect(order({}, { values: values({ ...SERVER, HTTPConnectionRequestEnable: text }) })).to.deep.equal(["sip", "udp", "xmpp"]);
    expect(order({}, { values: values({ ...SERVER, HTTPConnectionRequestEnable: "1" }) })).to.include("http");
  });

  it("numeric addresses in refused ranges are skipped; a name is judged when it is resolved", () => {
    const asked: string[] = [];
    const { steps, skipped } = ladder(
      input({
        refusal: (address) => {
          asked.push(address);
          return "loopback";
        },
      }),
    );
    expect([steps.map(({ rung }) => rung), asked]).to.deep.equal([
      ["sip", "xmpp"],
      ["20.1.2.7", "20.1.2.7"],
    ]);
    expect(skipped[0]).to.deep.equal({ rung: "http", why: "20.1.2.7 is in a refused address range: loopback" });
    const named = { values: values({ ...SERVER, ConnectionRequestURL: "http://gateway.example:7547/" }), refusal: () => "loopback" };
    expect(order({}, named)).to.deep.equal(["sip", "http", "xmpp"]);
  });

  it('takes "(null)" for empty, and skips what is no address and no Jabber ID', () => {
    const skipped = (server: Readonly<Record<string, string>>): readonly Rung[] =>
      ladder(input({ values: values({ ...SERVER, ...server }) })).skipped.map(({ rung }) => rung);
    expect(skipped({ ConnectionRequestURL: "(null)" })).to.deep.equal(["http"]);
    expect(skipped({ UDPConnectionRequestAddress: "not.an.address" })).to.deep.equal(["udp"]);
    for (const jid of ["xmpp.example", "a@b@c", "a b@c", "a@b/\u0007", "<iq>@x", `${"a".repeat(4_000)}@x`])
      expect(skipped({ ConnReqJabberID: jid }), jid.slice(0, 20)).to.deep.equal(["xmpp"]);
  });
});

describe("a call-in with 6 CONNECTION REQUEST", () => {
  it("credits the rung that was asked last, if not too long ago", () => {
    const records = { sip: record({ askedAtMs: 1_000 }), http: record({ askedAtMs: 2_000 }), udp: record({ failedAtMs: 5_000 }) };
    expect(rungAnswered(records, 3_000, 60_000)).to.equal("http");
    expect(rungAnswered(records, 62_001, 60_000)).to.equal(undefined);
    expect(rungAnswered({}, 3_000, 60_000)).to.equal(undefined);
  });

  it("does not credit a rung that has failed since, unless it is the only one", () => {
    const http = record({ askedAtMs: 1_000, failedAtMs: 1_000 });
    expect(rungAnswered({ http, udp: record({ askedAtMs: 1_000 }) }, 1_000, 60_000)).to.equal("udp");
    expect(rungAnswered({ http }, 1_000, 60_000)).to.equal("http");
    expect(rungAnswered({ http: record({ askedAtMs: 2_000, failedAtMs: 1_000 }) }, 2_000, 60_000)).to.equal("http");
  });
});

describe("ConnectionRequestURL (quirk 44)", () => {
  const read = (text: string): string => {
    const url = readConnectionRequestUrl(text);
    return "why" in url ? url.why : `${url.url.href} ${url.isDoubtful ? "doubtful" : "believed"}`;
  };
  const cases: readonly (readonly [string, string])[] = [
    ["http://20.1.2.7:7547/4f7c1e?a=b#c", "http://20.1.2.7:7547/4f7c1e?a=b believed"],
    ["https://gateway.example:7548/", "https://gateway.example:7548/ believed"],
    ["http://[2a00:1::7]:7547/", "http://[2a00:1::7]:7547/ believed"],
    ["http://20.1.2.7:80/", "http://20.1.2.7/ believed"],
    ["http://20.1.2.7/", "http://20.1.2.7/ doubtful"],
    ["http://10.0.0.1:7547/", "http://10.0.0.1:7547/ doubtful"],
    ["http://[fd00::1]:7547/", "http://[fd00::1]:7547/ doubtful"],
    ["", "no ConnectionRequestURL is known"],
    ["(null)", "no ConnectionRequestURL is known"],
    ["http://", "ConnectionRequestURL is no URL"],
    ["7547", "ConnectionRequestURL is no URL"],
    ["ftp://20.1.2.7/", "ConnectionRequestURL has the scheme ftp:"],
    ["file:///etc/passwd", "ConnectionRequestURL has the scheme file:"],
    ["http://user:word@20.1.2.7:1/", "ConnectionRequestURL carries credentials"],
    ["http://20.1.2.7:0/", "ConnectionRequestURL names no host or no port"],
    [`http://20.1.2.7:1/${"x".repeat(1_100)}`, "ConnectionRequestURL is no URL"],
  ];
  for (const [text, wanted] of cases)
    it(`${JSON.stringify(text).slice(0, 50)}: ${wanted.slice(0, 60)}`, () => expect(read(text)).to.equal(wanted));
});
