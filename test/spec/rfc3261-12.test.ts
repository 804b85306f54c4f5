/**
 * RFC 3261 12: dialogs, as values.
 */
import { expect } from "chai";
import {
  answeredInDialog,
  confirmed,
  type Dialog,
  dialogKey,
  dialogKeyOf,
  dialogOfClient,
  dialogOfServer,
  receiveInDialog,
  requestInDialog,
} from "../../sip-bridge/sip/dialog.js";
import { headerValues, MalformedMessage, type SipRequest } from "../../sip-bridge/sip/message.js";
import { sipRequest, sipResponse } from "../support/sip-messages.js";

const INVITE = sipRequest(
  "INVITE sip:bob@voice.example SIP/2.0",
  "From: Anna <sip:anna@voice.example>;tag=a1",
  "To: <sip:bob@voice.example>",
  "CSeq: 20 INVITE",
  "Contact: <sip:anna@192.0.2.10:5060>",
  "Record-Route: <sip:p2.example;lr>, <sip:p1.example;lr>",
);
const CONTACT = "Contact: <sip:bob@198.51.100.7>";
const RECORD_ROUTE = "Record-Route: <sip:p2.example;lr>, <sip:p1.example;lr>";

const respond = (status: number, ...lines: readonly string[]) => {
  const { headers, ...parts } = INVITE;
  const to = lines.find((line) => line.startsWith("To:")) ?? "To: <sip:bob@voice.example>;tag=b1";
  return sipResponse(
    { ...parts, headers: headers.filter(({ key }) => key !== "to") },
    status,
    to,
    ...lines.filter((line) => !line.startsWith("To:")),
  );
};
const asServer = (request: SipRequest = INVITE): Dialog => dialogOfServer(request, "b1", { isTls: false, state: "confirmed" });
function asClient(status = 200, ...lines: readonly string[]): Dialog {
  const dialog = dialogOfClient(INVITE, respond(status, CONTACT, RECORD_ROUTE, ...lines), { isTls: false });
  if (dialog === undefined) throw new RangeError("no dialog");
  return dialog;
}
const uris = ({ routeSet }: Dialog): readonly string[] => routeSet.map(({ uri }) => uri);
/** A request of Anna's to Bob in the dialog. */
const fromAnna = (method: string, cseq: number, ...lines: readonly string[]): SipRequest =>
  sipRequest(
    `${method} sip:bob@198.51.100.7 SIP/2.0`,
    "From: <sip:anna@voice.example>;tag=a1",
    "To: <sip:bob@voice.example>;tag=b1",
    `CSeq: ${cseq} ${method}`,
    ...lines,
  );

describe("RFC 3261 12.1.1: a dialog begun by a request of the peer's", () => {
  it("has the Record-Route in order, the Contact as target, the CSeq as remote sequence, and none of its own", () => {
    const dialog = asServer();
    expect(uris(dialog)).to.deep.equal(["sip:p2.example;lr", "sip:p1.example;lr"]);
    expect(dialog).to.include({ remoteTarget: "sip:anna@192.0.2.10:5060", remoteSequence: 20, localTag: "b1", remoteTag: "a1" });
    expect(dialog.localSequence).to.equal(undefined);
    expect([dialog.local.uri, dialog.remote.uri]).to.deep.equal(["sip:bob@voice.example", "sip:anna@voice.example"]);
    expect(dialog.remote.params).to.deep.equal([]);
  });

  it("needs one Contact", () => {
    for (const lines of [[], ["Contact: <sip:a@b>, <sip:c@d>"]]) {
      const request = sipRequest("INVITE sip:bob@voice.example SIP/2.0", ...lines);
      expect(() => asServer(request))
        .to.throw(MalformedMessage)
        .with.property("status", 400);
    }
  });

  it('"if the From has no tag, the remote tag is null": RFC 2543', () => {
    const dialog = asServer(sipRequest("INVITE sip:b@c SIP/2.0", "From: <sip:anna@voice.example>", "Contact: <sip:a@b>"));
    expect(dialog.remoteTag).to.equal("");
    expect(requestInDialog(dialog, { method: "BYE" }).request.to.params).to.deep.equal([]);
  });

  it("is secure only over TLS with a sips URI", () => {
    const sips = sipRequest("INVITE sips:bob@voice.example SIP/2.0", "Contact: <sips:a@b>");
    const secure = (request: SipRequest, isTls: boolean): boolean => dialogOfServer(request, "t", { isTls, state: "early" }).isSecure;
    expect([secure(sips, true), secure(sips, false), secure(INVITE, true)]).to.deep.equal([true, false, false]);
  });

  it("RFC 6665 4.4.1: a NOTIFY begins one for the subscriber, whose sequence is that of its SUBSCRIBE", () => {
    const notify = fromAnna("NOTIFY", 5, "Contact: <sip:anna@192.0.2.10>", "Event: reg", "Subscription-State: active");
    const dialog = dialogOfServer(notify, "b1", { isTls: false, state: "confirmed", localSequence: 41 });
    const { request } = requestInDialog(dialog, { method: "SUBSCRIBE" });
    expect(request.cseq.number).to.equal(42);
    expect(dialog.remoteSequence).to.equal(5);
  });
});

describe("RFC 3261 12.1.2: a dialog begun by a response to our request", () => {
  it("has the Record-Route in reverse order, the Contact as target, our CSeq as local sequence, and no remote one", () => {
    const dialog = asClient();
    expect(uris(dialog)).to.deep.equal(["sip:p1.example;lr", "sip:p2.example;lr"]);
    expect(dialog).to.include({
      state: "confirmed",
      remoteTarget: "sip:bob@198.51.100.7",
      localSequence: 20,
      localTag: "a1",
      remoteTag: "b1",
    });
    expect(dialog.remoteSequence).to.equal(undefined);
  });

  it("is early after a provisional response with a tag, one for each branch of a fork", () => {
    const [one, two] = [asClient(180), asClient(183, "To: <sip:bob@voice.example>;tag=b2")];
    expect([one.state, two.state]).to.deep.equal(["early", "early"]);
    expect(dialogKey(one)).to.not.equal(dialogKey(two));
  });

  it("is not begun by 100, by a provisional response without tag, nor by a refusal", () => {
    const begun = [respond(100), respond(180, "To: <sip:bob@voice.example>"), respond(486)].map((response) =>
      dialogOfClient(INVITE, response, { isTls: false }),
    );
    expect(begun).to.deep.equal([undefined, undefined, undefined]);
  });

  it("13.2.2.4: is confirmed by the 2xx, which says the route set and the target anew", () => {
    const early = asClient(180);
    const dialog = confirmed(early, respond(200, "Contact: <sip:bob@198.51.100.8>", "Record-Route: <sip:p3.example;lr>"));
    expect(dialog).to.include({ state: "confirmed", remoteTarget: "sip:bob@198.51.100.8" });
    expect(uris(dialog)).to.deep.equal(["sip:p3.example;lr"]);
    expect(dialogKey(dialog)).to.equal(dialogKey(early));
  });
});

describe("RFC 3261 12.2.1.1: our requests within a dialog", () => {
  it("have the target as Request-URI, the route set in Route, the tags, and a CSeq one higher each time", () => {
    const first = requestInDialog(asClient(), { method: "BYE" });
    const { request } = first;
    expect(request.uri).to.equal("sip:bob@198.51.100.7");
    expect(headerValues(request, "route")).to.deep.equal(["<sip:p1.example;lr>", "<sip:p2.example;lr>"]);
    expect(headerValues(request, "from")).to.deep.equal(['"Anna" <sip:anna@voice.example>;tag=a1']);
    expect(headerValues(request, "to")).to.deep.equal(["<sip:bob@voice.example>;tag=b1"]);
    expect([request.callId, request.cseq.number, first.nextHop]).to.deep.equal(["call-1", 21, "sip:p1.example;lr"]);
    expect(requestInDialog(first.dialog, { method: "BYE" }).request.cseq.number).to.equal(22);
  });

  it("through a strict router have its URI as Request-URI, and the target last in Route", () => {
    const dialog = {
      ...asClient(),
      routeSet: [
        { uri: "sip:old.example;method=INVITE?a=b", params: [] },
        { uri: "sip:p2.example;lr", params: [] },
      ],
    };
    const { request, nextHop } = requestInDialog(dialog, { method: "BYE" });
    expect([request.uri, nextHop]).to.deep.equal(["sip:old.example", "sip:old.example"]);
    expect(headerValues(request, "route")).to.deep.equal(["<sip:p2.example;lr>", "<sip:bob@198.51.100.7>"]);
  });

  it("without a route set go to the target", () => {
    const { request, nextHop } = requestInDialog({ ...asClient(), routeSet: [] }, { method: "BYE" });
    expect([nextHop, headerValues(request, "route")]).to.deep.equal(["sip:bob@198.51.100.7", []]);
  });

  it("the ACK of a 2xx has the number of its INVITE, and spends none", () => {
    const { dialog, request } = requestInDialog(asClient(), { method: "ACK", cseq: 20 });
    expect([request.cseq, dialog.localSequence]).to.deep.equal([{ number: 20, method: "ACK" }, 20]);
  });

  it("our first request in a dialog that the peer began has a number of our own", () => {
    expect(requestInDialog(asServer(), { method: "BYE" }).request.cseq.number).to.equal(1);
  });

  it("numbers end at 2^31-1", () => {
    expect(() => requestInDialog({ ...asClient(), localSequence: 2 ** 31 - 1 }, { method: "BYE" })).to.throw(RangeError);
  });
});

describe("RFC 3261 12.2.1.2: responses within a dialog", () => {
  it("a 2xx to a target refresh tells where the peer is now; the route set stays", () => {
    const moved = answeredInDialog(asClient(), "INVITE", respond(200, "Contact: <sip:bob@203.0.113.1>", "Record-Route: <sip:other;lr>"));
    expect(moved).to.deep.equal({ ...asClient(), remoteTarget: "sip:bob@203.0.113.1" });
  });

  it("other requests, and refusals, change nothing", () => {
    expect(answeredInDialog(asClient(), "BYE", respond(200, "Contact: <sip:x@y>"))).to.deep.equal(asClient());
    expect(answeredInDialog(asClient(), "INVITE", respond(488, "Contact: <sip:x@y>"))).to.deep.equal(asClient());
  });

  it("481, 408 and silence end it", () => {
    const ends = [respond(481), respond(408), undefined].map((response) => answeredInDialog(asClient(), "INFO", response));
    expect(ends).to.deep.equal(["ended", "ended", "ended"]);
  });
});

describe("RFC 3261 12.2.2: the peer's requests within a dialog", () => {
  const taken = (dialog: Dialog, request: SipRequest): Dialog => {
    const next = receiveInDialog(dialog, request);
    if ("refused" in next) throw new RangeError("refused");
    return next;
  };

  it("find it by Call-ID and both tags, as responses do", () => {
    expect(dialogKeyOf(fromAnna("BYE", 21))).to.equal(dialogKey(asServer()));
    expect(dialogKeyOf(respond(200))).to.equal(dialogKey(asClient()));
    expect(dialogKeyOf(fromAnna("BYE", 21, "Call-ID: other"))).to.not.equal(dialogKey(asServer()));
  });

  it("a number lower than the remote sequence is out of order, and rejected with 500", () => {
    expect(receiveInDialog(asServer(), fromAnna("BYE", 19))).to.deep.equal({ refused: 500 });
  });

  it("a number that was used is out of order too, but for ACK and CANCEL", () => {
    expect(receiveInDialog(asServer(), fromAnna("BYE", 20))).to.deep.equal({ refused: 500 });
    expect(receiveInDialog(asServer(), fromAnna("ACK", 20))).to.deep.equal(asServer());
    expect(receiveInDialog(asServer(), fromAnna("CANCEL", 20))).to.deep.equal(asServer());
  });

  it("numbers may be skipped", () => expect(taken(asServer(), fromAnna("BYE", 29)).remoteSequence).to.equal(29));

  it("in a dialog that we began any first number is in order", () => {
    expect(taken(asClient(), fromAnna("BYE", 3)).remoteSequence).to.equal(3);
  });

  it("a target refresh says where the peer is now; others don't", () => {
    for (const [method, target] of [
      ["INVITE", "sip:anna@203.0.113.9"],
      ["UPDATE", "sip:anna@203.0.113.9"],
      ["NOTIFY", "sip:anna@203.0.113.9"],
      ["SUBSCRIBE", "sip:anna@203.0.113.9"],
      ["INFO", "sip:anna@192.0.2.10:5060"],
    ] as const) {
      expect(taken(asServer(), fromAnna(method, 21, "Contact: <sip:anna@203.0.113.9>")).remoteTarget, method).to.equal(target);
    }
  });

  it("a target refresh without Contact leaves the target", () => {
    expect(taken(asServer(), fromAnna("INVITE", 21)).remoteTarget).to.equal("sip:anna@192.0.2.10:5060");
  });
});
