/**
 * ParameterKey tells of the last SetParameterValues only, so the ACS makes no other before it has read what became of a lost one.
 * Spec: TR-069 A.3.2.1, docs/decisions/0004-tasks-are-read-back.md. Layer: integration.
 */
import { expect } from "chai";
import { heard, messageOf } from "../support/cwmp-client.js";
import { startTestAcs, type TestAcs } from "../support/test-acs.js";

const ROOT = "InternetGatewayDevice.";
const KEY = `${ROOT}ManagementServer.ParameterKey`;
const SERVERS = [`${ROOT}Time.NTPServer1`, `${ROOT}Time.NTPServer2`] as const;

describe("a lost SetParameterValues, and another one waiting", () => {
  let acs: TestAcs;
  before(async () => {
    acs = await startTestAcs();
  });
  after(() => acs.close());

  const set = (name: string) => ({ kind: "setParameterValues", values: [{ name, value: "ntp.example" }] });
  const applied = { kind: "SetParameterValuesResponse", status: 0 } as const;
  const valuesOf = (...values: readonly (readonly [string, string])[]) =>
    ({ kind: "GetParameterValuesResponse", values: values.map(([name, text]) => ({ name, type: "xsd:string", text })) }) as const;

  it("the other waits for the read-back, and neither is sent twice", async () => {
    const gateway = await acs.gateway();
    const [lost, waiting] = [await acs.task(gateway.id, set(SERVERS[0])), await acs.task(gateway.id, set(SERVERS[1]))];
    await gateway.inform("2 PERIODIC");
    expect(messageOf(await gateway.empty())).to.include({ kind: "SetParameterValues", parameterKey: lost });
    expect((await gateway.empty()).status, "an empty POST in the place of the answer").to.equal(204);

    await gateway.inform("2 PERIODIC");
    expect(messageOf(await gateway.empty())).to.deep.equal({ kind: "GetParameterValues", names: [KEY, SERVERS[0]] });
    const next = await gateway.say(valuesOf([KEY, lost], [SERVERS[0], "ntp.example"]));
    expect(messageOf(next)).to.include({ kind: "SetParameterValues", parameterKey: waiting });
    expect(heard(await gateway.say(applied))).to.equal(204);
    expect(await acs.stores.tasks.get(lost)).to.include({ state: "done", sends: 1 });
    expect(await acs.stores.tasks.get(waiting)).to.include({ state: "done", sends: 1 });
  });

  it("a reboot does not wait: it has no ParameterKey", async () => {
    const gateway = await acs.gateway();
    await acs.task(gateway.id, set(SERVERS[0]));
    const reboot = await acs.task(gateway.id, { kind: "reboot" });
    await gateway.inform("2 PERIODIC");
    await gateway.empty();
    expect(messageOf(await gateway.empty())).to.deep.equal({ kind: "Reboot", commandKey: reboot });
  });
});
