/**
 * Behaviours by name, and several in one device.
 */
import { expect } from "chai";
import { combine } from "../../../../device-sim/behaviours/behaviour.js";
import { BEHAVIOUR_NAMES, findBehaviour } from "../../../../device-sim/behaviours/find-behaviour.js";

describe("device-sim: behaviours", () => {
  it("each is found by its name, and no name stands for two", () => {
    expect(new Set(BEHAVIOUR_NAMES).size).to.equal(BEHAVIOUR_NAMES.length);
    for (const name of BEHAVIOUR_NAMES) expect(findBehaviour(name)?.name).to.equal(name);
    expect(findBehaviour("toString")).to.equal(undefined);
  });
  it("the ones that the command line promises are there", () => {
    expect(BEHAVIOUR_NAMES).to.include.members([
      "never-answers-notify",
      "answers-481",
      "wrong-password",
      "spv-fault",
      "no-cookies",
      "drops-connection-after-Inform",
    ]);
  });
  it("several make one device; of two of a kind the later one wins", () => {
    const both = combine(["answers-481", "no-cookies", "never-answers-notify"].flatMap((name) => findBehaviour(name) ?? []));
    expect(both).to.include({ notifyAnswer: "silence", cookies: "forgotten" });
    expect(combine([])).to.deep.equal({ name: "faithful", description: "" });
  });
  it("each of several has its word on an envelope", () => {
    const both = combine(["no-value-types", "array-count-empty"].flatMap((name) => findBehaviour(name) ?? []));
    expect(both.rewrite?.('<L a:arrayType="b:c[2]"><Value xsi:type="xsd:int">1</Value></L>')).to.equal(
      '<L a:arrayType="b:c[]"><Value>1</Value></L>',
    );
  });
});
