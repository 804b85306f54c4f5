/**
 * The NOTIFY of voice-signalled management, header by header as the document prints it.
 * Spec: US 2012/0089717 A1 [0086-0097]. Layer: test.
 */
import { expect } from "chai";
import { buildNotify } from "../../../../sip-bridge/notify/build-notify.js";

const target = { uri: "sip:69600@10.40.41.36:5060", addressOfRecord: "69600@10.40.41.36", routes: [] };
const identity = {
  ...{ callId: "720910328-2276810532@10.40.41.36", fromTag: "6a073cca507b5e6a-65ab43b5" },
  local: { host: "10.40.41.1", port: 5060, transport: "udp" as const },
};
const profile = { fromUser: "69601", fromDomain: "10.40.41.36", subscriptionState: "active; expires=1000", userAgent: null } as const;
const build = () => buildNotify(target, identity, { ...profile, userParameter: "phone" }, { cseq: 14_872, event: "resync" });
const written = (): readonly string[] => build().headers.map(({ name, value }) => `${name}: ${value}`);

describe("US 2012/0089717 A1 [0086-0097]: the NOTIFY that triggers non-voice management", () => {
  it("[0087] goes to the registered contact", () => {
    expect([build().method, build().uri]).to.deep.equal(["NOTIFY", "sip:69600@10.40.41.36:5060"]);
  });

  it("[0089-0097] has these headers and no other; Via is the transaction's [0088]", () => {
    expect(written()).to.deep.equal([
      "Max-Forwards: 70",
      "From: <sip:69601@10.40.41.36;user=phone>;tag=6a073cca507b5e6a-65ab43b5",
      'To: "69600" <sip:69600@10.40.41.36;user=phone>',
      "Call-ID: 720910328-2276810532@10.40.41.36",
      "CSeq: 14872 NOTIFY",
      "Contact: <sip:69601@10.40.41.1:5060>",
      "Event: resync",
      "Subscription-State: active; expires=1000",
      "Content-Length: 0",
    ]);
  });

  it("is the ordinary one without the profile: no user=phone, no display name", () => {
    const { headers } = buildNotify(
      target,
      identity,
      { ...profile, subscriptionState: "terminated", userAgent: "Reveille" },
      { cseq: 1, event: "resync" },
    );
    const value = (wanted: string): string | undefined => headers.find(({ name }) => name === wanted)?.value;
    expect(value("To")).to.equal("<sip:69600@10.40.41.36>");
    expect(value("User-Agent")).to.equal("Reveille");
  });

  it("through a proxy has a Route, and leaves the Request-URI as it is", () => {
    const through = { ...target, uri: "sip:69600@10.40.41.36", routes: ["<sip:proxy.example;lr>"] };
    const request = buildNotify(through, identity, profile, { cseq: 1, event: "resync" });
    expect([request.uri, request.headers.find(({ name }) => name === "Route")?.value]).to.deep.equal([
      "sip:69600@10.40.41.36",
      "<sip:proxy.example;lr>",
    ]);
  });
});
