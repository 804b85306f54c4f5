/**
 * The ACS side of a session as a machine: who speaks, what is answered. Rows are those of the table of what an ACS must do when the CPE does X.
 * Spec: TR-069 3.7.1-3.7.2.
 */
import { expect } from "chai";
import type { DeviceMessage, DeviceRequest } from "../../acs/cwmp/messages.js";
import { type Effect, type Input, type Session, step } from "../../acs/session/session.js";
import type { Task, TaskOrder } from "../../acs/tasks/task.js";
import { beginTask } from "../../acs/tasks/task-run.js";
import { aContext, anInform, aTask } from "../support/builders.js";

const READ: TaskOrder = { kind: "getParameterValues", names: ["InternetGatewayDevice.DeviceInfo.UpTime"] };
const UPTIME: DeviceMessage = {
  kind: "GetParameterValuesResponse",
  values: [{ name: "InternetGatewayDevice.DeviceInfo.UpTime", type: "xsd:unsignedInt", text: "17" }],
};

/** Plays both shell and device: effects are noted, take-task is answered from a list. */
function conversation(...tasks: readonly Task[]) {
  const waiting = [...tasks];
  const sent: string[] = [];
  const effects: Effect[] = [];
  let session: Session = { phase: "awaiting-inform" };
  const feed = (input: Input): void => {
    const next = step(session, input);
    session = next.session;
    for (const effect of next.effects) perform(effect);
  };
  const perform = (effect: Effect): void => {
    effects.push(effect);
    if (effect.do === "answer") sent.push(effect.message.kind);
    if (effect.do === "ask") sent.push(effect.request.kind);
    if (effect.do === "send-empty") sent.push("(empty)");
    if (effect.do === "refuse") sent.push("(refused)");
    if (effect.do !== "take-task") return;
    const task = waiting.shift();
    feed({ kind: "next-task", begun: task === undefined ? null : { task, step: beginTask(task, aContext()) } });
  };
  const talk = {
    says: (message: DeviceMessage) => {
      feed({ kind: "message", message, context: aContext() });
      return talk;
    },
    emptyPost: () => {
      feed({ kind: "empty" });
      return talk;
    },
    feeds: (input: Input) => {
      feed(input);
      return talk;
    },
    sent,
    effects,
    stored: () =>
      effects.flatMap((effect) => (effect.do === "store" && effect.change !== null ? [[effect.task.id, effect.change.to]] : [])),
    lost: () => effects.flatMap((effect) => (effect.do === "lose-task" ? [effect.task.id] : [])),
    phase: () => session.phase,
  };
  return talk;
}

describe("TR-069 3.7.2: the ACS side of a session", () => {
  it("asks nothing until the device has sent an empty POST", () => {
    const talk = conversation(aTask(READ)).says(anInform("2 PERIODIC"));
    expect(talk.sent).to.deep.equal(["InformResponse"]);
  });

  it("stores the Inform before it answers it", () => {
    const talk = conversation().says(anInform("2 PERIODIC"));
    expect(talk.effects.map((effect) => effect.do)).to.deep.equal(["record-inform", "answer"]);
  });

  it("answers an empty POST with a request when it has work (row 4) and with 204 when it has none (row 5)", () => {
    expect(conversation(aTask(READ)).says(anInform()).emptyPost().sent).to.deep.equal(["InformResponse", "GetParameterValues"]);
    expect(conversation().says(anInform()).emptyPost().sent).to.deep.equal(["InformResponse", "(empty)"]);
  });

  it("answers a response with the next request, and with 204 when nothing is left (rows 7, 8)", () => {
    const talk = conversation(aTask(READ), aTask({ kind: "reboot" }, { id: "02task" }))
      .says(anInform())
      .emptyPost()
      .says(UPTIME)
      .says({ kind: "RebootResponse" });
    expect(talk.sent).to.deep.equal(["InformResponse", "GetParameterValues", "Reboot", "(empty)"]);
    expect(talk.stored()).to.deep.equal([
      ["01task", "done"],
      ["02task", "awaiting-device"],
    ]);
  });

  it("stores what was read before it asks the next question", () => {
    const talk = conversation(aTask(READ), aTask(READ, { id: "02task" }))
      .says(anInform())
      .emptyPost()
      .says(UPTIME);
    expect(talk.effects.slice(-3).map((effect) => effect.do)).to.deep.equal(["store", "take-task", "ask"]);
  });

  it("answers the device's own requests with their responses, never with a request of its own (row 6)", () => {
    const talk = conversation(aTask(READ)).says(anInform("7 TRANSFER COMPLETE"));
    talk.says({ kind: "TransferComplete", commandKey: "x", fault: { faultCode: 0, faultString: "" }, startTime: "", completeTime: "" });
    talk.says({ kind: "GetRPCMethods" });
    expect(talk.sent).to.deep.equal(["InformResponse", "TransferCompleteResponse", "GetRPCMethodsResponse"]);
  });

  it("stores a TransferComplete before it answers it", () => {
    const talk = conversation().says(anInform("7 TRANSFER COMPLETE"));
    talk.says({ kind: "TransferComplete", commandKey: "x", fault: { faultCode: 0, faultString: "" }, startTime: "", completeTime: "" });
    expect(talk.effects.slice(-2).map((effect) => effect.do)).to.deep.equal(["record-transfer-complete", "answer"]);
  });

  const ENDED = { startTime: "", completeTime: "", fault: { faultCode: 0, faultString: "" } } as const;
  const UNIT = { uuid: "", deploymentUnitRef: "", version: "", currentState: "Installed", resolved: true, executionUnitRefs: [], ...ENDED };
  const REPORTS: readonly DeviceRequest[] = [
    {
      ...{ kind: "AutonomousTransferComplete", announceUrl: "", transferUrl: "", isDownload: true, fileType: "" },
      ...{ fileSizeBytes: 0, targetFileName: "", ...ENDED },
    },
    { kind: "DUStateChangeComplete", results: [UNIT], commandKey: "x" },
    { kind: "AutonomousDUStateChangeComplete", results: [{ ...UNIT, operationPerformed: "Install" }] },
    { kind: "RequestDownload", fileType: "2 Web Content", fileTypeArgs: [] },
    { kind: "Kicked", command: "", referer: "", arg: "", next: "" },
  ];
  for (const report of REPORTS) {
    it(`stores ${report.kind} before it answers it, and asks nothing in its place (row 6)`, () => {
      const talk = conversation(aTask(READ)).says(anInform("2 PERIODIC")).says(report);
      expect(talk.effects.slice(-2).map((effect) => effect.do)).to.deep.equal(["record-device-report", "answer"]);
      expect(talk.effects.at(-2)).to.deep.equal({ do: "record-device-report", message: report });
      expect(talk.sent).to.deep.equal(["InformResponse", `${report.kind}Response`]);
    });

    it(`treats ${report.kind} where an answer is due as a breach`, () => {
      const talk = conversation(aTask(READ)).says(anInform()).emptyPost().says(report);
      expect(talk.sent.at(-1)).to.equal("(empty)");
      expect(talk.stored()).to.deep.equal([["01task", "failed"]]);
    });

    it(`refuses ${report.kind} before Inform, and hears it after its last 204`, () => {
      expect(conversation().says(report).sent).to.deep.equal(["(refused)"]);
      expect(conversation().says(anInform()).emptyPost().says(report).sent.at(-1)).to.equal(`${report.kind}Response`);
    });
  }

  it("has no page for a kicked browser: NextURL is empty", () => {
    const talk = conversation().says(anInform("5 KICKED")).says({ kind: "Kicked", command: "c", referer: "r", arg: "a", next: "n" });
    expect(talk.effects.at(-1)).to.deep.equal({ do: "answer", message: { kind: "KickedResponse", nextUrl: "" } });
  });

  it("tells all methods that a device may call, and only those (TR-069 A.3.1.1)", () => {
    const talk = conversation().says(anInform()).says({ kind: "GetRPCMethods" });
    const methods = ["Inform", "GetRPCMethods", "TransferComplete", "AutonomousTransferComplete", "RequestDownload", "Kicked"];
    expect(talk.effects.at(-1)).to.deep.equal({
      do: "answer",
      message: {
        kind: "GetRPCMethodsResponse",
        methods: [...methods, "DUStateChangeComplete", "AutonomousDUStateChangeComplete"],
      },
    });
    for (const { kind } of REPORTS) expect(talk.effects.at(-1)).to.have.nested.property("message.methods").that.includes(kind);
  });

  it("fails the task on a fault and goes on with the next (row 9)", () => {
    const talk = conversation(aTask(READ), aTask({ kind: "reboot" }, { id: "02task" }))
      .says(anInform())
      .emptyPost();
    talk.says({ kind: "Fault", faultCode: 9002, faultString: "Internal error", setParameterValuesFaults: [] });
    expect(talk.sent.at(-1)).to.equal("Reboot");
    expect(talk.stored()).to.deep.equal([["01task", "failed"]]);
  });

  it("drops a path that brings 9005, rediscovers its parent, and goes on (row 10)", () => {
    const talk = conversation(aTask(READ), aTask({ kind: "reboot" }, { id: "02task" }))
      .says(anInform())
      .emptyPost();
    talk.says({ kind: "Fault", faultCode: 9005, faultString: "Invalid parameter name", setParameterValuesFaults: [] });
    expect(talk.effects.at(-1)).to.deep.equal({
      do: "ask",
      request: { kind: "GetParameterNames", path: "InternetGatewayDevice.DeviceInfo.", nextLevel: true },
    });
    talk.says({ kind: "GetParameterNamesResponse", parameters: [] });
    const stored = talk.effects.find((effect) => effect.do === "store");
    expect(stored).to.have.nested.property("told.gone").that.deep.equals(["InternetGatewayDevice.DeviceInfo.UpTime"]);
    expect(talk.sent.at(-1)).to.equal("Reboot");
    expect(talk.stored()).to.deep.equal([["01task", "failed"]]);
  });

  it("has a task's progress on disk before its next RPC leaves, and goes on with the task as it is then", () => {
    const talk = conversation(aTask({ kind: "addObject", path: "InternetGatewayDevice.X." }))
      .says(anInform())
      .emptyPost();
    talk.says({ kind: "GetParameterNamesResponse", parameters: [{ name: "InternetGatewayDevice.X.1.", writable: true }] });
    expect(talk.effects.slice(-2).map((effect) => effect.do)).to.deep.equal(["store", "ask"]);
    expect(talk.effects.at(-2))
      .to.have.nested.property("change.progress")
      .that.deep.equals({ before: [1] });
    talk.says({ kind: "AddObjectResponse", instanceNumber: 2, status: 0 });
    const revisions = talk.effects.flatMap((effect) => (effect.do === "store" ? [effect.task.revision] : []));
    expect(revisions).to.deep.equal([2, 3]);
    expect(talk.stored().at(-1)).to.deep.equal(["01task", "done"]);
  });

  it("answers an unknown method with fault 8000 (row 13)", () => {
    const talk = conversation().says(anInform()).says({ kind: "UnknownMethod", name: "X_EXAMPLE_Dance" });
    expect(talk.effects.at(-1)).to.deep.include({ do: "answer" });
    expect(talk.effects.at(-1)).to.have.nested.property("message.faultCode", 8000);
  });

  it("fails the task and ends with 204 when a response of another method comes (row 15)", () => {
    const talk = conversation(aTask(READ), aTask({ kind: "reboot" }, { id: "02task" }))
      .says(anInform())
      .emptyPost()
      .says({ kind: "RebootResponse" });
    expect(talk.sent.at(-1)).to.equal("(empty)");
    expect(talk.stored()).to.deep.equal([["01task", "failed"]]);
  });

  it("treats a request of the device where an answer is due as a breach: the task fails, 204", () => {
    const talk = conversation(aTask(READ)).says(anInform()).emptyPost().says({ kind: "GetRPCMethods" });
    expect(talk.sent.at(-1)).to.equal("(empty)");
    expect(talk.stored()).to.deep.equal([["01task", "failed"]]);
  });

  it("refuses every message before Inform (row 16)", () => {
    expect(conversation().emptyPost().sent).to.deep.equal(["(refused)"]);
    expect(conversation().says(UPTIME).sent).to.deep.equal(["(refused)"]);
    expect(conversation().says({ kind: "GetRPCMethods" }).sent).to.deep.equal(["(refused)"]);
  });

  it("starts anew on an Inform inside the session (row 17)", () => {
    const talk = conversation(aTask(READ)).says(anInform()).emptyPost().says(anInform("2 PERIODIC"));
    expect(talk.sent).to.deep.equal(["InformResponse", "GetParameterValues", "InformResponse"]);
    expect(talk.phase()).to.equal("device-speaks");
  });

  it("loses the task, not the session, when an empty POST comes where an answer was due", () => {
    const talk = conversation(aTask(READ), aTask({ kind: "reboot" }, { id: "02task" }))
      .says(anInform())
      .emptyPost()
      .emptyPost();
    expect(talk.lost()).to.deep.equal(["01task"]);
    expect(talk.sent.at(-1)).to.equal("Reboot");
  });

  it("answers a superfluous empty POST, and an answer after the end, with 204 again (row 8)", () => {
    const talk = conversation().says(anInform()).emptyPost().emptyPost().says(UPTIME);
    expect(talk.sent).to.deep.equal(["InformResponse", "(empty)", "(empty)", "(empty)"]);
  });

  it("hears a TransferComplete that comes after its last 204", () => {
    const talk = conversation().says(anInform()).emptyPost();
    talk.says({ kind: "TransferComplete", commandKey: "x", fault: { faultCode: 0, faultString: "" }, startTime: "", completeTime: "" });
    expect(talk.sent.at(-1)).to.equal("TransferCompleteResponse");
  });

  it("ends on bytes that are no message; the task asked is unknown (row 31)", () => {
    const talk = conversation(aTask(READ)).says(anInform()).emptyPost().feeds({ kind: "malformed", why: "not XML" });
    expect(talk.lost()).to.deep.equal(["01task"]);
    expect(talk.sent.at(-1)).to.equal("(refused)");
    expect(talk.emptyPost().sent.at(-1)).to.equal("(refused)");
  });

  it("ends on silence; the task asked is unknown (row 21)", () => {
    const talk = conversation(aTask(READ)).says(anInform()).emptyPost().feeds({ kind: "silence" });
    expect(talk.lost()).to.deep.equal(["01task"]);
    expect(talk.phase()).to.equal("ended");
  });

  it("answers every input in every phase", () => {
    const inputs: readonly Input[] = [
      { kind: "message", message: anInform(), context: null },
      { kind: "message", message: UPTIME, context: null },
      { kind: "message", message: { kind: "UnknownMethod", name: "X_EXAMPLE_DanceResponse" }, context: aContext() },
      { kind: "empty" },
      { kind: "malformed", why: "x" },
      { kind: "next-task", begun: null },
      { kind: "silence" },
    ];
    const asked = beginTask(aTask(READ), aContext());
    if (asked.do !== "ask") throw new Error("a read asks");
    const phases: readonly Session[] = [
      { phase: "awaiting-inform" },
      { phase: "device-speaks" },
      { phase: "acs-speaks", run: asked.run },
      { phase: "acs-done" },
      { phase: "ended", why: "over" },
    ];
    for (const session of phases) for (const input of inputs) expect(step(session, input).session).to.have.property("phase");
  });
});
