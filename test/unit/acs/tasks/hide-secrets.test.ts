/**
 * What a device says of a task is kept without the secrets that the task has told it.
 * Layer: unit test.
 */
import { expect } from "chai";
import { secretsOf, withoutSecrets } from "../../../../acs/tasks/hide-secrets.js";

describe("secrets in the words of a device", () => {
  it("are hidden wherever they stand, and nothing else changes", () => {
    const change = { to: "failed", at: 7, failure: { detail: "bad value s3cret!", parameters: [{ text: "s3cret s3cret" }] }, none: null };
    expect(withoutSecrets(change, ["s3cret"])).to.deep.equal({
      ...{ to: "failed", at: 7, none: null },
      failure: { detail: "bad value [hidden]!", parameters: [{ text: "[hidden] [hidden]" }] },
    });
  });

  it("that are very short are no secrets: they would take half of a sentence", () => {
    const change = { detail: "one on one" };
    expect(withoutSecrets(change, ["on", ""])).to.equal(change);
  });

  it("of an order are its secret values and its passwords", () => {
    const values = [
      { name: "A.Password", value: "of the value", type: "xsd:string", sealed: true },
      { name: "A.Enable", value: "true", type: "xsd:boolean" },
    ] as const;
    const install = { operation: "Install", url: "u", uuid: "", username: "u", password: "of the unit", executionEnvRef: "" } as const;
    const uninstall = { operation: "Uninstall", uuid: "x", version: "", executionEnvRef: "" } as const;
    expect(secretsOf({ values, password: "of the upload", operations: [install, uninstall] })).to.deep.equal([
      "of the value",
      "of the upload",
      "of the unit",
    ]);
  });
});
