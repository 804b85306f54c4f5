/**
 * Damaged datagrams, streams and answers through parser, transaction layer and registrar: nothing crashes, no ACK is answered, no answer is
 * much larger than its request, and what is read can be written, forwarded and read again.
 * SEED=n repeats a run, FUZZ_RUNS=n makes it longer. The long run, which measures time and memory too, is million-sip/ (npm run fuzz).
 * Spec: RFC 3261 7, 17, 18; RFC 4475. Layer: test.
 */
import { expect } from "chai";
import { sipOriginals } from "../support/damage-sip.js";
import { runSeed, seededRandom } from "../support/seeded-random.js";
import { openSipWorld } from "../support/sip-world.js";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 3_000);

describe("fuzz: damaged SIP messages", () => {
  const seed = runSeed();

  it(`${RUNS} through transaction layer and registrar: no crash, no amplifier (SEED=${seed})`, async function () {
    this.timeout(60_000 + RUNS);
    const random = seededRandom(seed);
    const world = openSipWorld(sipOriginals());
    let read = 0;
    for (let run = 0; run < RUNS; run++) {
      const shot = world.shoot(random);
      try {
        const { kind } = await world.play(random, shot);
        if (kind !== undefined) read++;
      } catch (error) {
        throw new Error(`SEED=${seed} run ${run} (${shot.way}, base64): ${shot.bytes.toString("base64")}`, { cause: error });
      }
    }
    expect(read / RUNS, "read").to.be.within(0.3, 0.95);
    expect(world.reached.registrar / RUNS, "reached the registrar").to.be.above(0.02);
  });
});
