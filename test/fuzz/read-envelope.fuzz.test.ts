/**
 * Fuzz of the readers of all messages: a mutated golden message is read or refused as malformed, never anything else, and what was
 * read means the same when it is written and read again. SEED=n repeats a run, FUZZ_RUNS=n makes it longer.
 * Layer: test.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { readAcsEnvelope, readDeviceEnvelope, writeAcsEnvelope, writeDeviceEnvelope } from "../../acs/cwmp/envelope.js";
import { MalformedMessage } from "../../acs/cwmp/malformed-message.js";
import { type Random, runSeed, seededRandom } from "../support/seeded-random.js";
import { filesBelow, repositoryPath } from "../support/shared-data.js";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 3_000);
const PIECES = ["", " ", "0", "-1", "99999999999999999999", "&#13;", "true", "None", "(null)", ",", "]]", "x:type", "<a></a>", "<string>"];

const FOLDER = repositoryPath("test/golden/cwmp");
const documents = filesBelow(FOLDER)
  .filter((file) => file.endsWith(".xml"))
  .map((file) => readFileSync(join(FOLDER, file), "latin1"));

/** Text between two tags replaced, an element dropped or doubled, a name replaced by one of another message. */
function mutate(text: string, random: Random): string {
  const elements = [...text.matchAll(/<([\w:]+)[^<>]*>[^<>]*<\/\1>/g)];
  const tags = [...text.matchAll(/<([\w:]+)/g)];
  if (elements.length === 0 || tags.length === 0) return text;
  const element = random.pick(elements);
  const at = element.index;
  const end = at + element[0].length;
  switch (random.int(4)) {
    case 0:
      return `${text.slice(0, at)}${element[0].replace(/>[^<>]*</, `>${random.pick(PIECES)}<`)}${text.slice(end)}`;
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, end) + element[0] + text.slice(end);
    default: {
      const other = /<([\w:]+)/.exec(random.pick(documents).slice(random.int(2_000)))?.[1] ?? "x";
      return text.replaceAll(random.pick(tags)[1] ?? "x", other);
    }
  }
}

/** undefined: refused. What is thrown besides is the finding. */
function refusedOr<T>(refusal: typeof MalformedMessage | RangeErrorConstructor, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof refusal) return undefined;
    throw error;
  }
}

describe("readers of CWMP messages under mutation", () => {
  const seed = runSeed();

  it("read or refuse what devices send, and read again what they understood", () => {
    const random = seededRandom(seed);
    let understood = 0;
    for (let run = 0; run < RUNS; run++) {
      const text = mutate(mutate(random.pick(documents), random), random);
      const read = refusedOr(MalformedMessage, () => readDeviceEnvelope(text));
      if (read === undefined) continue;
      understood++;
      expect(readDeviceEnvelope(writeDeviceEnvelope(read)), `SEED=${seed} run ${run}`).to.deep.equal(read);
    }
    expect(understood).to.be.within(RUNS / 10, RUNS - 1);
  });

  it("do so for what an ACS sends; what is over its size is not written", () => {
    const random = seededRandom(seed + 1);
    let understood = 0;
    for (let run = 0; run < RUNS; run++) {
      const text = mutate(mutate(random.pick(documents), random), random);
      const read = refusedOr(MalformedMessage, () => readAcsEnvelope(text));
      const written = read === undefined ? undefined : refusedOr(RangeError, () => writeAcsEnvelope(read));
      if (written === undefined) continue;
      understood++;
      expect(readAcsEnvelope(written), `SEED=${seed} run ${run}`).to.deep.equal(read);
    }
    expect(understood).to.be.within(RUNS / 10, RUNS - 1);
  });
});
