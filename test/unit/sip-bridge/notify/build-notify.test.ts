/**
 * The NOTIFY of voice-signalled management, header by header as the document prints it.
 * Spec: US 2012/0089717 A1 [0086-0097]. Layer: test.
 */
import { expect } from "chai";
import { buildNotify } from "../../../../sip-bridge/notify/build-notify.js";

const binding = { contact: "sip:69600@10.40.41.36:5060", addressOfRecord: "69600@10.40.41.36", path: [] };
const identity = {
  ...{ callId: "720910328-2276810532@10.40.41.36", fromTag: "6a073cca507b5e6a-65ab43b5", event: "resync" },
  local: { host: "10.40.41.1", port: 5060, transport: "udp" as const },
};
const profile = { fromUser: "69601", fromDomain: "10.40.41.36", subscriptionState: "active; expires=1000", userAgent: null } as const;
const build = () => buildNotify(binding, identity, { ...profile, userParameter: "phone" }, 14_872);
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
    const { headers } = buildNotify(binding, identity, { ...profile, subscriptionState: "terminated", userAgent: "Reveille" }, 1);
    const value = (wanted: string): string | undefined => headers.find(({ name }) => name === wanted)?.value;
    expect(value("To")).to.equal("<sip:69600@10.40.41.36>");
    expect(value("User-Agent")).to.equal("Reveille");
  });
});
