/**
 * Fuzz of the readers of voice-signalled management: a damaged golden message is read or refused as malformed, never anything else, and what
 * was read means the same when it is written and read again. SEED=n repeats a run, FUZZ_RUNS=n makes it longer.
 * Layer: test.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { MalformedMessage } from "../../acs/cwmp/malformed-message.js";
import { readGatewayMessage, writeGatewayMessage } from "../../acs/nms/gateway-message.js";
import { readNonVoiceResponse, writeNonVoiceResponse } from "../../acs/nms/non-voice-response.js";
import { type Random, runSeed, seededRandom } from "../support/seeded-random.js";
import { filesBelow, repositoryPath } from "../support/shared-data.js";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 2_000);
const PIECES = [
  "",
  " ",
  "0",
  "-1",
  "99999999999999999999",
  "&#13;",
  "&amp;",
  "yes",
  "version",
  "<parameter/>",
  "<a></a>",
  "]]>",
  "\u0000",
  "é",
];

const FOLDER = repositoryPath("test/golden/nms");
const documents = filesBelow(FOLDER)
  .filter((file) => file.endsWith(".xml"))
  .map((file) => readFileSync(join(FOLDER, file), "utf8"));

/** Text between two tags replaced, a line dropped, doubled or moved, a byte changed, the end cut off. */
function damage(text: string, random: Random): string {
  const lines = text.split("\n");
  const at = random.int(lines.length);
  switch (random.int(5)) {
    case 0:
      return lines.map((line, i) => (i === at ? line.replace(/>[^<]*</, () => `>${random.pick(PIECES)}<`) : line)).join("\n");
    case 1:
      return lines.filter((_, i) => i !== at).join("\n");
    case 2:
      return lines.toSpliced(random.int(lines.length), 0, lines[at] ?? "").join("\n");
    case 3: {
      const place = random.int(text.length);
      return text.slice(0, place) + String.fromCharCode(random.int(256)) + text.slice(place + 1);
    }
    default:
      return text.slice(0, random.int(text.length));
  }
}

/** undefined: refused. What is thrown besides is the finding. */
function read<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}

describe("readers of NMS messages under damage", () => {
  const seed = runSeed();
  const bytes = (text: string): Buffer => Buffer.from(text, "utf8");

  it("read or refuse what comes, and read again what they understood", () => {
    const random = seededRandom(seed);
    let understood = 0;
    for (let run = 0; run < RUNS; run++) {
      const text = damage(damage(random.pick(documents), random), random);
      const message = read(() => readGatewayMessage(bytes(text)));
      const response = read(() => readNonVoiceResponse(bytes(text)));
      const where = `SEED=${seed} run ${run}`;
      if (message !== undefined) expect(readGatewayMessage(bytes(writeGatewayMessage(message))), where).to.deep.equal(message);
      if (response !== undefined) expect(readNonVoiceResponse(bytes(writeNonVoiceResponse(response))), where).to.deep.equal(response);
      if (message !== undefined || response !== undefined) understood++;
    }
    expect(understood).to.be.within(RUNS / 10, RUNS - 1);
  });
});
