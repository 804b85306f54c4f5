/**
 * Which registration outcomes get to disk, and when.
 * Layer: unit test.
 */
import { expect } from "chai";
import { createOutcomeKeeper, KEEPER_LIMITS, type OutcomeKeeperOptions } from "../../../sip-bridge/outcome-keeper.js";
import type { KeptOutcome, OutcomeName, OutcomeStore } from "../../../sip-bridge/stores/outcome-store.js";
import { type FakeClock, fakeClock } from "../../support/fake-clock.js";

const outcome = (user: string, status: number, by: KeptOutcome["by"] = "owner"): KeptOutcome => ({
  by,
  outcome: {
    ...{ addressOfRecord: `${user}@voice.example`, atMs: 1, status, proof: "proven", reason: "", userAgent: "", callId: "c", count: 1 },
    flow: { transport: "udp", localPort: 5060, remoteAddress: "192.0.2.1", remotePort: 5060 },
  },
});

describe("outcomes of registrations on disk", () => {
  let clock: FakeClock;
  let onDisk: Map<string, number>;
  let writes: number;
  const key = ({ by, addressOfRecord }: OutcomeName): string => `${by} ${addressOfRecord.split("@")[0]}`;
  const store: OutcomeStore = {
    change: async ({ put, remove }) => {
      writes++;
      for (const name of remove) onDisk.delete(key(name));
      for (const {
        by,
        outcome: { addressOfRecord, status },
      } of put)
        onDisk.set(key({ by, addressOfRecord }), status);
    },
    all: async () => [],
  };
  beforeEach(() => {
    clock = fakeClock();
    onDisk = new Map();
    writes = 0;
  });

  const keeper = (known: readonly KeptOutcome[] = [], limits: NonNullable<OutcomeKeeperOptions["limits"]> = {}) =>
    createOutcomeKeeper(known, {
      ...{ store, clock, limits },
      onError: (error) => {
        throw error;
      },
    });

  it("failures are copied some seconds later, together; successes are not", async () => {
    const { noted } = keeper();
    noted(outcome("anna", 403));
    noted(outcome("anna", 401, "stranger"));
    noted(outcome("ben", 200));
    await clock.advance(KEEPER_LIMITS.everyMs - 1);
    expect(writes).to.equal(0);
    await clock.advance(1);
    expect([writes, [...onDisk]]).to.deep.equal([
      1,
      [
        ["owner anna", 403],
        ["stranger anna", 401],
      ],
    ]);
    await clock.advance(10 * KEEPER_LIMITS.everyMs);
    expect([writes, clock.pending()], "nothing to do").to.deep.equal([1, 0]);
  });

  it("a success takes the failure before it away, that of an earlier run too", async () => {
    onDisk.set("owner anna", 403);
    const { noted } = keeper([outcome("anna", 403)]);
    noted(outcome("ben", 503));
    noted(outcome("ben", 200));
    noted(outcome("anna", 200));
    await clock.advance(KEEPER_LIMITS.everyMs);
    expect([...onDisk]).to.deep.equal([]);
  });

  it("a flood costs a batch each time, and what is kept has a limit: the oldest goes", async () => {
    const { noted } = keeper([], { batchMax: 2, keptMax: 3 });
    for (const user of ["a", "b", "c", "d"]) noted(outcome(user, 403));
    await clock.advance(KEEPER_LIMITS.everyMs);
    expect([...onDisk.keys()]).to.deep.equal(["owner a", "owner b"]);
    await clock.advance(KEEPER_LIMITS.everyMs);
    noted(outcome("e", 403));
    await clock.advance(KEEPER_LIMITS.everyMs);
    expect([...onDisk.keys()]).to.deep.equal(["owner b", "owner c", "owner e"]);
  });

  it("what is left is copied at the end", async () => {
    const { noted, close } = keeper();
    noted(outcome("anna", 403));
    await close();
    expect([...onDisk.keys()]).to.deep.equal(["owner anna"]);
  });
});
