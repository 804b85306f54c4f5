/**
 * The switch that stops all NOTIFYs.
 * Spec: sip.md 11.
 */
import { expect } from "chai";
import { openNotifySwitch } from "../../../sip-bridge/notify-switch.js";
import { openBridgeStores } from "../../../sip-bridge/stores/sqlite/bridge-database.js";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.js";

describe("sip.md 11: the kill switch for outgoing NOTIFY", () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  it("is on in a new store, and is found as it was left after a restart", async () => {
    for (const expected of [true, false]) {
      const stores = await openBridgeStores(folder.file("bridge.sqlite"));
      const notifySwitch = await openNotifySwitch(stores.settings);
      expect(notifySwitch.state().enabled).to.equal(expected);
      await notifySwitch.set(false, "why", 5);
      expect(notifySwitch.state()).to.deep.equal({ enabled: false, reason: "why", changedAtMs: 5 });
      await stores.close();
    }
  });

  it("off holds before it is on disk, on only when it is there", async () => {
    const written: (() => void)[] = [];
    const settings = { get: async () => undefined, set: () => new Promise<void>((resolve) => written.push(resolve)) };
    const notifySwitch = await openNotifySwitch(settings);
    const off = notifySwitch.set(false, "", 1);
    expect(notifySwitch.state().enabled).to.equal(false);
    written[0]?.();
    await off;
    const on = notifySwitch.set(true, "", 2);
    expect(notifySwitch.state().enabled).to.equal(false);
    written[1]?.();
    await on;
    expect(notifySwitch.state().enabled).to.equal(true);
  });
});
