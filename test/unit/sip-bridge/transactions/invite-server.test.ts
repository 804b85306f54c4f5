/**
 * The INVITE server machine. Spec: RFC 3261 17.2.1, figure 7; RFC 6026 7.1.
 */
import { expect } from "chai";
import {
  type InviteServer,
  type InviteServerInput,
  type InviteServerTimer,
  startInviteServer,
  stepInviteServer,
} from "../../../../sip-bridge/transactions/invite-server.js";
import { STANDARD_TIMERS } from "../../../../sip-bridge/transactions/timers.js";

const timer = (name: InviteServerTimer): InviteServerInput => ({ kind: "timer", timer: name });
const answer = (status: number): InviteServerInput => ({ kind: "answer", status });
const COPY: InviteServerInput = { kind: "copy" };
const ACK: InviteServerInput = { kind: "ack" };
const TRANSPORT_ERROR: InviteServerInput = { kind: "transport-error" };

/** What the machine does at each input, as one line each. */
function run(reliable: boolean, ...inputs: readonly InviteServerInput[]): readonly string[] {
  let step = startInviteServer();
  const lines = [show(step)];
  for (const input of inputs) {
    step = stepInviteServer(step.state, input, STANDARD_TIMERS, reliable);
    lines.push(show(step));
  }
  return lines;
}

function show({ state, effects }: ReturnType<typeof startInviteServer>): string {
  const words = effects.map((effect) => {
    if (effect.do === "start-timer") return `${effect.timer}=${effect.delayMs}`;
    if (effect.do === "stop-timer") return `-${effect.timer}`;
    if (effect.do === "answer-instead") return `instead ${effect.status}`;
    return effect.do === "report" ? effect.what : effect.do;
  });
  return [`${state.phase}:`, ...words].join(" ");
}

describe("RFC 3261 17.2.1: the INVITE server transaction", () => {
  it("hands the request over, and sends 100 if there is no answer within 200 ms", () => {
    expect(run(false, COPY, timer("trying"), answer(100), COPY)).to.deep.equal([
      "proceeding: trying=200 answer=30000 deliver",
      "proceeding:",
      "proceeding: instead 100",
      "proceeding: -trying send-answer",
      "proceeding: repeat-answer",
    ]);
  });

  it("a copy has the last provisional response repeated", () => {
    expect(run(false, answer(180), COPY).slice(1)).to.deep.equal([
      "proceeding: -trying -answer answer=200000 send-answer",
      "proceeding: repeat-answer",
    ]);
  });

  it("a refusal is repeated at T1, doubling up to T2, until 64*T1", () => {
    expect(run(false, answer(486), timer("G"), timer("G"), timer("G"), timer("G"), COPY, timer("H")).slice(1)).to.deep.equal([
      "completed: -trying -answer H=32000 G=500 send-answer",
      "completed: repeat-answer G=1000",
      "completed: repeat-answer G=2000",
      "completed: repeat-answer G=4000",
      "completed: repeat-answer G=4000",
      "completed: repeat-answer",
      "terminated: -G -H no-ack end",
    ]);
  });

  it("an ACK ends the repetition; further ones and copies are absorbed for T4", () => {
    expect(run(false, answer(404), ACK, ACK, COPY, timer("I")).slice(2)).to.deep.equal([
      "confirmed: -G -H I=5000",
      ...["confirmed:", "confirmed:"],
      "terminated: end",
    ]);
  });

  it("over a reliable transport a refusal is not repeated, and I is zero", () => {
    expect(run(true, answer(404), ACK).slice(1)).to.deep.equal(["completed: -trying -answer H=32000 send-answer", "terminated: -G -H end"]);
  });

  it("a second final answer is discarded", () => expect(run(false, answer(404), answer(200)).at(-1)).to.equal("completed:"));

  it("an ACK before a final answer means nothing", () => expect(run(false, ACK).at(-1)).to.equal("proceeding:"));
});

describe("RFC 6026 7.1: a 2xx of the user's", () => {
  it("is sent as often as the user says; copies of the INVITE are absorbed until timer L", () => {
    for (const reliable of [false, true]) {
      expect(run(reliable, answer(200), COPY, answer(200), answer(486), timer("L")).slice(1)).to.deep.equal([
        "accepted: -trying -answer L=32000 send-answer",
        "accepted:",
        "accepted: send-answer",
        "accepted:",
        "terminated: end",
      ]);
    }
  });

  it("an ACK on the INVITE's branch goes to the user", () => {
    expect(run(false, answer(200), ACK).at(-1)).to.equal("accepted: deliver-ack");
  });

  it("a transport error ends nothing, or a copy of the INVITE would be a new one", () => {
    for (const before of [[], [answer(180)], [answer(200)], [answer(404)]]) {
      const lines = run(false, ...before, TRANSPORT_ERROR);
      expect(lines.at(-1)).to.match(/^(proceeding|accepted|completed):$/);
    }
  });
});

describe("transactions/invite-server", () => {
  it("a user that is silent for 30 s, or shows no progress for 200 s, is answered for", () => {
    expect(run(false, timer("answer")).at(-1)).to.equal("proceeding: instead 500");
    expect(run(false, answer(100), answer(183), timer("answer")).slice(2)).to.deep.equal([
      "proceeding: -trying -answer answer=200000 send-answer",
      "proceeding: instead 500",
    ]);
  });

  it("takes every input in every phase, and an end stays one", () => {
    const phases: readonly InviteServer[] = [
      { phase: "proceeding", isAnswered: false },
      { phase: "accepted" },
      { phase: "completed", nextDelayMs: 1 },
      { phase: "confirmed" },
      { phase: "terminated" },
    ];
    const timers = (["G", "H", "I", "L", "trying", "answer"] as const).map(timer);
    for (const phase of phases) {
      for (const input of [...timers, answer(100), answer(200), answer(600), COPY, ACK, TRANSPORT_ERROR]) {
        const { state, effects } = stepInviteServer(phase, input, STANDARD_TIMERS, false);
        expect(effects.some((effect) => effect.do === "end")).to.equal(state.phase === "terminated" && phase.phase !== "terminated");
      }
    }
  });
});
