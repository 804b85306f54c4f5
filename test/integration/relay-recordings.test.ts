/**
 * The relay's reader on what real devices and ACSs have said: it understands nearly all of it, and in real Informs changes the URL alone.
 * Layer: integration test (recordings beside the repository; skipped without them).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { messageText } from "../../sip-bridge/connection-requests/message-text.js";
import { isOfInterest, urlsOf } from "../../sip-bridge/connection-requests/passing.js";
import { readMessage } from "../../sip-bridge/connection-requests/read-message.js";
import { replaceValues } from "../../sip-bridge/connection-requests/replace-values.js";
import { filesBelow, sharedPath } from "../support/shared-data.js";

const OURS = "http://bridge.example:7548/cr/4kJ2";
/** Cut short by their senders: one counted characters for octets, one is a sample of a bogus Inform. */
const BROKEN = ["005-req.xml", "bogus_inform_1.xml"];
const URL_VALUE = /(<Name[^>]*>\s*\w+\.ManagementServer\.ConnectionRequestURL\s*<\/Name>\s*<Value[^>]*>)[^<]*(<\/Value>)/g;

interface Recorded {
  readonly file: string;
  readonly octets: Buffer;
}

describe("the relay's reader on recorded messages", () => {
  let recorded: readonly Recorded[];

  before(function () {
    const folder = sharedPath("data/clients");
    if (folder === undefined) return this.skip();
    recorded = filesBelow(folder)
      .filter((file) => file.endsWith(".xml"))
      .map((file) => ({ file, octets: readFileSync(join(folder, file)) }))
      .filter(({ octets }) => octets.includes("Envelope"));
  });

  const read = (octets: Buffer) => {
    const text = messageText(octets, undefined);
    const message = text === undefined ? undefined : readMessage(text, isOfInterest);
    return text === undefined || message === undefined ? undefined : { text, message };
  };

  it("understands all but those that their senders broke", () => {
    const strange = recorded.filter(({ octets }) => read(octets) === undefined).map(({ file }) => file);
    expect(strange.filter((file) => !BROKEN.some((name) => file.endsWith(name)))).to.deep.equal([]);
    expect(recorded.length).to.be.greaterThan(500);
  });

  it("changes the URL of real Informs, and nothing else", () => {
    let changed = 0;
    for (const { file, octets } of recorded) {
      const found = read(octets);
      const places = found === undefined ? [] : urlsOf(found.message).map(({ place }) => place);
      if (found === undefined || places.length === 0) continue;
      changed++;
      const expected = octets.toString("latin1").replace(URL_VALUE, `$1${OURS}$2`);
      expect(replaceValues(octets, found.text, places, OURS).toString("latin1"), file).to.equal(expected);
    }
    expect(changed).to.be.greaterThan(100);
  });
});
