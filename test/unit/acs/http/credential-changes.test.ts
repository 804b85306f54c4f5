/**
 * Whose proofs count no more.
 * Layer: unit test.
 */
import { expect } from "chai";
import { CredentialChanges } from "../../../../acs/http/credential-changes.js";

describe("changes of credentials", () => {
  function open(devicesMax: number): { readonly changes: CredentialChanges; readonly change: (id: string) => void } {
    let change: (id: string) => void = () => undefined;
    const store = {
      onCredentialsChanged: (listener: (id: string) => void) => {
        change = listener;
        return () => undefined;
      },
    };
    return { changes: new CredentialChanges(store, devicesMax), change: (id) => change(id) };
  }

  it("make older proofs of that device void, and of no other", () => {
    const { changes, change } = open(10);
    const before = changes.count;
    change("a");
    expect([changes.isOutdated("a", before), changes.isOutdated("b", before)]).to.deep.equal([true, false]);
    expect(changes.isOutdated("a", changes.count)).to.equal(false);
  });

  it("of more devices than are remembered make all older proofs void", () => {
    const { changes, change } = open(2);
    const before = changes.count;
    for (const id of ["a", "b", "c"]) change(id);
    expect(["a", "b", "c", "d"].map((id) => changes.isOutdated(id, before))).to.deep.equal([true, true, true, true]);
    expect(changes.isOutdated("d", changes.count)).to.equal(false);
  });
});
