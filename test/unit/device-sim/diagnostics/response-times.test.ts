/**
 * What is told of the times of answers.
 * Spec: TR-181 (AverageResponseTime, FastestHost).
 */
import { expect } from "chai";
import { fastestOf, summaryOf } from "../../../../device-sim/diagnostics/response-times.js";

describe("response times", () => {
  it("are told by their mean, their least and their greatest; without answers all are 0", () => {
    expect(summaryOf([30, 10, 21])).to.deep.equal({ averageUs: 20, minimumUs: 10, maximumUs: 30 });
    expect(summaryOf([])).to.deep.equal({ averageUs: 0, minimumUs: 0, maximumUs: 0 });
  });

  it("the fastest host is the one with the smallest average, not with the fastest answer, and never one without answers", () => {
    const hosts = [
      { host: "silent", timesUs: [] },
      { host: "varying", timesUs: [1, 90, 80] },
      { host: "steady", timesUs: [40, 41] },
      { host: "as steady", timesUs: [41, 40] },
    ];
    expect(fastestOf(hosts)?.host).to.equal("steady");
    expect(fastestOf(hosts.slice(0, 1))).to.equal(undefined);
  });
});
