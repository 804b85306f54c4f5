/** What a running diagnosis does next, by the state of its task (docs/decisions/0025). */
import { expect } from "chai";
import type { Diagnosis } from "../../../../acs/diagnostics/diagnosis.js";
import { nextStep } from "../../../../acs/diagnostics/diagnosis-plan.js";
import { verdictOf } from "../../../../acs/diagnostics/diagnosis-verdict.js";
import { diagnosticObject } from "../../../../acs/diagnostics/diagnostic-objects.js";
import { DEFAULT_TIMEOUT_S, timeoutOf } from "../../../../acs/diagnostics/diagnostic-outcome.js";
import type { Task, TaskFailure } from "../../../../acs/tasks/task.js";
import { aTask, NOW_MS } from "../../../support/builders.js";

const OBJECT = "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.X_0A1B2C_RegistrationDiagnostics.";
const PING_098 = "InternetGatewayDevice.IPPingDiagnostics.";

const diagnosis = (more: Partial<Diagnosis> = {}): Diagnosis => ({
  ...{ id: "01d", deviceId: "0A1B2C-VG2000-1", state: "running", revision: 3, unitPath: null, path: OBJECT, taskId: "01task" },
  wish: { test: "sip-registration", unit: "1", path: null, arguments: {}, timeoutS: null, priority: 5, expiresAtMs: null },
  ...{ causedBy: null, createdAtMs: NOW_MS, cancelAskedAtMs: null, endedAtMs: null, outcome: null },
  ...more,
});
const looking = (more: Partial<Diagnosis> = {}): Diagnosis => diagnosis({ path: null, ...more });
const canceled = { cancelAskedAtMs: NOW_MS };
const task = (state: Task["state"], more: Partial<Task> = {}): Task =>
  aTask({ kind: "diagnostic", path: OBJECT, arguments: [], timeoutS: 92 }, { state, ...more });
const told = (state: string, values: Readonly<Record<string, string>> = {}) => ({ result: { state, values, tables: {} } });
const failedBy = (code: TaskFailure["code"], faultCode?: number): Partial<Task> => ({
  failure: { code, detail: "why", ...(faultCode === undefined ? {} : { fault: { faultCode, faultString: "", parameters: [] } }) },
});
const end = (...from: Parameters<typeof nextStep>) => {
  const step = nextStep(...from);
  if (step.do !== "end") throw new Error(step.do);
  return [step.state, step.outcome.kind, step.outcome.code];
};

describe("a diagnosis whose task is open", () => {
  it("waits, in each of its states", () => {
    for (const state of ["queued", "sent", "awaiting-device", "unknown"] as const)
      expect(nextStep(diagnosis(), task(state)), state).to.deep.equal({ do: "wait" });
  });
  it("and that was cancelled: takes a queued task back, waits while it is on its way, has a test stopped, once", () => {
    const next = (state: Task["state"], more: Partial<Task> = {}): string => nextStep(diagnosis(canceled), task(state, more)).do;
    expect(next("queued")).to.equal("cancel-task");
    expect(next("sent")).to.equal("wait");
    expect([next("awaiting-device"), next("unknown")]).to.deep.equal(["stop-test", "stop-test"]);
    expect(next("unknown", { progress: { stop: true } })).to.equal("wait");
  });
  it("and that was cancelled in a data model without Canceled: the task ends at once, unless it must be read back first", () => {
    const of098 = diagnosis({ ...canceled, path: PING_098 });
    expect(nextStep(of098, task("awaiting-device")).do).to.equal("cancel-task");
    expect(nextStep(of098, task("unknown")).do).to.equal("stop-test");
  });
  it("and that was cancelled while it looks for the object: a read is left to end", () => {
    expect(nextStep(looking(canceled), task("unknown")).do).to.equal("wait");
    expect(nextStep(looking(canceled), task("queued")).do).to.equal("cancel-task");
  });
});

describe("a diagnosis that looked for its object", () => {
  it("looks at the tree when it was read, and when the device has no such name (9005)", () => {
    expect(nextStep(looking(), task("done")).do).to.equal("locate");
    expect(nextStep(looking(), task("failed", failedBy("device-fault", 9005))).do).to.equal("locate");
  });
  it("fails with the task's own end", () => {
    expect(end(looking(), task("expired"))).to.deep.equal(["failed", "failure", "expired"]);
    expect(end(looking(), task("failed", failedBy("protocol")))).to.deep.equal(["failed", "failure", "not-learnt"]);
    expect(end(looking(), task("cancelled"))).to.deep.equal(["canceled", "failure", "canceled"]);
  });
  it("and was cancelled begins no test", () => {
    expect(end(looking(canceled), task("done"))).to.deep.equal(["canceled", "failure", "canceled"]);
  });
});

describe("a diagnosis whose test has ended", () => {
  const outcome = (state: Task["state"], more: Partial<Task>) => end(diagnosis(), task(state, more));
  it("Complete: done, with the fault code as its verdict", () => {
    expect(outcome("done", told("Complete", { FaultCode: "403" }))).to.deep.equal(["done", "verdict", "403"]);
  });
  it("Error_…: done as well, with the device's word", () => {
    expect(outcome("failed", { ...failedBy("diagnostic-error"), ...told("Error_AuthFailed") })).to.deep.equal([
      "done",
      "verdict",
      "Error_AuthFailed",
    ]);
  });
  it("still Requested after its time: timed out; None: lost; Canceled by somebody else: cancelled", () => {
    const notDone = (state: string) => outcome("failed", { ...failedBy("not-done"), ...told(state) })[2];
    expect(["Requested", "None", "Canceled"].map(notDone)).to.deep.equal(["timed-out", "lost", "canceled"]);
  });
  it("by a fault: refused, or not supported where the device does not know the name", () => {
    expect(outcome("failed", failedBy("device-fault", 9003))[2]).to.equal("refused");
    expect(outcome("failed", failedBy("device-fault", 9005))[2]).to.equal("not-supported");
  });
  it("by the clock, by nobody's knowledge, or with a result that is too long to keep", () => {
    expect(outcome("expired", {})[2]).to.equal("expired");
    expect(outcome("failed", failedBy("outcome-unknown"))[2]).to.equal("not-learnt");
    expect(outcome("done", { result: { truncated: true, characters: 300_000 } })[2]).to.equal("not-learnt");
    expect(end(diagnosis(), undefined)[2]).to.equal("not-learnt");
  });
  it("although it was cancelled: is told as it ended; else it is canceled", () => {
    const late = diagnosis(canceled);
    expect(end(late, task("done", told("Complete", { FaultCode: "200" })))).to.deep.equal(["done", "verdict", "200"]);
    expect(end(late, task("failed", { ...failedBy("diagnostic-error"), ...told("Error_Other") }))[0]).to.equal("done");
    expect(end(late, task("cancelled"))).to.deep.equal(["canceled", "failure", "canceled"]);
    expect(end(late, task("failed", failedBy("outcome-unknown")))[0]).to.equal("canceled");
  });
});

describe("the verdict of a test", () => {
  const registration = (state: string, values: Readonly<Record<string, string>>) => {
    const object = diagnosticObject(OBJECT);
    if (object === undefined) throw new Error(OBJECT);
    return verdictOf("sip-registration", object, { state, values, tables: {} });
  };
  it("of a registration: FaultCode; without one the server's last code; in an error the device's word", () => {
    expect(registration("Complete", { FaultCode: "2", LastResponseCode: "100" }).code).to.equal("2");
    expect(registration("Complete", { LastResponseCode: "503" }).code).to.equal("503");
    expect(registration("8 DIAGNOSTICS COMPLETE", { FaultCode: "401" }).code).to.equal("401");
    expect(registration("Error_Rejected", { FaultCode: "0", LastResponseCode: "403" }).code).to.equal("Error_Rejected");
    expect(registration("Error_Rejected", { FaultCode: "403" }).code).to.equal("403");
    for (const FaultCode of ["none", "-1", "", "4e2", "99999999999"])
      expect(registration("Complete", { FaultCode }).code, FaultCode).to.equal("0");
    expect(registration("Complete", { FaultCode: "4294967295" }).code).to.equal("4294967295");
    expect(registration("Complete", { FaultCode: " 403\n" }).code).to.equal("403");
  });
  it("of a registration that ended in an error is never that of an earlier success", () => {
    expect(registration("Error_Internal", { FaultCode: "200", LastResponseCode: "200" }).code).to.equal("Error_Internal");
  });
  it("in a word of the device's own is kept short", () => {
    expect(registration(`Error_${"x".repeat(200_000)}`, {}).code).to.have.length(128);
  });
  it("keeps what fills the texts, bounded", () => {
    const values = { FaultCode: "423", RegistrarAddressUsed: " 192.0.2.5:5060 ", ChallengeRealm: "r".repeat(5_000), MinExpires: "1800" };
    const { facts } = registration("Complete", values);
    expect(facts).to.deep.equal({ server: "192.0.2.5:5060", realm: "r".repeat(256), minExpiresS: "1800 s", phrase: "" });
  });
  it("of the others: Complete, unless nobody answered, some were lost, or the port did not pass", () => {
    const object = diagnosticObject("Device.IP.Diagnostics.IPPing.");
    if (object === undefined) throw new Error("no ping");
    const code = (values: Readonly<Record<string, string>>): string =>
      verdictOf("ping", object, { state: "Complete", values, tables: {} }).code;
    expect(code({ SuccessCount: "3", FailureCount: "0" })).to.equal("Complete");
    expect(code({ SuccessCount: "0", FailureCount: "3" })).to.equal("NoReply");
    expect(code({ SuccessCount: "2", FailureCount: "1" })).to.equal("PartialReply");
    expect([code({ SuccessCount: "-1" }), code({ SuccessCount: "many" }), code({ SuccessCount: " 3 " })]).to.deep.equal([
      ...["NoReply", "NoReply", "Complete"],
    ]);
    expect(code({ NumberOfRepetitions: "5", SuccessCount: "2" }), "a name lookup has no FailureCount").to.equal("PartialReply");
    expect(code({ NumberOfRepetitions: "2", SuccessCount: "2" })).to.equal("Complete");
    expect([code({ FastestHost: "" }), code({ FastestHost: "192.0.2.1" })]).to.deep.equal(["NoReply", "Complete"]);
    expect([code({ TestResult: "Failure" }), code({ PhoneConnectivity: "0" }), code({})]).to.deep.equal(["Failure", "Failure", "Complete"]);
  });
});

describe("the verdict of a name lookup without success", () => {
  const code = (...statuses: readonly string[]): string => {
    const object = diagnosticObject("Device.DNS.Diagnostics.NSLookupDiagnostics.");
    if (object === undefined) throw new Error("no lookup");
    const rows = statuses.map((Status, at) => ({ instance: at + 1, values: { Status } }));
    return verdictOf("nslookup", object, { state: "Complete", values: { SuccessCount: "0" }, tables: { Result: rows } }).code;
  };
  it("is what its first row says: no such name, or no name server; else that nobody replied", () => {
    expect(code("Error_HostNameNotResolved", "Error_Timeout")).to.equal("Error_HostNameNotResolved");
    expect(code("Error_DNSServerNotAvailable")).to.equal("Error_DNSServerNotAvailable");
    expect([code("Error_Timeout"), code()]).to.deep.equal(["NoReply", "NoReply"]);
  });
});

describe("the time of a registration test", () => {
  it("is its Timeout and a minute; 32 s where nobody tells one (CN 103067208 B)", () => {
    const object = diagnosticObject(OBJECT);
    if (object === undefined) throw new Error(OBJECT);
    expect(timeoutOf(object, () => "16000")).to.equal(76);
    expect(timeoutOf(object, () => undefined)).to.equal(92);
    expect(timeoutOf(object, () => "soon")).to.equal(DEFAULT_TIMEOUT_S);
  });
});
