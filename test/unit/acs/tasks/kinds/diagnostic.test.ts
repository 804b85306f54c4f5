/** Tests that a device runs by itself (TR-106 DiagnosticsState, cwmp.md 8.1, docs/decisions/0013). */
import { expect } from "chai";
import { DEFAULT_MODEL_POLICY } from "../../../../../acs/devices/model-policy.js";
import type { DiagnosticOrder, Task } from "../../../../../acs/tasks/task.js";
import { NOW_MS } from "../../../../support/builders.js";
import { fault, readBackOf, type TaskTalk, talkOf, values } from "../../../../support/task-talk.js";

const PING = "Device.IP.Diagnostics.IPPing.";
const KEY = "Device.ManagementServer.ParameterKey";
const HOST = { name: `${PING}Host`, value: "192.0.2.1", type: "xsd:string" };
const ORDER: DiagnosticOrder = { kind: "diagnostic", path: PING, arguments: [HOST], timeoutS: 62 };
const CONTEXT = { root: "Device.", values: [HOST] };
const ACCEPTED = [{ atMs: NOW_MS, to: "awaiting-device", reason: "" }] as const;
const state = (text: string, ...more: readonly string[]) => values(`${PING}DiagnosticsState=${text}`, `${PING}Host=192.0.2.1`, ...more);

/** After 8 DIAGNOSTICS COMPLETE. */
const awaited = (more: Partial<Task> = {}): TaskTalk =>
  readBackOf(ORDER, CONTEXT, { state: "awaiting-device", transitions: ACCEPTED, ...more });
/** Its time is over. */
const overdue = (order: DiagnosticOrder = ORDER): TaskTalk =>
  readBackOf(order, { ...CONTEXT, nowMs: NOW_MS + 62_000 }, { state: "unknown", transitions: ACCEPTED });
/** The session died before the answer. */
const lost = (context = {}): TaskTalk => readBackOf(ORDER, { ...CONTEXT, ...context });

describe("a diagnostic is asked for", () => {
  it("with its arguments and Requested in one call, Requested last", () => {
    expect(talkOf(ORDER, CONTEXT).request).to.deep.equal({
      kind: "SetParameterValues",
      values: [
        { name: `${PING}Host`, type: "xsd:string", text: "192.0.2.1" },
        { name: `${PING}DiagnosticsState`, type: "xsd:string", text: "Requested" },
      ],
      parameterKey: "01task",
    });
  });
  it("in one call, however few values the model takes: a test must not begin with half its arguments", () => {
    const model = { ...DEFAULT_MODEL_POLICY, valuesPerSetMax: 1 };
    expect(talkOf(ORDER, { ...CONTEXT, model }).request)
      .to.have.property("values")
      .with.length(2);
  });
  it("by the state that its object has", () => {
    const order = { ...ORDER, path: "InternetGatewayDevice.Services.VoiceService.1.PhyInterface.1.Tests.", arguments: [] };
    expect(talkOf(order).request).to.have.nested.property("values[0].name", `${order.path}TestState`);
  });
  it("and awaited as long as it may take; the tree knows that it was asked for", () => {
    const talk = talkOf(ORDER, CONTEXT).answer({ kind: "SetParameterValuesResponse", status: 0 });
    expect(talk.change).to.deep.include({ to: "awaiting-device", settleByMs: NOW_MS + 62_000 });
    expect(talk.told[0]?.parameters.at(-1)).to.deep.include({
      name: `${PING}DiagnosticsState`,
      value: { type: "xsd:string", text: "Requested" },
    });
  });
  it("and fails with the device's fault and the names that it is about", () => {
    const { change } = talkOf(ORDER, CONTEXT).answer(fault(9003, [`${PING}Host`, 9007]));
    expect(change.failure?.code).to.equal("device-fault");
    expect(change.reason).to.equal(`the device answered fault 9003: ${PING}Host (9007)`);
  });
});

describe("8 DIAGNOSTICS COMPLETE: the object is read (cwmp.md 1.11 row 27)", () => {
  it("whole", () => {
    expect(awaited().request).to.deep.equal({ kind: "GetParameterValues", names: [PING] });
  });
  it("Complete: done, with the result; what the object has no more is forgotten", () => {
    const talk = awaited().answer(state("Complete", `${PING}SuccessCount=3`));
    expect(talk.change).to.deep.include({ to: "done", reason: "the diagnostic ended with Complete" });
    expect(talk.change.result).to.deep.equal({ state: "Complete", values: { Host: "192.0.2.1", SuccessCount: "3" }, tables: {} });
    expect(talk.told[0]).to.deep.include({ completeUnder: PING });
  });
  it("Completed: done as well (field quirk 57)", () => {
    expect(awaited().answer(state("Completed")).change.to).to.equal("done");
  });
  it("Error_…: failed with the device's word, and with what it told", () => {
    const { change } = awaited().answer(state("Error_CannotResolveHostName", `${PING}FailureCount=3`));
    expect(change.failure).to.deep.equal({ code: "diagnostic-error", detail: "the diagnostic ended with Error_CannotResolveHostName" });
    expect(change.result).to.have.nested.property("values.FailureCount", "3");
  });
  it("still Requested: the event was another test's, and this one waits on, its mark taken away", () => {
    const { change } = awaited({ progress: { endTold: true } }).answer(state("Requested"));
    expect(change).to.deep.equal({ atMs: NOW_MS, to: "awaiting-device", reason: "", progress: null });
  });
  it("a vendor's own word: waits on", () => {
    expect(awaited().answer(state("X_0A1B2C_Waiting")).change.to).to.equal("awaiting-device");
  });
  it("None: its results are lost, by a restart or a new argument", () => {
    const { change } = awaited().answer(state("None"));
    expect(change.failure?.code).to.equal("not-done");
    expect(change.reason).to.match(/^the state is None: the device has restarted since/);
  });
  it("Canceled by somebody: failed", () => {
    expect(awaited().answer(state("Canceled")).change.failure?.code).to.equal("not-done");
  });
  it("an object that can't be read, or has no state any more: the outcome is unknown", () => {
    expect(awaited().answer(fault(9005)).change.failure?.code).to.equal("outcome-unknown");
    expect(awaited().answer(values(`${PING}Host=192.0.2.1`)).change.failure?.code).to.equal("outcome-unknown");
    expect(awaited().answer(values()).told, "nothing is forgotten by that").to.deep.equal([]);
  });
});

describe("a diagnostic whose time is over", () => {
  it("is read before it is judged", () => {
    expect(overdue().request).to.deep.equal({ kind: "GetParameterValues", names: [PING] });
    expect(overdue().answer(state("Complete")).change.to).to.equal("done");
  });
  it("and still Requested is taken back where the model knows Canceled, and fails whatever the device answers", () => {
    const canceled = { name: `${PING}DiagnosticsState`, type: "xsd:string", text: "Canceled" };
    for (const answer of [{ kind: "SetParameterValuesResponse", status: 0 } as const, fault(9003, [canceled.name, 9007])]) {
      const talk = overdue().answer(state("Requested"));
      expect(talk.request).to.deep.equal({ kind: "SetParameterValues", values: [canceled], parameterKey: "01task.1" });
      talk.answer(answer);
      expect(talk.change.failure?.code).to.equal("not-done");
      expect(talk.change.reason).to.equal("the state is still Requested, although 62 s have passed since the request");
    }
  });
  it("and still Requested fails at once in TR-098, which has no Canceled", () => {
    const path = "InternetGatewayDevice.IPPingDiagnostics.";
    const talk = overdue({ ...ORDER, path, arguments: [] }).answer(values(`${path}DiagnosticsState=Requested`));
    expect(talk.change.failure?.code).to.equal("not-done");
    expect(talk.requests).to.have.length(1);
  });
});

describe("a diagnostic whose answer was lost (decision 0004)", () => {
  it("is read with ParameterKey, and alone where the device has none", () => {
    expect(lost().request).to.deep.equal({ kind: "GetParameterValues", names: [KEY, PING] });
    expect(lost().answer(fault(9005)).request).to.deep.equal({ kind: "GetParameterValues", names: [PING] });
  });
  it("was taken if the key is its own: what the state says counts", () => {
    const taken = (text: string) => lost().answer(merged(state(text), `${KEY}=01task`)).change;
    expect(taken("Complete").to).to.equal("done");
    expect(taken("Error_Other").failure?.code).to.equal("diagnostic-error");
    expect(taken("None").failure?.code).to.equal("not-done");
    expect(taken("Requested")).to.deep.include({ to: "awaiting-device", settleByMs: NOW_MS + 62_000 });
  });
  it("was not taken if the key is another's: asked again, even if the results of an earlier test are there", () => {
    expect(lost().answer(merged(state("Complete"), `${KEY}=02task`)).change.to).to.equal("queued");
  });
  it("was taken where there is no key, if the arguments are ours and the state is no None", () => {
    for (const [text, to] of [
      ["Requested", "awaiting-device"],
      ["Complete", "done"],
      ["None", "queued"],
    ] as const)
      expect(lost().answer(fault(9005)).answer(state(text)).change.to, text).to.equal(to);
  });
  it("was not taken where there is no key, if the arguments are others", () => {
    const other = values(`${PING}DiagnosticsState=Complete`, `${PING}Host=192.0.2.99`);
    expect(lost().answer(merged(other, `${KEY}=`)).change.to).to.equal("queued");
  });
  it("waits no longer than from its request on", () => {
    const talk = lost({ nowMs: NOW_MS + 50_000 }).answer(merged(state("Requested"), `${KEY}=01task`));
    expect(talk.change.settleByMs).to.equal(NOW_MS + 62_000);
  });
});

/** The answer with one more value. */
function merged(answer: ReturnType<typeof values>, pair: string) {
  const more = values(pair);
  if (answer.kind !== "GetParameterValuesResponse" || more.kind !== answer.kind) throw new Error("no values");
  return { ...answer, values: [...more.values, ...answer.values] };
}

describe("a diagnostic whose diagnosis was cancelled (docs/decisions/0025)", () => {
  const stopped = (order: DiagnosticOrder = ORDER, more: Partial<Task> = {}): TaskTalk =>
    readBackOf(
      order,
      { ...CONTEXT, nowMs: NOW_MS + 1_000 },
      { state: "unknown", transitions: ACCEPTED, progress: { stop: true }, ...more },
    );

  it("is read, and set to Canceled while it runs; the task ends cancelled, whatever the device answers", () => {
    for (const answer of [{ kind: "SetParameterValuesResponse", status: 0 } as const, fault(9007)]) {
      const asked = stopped().answer(state("Requested"));
      expect(asked.request).to.have.deep.property("values", [{ name: `${PING}DiagnosticsState`, type: "xsd:string", text: "Canceled" }]);
      const { change } = asked.answer(answer);
      expect(change).to.deep.include({ to: "cancelled", reason: "its diagnosis was cancelled (the state was Requested)" });
    }
  });
  it("is told as it ended, if it ended before", () => {
    expect(stopped().answer(state("Complete")).change.to).to.equal("done");
  });
  it("ends cancelled when its state is None or Canceled, and when the device had never taken it", () => {
    expect(stopped().answer(state("None")).change.to).to.equal("cancelled");
    expect(stopped(ORDER, { transitions: [] }).answer(values(`${PING}DiagnosticsState=None`, `${KEY}=other`)).change.to).to.equal(
      "cancelled",
    );
  });
  it("ends cancelled without a word to a device whose data model has none", () => {
    const path = "InternetGatewayDevice.IPPingDiagnostics.";
    const talk = stopped({ ...ORDER, path }).answer(values(`${path}DiagnosticsState=Requested`));
    expect(talk.change.to).to.equal("cancelled");
    expect(talk.change.reason).to.match(/no Canceled, so the device ends the test by itself/);
  });
});
