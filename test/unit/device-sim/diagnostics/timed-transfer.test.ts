/**
 * The limits of one connection of a transfer test.
 * Spec: TR-143 4.3.
 */
import { expect } from "chai";
import { systemClock } from "../../../../common/clock.js";
import { startStopwatch } from "../../../../device-sim/diagnostics/stopwatch.js";
import { TestFailure } from "../../../../device-sim/diagnostics/test-runner.js";
import { TRANSFER_TEST_LIMITS, type TransferOrder, transfer } from "../../../../device-sim/diagnostics/timed-transfer.js";
import { TransferLoad } from "../../../../device-sim/diagnostics/transfer-load.js";
import { type EndlessServer, openEndlessServer } from "../../../support/endless-server.js";

describe("one connection of a transfer test", () => {
  let server: EndlessServer;
  before(async () => {
    server = await openEndlessServer();
  });
  after(() => server.close());

  function order(more: Partial<TransferOrder>): TransferOrder {
    const watch = startStopwatch(systemClock);
    return {
      ...{ method: "GET", url: new URL(server.url), address: "127.0.0.1", bodyBytes: 0, durationMs: 0, failed: "Error_TransferFailed" },
      ...{ silenceMs: 5_000, watch, load: new TransferLoad(1, watch, { everyMs: 0, offsetMs: 0, intervalsMax: 0 }) },
      stop: new AbortController().signal,
      ...more,
    };
  }
  const stateOf = async (more: Partial<TransferOrder>): Promise<string> => {
    const end = await transfer(order(more)).catch((error: unknown) => error);
    return end instanceof TestFailure ? end.state : "Complete";
  };
  const few = { ...TRANSFER_TEST_LIMITS, bytesMax: 100_000 };
  const short = { ...TRANSFER_TEST_LIMITS, durationMsMax: 50 };

  it("a file without an end is given up at the limit of octets, and at that of time", async () => {
    expect(await stateOf({ limits: few })).to.equal("Error_IncorrectSize");
    expect(await stateOf({ limits: short })).to.equal("Error_Timeout");
  });

  it("a timed one ends well at the limit of octets, in both directions", async () => {
    const { receivedBytes } = await transfer(order({ limits: few, durationMs: 60_000 }));
    expect(receivedBytes).to.be.within(100_001, 200_000);
    const { sentBytes } = await transfer(order({ method: "PUT", limits: few, durationMs: 60_000 }));
    expect(sentBytes).to.be.within(100_000, 300_000);
  });

  it("one that nobody wants any more ends at once", async () => {
    const stop = new AbortController();
    const ending = transfer(order({ stop: stop.signal })).catch((error: unknown) => error);
    stop.abort();
    expect(await ending).to.be.instanceOf(TestFailure);
  });

  it("a server that can't prove who it is has no connection", async () => {
    expect(await stateOf({ url: new URL(server.url.replace("http:", "https:")) })).to.equal("Error_InitConnectionFailed");
  });
});
