/**
 * RFC 3261 8.1.2 and 16: routing rules, as functions of a request.
 */
import { expect } from "chai";
import { pushVia } from "../../sip-bridge/sip/build.js";
import { headerValues, param, type SipRequest, type Via } from "../../sip-bridge/sip/message.js";
import {
  applyRouteSet,
  forwardTo,
  isLoop,
  loopBranch,
  type OwnUris,
  preprocessRoutes,
  recordRoute,
  routeOfUserAgent,
  routeSetOfPath,
  spendHop,
  withRoutes,
} from "../../sip-bridge/sip/routing.js";
import { sipRequest } from "../support/sip-messages.js";

const OURS: OwnUris = {
  isOurRoute: ({ host, user }) => host === "us.example" && user !== "anna",
  isOurHost: (host) => host === "us.example" || host === "198.51.100.5",
};
const routes = (request: SipRequest): readonly string[] => headerValues(request, "route");
const request = (uri: string, ...lines: readonly string[]): SipRequest => sipRequest(`MESSAGE ${uri} SIP/2.0`, ...lines);
const loose = (...names: readonly string[]) => names.map((name) => ({ uri: `sip:${name};lr`, params: [] }));

describe("RFC 3261 8.1.2: where a user agent's request goes", () => {
  it("without a route set: to the Request-URI", () => {
    expect(routeOfUserAgent("sip:bob@b.example", [])).to.deep.equal({ uri: "sip:bob@b.example", routes: [], nextHop: "sip:bob@b.example" });
  });

  it("to the topmost of a route set, the Request-URI untouched", () => {
    const routed = routeOfUserAgent("sip:bob@b.example", loose("p1", "p2"));
    expect(routed).to.deep.equal({ uri: "sip:bob@b.example", routes: loose("p1", "p2"), nextHop: "sip:p1;lr" });
  });

  it("an outbound proxy is a route set of one, and yields to a route set that is there", () => {
    const { nextHop, routes: set } = routeOfUserAgent("sip:bob@b.example", [], "sip:sbc.example;lr");
    expect([nextHop, set.map(({ uri }) => uri)]).to.deep.equal(["sip:sbc.example;lr", ["sip:sbc.example;lr"]]);
    expect(routeOfUserAgent("sip:b@b", loose("p1"), "sip:sbc.example;lr").nextHop).to.equal("sip:p1;lr");
  });

  it("an outbound proxy without lr gets the strict form", () => {
    const { uri, routes: set, nextHop } = routeOfUserAgent("sip:bob@b.example", [], "sip:old.example");
    expect([uri, set.map((route) => route.uri), nextHop]).to.deep.equal(["sip:old.example", ["sip:bob@b.example"], "sip:old.example"]);
  });

  it("a route of another scheme is no loose router", () => {
    expect(applyRouteSet("sip:b@b", [{ uri: "tel:+4930", params: [] }]).uri).to.equal("tel:+4930");
  });

  it("RFC 3327 5.3: a Path vector is the route set, in its order", () => {
    expect(routeSetOfPath(["<sip:edge1;lr>, <sip:edge2;lr>", "<sip:t0k@edge3;lr;ob>"]).map(({ uri }) => uri)).to.deep.equal([
      ...["sip:edge1;lr", "sip:edge2;lr", "sip:t0k@edge3;lr;ob"],
    ]);
  });
});

describe("RFC 3261 16.4: route preprocessing", () => {
  it("a Request-URI that is our Record-Route value came from a strict router: the last Route takes its place", () => {
    const done = preprocessRoutes(request("sip:us.example;lr", "Route: <sip:p2.example;lr>, <sip:bob@b.example>"), OURS);
    expect([done.uri, routes(done)]).to.deep.equal(["sip:bob@b.example", ["<sip:p2.example;lr>"]]);
  });

  it("such a Request-URI without Route is left for the user agent that we are", () => {
    expect(preprocessRoutes(request("sip:us.example"), OURS).uri).to.equal("sip:us.example");
  });

  it("a user of ours is no route of ours", () => {
    const done = preprocessRoutes(request("sip:anna@us.example", "Route: <sip:bob@b.example;lr>"), OURS);
    expect([done.uri, routes(done)]).to.deep.equal(["sip:anna@us.example", ["<sip:bob@b.example;lr>"]]);
  });

  it("a maddr that is ours is stripped, with port and transport", () => {
    const done = preprocessRoutes(request("sip:bob@b.example:5070;maddr=198.51.100.5;transport=tcp;user=phone"), OURS);
    expect(done.uri).to.equal("sip:bob@b.example;user=phone");
    const foreign = "sip:bob@b.example:5070;maddr=203.0.113.1;transport=tcp";
    expect(preprocessRoutes(request(foreign), OURS).uri).to.equal(foreign);
  });

  it("the topmost Route goes if it names us, and only that", () => {
    const done = preprocessRoutes(request("sip:bob@b.example", "Route: <sip:us.example;lr>, <sip:us.example;lr;x>"), OURS);
    expect(routes(done)).to.deep.equal(["<sip:us.example;lr;x>"]);
    const foreign = request("sip:bob@b.example", "Route: <sip:p1.example;lr>, <sip:us.example;lr>");
    expect(preprocessRoutes(foreign, OURS)).to.equal(foreign);
  });

  it("a Route of several fields is read as one list", () => {
    const done = preprocessRoutes(
      request("sip:us.example", "Route: <sip:us.example;lr>", "Route: <sip:p1.example;lr>, <sip:bob@b.example>"),
      OURS,
    );
    expect([done.uri, routes(done)]).to.deep.equal(["sip:bob@b.example", ["<sip:p1.example;lr>"]]);
  });

  it("a Request-URI that is no SIP URI stays", () => {
    expect(preprocessRoutes(request("tel:+4930", "Route: <sip:us.example;lr>"), OURS)).to.include({ uri: "tel:+4930" });
  });
});

describe("RFC 3261 16.6: forwarding", () => {
  it("to a loose router or the target: the target is the Request-URI", () => {
    const { request: sent, nextHop } = forwardTo(request("sip:x@us.example", "Route: <sip:p1.example;lr>"), "sip:bob@b.example");
    expect([sent.uri, routes(sent), nextHop]).to.deep.equal(["sip:bob@b.example", ["<sip:p1.example;lr>"], "sip:p1.example;lr"]);
    expect(forwardTo(request("sip:x@us.example"), "sip:bob@b.example").nextHop).to.equal("sip:bob@b.example");
  });

  it("step 6: to a strict router: its URI is the Request-URI, the target the last Route", () => {
    const { request: sent, nextHop } = forwardTo(request("sip:x@us.example", "Route: <sip:old.example>, <sip:p2;lr>"), "sip:bob@b");
    expect([sent.uri, routes(sent), nextHop]).to.deep.equal(["sip:old.example", ["<sip:p2;lr>", "<sip:bob@b>"], "sip:old.example"]);
  });

  it("step 4: Record-Route goes above those that are there, two when the transport changes (RFC 5658)", () => {
    const bare = recordRoute(request("sip:b@b"), ["sip:us.example;lr"]);
    const twice = recordRoute(bare, ["sip:us.example;transport=tls;lr", "sip:us.example;transport=udp;lr"]);
    expect(headerValues(twice, "record-route")).to.deep.equal([
      "<sip:us.example;transport=tls;lr>",
      "<sip:us.example;transport=udp;lr>",
      "<sip:us.example;lr>",
    ]);
    expect(twice.headers.findIndex(({ key }) => key === "record-route")).to.be.greaterThan(
      twice.headers.findIndex(({ key }) => key === "via"),
    );
  });

  it("step 3: Max-Forwards goes down, is 70 less one if it was not there, and 0 goes nowhere (16.3: 483)", () => {
    const hops = (...lines: readonly string[]): readonly string[] | undefined => {
      const next = spendHop(request("sip:b@b", ...lines));
      return next && headerValues(next, "max-forwards");
    };
    expect([hops("Max-Forwards: 2"), hops("Max-Forwards: 0")]).to.deep.equal([["1"], undefined]);
    const { headers, ...parts } = request("sip:b@b");
    const without = spendHop({ ...parts, headers: headers.filter(({ key }) => key !== "max-forwards") });
    expect(without && headerValues(without, "max-forwards")).to.deep.equal(["69"]);
  });

  it("the Route of a request is replaced where it stood", () => {
    const replaced = withRoutes(request("sip:b@b", "Route: <sip:p1;lr>", "Subject: x"), loose("p9"));
    expect(replaced.headers.slice(-2).map(({ key, value }) => `${key}: ${value}`)).to.deep.equal(["route: <sip:p9;lr>", "subject: x"]);
  });
});

describe("RFC 5393 4.2: loops", () => {
  const isOurs = ({ host }: Via): boolean => host === "us.example";
  /** The request after it went through us and one more hop. */
  function around(original: SipRequest): SipRequest {
    const hop = (host: string, branch: string): Via => ({ transport: "UDP", host, params: [{ name: "branch", value: branch }] });
    return pushVia(pushVia(original, hop("us.example", loopBranch(original, "u1"))), hop("other.example", "z9hG4bKx"));
  }

  it("a request that comes back as it was is one, whatever the hops between", () => {
    const original = request("sip:bob@us.example");
    expect(isLoop(original, isOurs)).to.equal(false);
    expect(isLoop(around(original), isOurs)).to.equal(true);
    expect(isLoop(around(around(original)), isOurs)).to.equal(true);
  });

  it("a spiral is none: something that we route by has changed", () => {
    const back = around(request("sip:bob@us.example"));
    expect(isLoop({ ...back, uri: "sip:carol@us.example" }, isOurs)).to.equal(false);
    expect(isLoop(withRoutes(back, loose("p1")), isOurs)).to.equal(false);
  });

  it("a hash in somebody else's Via means nothing", () =>
    expect(isLoop(around(request("sip:bob@us.example")), () => false)).to.equal(false));

  it("CANCEL and ACK have the hash of their INVITE: the method is no part of it", () => {
    const invite = sipRequest("INVITE sip:bob@us.example SIP/2.0", "CSeq: 1 INVITE");
    const cancel = sipRequest("CANCEL sip:bob@us.example SIP/2.0", "CSeq: 1 CANCEL");
    expect(loopBranch(cancel, "u")).to.equal(loopBranch(invite, "u"));
    expect(param(around(invite).vias[1]?.params ?? [], "branch")).to.match(/^z9hG4bKu1\.[0-9a-f]{16}$/);
  });
});
