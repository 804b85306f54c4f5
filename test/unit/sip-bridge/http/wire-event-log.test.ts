/**
 * The log of wire events, from which listeners go on where they were.
 * Layer: unit test.
 */
import { expect } from "chai";
import type { WireEvent } from "../../../../schemas/wake-contract.js";
import { createWireEventLog, type WireEventLog } from "../../../../sip-bridge/http/wire-event-log.js";

const event = (n: number): WireEvent => ({ kind: "timed-out", wakeId: `w${n}`, deviceId: "d", atMs: n });

function filled(count: number, eventsMax: number): WireEventLog {
  const log = createWireEventLog("run", eventsMax);
  for (let n = 0; n < count; n++) log.append(event(n));
  return log;
}

function readFrom(log: WireEventLog, position: string): readonly string[] | undefined {
  const ids: string[] = [];
  const from = log.locate(position);
  if (from === undefined) return undefined;
  for (let item = log.read(from); item !== undefined; item = log.read(item.next)) ids.push(item.event.wakeId);
  return ids;
}

describe("log of wire events", () => {
  it("gives what came after a position", () => {
    const log = filled(2, 10);
    const position = log.head();
    log.append(event(2));
    log.append(event(3));
    expect(readFrom(log, position)).to.deep.equal(["w2", "w3"]);
    expect(readFrom(log, log.head())).to.deep.equal([]);
  });

  it("gives the position behind each event", () => {
    const log = filled(3, 10);
    expect(readFrom(log, log.read(1)?.position ?? "")).to.deep.equal(["w2"]);
  });

  it("keeps the newest, and says when a position is forgotten", () => {
    const log = filled(25, 10);
    expect(readFrom(log, "run-15")).to.deep.equal(Array.from({ length: 10 }, (_, i) => `w${15 + i}`));
    expect(readFrom(log, "run-14")).to.equal(undefined);
    expect(log.read(0)?.event.wakeId).to.equal("w15");
  });

  it("knows no position of another run, of the future, or that is none", () => {
    const log = filled(3, 10);
    for (const position of ["other-1", "run-4", "run--1", "run-", "run-1e3", "", "run-99999999999999999999"]) {
      expect(log.locate(position), position).to.equal(undefined);
    }
  });
});
