/**
 * One wake as a state machine: every answer of sip.md 1.5, and both sides of digest (RFC 3261 22.2, 22.3).
 * Layer: unit test.
 */
import { expect } from "chai";
import { type DigestHash, digestHa1, parseCredentials, provesPassword, writeChallenge } from "../../../../common/digest.js";
import { buildNotify } from "../../../../sip-bridge/notify/build-notify.js";
import {
  startWake,
  stepWake,
  type Wake,
  type WakeAccount,
  type WakeEffect,
  type WakeInput,
  type WakePlan,
} from "../../../../sip-bridge/notify/wake.js";
import { headerValue, type SipRequest } from "../../../../sip-bridge/sip/message.js";
import { parseMessage } from "../../../../sip-bridge/sip/parse-message.js";
import { writeMessage } from "../../../../sip-bridge/sip/write-message.js";
import { sipResponse } from "../../../support/sip-messages.js";

const REALM = "voice.example";
const CONTACT = "sip:hgw1@192.0.2.10:5060;line=abc";
const HASHES: readonly DigestHash[] = ["MD5", "SHA-256"];
const ACCOUNT: WakeAccount = {
  username: "hgw1",
  realm: REALM,
  ha1s: Object.fromEntries(HASHES.map((hash) => [hash, digestHa1(hash, "hgw1", REALM, "secret")])),
};

const NOTIFY: SipRequest = buildNotify(
  { uri: CONTACT, addressOfRecord: `hgw1@${REALM}`, routes: [] },
  { callId: "7c0e0e0c5b4d4a19", fromTag: "9b1d7f20", local: { host: "198.51.100.5", port: 5060, transport: "udp" as const } },
  { fromUser: "acs", fromDomain: REALM, subscriptionState: "terminated", userAgent: null },
  { cseq: 1, event: "resync" },
);
const VIA = { key: "via", name: "Via", value: "SIP/2.0/UDP 198.51.100.5:5060;branch=z9hG4bK1;rport" };
const SENT: SipRequest = { ...NOTIFY, headers: [VIA, ...NOTIFY.headers] };

const final = (status: number, ...lines: readonly string[]): WakeInput => ({
  kind: "final",
  response: sipResponse(SENT, status, ...lines),
  isFromTarget: true,
});
const credentials = (account: WakeAccount | undefined = ACCOUNT): WakeInput => ({
  kind: "credentials",
  account,
  uri: CONTACT,
  cnonce: "0a4f113b",
});

/** Plays inputs; tells effects shortly, and the end. */
const play = (...inputs: readonly WakeInput[]) => playPlan({ events: ["resync"] }, ...inputs);

function playPlan(plan: WakePlan, ...inputs: readonly WakeInput[]) {
  let { wake, effects } = startWake(plan);
  const all: WakeEffect[] = [...effects];
  for (const input of inputs) {
    ({ wake, effects } = stepWake(wake, input));
    all.push(...effects);
  }
  const told = all.map((effect) => (effect.do === "report" ? effect.news.kind : effect.do === "send" ? `send ${effect.cseq}` : effect.do));
  return { wake, told, effects: all, result: resultOf(wake) };
}

const resultOf = (wake: Wake): unknown => (wake.phase === "ended" ? wake.result.is : wake.phase);

const challengeLine = (hash: DigestHash, options: { realm?: string; isStale?: boolean; name?: string } = {}): string => {
  const { realm = REALM, isStale = false, name = "WWW-Authenticate" } = options;
  return `${name}: ${writeChallenge({ realm, nonce: `n-${hash}`, algorithm: { hash, isSession: false }, qops: ["auth"], opaque: "o", isStale })}`;
};

/** The algorithm with which the effects answer, checked against the password. */
function answeredWith(effects: readonly WakeEffect[]): readonly string[] {
  return effects.flatMap((effect) => {
    if (effect.do !== "send" || effect.authorization === undefined) return [];
    const given = parseCredentials(effect.authorization.value);
    const isRight =
      given !== undefined && given.opaque === "o" && given.uri === CONTACT && provesPassword(given, ACCOUNT.ha1s, { method: "NOTIFY" });
    return [`${effect.authorization.name} ${given?.algorithm.hash} nc=${given?.use?.nc} ${isRight ? "right" : "wrong"}`];
  });
}

describe("NOTIFY that wakes: what is on the wire (sip.md 1.2)", () => {
  it("is written as the specification's example", () => {
    const text = Buffer.from(writeMessage(SENT)).toString("latin1");
    expect(text.split("\r\n")).to.deep.equal([
      "NOTIFY sip:hgw1@192.0.2.10:5060;line=abc SIP/2.0",
      "Via: SIP/2.0/UDP 198.51.100.5:5060;branch=z9hG4bK1;rport",
      "Max-Forwards: 70",
      "From: <sip:acs@voice.example>;tag=9b1d7f20",
      "To: <sip:hgw1@voice.example>",
      "Call-ID: 7c0e0e0c5b4d4a19",
      "CSeq: 1 NOTIFY",
      "Contact: <sip:acs@198.51.100.5:5060>",
      "Event: resync",
      "Subscription-State: terminated",
      "Content-Length: 0",
      "",
      "",
    ]);
  });

  it("leaves Subscription-State out when the profile says so", () => {
    const profile = { fromUser: "acs", fromDomain: REALM, subscriptionState: null, userAgent: "Reveille" };
    const identity = { callId: "c", fromTag: "t", local: { host: "[2001:db8::5]", port: 5062, transport: "udp" as const } };
    const request = buildNotify({ uri: CONTACT, addressOfRecord: "a@b", routes: [] }, identity, profile, {
      cseq: 3,
      event: "check-sync;reboot=false",
    });
    const read = parseMessage(writeMessage({ ...request, headers: [VIA, ...request.headers] }));
    expect(read.headers.map(({ key }) => key)).not.to.include("subscription-state");
    expect(read.headers.find(({ key }) => key === "contact")?.value).to.equal("<sip:acs@[2001:db8::5]:5062>");
    expect(read.headers.find(({ key }) => key === "event")?.value).to.equal("check-sync;reboot=false");
  });

  it("Contact names the transport, unless it is UDP, which a URI means without", () => {
    const profile = { fromUser: "acs", fromDomain: REALM, subscriptionState: null, userAgent: null };
    const contacts = (["udp", "tcp", "tls"] as const).map((transport) => {
      const identity = { callId: "c", fromTag: "t", local: { host: "h", port: 5061, transport } };
      const turn = { cseq: 1, event: "resync" };
      return headerValue(buildNotify({ uri: CONTACT, addressOfRecord: "a@b", routes: [] }, identity, profile, turn), "contact");
    });
    expect(contacts).to.deep.equal(["<sip:acs@h:5061>", "<sip:acs@h:5061;transport=tcp>", "<sip:acs@h:5061;transport=tls>"]);
  });

  it("escapes what may not stand in a user part again", () => {
    const profile = { fromUser: "acs", fromDomain: REALM, subscriptionState: null, userAgent: null };
    const identity = { callId: "c", fromTag: "t", local: { host: "h", port: 1, transport: "udp" as const } };
    const { to } = buildNotify({ uri: CONTACT, addressOfRecord: "a b@c\xe9@voice.example", routes: [] }, identity, profile, {
      cseq: 1,
      event: "resync",
    });
    expect(to.uri).to.equal("sip:a%20b%40c%E9@voice.example");
  });
});

describe("one wake: final answers", () => {
  const meanings: readonly (readonly [number, string])[] = [
    [200, "taken"],
    [202, "taken"],
    [302, "refused"],
    [400, "refused"],
    [403, "refused"],
    [404, "unreachable"],
    [405, "unsupported"],
    [408, "unreachable"],
    [410, "unreachable"],
    [430, "unreachable"],
    [480, "unreachable"],
    [481, "unsupported"],
    [486, "busy"],
    [489, "unsupported"],
    [491, "busy"],
    [499, "refused"],
    [500, "busy"],
    [501, "unsupported"],
    [503, "busy"],
    [513, "refused"],
    [600, "busy"],
    [603, "refused"],
    [604, "unreachable"],
  ];
  for (const [status, is] of meanings) {
    it(`${status} ends it: ${is}`, () => {
      const { told, result } = play({ kind: "sent" }, final(status));
      expect([told, result]).to.deep.equal([["send 1", "sent", "answered"], is]);
    });
  }

  it("tells the status, the reason and Retry-After with its comment", () => {
    const { effects, wake } = play(final(503, "Retry-After: 17 (lunch);duration=60"));
    expect(effects.at(-1)).to.deep.equal({ do: "report", news: { kind: "answered", status: 503, reason: "x", retryAfterS: 17 } });
    expect(wake).to.deep.equal({ phase: "ended", result: { is: "busy", retryAfterS: 17 } });
  });

  it("ends unreachable when nobody answers, after telling each repetition", () => {
    const { told, result } = play({ kind: "sent" }, { kind: "retransmitted", count: 1 }, { kind: "provisional" }, { kind: "timeout" });
    expect([told, result]).to.deep.equal([["send 1", "sent", "retransmitted", "timed-out"], "unreachable"]);
  });

  it("ends unreachable when the network refuses", () => {
    expect(play({ kind: "transport-error", detail: "EHOSTUNREACH" }).result).to.equal("unreachable");
  });

  it("does nothing any more once it has ended", () => {
    const ended = play(final(200)).told;
    expect(play(final(200), final(401, challengeLine("MD5")), { kind: "timeout" }, credentials()).told).to.deep.equal(ended);
  });
});

describe("one wake: challenges", () => {
  it("answers 401 once, with a new CSeq", () => {
    const { told, effects, result } = play(final(401, challengeLine("MD5")), credentials(), final(200));
    expect(told).to.deep.equal(["send 1", "challenged", "look-up-account", "send 2", "answered"]);
    expect([answeredWith(effects), result]).to.deep.equal([["Authorization MD5 nc=1 right"], "taken"]);
  });

  it("answers 407 in Proxy-Authorization", () => {
    const { effects } = play(final(407, challengeLine("MD5", { name: "Proxy-Authenticate" })), credentials());
    expect(answeredWith(effects)).to.deep.equal(["Proxy-Authorization MD5 nc=1 right"]);
  });

  for (const order of [HASHES, [...HASHES].reverse()]) {
    it(`answers the stronger algorithm of ${order.join(", ")}: no downgrade`, () => {
      const { effects } = play(final(401, ...order.map((hash) => challengeLine(hash))), credentials());
      expect(answeredWith(effects)).to.deep.equal(["Authorization SHA-256 nc=1 right"]);
    });
  }

  it("answers once more when the nonce had gone stale, and not a third time", () => {
    const stale = final(401, challengeLine("MD5", { isStale: true }));
    const { told, result } = play(final(401, challengeLine("MD5")), credentials(), stale, credentials(), stale);
    expect(told.filter((item) => item.startsWith("send"))).to.deep.equal(["send 1", "send 2", "send 3"]);
    expect([told.at(-1), result]).to.deep.equal(["answered", "refused"]);
  });

  it('"MUST NOT re-attempt requests with the credentials that have just been rejected"', () => {
    const again = final(401, challengeLine("MD5"));
    const { told, result } = play(again, credentials(), again);
    expect([told, result]).to.deep.equal([["send 1", "challenged", "look-up-account", "send 2", "answered"], "refused"]);
  });

  it("never answers a challenge that came from elsewhere than the NOTIFY went to", () => {
    const response = sipResponse(SENT, 401, challengeLine("MD5"));
    const { told, result } = play({ kind: "final", response, isFromTarget: false });
    expect([told, result]).to.deep.equal([["send 1", "challenged", "failed"], "refused"]);
  });

  it("never answers for another realm than the account's", () => {
    const { told, result } = play(final(401, challengeLine("MD5", { realm: "evil.example" })), credentials());
    expect([told, result]).to.deep.equal([["send 1", "challenged", "look-up-account", "failed"], "refused"]);
  });

  it("never answers Basic, nor a challenge it can't read", () => {
    expect(play(final(401, 'WWW-Authenticate: Basic realm="voice.example"')).told).to.deep.equal(["send 1", "challenged", "failed"]);
    expect(play(final(401)).told).to.deep.equal(["send 1", "challenged", "failed"]);
  });

  it("fails when the account is gone", () => {
    expect(play(final(401, challengeLine("MD5")), { ...credentials(), account: undefined } as WakeInput).told.at(-1)).to.equal("failed");
  });
});

describe("one wake: the second event (sip.md 1.5, RFC 6665 8.3.2)", () => {
  const plan = { events: ["resync", "check-sync;reboot=false", "report"] };
  const events = (effects: readonly WakeEffect[]): readonly string[] =>
    effects.flatMap((effect) => (effect.do === "send" ? [`${effect.cseq} ${effect.event}`] : []));

  for (const status of [481, 489]) {
    it(`${status} has the next event tried, under the next CSeq`, () => {
      const { told, effects, result } = playPlan(plan, final(status), final(200));
      expect(told).to.deep.equal(["send 1", "event-refused", "send 2", "answered"]);
      expect([events(effects), result]).to.deep.equal([["1 resync", "2 check-sync;reboot=false"], "taken"]);
    });
  }

  it("tells which event was taken", () => {
    expect(playPlan(plan, final(489), final(200)).wake).to.deep.equal({
      phase: "ended",
      result: { is: "taken", event: "check-sync;reboot=false" },
    });
  });

  it("of those that Allow-Events lists, the first of ours goes next", () => {
    const { effects } = playPlan(plan, final(489, "Allow-Events: presence, report"), final(200));
    expect(events(effects)).to.deep.equal(["1 resync", "2 report"]);
  });

  it("the listed type stands for its value with parameters", () => {
    const { effects } = playPlan(plan, final(489, "Allow-Events: check-sync"), final(489, "Allow-Events: check-sync"));
    expect(events(effects)).to.deep.equal(["1 resync", "2 check-sync;reboot=false"]);
  });

  it("when Allow-Events lists none of ours, it is over", () => {
    const { told, result } = playPlan(plan, final(489, "Allow-Events: message-summary"));
    expect([told, result]).to.deep.equal([["send 1", "answered"], "unsupported"]);
  });

  it("a broken Allow-Events counts as none", () => {
    expect(playPlan(plan, final(489, "Allow-Events: <>"), final(200)).result).to.equal("taken");
  });

  it("after the last event it is over", () => {
    const { told, result } = playPlan(plan, final(481), final(481), final(481));
    expect([told.at(-1), told.filter((item) => item.startsWith("send")).length, result]).to.deep.equal(["answered", 3, "unsupported"]);
  });

  it("the next event is answered with credentials of its own when it is challenged", () => {
    const { told, result } = playPlan(
      plan,
      final(401, challengeLine("MD5")),
      credentials(),
      final(489),
      final(401, challengeLine("MD5")),
      credentials(),
      final(200),
    );
    expect([told.filter((item) => item.startsWith("send")), result]).to.deep.equal([["send 1", "send 2", "send 3", "send 4"], "taken"]);
  });
});

describe("one wake: the next server (RFC 3263 4.3)", () => {
  const plan = { events: ["resync"], serversLeft: 1 };
  const toNext = (effects: readonly WakeEffect[]): readonly boolean[] =>
    effects.flatMap((effect) => (effect.do === "send" ? [effect.toNextServer === true] : []));

  const failures: readonly (readonly [string, WakeInput])[] = [
    ["503", final(503)],
    ["no answer", { kind: "timeout" }],
    ["a transport failure", { kind: "transport-error", detail: "ECONNREFUSED" }],
  ];
  for (const [why, failure] of failures) {
    it(`${why} has the same request go to the next server`, () => {
      const { told, effects, result } = playPlan(plan, failure, final(200));
      expect([told.at(-3), told.at(-2), told.at(-1)]).to.deep.equal(["rerouted", "send 1", "answered"]);
      expect([toNext(effects), result]).to.deep.equal([[false, true], "taken"]);
    });
  }

  it("503 with Retry-After has the server left alone, and the next one asked", () => {
    const { told } = playPlan(plan, final(503, "Retry-After: 30"), final(200));
    expect(told).to.deep.equal(["send 1", "rest-server", "rerouted", "send 1", "answered"]);
  });

  it("another refusal is the device's own word: no other server is asked", () => {
    expect(playPlan(plan, final(403)).told).to.deep.equal(["send 1", "answered"]);
  });

  it("after the last server it is over", () => {
    const { told, result } = playPlan(plan, { kind: "timeout" }, { kind: "timeout" });
    expect([told.at(-1), result]).to.deep.equal(["timed-out", "unreachable"]);
  });
});

describe("one wake: redirections (sip.md 1.5)", () => {
  const plan = { events: ["resync"], redirectHosts: ["voice.example"] };
  const uris = (effects: readonly WakeEffect[]): readonly (string | undefined)[] =>
    effects.flatMap((effect) => (effect.do === "send" ? [effect.uri] : []));

  it("a 3xx is followed to a host of the operator", () => {
    const { effects, result } = playPlan(plan, final(302, "Contact: <sip:x@evil.example>, <sip:y@Voice.example:5070>"), final(200));
    expect([uris(effects), result]).to.deep.equal([[undefined, "sip:y@Voice.example:5070"], "taken"]);
  });

  it("never out of the operator's domains", () => {
    const { told, result } = playPlan(plan, final(302, "Contact: <sip:x@evil.example>"));
    expect([told, result]).to.deep.equal([["send 1", "answered"], "refused"]);
  });

  it("once, and not in a circle", () => {
    const moved = final(301, "Contact: <sip:y@voice.example>");
    expect(playPlan(plan, moved, moved).told).to.deep.equal(["send 1", "rerouted", "send 2", "answered"]);
  });
});
