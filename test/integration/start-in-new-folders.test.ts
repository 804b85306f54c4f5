/**
 * First starts in folders that are not there yet: the bridge makes its store's, the simulator that of its memories.
 * Layer: integration test.
 */
import { access } from "node:fs/promises";
import { expect } from "chai";
import { DatabaseNotOpened } from "../../common/sqlite/connection.js";
import { startDeviceSim } from "../../device-sim/main.js";
import { type SipBridge, startSipBridge } from "../../sip-bridge/main.js";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.js";

describe("a first start", function () {
  this.timeout(20_000);
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  const startBridge = (): Promise<SipBridge> =>
    startSipBridge({
      domains: { main: "voice.example", aliases: [] },
      storeFile: folder.file("new/folder/sip-bridge.sqlite"),
      sip: { addresses: [{ address: "127.0.0.1" }], port: 0 },
      http: null,
    });

  it("of the bridge makes the folder of its store, which then is one bridge's alone", async () => {
    const bridge = await startBridge();
    const second = await startBridge().catch((error: unknown) => error);
    expect(second).to.be.instanceOf(DatabaseNotOpened).with.property("message").that.includes("is locked");
    await bridge.close();
    await (await startBridge()).close();
  });

  it("of the simulator makes the folder of the memories", async () => {
    const sim = await startDeviceSim({
      ...{ acsUrl: "http://127.0.0.1:1/", acsPassword: "p", count: 1, seed: 1, firstLineNumber: 1_001, periodicInformIntervalS: 300 },
      ...{ behaviours: [], startWithinMs: 0, retryTimeScale: 1, notifyPolicy: { acceptance: "flow" } },
      ...{ memoryFolder: folder.file("new/memories"), onEvent: () => undefined },
    });
    await sim.stop();
    await access(folder.file("new/memories/device-1-0.json"));
  });
});
