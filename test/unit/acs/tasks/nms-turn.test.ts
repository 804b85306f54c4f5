/**
 * What a message of a voice-signalled gateway makes of its tasks, and which one its answer carries.
 * Spec: US 2012/0089717 A1 [0061-0066]; DESIGN 4 (task states). Layer: test.
 */
import { expect } from "chai";
import type { GatewayMessage, LastAction } from "../../../../acs/nms/gateway-message.js";
import { accepted, lost, mayBeTold, type NmsContext, sending, turnOf } from "../../../../acs/tasks/nms-turn.js";
import type { Task, TaskOrder, TaskState } from "../../../../acs/tasks/task.js";
import { aTask, IDENTITY, NOW_MS } from "../../../support/builders.js";
import { NO_INFORMATION } from "../../../support/nms-gateway.js";

const context: NmsContext = {
  nowMs: NOW_MS,
  policy: {
    ...{ format: "extended", rebootSettleMs: 100, downloadSettleMs: 200, parametersSettleMs: 300 },
    ...{ answerTimeoutMs: 10, unknownSettleMs: 1_000 },
  },
  known: null,
};
const document: NmsContext = { ...context, policy: { ...context.policy, format: "document" } };
const FIRMWARE: TaskOrder = {
  kind: "download",
  file: { fileType: "1 Firmware Upgrade Image", url: "http://files.example/a", fileSizeBytes: 0, targetFileName: "a", version: "2.0" },
};

const told = (kind: GatewayMessage["kind"], lastAction: LastAction | null = null, softwareVersion = "1.0"): GatewayMessage => ({
  ...{ kind, lastAction, identity: IDENTITY, parameters: [], information: { ...NO_INFORMATION, softwareVersion } },
});
const action = (more: Partial<LastAction> = {}): LastAction => ({ id: "01task", action: "reboot", result: "success", detail: "", ...more });
const task = (state: TaskState, more: Partial<Task> = {}): Task => aTask({ kind: "reboot" }, { state, ...more });
const changes = ({ settled }: ReturnType<typeof turnOf>): readonly string[] =>
  settled.map(({ change }) => `${change.to}: ${change.reason}`);

describe("NMS: the outcome of the last action", () => {
  for (const state of ["sent", "awaiting-device", "unknown"] as const) {
    it(`success ends a task that is ${state}`, () => {
      expect(changes(turnOf([task(state)], told("registration", action()), context))).to.deep.equal(["done: the gateway told: success"]);
    });
  }

  it("failure fails it, with the gateway's words", () => {
    const [settled] = turnOf(
      [task("awaiting-device")],
      told("registration", action({ result: "failure", detail: "no room" })),
      context,
    ).settled;
    expect(settled?.change.failure).to.deep.equal({ code: "not-done", detail: "the gateway told: failure: no room" });
  });

  it("of another action says nothing of this one", () => {
    expect(turnOf([task("awaiting-device")], told("registration", action({ id: "older" })), context).settled).to.deep.equal([]);
  });

  it("pending shows that the gateway has it", () => {
    const turn = turnOf([task("unknown")], told("request", action({ result: "pending" })), context);
    expect(turn.settled[0]?.change).to.include({ to: "awaiting-device", settleByMs: NOW_MS + 100 });
    expect(turn.next, "one action at a time").to.equal(undefined);
  });

  it("pending for ever does not keep it for ever", () => {
    const transitions = [{ atMs: NOW_MS, to: "awaiting-device", reason: "" } as const];
    expect(turnOf([task("unknown", { transitions })], told("request", action({ result: "pending" })), context).settled).to.deep.equal([]);
  });

  it("without an id is believed of the only action that it can be of, where the format has no ids", () => {
    const anonymous = told("registration", action({ id: "" }));
    expect(changes(turnOf([task("awaiting-device")], anonymous, document))).to.have.length(1);
    expect(changes(turnOf([task("awaiting-device")], anonymous, context)), "with ids").to.deep.equal([]);
    expect(changes(turnOf([task("awaiting-device"), task("unknown", { id: "2" })], anonymous, document)), "of two").to.deep.equal([]);
    const other = told("registration", action({ id: "", action: "parameters" }));
    expect(changes(turnOf([task("awaiting-device")], other, document)), "of another kind").to.deep.equal([]);
  });

  it("a queued task has none", () => {
    expect(turnOf([task("queued")], told("registration", action()), context).settled).to.deep.equal([]);
  });

  it("the wanted version that runs ends a download without an outcome", () => {
    const download = aTask(FIRMWARE, { state: "awaiting-device" });
    expect(changes(turnOf([download], told("registration", null, "2.0"), document))).to.deep.equal(["done: the gateway runs version 2.0"]);
    expect(turnOf([download], told("registration", null, "1.0"), document).settled).to.deep.equal([]);
  });

  it("a version that ran before the download was sent proves nothing", () => {
    const known = { text: "2.0", changedAtMs: NOW_MS - 1 };
    const download = aTask(FIRMWARE, { state: "awaiting-device" });
    expect(turnOf([download], told("registration", null, "2.0"), { ...document, known }).settled).to.deep.equal([]);
  });
});

describe("NMS: which task the answer carries", () => {
  it("the first that is queued", () => {
    const [first, second] = [task("queued", { id: "1" }), task("queued", { id: "2" })];
    expect(turnOf([first, second], told("request"), context)).to.deep.include({ next: first, isFree: false });
  });

  it("none with a registration message", () => {
    expect(turnOf([task("queued")], told("registration"), context)).to.deep.include({ next: undefined, isFree: false });
  });

  it("none while the outcome of one is awaited: the gateway tells of its last action only", () => {
    expect(turnOf([task("awaiting-device", { id: "1" }), task("queued", { id: "2" })], told("request"), context)).to.deep.include({
      next: undefined,
      isFree: false,
    });
    expect(mayBeTold(task("queued"), [task("unknown", { id: "1" })])).to.equal(false);
  });

  it("the next one in the message that ends the one before", () => {
    const next = task("queued", { id: "2" });
    const turn = turnOf([task("awaiting-device"), next], told("request", action()), context);
    expect(changes(turn)).to.have.length(1);
    expect(turn.next).to.equal(next);
  });

  it("none and free when nothing waits: the answer may be computed", () => {
    expect(turnOf([], told("request"), context)).to.deep.equal({ settled: [], next: undefined, isFree: true });
  });

  it("not one that was queued for CWMP and has no words in NMS", () => {
    const refresh = aTask({ kind: "refresh", path: "" }, { state: "queued", id: "1" });
    const reboot = task("queued", { id: "2" });
    const turn = turnOf([refresh, reboot], told("request"), context);
    expect(turn.settled[0]?.change.failure?.detail).to.match(/^refresh is not supported by NMS-managed devices; they take reboot, /);
    expect(turn.next).to.equal(reboot);
  });
});

describe("NMS: what was sent is not repeated blindly", () => {
  const older = told("request", action({ id: "older" }));

  for (const state of ["sent", "unknown"] as const) {
    it(`is carried again when it is ${state} and the gateway asks, having last done something else`, () => {
      const unanswered = task(state);
      const turn = turnOf([unanswered, task("queued", { id: "2" })], older, context);
      expect(turn.next).to.equal(unanswered);
      expect(sending(unanswered, context)).to.include({ to: "sent", sends: true, settleByMs: NOW_MS + 10 });
    });
  }

  it("is not while the gateway may be at it", () => {
    expect(turnOf([task("awaiting-device")], older, context).next).to.equal(undefined);
  });

  it("is not by a registration message, which may have left before the response came", () => {
    expect(turnOf([task("sent")], told("registration", action({ id: "older" })), context)).to.deep.include({
      settled: [],
      next: undefined,
    });
  });

  it("is not when the gateway does not tell what it did last", () => {
    expect(turnOf([task("unknown")], told("request"), context)).to.deep.include({ next: undefined, isFree: false });
    expect(turnOf([task("unknown")], told("request", action({ id: "" })), document).next, "without ids").to.equal(undefined);
  });

  it("is given up after five times", () => {
    const turn = turnOf([task("unknown", { sends: 5 })], older, context);
    expect(turn.settled[0]?.change.failure?.code).to.equal("outcome-unknown");
    expect(turn.next).to.equal(undefined);
  });

  it("waits a bounded time: for the outcome by its kind, or to be read back when the connection broke", () => {
    const settleInMs = (order: TaskOrder): number => (accepted({ order }, context).settleByMs ?? 0) - NOW_MS;
    expect([{ kind: "reboot" } as const, FIRMWARE, { kind: "setParameterValues", values: [] } as const].map(settleInMs)).to.deep.equal([
      100, 200, 300,
    ]);
    expect(lost(context)).to.include({ to: "unknown", settleByMs: NOW_MS + 1_000 });
  });
});
