/**
 * Which registration is the device's.
 * Layer: unit test.
 */
import { expect } from "chai";
import { chooseBinding } from "../../../../sip-bridge/notify/choose-binding.js";
import type { Binding } from "../../../../sip-bridge/registrar/binding.js";

const bindingOf = (contact: string, changes: Partial<Binding> = {}): Binding => ({
  ...{ addressOfRecord: "a@home", contact, instanceId: "", username: "a", callId: "c", cseq: 1, userAgent: "Gateway/1", allowEvents: "" },
  ...{ q: 1, contactParams: "", regId: 0, path: [] },
  flow: { transport: "udp", localPort: 5060, remoteAddress: "192.0.2.1", remotePort: 5060 },
  ...{ registeredAtMs: 0, lastSeenAtMs: 0, expiresAtMs: 1 },
  ...changes,
});

const chosen = (...bindings: readonly Binding[]): string => {
  const choice = chooseBinding(bindings);
  return "none" in choice ? choice.none : choice.binding.contact;
};

const elsewhere = { transport: "udp", localPort: 5060, remoteAddress: "192.0.2.9", remotePort: 5060 } as const;

describe("which binding is woken", () => {
  it("none is registered", () => expect(chosen()).to.equal("not-registered"));
  it("the only one", () => expect(chosen(bindingOf("one"))).to.equal("one"));
  it("the newest of a terminal that came back with another port", () => {
    expect(chosen(bindingOf("old"), bindingOf("new", { lastSeenAtMs: 5 }))).to.equal("new");
    expect(chosen(bindingOf("new", { lastSeenAtMs: 5 }), bindingOf("old"))).to.equal("new");
  });
  it("the newest of one instance, wherever it is", () => {
    const instanceId = "urn:uuid:1";
    expect(chosen(bindingOf("old", { instanceId }), bindingOf("new", { instanceId, lastSeenAtMs: 5, flow: elsewhere }))).to.equal("new");
  });
  it("none of two terminals", () => {
    expect(chosen(bindingOf("a"), bindingOf("b", { flow: elsewhere }))).to.equal("ambiguous");
    expect(chosen(bindingOf("a"), bindingOf("b", { userAgent: "Softphone" }))).to.equal("ambiguous");
    expect(chosen(bindingOf("a", { instanceId: "urn:uuid:1" }), bindingOf("b"))).to.equal("ambiguous");
    expect(chosen(bindingOf("a", { instanceId: "urn:uuid:1" }), bindingOf("b", { instanceId: "urn:uuid:2" }))).to.equal("ambiguous");
  });
  it("one whose connection is open, rather than the newest; the newest if none is", () => {
    const instanceId = "urn:uuid:1";
    const both = [bindingOf("open", { instanceId }), bindingOf("closed", { instanceId, lastSeenAtMs: 5, flow: elsewhere })];
    const withAlive = (isAlive: (address: string) => boolean) => chooseBinding(both, ({ flow }) => isAlive(flow.remoteAddress));
    expect(withAlive((address) => address !== elsewhere.remoteAddress)).to.have.nested.property("binding.contact", "open");
    expect(withAlive(() => false)).to.have.nested.property("binding.contact", "closed");
  });
  it("none of two terminals, although only one of them is alive", () => {
    const choice = chooseBinding([bindingOf("a"), bindingOf("b", { flow: elsewhere })], ({ flow }) => flow.remoteAddress === "192.0.2.9");
    expect(choice).to.have.property("none", "ambiguous");
  });
  it("the newest of two lines of one gateway: either reaches it", () => {
    const instanceId = "urn:uuid:1";
    const second = bindingOf("b", { instanceId, addressOfRecord: "b@home", lastSeenAtMs: 5 });
    expect(chosen(bindingOf("a", { instanceId }), second)).to.equal("b");
  });
});
