/**
 * The non-INVITE client machine. Spec: RFC 3261 17.1.2, figure 6.
 */
import { expect } from "chai";
import {
  type ClientInput,
  type NonInviteClient,
  startNonInviteClient,
  stepNonInviteClient,
} from "../../../../sip-bridge/transactions/non-invite-client.js";
import { STANDARD_TIMERS } from "../../../../sip-bridge/transactions/timers.js";

const TIMER_E: ClientInput = { kind: "timer", timer: "E" };
const TIMER_F: ClientInput = { kind: "timer", timer: "F" };
const TIMER_K: ClientInput = { kind: "timer", timer: "K" };
const response = (status: number): ClientInput => ({ kind: "response", status });

/** What the machine does at each input, as one line each. */
function run(reliable: boolean, ...inputs: readonly ClientInput[]): readonly string[] {
  let step = startNonInviteClient(STANDARD_TIMERS, reliable);
  const lines = [show(step)];
  for (const input of inputs) {
    step = stepNonInviteClient(step.state, input, STANDARD_TIMERS, reliable);
    lines.push(show(step));
  }
  return lines;
}

function show({ state, effects }: ReturnType<typeof startNonInviteClient>): string {
  const words = effects.map((effect) => {
    if (effect.do === "start-timer") return `${effect.timer}=${effect.delayMs}`;
    if (effect.do === "stop-timer") return `-${effect.timer}`;
    return effect.do === "report" ? effect.what : effect.do;
  });
  return [`${state.phase}:`, ...words].join(" ");
}

describe("RFC 3261 17.1.2.2: the non-INVITE client transaction", () => {
  it("sends at once; timer F is 64*T1, timer E doubles up to T2", () => {
    expect(run(false, TIMER_E, TIMER_E, TIMER_E, TIMER_E)).to.deep.equal([
      "trying: F=32000 E=500 send",
      "trying: send E=1000",
      "trying: send E=2000",
      "trying: send E=4000",
      "trying: send E=4000",
    ]);
  });

  it("in proceeding timer E is always T2", () => {
    expect(run(false, response(100), TIMER_E, TIMER_E, response(183))).to.deep.equal([
      "trying: F=32000 E=500 send",
      "proceeding: provisional",
      "proceeding: send E=4000",
      "proceeding: send E=4000",
      "proceeding: provisional",
    ]);
  });

  it("a final response stops E and F; K absorbs copies", () => {
    expect(run(false, response(200), response(200), response(100), TIMER_E, TIMER_F, TIMER_K).slice(1)).to.deep.equal([
      "completed: -E -F final K=5000",
      ...["completed:", "completed:", "completed:", "completed:"],
      "terminated: end",
    ]);
  });

  it("timer F ends it in trying and in proceeding", () => {
    expect(run(false, TIMER_F).at(-1)).to.equal("terminated: -E -F timeout end");
    expect(run(false, response(100), TIMER_F).at(-1)).to.equal("terminated: -E -F timeout end");
  });

  it("a transport error ends it", () => {
    expect(run(false, { kind: "transport-error" }).at(-1)).to.equal("terminated: -E -F transport-error end");
  });

  it("over a reliable transport nothing is repeated, and K is zero", () => {
    expect(run(true, response(100), response(404))).to.deep.equal([
      "trying: F=32000 send",
      "proceeding: provisional",
      "terminated: -E -F final end",
    ]);
  });

  it("takes every input in every phase", () => {
    const phases: readonly NonInviteClient[] = [
      { phase: "trying", nextDelayMs: 1 },
      { phase: "proceeding" },
      { phase: "completed" },
      { phase: "terminated" },
    ];
    for (const phase of phases) {
      for (const input of [TIMER_E, TIMER_F, TIMER_K, response(100), response(200), { kind: "transport-error" } as const]) {
        expect(stepNonInviteClient(phase, input, STANDARD_TIMERS, false).state.phase).to.be.a("string");
      }
    }
    expect(stepNonInviteClient({ phase: "terminated" }, response(200), STANDARD_TIMERS, false).effects).to.deep.equal([]);
  });
});
