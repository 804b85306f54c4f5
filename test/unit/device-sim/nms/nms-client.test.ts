/**
 * The gateway's NMS client: when it registers, what a trigger makes it do, and what follows on a failure. Time moves only when a test moves it.
 * Spec: US 2012/0089717 A1 [0056], [0058], [0061-0062], [0073-0081]. Layer: test.
 */
import { expect } from "chai";
import { writeNonVoiceResponse } from "../../../../acs/nms/non-voice-response.js";
import { SessionFailure } from "../../../../device-sim/cpe/acs-connection.js";
import { NmsClient, type NmsEvent, type NonVoiceProcessingMessage } from "../../../../device-sim/nms/nms-client.js";
import { fakeClock, settle } from "../../../support/fake-clock.js";

const INTERVAL_MS = 300_000;
const RETRY_MS = 5_000;
const TRIGGER = { kind: "non-voice-trigger", event: "resync", callId: "c1" } as const;
const NOTHING = writeNonVoiceResponse({ serialNumber: null, status: "success", actionId: null, action: null });
const REBOOT = writeNonVoiceResponse({ serialNumber: null, status: "success", actionId: "a1", action: { kind: "reboot" } });
const BUSY = writeNonVoiceResponse({ serialNumber: null, status: "busy", actionId: null, action: null });

function openClient() {
  const clock = fakeClock();
  const posted: string[] = [];
  const answers: (string | Error)[] = [];
  const events: NmsEvent[] = [];
  const processed: NonVoiceProcessingMessage[] = [];
  const client = new NmsClient({
    clock,
    message: async (kind) => kind,
    post: async (text) => {
      posted.push(text);
      const answer = answers.shift() ?? NOTHING;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    process: async (message) => {
      processed.push(message);
    },
    registrationIntervalMs: () => INTERVAL_MS,
    retryDelayMs: (failures) => RETRY_MS * failures,
    onEvent: (event) => events.push(event),
    onError: (error) => {
      throw error;
    },
  });
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    for (let i = 0; i < 5; i++) await settle();
  };
  return { client, posted, answers, events, processed, pass };
}

describe("the NMS client of a simulated gateway", () => {
  it("[0061-0062] registers at once when it is switched on, and then regularly", async () => {
    const { client, posted, pass } = openClient();
    client.powerOn();
    await pass(0);
    expect(posted).to.deep.equal(["registration"]);
    await pass(INTERVAL_MS - 1);
    expect(posted).to.have.length(1);
    await pass(1);
    expect(posted).to.deep.equal(["registration", "registration"]);
  });

  it("[0073-0076] answers a trigger at once, and posts the non-voice request after that", async () => {
    const { client, posted, pass } = openClient();
    client.powerOn();
    await pass(0);
    expect(client.trigger(TRIGGER)).to.deep.equal({ accepted: true });
    expect(posted, "the trigger response goes first").to.deep.equal(["registration"]);
    await pass(0);
    expect(posted).to.deep.equal(["registration", "request"]);
  });

  it("makes one request of triggers that come together", async () => {
    const { client, posted, pass } = openClient();
    client.powerOn();
    client.trigger(TRIGGER);
    client.trigger(TRIGGER);
    await pass(0);
    expect(posted).to.deep.equal(["registration", "request"]);
  });

  it("accepts no trigger without power", () => {
    expect(openClient().client.trigger(TRIGGER)).to.deep.equal({ accepted: false });
  });

  it("[0080-0081] instructs the non-voice processing module, and tells the outcome with a registration message", async () => {
    const { client, posted, answers, processed, pass } = openClient();
    client.powerOn();
    await pass(0);
    answers.push(REBOOT);
    client.trigger(TRIGGER);
    await pass(0);
    expect(processed).to.deep.equal([{ kind: "non-voice-processing", actionId: "a1", action: { kind: "reboot" } }]);
    expect(posted).to.deep.equal(["registration", "request", "registration"]);
  });

  for (const [what, answer] of [
    ["that can't be posted", new SessionFailure("HTTP 503")],
    ["that is answered with an error", BUSY],
    ["whose response can't be read", "<response>"],
  ] as const) {
    it(`repeats a request ${what}, later each time`, async () => {
      const { client, posted, answers, events, pass } = openClient();
      client.powerOn();
      await pass(0);
      answers.push(answer, answer);
      client.trigger(TRIGGER);
      await pass(0);
      await pass(RETRY_MS);
      await pass(2 * RETRY_MS);
      expect(posted.filter((kind) => kind === "request")).to.have.length(3);
      expect(events.flatMap((event) => (event.kind === "nms-failed" ? [event.retryInMs] : []))).to.deep.equal([RETRY_MS, 2 * RETRY_MS]);
    });
  }

  it("does nothing any more when the power is gone", async () => {
    const { client, posted, pass } = openClient();
    client.powerOn();
    client.trigger(TRIGGER);
    client.powerOff();
    await pass(2 * INTERVAL_MS);
    expect(posted).to.deep.equal([]);
  });
});
