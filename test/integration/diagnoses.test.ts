/**
 * Diagnoses over REST, with gateways of both data models played by hand: one call per line starts one; the object is looked for where the
 * tree does not know it; the verdict in two languages; several lines at once; cancelled, lost, timed out, restarted.
 * Spec: CN 103067208 B; cwmp.md 8.1, 9.5; docs/decisions/0025-a-diagnosis-is-a-chain-of-tasks.md. Layer: integration.
 */
import { expect } from "chai";
import type { AcsMessage, DeviceMessage } from "../../acs/cwmp/messages.js";
import { messageOf } from "../support/cwmp-client.js";
import { settle } from "../support/fake-clock.js";
import { type ScriptedBridge, scriptedBridge } from "../support/scripted-bridge.js";
import { startTestAcs, type TestAcs, type TestGateway } from "../support/test-acs.js";

const IGD = "InternetGatewayDevice.";
const SERVICE = `${IGD}Services.VoiceService.1.`;
const PROFILE = `${SERVICE}VoiceProfile.1.`;
const line = (number: number): string => `${PROFILE}Line.${number}.`;
const test = (number: number): string => `${line(number)}SIP.X_0A1B2C_RegistrationDiagnostics.`;
const SET: DeviceMessage = { kind: "SetParameterValuesResponse", status: 0 };
const END = "8 DIAGNOSTICS COMPLETE";
type Values = Readonly<Record<string, string>>;

const told = (object: string, values: Values): DeviceMessage => ({
  kind: "GetParameterValuesResponse",
  values: Object.entries(values).map(([leaf, text]) => ({ name: object + leaf, type: "xsd:string", text })),
});
/** Answers to a refresh: the names, then the values. */
const tree = (object: string, values: Values): readonly DeviceMessage[] => [
  { kind: "GetParameterNamesResponse", parameters: Object.keys(values).map((leaf) => ({ name: object + leaf, writable: true })) },
  told(object, values),
];
const REGISTRATION: Values = { DiagnosticsState: "None", Timeout: "32000", AttemptTimeout: "8000", FaultCode: "0" };
const lineValues = (number: number, more: Values = {}): Values =>
  Object.fromEntries([
    [`Line.${number}.Enable`, "Enabled"],
    ...Object.entries(more).map(([leaf, text]) => [`Line.${number}.${leaf}`, text] as const),
    ...Object.entries(REGISTRATION).map(([leaf, text]) => [`Line.${number}.SIP.X_0A1B2C_RegistrationDiagnostics.${leaf}`, text] as const),
  ]);

describe("diagnoses", () => {
  let acs: TestAcs;
  let bridge: ScriptedBridge;
  let gateway: TestGateway;
  before(async () => {
    bridge = scriptedBridge();
    const env = { ACS_REFRESH_AT_BOOTSTRAP: "false", ACS_UNKNOWN_SETTLE_MS: "300000" };
    acs = await startTestAcs({ parts: { bridge, random: () => 0 }, env });
  });
  after(() => acs.close());
  beforeEach(async () => {
    gateway = await acs.gateway({ sipAddress: "sip:1001@voice.example" });
  });

  const url = (): string => `/api/devices/${gateway.id}/diagnoses`;
  const start = (body: unknown) => acs.call("POST", url(), body);
  const shown = async (id: string) => (await acs.call("GET", `${url()}/${id}`)).body;
  async function started(body: unknown): Promise<string> {
    const { status, body: answer } = await start(body);
    expect(status, JSON.stringify(answer)).to.equal(202);
    return answer.id as string;
  }
  const ended = (id: string) =>
    acs.untilEvent("diagnosis ended", ({ kind, data }) => kind === "diagnosis-ended" && data["diagnosisId"] === id);
  /** All that was begun has had its effects: a write of the store goes and comes. */
  async function quiet(): Promise<void> {
    for (let i = 0; i < 6; i++) {
      await acs.stores.settings.set("quiet", String(i));
      await settle();
    }
  }
  /** A session in which what is asked is answered in turn; what was asked. */
  async function session(codes: readonly string[], ...answers: readonly DeviceMessage[]): Promise<readonly AcsMessage[]> {
    await gateway.inform(...codes);
    let answer = await gateway.empty();
    const asked: AcsMessage[] = [];
    for (const message of answers) {
      asked.push(messageOf(answer));
      answer = await gateway.say(message);
    }
    expect(answer.status, `asked as well: ${answer.body}`).to.equal(204);
    await quiet();
    return asked;
  }
  /** The tree of a gateway with these lines is known. */
  async function knows(...values: readonly Values[]): Promise<void> {
    await acs.task(gateway.id, { kind: "refresh", path: PROFILE });
    await session(["2 PERIODIC"], ...tree(PROFILE, Object.assign({ Enable: "Enabled" }, ...values) as Values));
  }

  it("one call per line: Requested, 8 DIAGNOSTICS COMPLETE, read, and a verdict in both languages", async () => {
    await knows(lineValues(1), lineValues(2));
    const id = await started({ test: "sip-registration", line: 2 });
    expect(await shown(id)).to.deep.include({ state: "running", phase: "testing", line: "2", linePath: line(2), path: test(2) });
    const [set] = await session(["6 CONNECTION REQUEST"], SET);
    expect(set).to.deep.include({ kind: "SetParameterValues" });
    await session([END], told(test(2), { DiagnosticsState: "Complete", FaultCode: "403", LastResponseText: "Forbidden" }));
    await ended(id);
    const diagnosis = await shown(id);
    expect(diagnosis).to.deep.include({ state: "done", phase: null, failure: null });
    expect(diagnosis.verdict.code).to.equal(403);
    expect(diagnosis.verdict.good).to.equal(false);
    expect(diagnosis.verdict.meaning.en).to.equal("The SIP server forbids this registration (403, Forbidden).");
    expect(diagnosis.verdict.meaning.zh).to.equal("SIP 服务器禁止此次注册（403，Forbidden）。");
  });
});
