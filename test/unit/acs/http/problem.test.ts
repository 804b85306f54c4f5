import { expect } from "chai";
import { invalid, Problem, refusedBody, showProblem } from "../../../../acs/http/problem.js";

describe("problem documents (RFC 9457)", () => {
  it("have type, title, status and detail", () => {
    expect(showProblem(new Problem("conflict", "the task is sent"))).to.deep.equal({
      type: "urn:reveille:problem:conflict",
      title: "The state of things does not allow it",
      status: 409,
      detail: "the task is sent",
    });
  });
  it("name the fields of an invalid body; the detail tells the first and how many more", () => {
    const errors = [
      { field: "a", detail: "is missing" },
      { field: "b[0]", detail: "is empty" },
    ];
    expect(showProblem(invalid(errors))).to.deep.include({ status: 422, detail: "a is missing, and 1 more", errors });
    expect(invalid([{ field: "", detail: "is empty" }]).message).to.equal("the body is empty");
  });
  it("list at most a hundred errors, however many a hostile body has", () => {
    const errors = Array.from({ length: 5_000 }, (_, i) => ({ field: `x${i}`, detail: "is not a known field" }));
    const problem = invalid(errors);
    expect(problem.errors).to.have.length(100);
    expect(problem.message).to.equal("x0 is not a known field, and 4999 more");
  });
  it("give each refusal of a body its status", () => {
    const refusals = ["too-large", "unsupported-encoding", "undecodable", "cut-short", "timed-out"] as const;
    expect(refusals.map((refused) => refusedBody(refused).status)).to.deep.equal([413, 415, 400, 400, 408]);
  });
});
