/**
 * The device's side of a session.
 * Spec: TR-069 3.7.1, 3.7.1.4, 3.7.1.6, table 7.
 */
import { expect } from "chai";
import { acsFault } from "../../acs/cwmp/faults.js";
import type { AcsMessage, DeviceRequest } from "../../acs/cwmp/messages.js";
import { begin, CPE_SESSION_LIMITS, type CpeStep, step } from "../../device-sim/cpe/cpe-session.js";
import { anInform } from "../support/builders.js";

const complete = (commandKey: string): DeviceRequest => ({
  kind: "TransferComplete",
  commandKey,
  fault: { faultCode: 0, faultString: "" },
  startTime: "",
  completeTime: "",
});
const GET: AcsMessage = { kind: "GetParameterValues", names: [] };
const OK: AcsMessage = { kind: "InformResponse", maxEnvelopes: 1 };
const TAKEN: AcsMessage = { kind: "TransferCompleteResponse" };
const EMPTY = undefined;

/** What the device posts, in words; its last phase at the end. @param heard What the ACS answers; `[message, true]` holds requests. */
function conversation(
  own: readonly DeviceRequest[],
  ...heard: readonly (AcsMessage | readonly [AcsMessage, boolean] | undefined)[]
): readonly string[] {
  const words: string[] = [];
  const note = ({ effects, session }: CpeStep): CpeStep => {
    for (const effect of effects) words.push("request" in effect ? `${effect.do} ${effect.request.kind}` : effect.do);
    return { effects, session };
  };
  let now = note(begin(anInform("2 PERIODIC"), own));
  for (const reply of heard) {
    const [message, holdRequests] =
      reply === undefined || !Array.isArray(reply) ? [reply as AcsMessage | undefined, false] : (reply as [AcsMessage, boolean]);
    now = note(step(now.session, message === undefined ? undefined : { namespace: "", id: "a1", message, holdRequests }));
  }
  return [...words, now.session.phase];
}

describe("TR-069 3.7.1: the device's side of a session", () => {
  it("begins with Inform, goes on with the empty POST, and ends with the ACS's empty response", () => {
    expect(conversation([], OK, EMPTY)).to.deep.equal(["post-request Inform", "confirm Inform", "post-empty", "done"]);
  });
  it("makes its own requests before the empty POST", () => {
    expect(conversation([complete("a"), complete("b")], OK, TAKEN, TAKEN, EMPTY).slice(1)).to.deep.equal([
      "confirm Inform",
      "post-request TransferComplete",
      "confirm TransferComplete",
      "post-request TransferComplete",
      "confirm TransferComplete",
      "post-empty",
      "done",
    ]);
  });
  it("answers each request of the ACS, and ends when nothing more comes", () => {
    expect(conversation([], OK, GET, GET, EMPTY).slice(2)).to.deep.equal([
      "post-empty",
      "post-answer GetParameterValues",
      "post-answer GetParameterValues",
      "done",
    ]);
  });
  it("answers a method that it does not know too: with a fault, which is the device's business", () => {
    expect(conversation([], OK, { kind: "UnknownMethod", name: "Foo" }).at(-2)).to.equal("post-answer UnknownMethod");
  });
  it("requests that HoldRequests kept back are made once it is lifted, before the empty POST that ends the device's turn", () => {
    expect(conversation([complete("a")], [OK, true], GET, EMPTY, TAKEN, EMPTY).slice(2)).to.deep.equal([
      "post-empty",
      "post-answer GetParameterValues",
      "post-request TransferComplete",
      "confirm TransferComplete",
      "post-empty",
      "done",
    ]);
  });
  it("while HoldRequests is true it sends only responses and empty POSTs", () => {
    expect(conversation([complete("a")], [OK, true]).slice(1)).to.deep.equal(["confirm Inform", "post-empty", "listening"]);
    expect(conversation([complete("a")], [OK, true], EMPTY).at(-2), "an empty response lifts it").to.equal("post-request TransferComplete");
  });
  it("any fault to Inform but 8005 fails the session", () => {
    expect(conversation([], acsFault(8001)).at(-1)).to.equal("failed");
  });
  it("8005 has the identical request sent again, a limited number of times", () => {
    expect(conversation([], acsFault(8005), OK, EMPTY)).to.deep.equal([
      "post-request Inform",
      "post-again",
      "confirm Inform",
      "post-empty",
      "done",
    ]);
    const retries = Array.from({ length: CPE_SESSION_LIMITS.resendsMax + 1 }, () => acsFault(8005));
    expect(conversation([], ...retries).at(-1)).to.equal("failed");
  });
  it("a fault to TransferComplete does not end the session, and confirms nothing", () => {
    expect(conversation([complete("a")], OK, acsFault(8002), EMPTY).slice(2)).to.deep.equal([
      "post-request TransferComplete",
      "post-empty",
      "done",
    ]);
  });
  for (const [what, message] of [
    ["an empty response to Inform", EMPTY],
    ["a request in the place of InformResponse", GET],
    ["another response", TAKEN],
  ] as const) {
    it(`${what} is a breach and fails the session`, () => {
      expect(conversation([], message).at(-1)).to.equal("failed");
    });
  }
  it("a response or fault that nobody asked for fails the session", () => {
    expect(conversation([], OK, TAKEN).at(-1)).to.equal("failed");
    expect(conversation([], OK, acsFault(8003)).at(-1)).to.equal("failed");
    expect(conversation([], OK, { kind: "UnknownMethod", name: "FooResponse" }).at(-1)).to.equal("failed");
  });
  it("a session that is over stays over", () => {
    expect(conversation([], OK, EMPTY, GET).at(-1)).to.equal("done");
    expect(conversation([], EMPTY, OK).at(-1)).to.equal("failed");
  });
});
