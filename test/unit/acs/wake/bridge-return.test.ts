/** Devices that missed the bridge are asked when it is back, some at a time. */
import { expect } from "chai";
import { type BridgeReturn, createBridgeReturn } from "../../../../acs/wake/bridge-return.js";
import { type FakeClock, fakeClock } from "../../../support/fake-clock.js";

describe("when the bridge is back", () => {
  let clock: FakeClock;
  let asked: string[];
  let bridgeReturn: BridgeReturn;
  const open = (limits: { readonly devicesMax?: number; readonly devicesPerSecondMax?: number } = {}): void => {
    clock = fakeClock();
    asked = [];
    bridgeReturn = createBridgeReturn({ clock, random: () => 0.5, resume: (deviceId) => asked.push(deviceId), limits });
  };
  const missed = (...devices: readonly string[]): void => {
    for (const device of devices) bridgeReturn.missed(device, bridgeReturn.mark());
  };

  it("those that missed it are asked within a second", async () => {
    open();
    missed("a", "b");
    await clock.advance(60_000);
    expect(asked, "it is still away").to.deep.equal([]);
    bridgeReturn.back();
    expect(asked, "not all ACSs at once").to.deep.equal([]);
    await clock.advance(500);
    expect(asked).to.deep.equal(["a", "b"]);
  });
  it("not more than so many in a second", async () => {
    open({ devicesPerSecondMax: 2 });
    missed("a", "b", "c", "d", "e");
    bridgeReturn.back();
    await clock.advance(500);
    expect(asked).to.have.length(2);
    await clock.advance(1_000);
    expect(asked).to.have.length(4);
    await clock.advance(1_000);
    expect(asked).to.have.length(5);
    expect(clock.pending()).to.equal(0);
  });
  it("one that has called in, or is asked already, is left alone", async () => {
    open();
    missed("a", "b");
    bridgeReturn.forget("a");
    bridgeReturn.back();
    await clock.advance(500);
    expect(asked).to.deep.equal(["b"]);
  });
  it("one whose other rungs were still being asked when it came back has its turn, too", async () => {
    open();
    const mark = bridgeReturn.mark();
    bridgeReturn.back();
    bridgeReturn.missed("slow", mark);
    await clock.advance(500);
    expect(asked).to.deep.equal(["slow"]);
  });
  it("one that misses it again waits for its next return: a bridge that flaps is not asked in a circle", async () => {
    open();
    missed("a");
    bridgeReturn.back();
    await clock.advance(500);
    missed("a");
    await clock.advance(60_000);
    expect(asked).to.deep.equal(["a"]);
    bridgeReturn.back();
    await clock.advance(500);
    expect(asked).to.deep.equal(["a", "a"]);
  });
  it("devices beyond the limit are not remembered", async () => {
    open({ devicesMax: 1 });
    missed("a", "b");
    bridgeReturn.back();
    await clock.advance(5_000);
    expect(asked).to.deep.equal(["a"]);
  });
  it("nothing comes after the end", async () => {
    open();
    missed("a");
    bridgeReturn.back();
    bridgeReturn.close();
    await clock.advance(5_000);
    expect(asked).to.deep.equal([]);
  });
});
