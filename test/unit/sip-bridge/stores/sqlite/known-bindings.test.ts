/**
 * Bindings kept in memory: what is read from the file, and how often.
 * Layer: unit test.
 */
import { expect } from "chai";
import type { Binding, BindingChange } from "../../../../../sip-bridge/registrar/binding.js";
import { createKnownBindings } from "../../../../../sip-bridge/stores/sqlite/known-bindings.js";
import { aBinding } from "../../../../support/sip-messages.js";

const NOW = 1_000;
const ANNA = "anna@voice.example";

/** A file with one binding of each address. */
function memory(addressesMax?: number) {
  const reads: string[] = [];
  const known = createKnownBindings((addressOfRecord) => {
    reads.push(addressOfRecord);
    return [aBinding({ addressOfRecord, contact: "sip:a@h", expiresAtMs: NOW + 100 })];
  }, addressesMax);
  const contacts = (nowMs = NOW, address = ANNA): readonly string[] => known.current(address, nowMs).map(({ contact }) => contact);
  const change = (changes: Partial<BindingChange>): void =>
    known.changed({ addressOfRecord: ANNA, callId: "c", cseq: 1, nowMs: NOW, remove: [], put: [], ...changes });
  return { known, reads, contacts, change };
}

const phone = (contact: string, changes: Partial<Binding> = {}): Binding =>
  aBinding({ addressOfRecord: ANNA, contact, expiresAtMs: NOW + 500, ...changes });

describe("bindings kept in memory", () => {
  it("are read once, and follow each change without another look at the file", () => {
    const { reads, contacts, change } = memory();
    expect(contacts()).to.deep.equal(["sip:a@h"]);
    change({ put: [phone("sip:b@h", { registeredAtMs: 1 })] });
    expect(contacts()).to.have.members(["sip:a@h", "sip:b@h"]);
    change({ remove: ["sip:a@h"] });
    expect(contacts()).to.deep.equal(["sip:b@h"]);
    expect(reads).to.deep.equal([ANNA]);
  });

  it("end when their time is over", () => {
    const { contacts } = memory();
    expect(contacts(NOW + 99)).to.deep.equal(["sip:a@h"]);
    expect(contacts(NOW + 100)).to.deep.equal([]);
  });

  it("are read anew for an earlier time, when it is not known whether a change was stored, and never for an address nobody asked for", () => {
    const { known, reads, contacts, change } = memory();
    contacts(NOW);
    contacts(NOW - 1);
    expect(reads).to.have.length(2);
    known.forget(ANNA);
    change({ put: [phone("sip:b@h")] });
    expect(reads).to.have.length(2);
    expect(contacts()).to.deep.equal(["sip:a@h"]);
    expect(reads).to.have.length(3);
  });

  it("go when there are too many: those of the address that was read first", () => {
    const { reads, contacts } = memory(2);
    for (const address of ["1", "2", "3", "3", "2", "1"]) contacts(NOW, address);
    expect(reads).to.deep.equal(["1", "2", "3", "1"]);
  });
});
