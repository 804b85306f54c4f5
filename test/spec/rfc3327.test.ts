/**
 * RFC 3327: Path. The proxies between a user agent and its registrar, and the way back through them.
 * Layer: spec test.
 */
import { expect } from "chai";
import { ipRange } from "../../common/ip-address.js";
import { buildNotify } from "../../sip-bridge/notify/build-notify.js";
import { flowTo } from "../../sip-bridge/notify/way.js";
import { DOMAIN, FLOW, type RegistrarTalk, registrarTalk } from "../support/registrar-talk.js";

const CONTACT = "Contact: <sip:anna@192.0.2.10>";
/** The proxy nearest to us stands first. */
const PATH = "Path: <sip:p3.voice.example;lr>, <sip:p1.voice.example;lr>";
const STORED = ["<sip:p3.voice.example;lr>", "<sip:p1.voice.example;lr>"];
const trustedEdges = [ipRange("198.51.100.0/28")];

const behindEdges = (untrustedPath: "ignore" | "refuse" = "ignore"): RegistrarTalk =>
  registrarTalk({ policy: { trustedEdges, untrustedPath } });
const fromElsewhere = (untrustedPath: "ignore" | "refuse"): RegistrarTalk =>
  registrarTalk({ policy: { trustedEdges, untrustedPath }, flow: { ...FLOW, remoteAddress: "203.0.113.9" } });

const values = (answer: ReturnType<RegistrarTalk["register"]>, name: string): readonly string[] =>
  (answer.headers ?? []).filter(({ key }) => key === name).map(({ value }) => value);

describe("RFC 3327 5.3: procedures at the registrar", () => {
  it("stores the Path with the binding, in its order", () => {
    const talk = behindEdges();
    expect(talk.register(CONTACT, PATH, "Supported: path").status).to.equal(200);
    expect(talk.bindings[0]?.path).to.deep.equal(STORED);
  });

  it("joins several Path header fields in their order", () => {
    const talk = behindEdges();
    talk.register(CONTACT, "Path: <sip:p3.voice.example;lr>", "Path: <sip:p1.voice.example;lr>");
    expect(talk.bindings[0]?.path).to.deep.equal(STORED);
  });

  it("copies the Path into the 200 for a user agent that supports it", () => {
    const talk = behindEdges();
    expect(values(talk.register(CONTACT, PATH, "Supported: path"), "path")).to.deep.equal([STORED.join(", ")]);
    expect(values(talk.register(CONTACT, PATH), "path")).to.deep.equal([]);
  });

  it("replaces the path when the user agent registers by another way", () => {
    const talk = behindEdges();
    talk.register(CONTACT, PATH);
    talk.register(CONTACT);
    expect(talk.bindings[0]?.path).to.deep.equal([]);
  });

  it("understands Require: path", () => expect(behindEdges().register(CONTACT, PATH, "Require: path").status).to.equal(200));

  for (const [what, value] of [
    ["without lr: no loose router", "<sip:p1.voice.example>"],
    ["that is no SIP URI", "<tel:1>"],
    ["that leads to a multicast group", "<sip:224.0.1.75;lr>"],
    ["with port 0", "<sip:p1.voice.example:0;lr>"],
    ["that can't be read", "<sip:p1"],
    ["of 513 characters", `<sip:${"p".repeat(513 - "sip:;lr".length)};lr>`],
    ["of nine proxies", Array.from({ length: 9 }, (_, i) => `<sip:p${i};lr>`).join(", ")],
  ]) {
    it(`answers 400 to a Path ${what}, and changes nothing`, () => {
      const talk = behindEdges();
      expect(talk.register(CONTACT, `Path: ${value}`).status).to.equal(400);
      expect(talk.bindings).to.deep.equal([]);
    });
  }
});

describe("RFC 3327 6.2: a path counts only from edges of our own", () => {
  it("is ignored from elsewhere: the flow is the way", () => {
    const talk = fromElsewhere("ignore");
    expect(values(talk.register(CONTACT, PATH, "Supported: path"), "path")).to.deep.equal([]);
    expect(talk.bindings.map(({ path }) => path)).to.deep.equal([[]]);
  });

  it("is refused from elsewhere with 420 where the policy says so", () => {
    const talk = fromElsewhere("refuse");
    const answer = talk.register(CONTACT, PATH);
    expect([answer.status, values(answer, "unsupported"), talk.bindings]).to.deep.equal([420, ["path"], []]);
    expect(talk.register(CONTACT).status).to.equal(200);
  });

  it("is refused from elsewhere when the request requires it: ignoring would be a lie", () => {
    expect(fromElsewhere("ignore").register(CONTACT, PATH, "Require: path").status).to.equal(420);
  });

  it("counts from nobody unless edges are configured", () => {
    const talk = registrarTalk();
    talk.register(CONTACT, PATH);
    expect(talk.bindings[0]?.path).to.deep.equal([]);
  });
});

describe("RFC 3327 5.3: requests to the contact take the path", () => {
  const identity = { callId: "c", fromTag: "t", local: { host: "198.51.100.5", port: 5060, transport: "udp" } as const };
  const profile = { fromUser: "acs", fromDomain: DOMAIN, subscriptionState: "terminated", userAgent: null };
  const binding = (path: readonly string[]) => ({ contact: "sip:anna@192.0.2.10", addressOfRecord: `anna@${DOMAIN}`, path, flow: FLOW });

  it("the stored path is preloaded as Route, and the Request-URI is the contact", () => {
    const { uri, headers } = buildNotify(
      { uri: "sip:anna@192.0.2.10", addressOfRecord: `anna@${DOMAIN}`, routes: STORED },
      identity,
      profile,
      { cseq: 1, event: "resync" },
    );
    expect([uri, headers.filter(({ key }) => key === "route").map(({ value }) => value)]).to.deep.equal([
      "sip:anna@192.0.2.10",
      [STORED.join(", ")],
    ]);
  });

  const nextHop = (...path: readonly string[]): string => {
    const { remoteAddress, remotePort } = flowTo(binding(path));
    return `${remoteAddress} ${remotePort}`;
  };
  it("goes to the first Path URI", () => {
    expect(nextHop("<sip:192.0.2.33;lr>", "<sip:192.0.2.44;lr>")).to.equal("192.0.2.33 5060");
    expect(nextHop("<sip:[2001:db8::33]:5070;lr>")).to.equal("2001:db8::33 5070");
  });
  it("goes to whoever sent the REGISTER when nothing is looked up and that URI has a name, or another transport: it is our neighbour", () => {
    for (const path of ["<sip:edge.voice.example;lr>", "<sip:192.0.2.33;transport=tcp;lr>"])
      expect(nextHop(path)).to.equal(`${FLOW.remoteAddress} ${FLOW.remotePort}`);
  });
  it("takes the flow without a path", () => expect(flowTo(binding([]))).to.equal(FLOW));
});
