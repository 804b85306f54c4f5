/**
 * A response that was made in advance, when the key of the secrets is changed.
 * Spec: DESIGN 12. Layer: test.
 */
import { expect } from "chai";
import { preparedOf, resealProgress, withPrepared } from "../../../../acs/tasks/nms-prepared.js";

const prepared = { sealed: "v1:old", format: "extended", goodUntilMs: 7 } as const;

describe("a response that was made in advance", () => {
  it("is found in the progress of its task, and nowhere else", () => {
    expect(preparedOf(withPrepared(prepared))).to.deep.equal(prepared);
    for (const progress of [null, "text", { step: 1 }]) expect(preparedOf(progress)).to.equal(undefined);
  });

  it("is sealed anew with all other secrets; other progress is left as it is", () => {
    const other = { step: 1 };
    expect(resealProgress(other, () => "v1:new")).to.equal(other);
    expect(preparedOf(resealProgress(withPrepared(prepared), (sealed) => sealed.replace("old", "new")))).to.deep.equal({
      ...prepared,
      sealed: "v1:new",
    });
  });
});
