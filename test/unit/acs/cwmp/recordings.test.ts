/**
 * What real clients sent, read without refusal. The recordings lie outside the repository: skipped where they are absent.
 * Layer: test.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { decodeBody } from "../../../../acs/cwmp/decode-body.js";
import { readDeviceEnvelope, writeDeviceEnvelope } from "../../../../acs/cwmp/envelope.js";
import { MalformedMessage } from "../../../../acs/cwmp/malformed-message.js";
import { filesBelow, sharedPath } from "../../../support/shared-data.js";

/** Cut short by a Content-Length that counted characters: what arrived is no XML (field quirk 34, refused with 400). */
const CUT_SHORT: ReadonlySet<string> = new Set(["genieacs-sim_utf8/005-req.xml"]);

describe("recordings of real clients", () => {
  const folder = sharedPath("data/clients/captures");
  const files = folder === undefined ? [] : filesBelow(folder).filter((file) => file.endsWith("-req.xml"));

  it("every message of every client is read, and means the same when we write it", function () {
    if (folder === undefined) return this.skip(); // no recordings here
    for (const file of files.filter((one) => !CUT_SHORT.has(one))) {
      const { text, repairs } = decodeBody(readFileSync(join(folder, file)), contentType(join(folder, file)));
      const envelope = readDeviceEnvelope(text);
      expect(repairs, file).to.deep.equal([]);
      expect(readDeviceEnvelope(writeDeviceEnvelope(envelope)), file).to.deep.equal(envelope);
      expect(spokenOf(text), file).to.equal(envelope.message.kind === "UnknownMethod" ? envelope.message.name : envelope.message.kind);
    }
    expect(files).to.have.length.above(300);
  });

  it("a body cut short by its Content-Length is refused", function () {
    if (folder === undefined) return this.skip(); // no recordings here
    for (const file of CUT_SHORT) {
      const { text } = decodeBody(readFileSync(join(folder, file)));
      expect(() => readDeviceEnvelope(text), file).to.throw(MalformedMessage);
    }
  });
});

/** What the bytes say the message is, found without the codec. */
function spokenOf(text: string): string | undefined {
  return /Body[^>]*>\s*<(?:[\w-]+:)?(\w+)/.exec(text)?.[1];
}

/** Header of the recorded request that lies beside the body. */
function contentType(bodyFile: string): string | undefined {
  const request = bodyFile.replace(/\.xml$/, ".http");
  if (!existsSync(request)) return undefined;
  return /^content-type:[ \t]*(.*)$/im.exec(readFileSync(request, "latin1"))?.[1]?.trim();
}
