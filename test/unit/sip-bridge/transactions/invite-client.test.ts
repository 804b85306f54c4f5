/**
 * The INVITE client machine. Spec: RFC 3261 17.1.1, figure 5; RFC 6026 7.2; RFC 3261 9.1.
 */
import { expect } from "chai";
import {
  type InviteClient,
  type InviteClientInput,
  type InviteClientTimer,
  startInviteClient,
  stepInviteClient,
} from "../../../../sip-bridge/transactions/invite-client.js";
import { STANDARD_TIMERS } from "../../../../sip-bridge/transactions/timers.js";

const timer = (name: InviteClientTimer): InviteClientInput => ({ kind: "timer", timer: name });
const response = (status: number): InviteClientInput => ({ kind: "response", status });
const CANCEL: InviteClientInput = { kind: "cancel" };
const TRANSPORT_ERROR: InviteClientInput = { kind: "transport-error" };

/** What the machine does at each input, as one line each. */
function run(reliable: boolean, ...inputs: readonly InviteClientInput[]): readonly string[] {
  let step = startInviteClient(STANDARD_TIMERS, reliable);
  const lines = [show(step)];
  for (const input of inputs) {
    step = stepInviteClient(step.state, input, STANDARD_TIMERS, reliable);
    lines.push(show(step));
  }
  return lines;
}

function show({ state, effects }: ReturnType<typeof startInviteClient>): string {
  const words = effects.map((effect) => {
    if (effect.do === "start-timer") return `${effect.timer}=${effect.delayMs}`;
    if (effect.do === "stop-timer") return `-${effect.timer}`;
    return effect.do === "report" ? effect.what : effect.do;
  });
  return [`${state.phase}:`, ...words].join(" ");
}

describe("RFC 3261 17.1.1.2: the INVITE client transaction", () => {
  it("sends at once; timer B is 64*T1, timer A doubles without limit", () => {
    expect(run(false, timer("A"), timer("A"), timer("A"), timer("A"), timer("A"))).to.deep.equal([
      "calling: B=32000 A=500 send",
      "calling: send A=1000",
      "calling: send A=2000",
      "calling: send A=4000",
      "calling: send A=8000",
      "calling: send A=16000",
    ]);
  });

  it("a provisional response ends the repetition, and nothing but the peer ends the wait", () => {
    expect(run(false, response(100), response(180), timer("A"), timer("B")).slice(1)).to.deep.equal([
      "proceeding: -A -B provisional",
      "proceeding: provisional",
      "proceeding:",
      "proceeding:",
    ]);
  });

  it("a refusal is acknowledged by the transaction, each copy again, for 32 s", () => {
    const whole = ["-A", "-B", "-cancel", "send-ack", "refused", "D=32000"].join(" ");
    expect(run(false, response(486), response(486), response(180), response(200), timer("D")).slice(1)).to.deep.equal([
      `completed: ${whole}`,
      "completed: send-ack",
      ...["completed:", "completed:"],
      "terminated: end",
    ]);
  });

  it("timer B ends it while calling", () => {
    expect(run(false, timer("B")).at(-1)).to.equal("terminated: -A -B -cancel timeout end");
  });

  it("a transport error ends it; in completed the user has its answer already", () => {
    expect(run(false, TRANSPORT_ERROR).at(-1)).to.equal("terminated: -A -B -cancel transport-error end");
    expect(run(false, response(180), TRANSPORT_ERROR).at(-1)).to.equal("terminated: -A -B -cancel transport-error end");
    expect(run(false, response(404), TRANSPORT_ERROR).at(-1)).to.equal("terminated: -D end");
  });

  it("over a reliable transport nothing is repeated, and D is zero", () => {
    expect(run(true, response(100), response(404))).to.deep.equal([
      "calling: B=32000 send",
      "proceeding: -A -B provisional",
      "terminated: -A -B -cancel send-ack refused end",
    ]);
  });
});

describe("RFC 6026 7.2: a 2xx to our INVITE", () => {
  it("is told each time until timer M, and acknowledged by the user only", () => {
    for (const reliable of [false, true]) {
      expect(run(reliable, response(180), response(200), response(200), response(202), response(486), timer("M")).slice(2)).to.deep.equal([
        "accepted: -A -B -cancel accepted M=32000",
        ...["accepted: accepted", "accepted: accepted", "accepted:"],
        "terminated: end",
      ]);
    }
  });

  it("may come without a provisional response before it", () => {
    expect(run(false, response(200)).at(-1)).to.equal("accepted: -A -B -cancel accepted M=32000");
  });

  it("is not forgotten for a transport error", () => {
    expect(run(false, response(200), TRANSPORT_ERROR).at(-1)).to.equal("accepted:");
  });
});

describe("RFC 3261 9.1: CANCEL of our INVITE", () => {
  it("waits for a provisional response", () => {
    expect(run(false, CANCEL, timer("A"), response(180), CANCEL).slice(1)).to.deep.equal([
      "calling:",
      "calling: send A=1000",
      "proceeding: -A -B provisional send-cancel cancel=32000",
      "proceeding:",
    ]);
  });

  it("goes out at once after one, and only once", () => {
    expect(run(false, response(100), CANCEL, CANCEL, response(487)).slice(2)).to.deep.equal([
      "proceeding: send-cancel cancel=32000",
      "proceeding:",
      "completed: -A -B -cancel send-ack refused D=32000",
    ]);
  });

  it("is not sent after a final response", () => {
    expect(run(false, response(200), CANCEL).at(-1)).to.equal("accepted:");
    expect(run(false, response(404), CANCEL).at(-1)).to.equal("completed:");
  });

  it("a 200 that beats it wins", () => {
    expect(run(false, response(180), CANCEL, response(200)).at(-1)).to.equal("accepted: -A -B -cancel accepted M=32000");
  });

  it("without a final response within 64*T1 the INVITE is over", () => {
    expect(run(false, response(180), CANCEL, timer("cancel")).at(-1)).to.equal("terminated: -A -B -cancel timeout end");
  });
});

describe("transactions/invite-client", () => {
  it("takes every input in every phase, and an end stays one", () => {
    const phases: readonly InviteClient[] = [
      { phase: "calling", nextDelayMs: 1, cancel: false },
      { phase: "proceeding", cancel: true },
      { phase: "completed" },
      { phase: "accepted" },
      { phase: "terminated" },
    ];
    const timers = (["A", "B", "D", "M", "cancel"] as const).map(timer);
    for (const phase of phases) {
      for (const input of [...timers, response(100), response(200), response(600), CANCEL, TRANSPORT_ERROR]) {
        const { state, effects } = stepInviteClient(phase, input, STANDARD_TIMERS, false);
        expect(effects.some((effect) => effect.do === "end")).to.equal(state.phase === "terminated" && phase.phase !== "terminated");
      }
    }
  });
});
