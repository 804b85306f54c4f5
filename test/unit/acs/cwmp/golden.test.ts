/**
 * Wire bytes beside the value they mean, both ways: test/golden/cwmp. "written": the writer must produce exactly these bytes.
 * Files named quirk-NN show what the field sends and no writer of ours would; NN is the row of digest 12.
 * Layer: test.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { decodeBody, type Repair } from "../../../../acs/cwmp/decode-body.js";
import {
  type Envelope,
  readAcsEnvelope,
  readDeviceEnvelope,
  writeAcsEnvelope,
  writeDeviceEnvelope,
} from "../../../../acs/cwmp/envelope.js";
import type { AcsMessage, DeviceMessage } from "../../../../acs/cwmp/messages.js";
import { filesBelow, repositoryPath } from "../../../support/shared-data.js";

interface GoldenBase {
  readonly origin: string;
  readonly contentType?: string;
  readonly repairs?: readonly Repair[];
  readonly written?: "as is" | "with declaration";
}
type Golden = GoldenBase &
  (
    | { readonly from: "device"; readonly envelope: Envelope<DeviceMessage> }
    | { readonly from: "acs"; readonly envelope: Envelope<AcsMessage> }
  );

const FOLDER = repositoryPath("test/golden/cwmp");
const names = filesBelow(FOLDER)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length));

function write(golden: Golden): string {
  const options = { declaration: golden.written === "with declaration" };
  return golden.from === "device" ? writeDeviceEnvelope(golden.envelope, options) : writeAcsEnvelope(golden.envelope, options);
}

describe("golden CWMP messages", () => {
  it("there are some, each with its bytes and where they come from", () => {
    const bytes = filesBelow(FOLDER).filter((file) => file.endsWith(".xml"));
    expect(names).to.have.length.above(40);
    expect(bytes).to.deep.equal(names.map((name) => `${name}.xml`));
  });

  for (const name of names) {
    const golden = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8")) as Golden;
    const bytes = readFileSync(join(FOLDER, `${name}.xml`));

    it(`${name}: is read as its value`, () => {
      const { text, repairs } = decodeBody(bytes, golden.contentType);
      expect(golden.from === "device" ? readDeviceEnvelope(text) : readAcsEnvelope(text)).to.deep.equal(golden.envelope);
      expect(repairs).to.deep.equal(golden.repairs ?? []);
      expect(golden.origin).to.not.equal("");
    });

    if (golden.written !== undefined) {
      it(`${name}: is written byte for byte`, () => {
        expect(write(golden)).to.equal(bytes.toString("latin1"));
      });
    }
  }
});
