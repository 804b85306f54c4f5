/**
 * The non-INVITE server machine. Spec: RFC 3261 17.2.2, figure 8.
 */
import { expect } from "chai";
import {
  ANSWER_WITHIN_MS,
  type NonInviteServer,
  type ServerInput,
  startNonInviteServer,
  stepNonInviteServer,
} from "../../../../sip-bridge/transactions/non-invite-server.js";
import { STANDARD_TIMERS } from "../../../../sip-bridge/transactions/timers.js";

const COPY: ServerInput = { kind: "copy" };
const TIMER_J: ServerInput = { kind: "timer", timer: "J" };
const TOO_LATE: ServerInput = { kind: "timer", timer: "answer" };
const answer = (status: number): ServerInput => ({ kind: "answer", status });

function run(reliable: boolean, ...inputs: readonly ServerInput[]): readonly string[] {
  let step = startNonInviteServer();
  const lines = [show(step)];
  for (const input of inputs) {
    step = stepNonInviteServer(step.state, input, STANDARD_TIMERS, reliable);
    lines.push(show(step));
  }
  return lines;
}

function show({ state, effects }: ReturnType<typeof startNonInviteServer>): string {
  const words = effects.map((effect) => {
    if (effect.do === "start-timer") return `${effect.timer}=${effect.delayMs}`;
    if (effect.do === "stop-timer") return `-${effect.timer}`;
    return effect.do === "answer-instead" ? `answer ${effect.status}` : effect.do;
  });
  return [`${state.phase}:`, ...words].join(" ");
}

describe("RFC 3261 17.2.2: the non-INVITE server transaction", () => {
  it("in trying, copies are discarded", () => {
    expect(run(false, COPY)).to.deep.equal([`trying: answer=${ANSWER_WITHIN_MS} deliver`, "trying:"]);
  });

  it("in proceeding, copies get the last provisional response", () => {
    expect(run(false, answer(100), COPY, answer(183), COPY).slice(1)).to.deep.equal([
      ...["proceeding: send-answer", "proceeding: repeat-answer", "proceeding: send-answer", "proceeding: repeat-answer"],
    ]);
  });

  it("in completed, copies get the final response, further answers are discarded, and J ends it after 64*T1", () => {
    expect(run(false, answer(200), COPY, answer(500), COPY, TOO_LATE, TIMER_J, COPY).slice(1)).to.deep.equal([
      "completed: -answer send-answer J=32000",
      ...["completed: repeat-answer", "completed:", "completed: repeat-answer", "completed:"],
      "terminated: end",
      "terminated:",
    ]);
  });

  it("over a reliable transport J is zero", () => {
    expect(run(true, answer(404)).at(-1)).to.equal("terminated: -answer send-answer end");
  });

  it("a user that does not answer is answered for, with 500", () => {
    expect(run(false, TOO_LATE).at(-1)).to.equal("trying: answer 500");
    expect(run(false, answer(100), TOO_LATE).at(-1)).to.equal("proceeding: answer 500");
  });

  it("a transport error ends it before its final answer, and changes nothing after", () => {
    expect(run(false, { kind: "transport-error" }).at(-1)).to.equal("terminated: -answer end");
    expect(run(false, answer(200), { kind: "transport-error" }).at(-1)).to.equal("completed:");
  });

  it("takes every input in every phase", () => {
    for (const phase of ["trying", "proceeding", "completed", "terminated"] as const) {
      const state: NonInviteServer = { phase };
      for (const input of [COPY, TIMER_J, TOO_LATE, answer(100), answer(200), { kind: "transport-error" } as const]) {
        expect(stepNonInviteServer(state, input, STANDARD_TIMERS, false).state.phase).to.be.a("string");
      }
    }
  });
});
