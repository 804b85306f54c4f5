/**
 * What a quarantined device is answered, message by message.
 * Spec: DESIGN 4; TR-069 3.7.1.1, A.5. Layer: unit.
 */
import { expect } from "chai";
import type { Envelope } from "../../../../acs/cwmp/envelope.js";
import type { DeviceMessage } from "../../../../acs/cwmp/messages.js";
import { QuarantinedSession, type QuarantinedSessionParts } from "../../../../acs/session/quarantined-session.js";
import type { SessionAnswer } from "../../../../acs/session/session-services.js";
import { anInform } from "../../../support/builders.js";

const NAMESPACE = "urn:dslforum-org:cwmp-1-2";

describe("acs/session: a quarantined device", () => {
  const session = (more: Partial<QuarantinedSessionParts> = {}) =>
    new QuarantinedSession({
      deviceId: "0A1B2C-X",
      modelPolicy: async () => ({ xmlDeclaration: false }),
      recordCall: async () => "stored",
      eventsOf: () => [],
      ...more,
    });
  const said = (message: DeviceMessage, more: Partial<Envelope<DeviceMessage>> = {}) =>
    ({ kind: "message", envelope: { id: "7", namespace: NAMESPACE, message, ...more } }) as const;
  const told = (answer: SessionAnswer) => (answer.kind === "envelope" ? answer.envelope : answer);
  const INFORM = anInform("2 PERIODIC");

  it("hears InformResponse with its own ID and namespace, then an empty answer, and is done", async () => {
    const talk = session();
    expect(told(await talk.turn(said(INFORM)))).to.deep.equal({
      ...{ id: "7", namespace: NAMESPACE, message: { kind: "InformResponse", maxEnvelopes: 1 } },
    });
    expect(talk.done).to.equal(false);
    expect(await talk.turn({ kind: "empty" })).to.deep.equal({ kind: "empty" });
    expect([talk.done, talk.over]).to.deep.equal([true, false]);
  });

  it("is told the version that both speak, or 8006 where there is none", async () => {
    const offer = { supportedCwmpVersions: ["1.0", "1.4"] };
    expect(told(await session().turn(said(INFORM, offer)))).to.include({ useCwmpVersion: "1.4" });
    const talk = session();
    const answer = told(await talk.turn(said(INFORM, { namespace: "urn:dslforum-org:cwmp-9-0" })));
    expect(answer).to.have.nested.include({ "message.kind": "Fault", "message.faultCode": 8006 });
    expect(talk.over).to.equal(true);
  });

  it("has its XML declaration where its model wants one", async () => {
    const answer = await session({ modelPolicy: async () => ({ xmlDeclaration: true }) }).turn(said(INFORM));
    expect(answer).to.include({ kind: "envelope", declaration: true });
  });

  it("is refused what else it asks, 8001, and 8000 what nobody knows; an answer of it gets none", async () => {
    const talk = session();
    await talk.turn(said(INFORM));
    const asked = async (message: DeviceMessage) => told(await talk.turn(said(message)));
    expect(await asked({ kind: "GetRPCMethods" })).to.have.nested.include({ "message.faultCode": 8001 });
    expect(await asked({ kind: "UnknownMethod", name: "X_Dance" })).to.have.nested.include({ "message.faultCode": 8000 });
    expect(await asked({ kind: "RebootResponse" })).to.deep.equal({ kind: "empty" });
  });

  it("must begin with Inform, and send what can be read: else its session is over", async () => {
    for (const heard of [{ kind: "empty" }, said({ kind: "GetRPCMethods" }), { kind: "malformed", why: "no XML" }] as const) {
      const talk = session();
      expect((await talk.turn(heard)).kind).to.equal("refused");
      expect(talk.over).to.equal(true);
      expect((await talk.turn(said(INFORM))).kind, "and stays so").to.equal("refused");
    }
  });

  it("may inform anew, and is refused when it was removed meanwhile", async () => {
    const outcomes = ["stored", "unknown"] as const;
    let calls = 0;
    const talk = session({ recordCall: async () => outcomes[calls++] ?? "unknown" });
    expect((await talk.turn(said(INFORM))).kind).to.equal("envelope");
    expect(await talk.turn(said(INFORM))).to.deep.equal({ kind: "refused", why: "the device was removed" });
  });
});
