/**
 * Metrics as Prometheus reads them.
 */
import { expect } from "chai";
import { openMetrics } from "../../../common/metrics.js";

describe("metrics", () => {
  it("are read when they are asked for, each time anew", async () => {
    let value = 1;
    const metrics = openMetrics([
      { name: "a_total", help: "A", type: "counter", labelNames: ["why"], read: () => [{ labels: { why: 'x"y' }, value }] },
      { name: "b", help: "B", type: "gauge", read: async () => [{ value: -value }] },
    ]);
    expect(await metrics.show()).to.equal(
      '# HELP a_total A\n# TYPE a_total counter\na_total{why="x\\"y"} 1\n\n# HELP b B\n# TYPE b gauge\nb -1\n',
    );
    value = 2;
    expect(await metrics.show())
      .to.include('a_total{why="x\\"y"} 2\n')
      .and.include("b -2\n");
    expect(metrics.contentType).to.equal("text/plain; version=0.0.4; charset=utf-8");
  });

  it("a label value that is gone is shown no more", async () => {
    let labels: Record<string, string> = { transport: "udp" };
    const metrics = openMetrics([{ name: "c", help: "C", type: "gauge", labelNames: ["transport"], read: () => [{ labels, value: 1 }] }]);
    await metrics.show();
    labels = { transport: "tcp" };
    expect(await metrics.show()).not.to.include("udp");
  });

  it("a reader that fails fails the answer, and not silently", async () => {
    const metrics = openMetrics([{ name: "d", help: "D", type: "gauge", read: () => Promise.reject(new Error("no store")) }]);
    expect(await metrics.show().catch((error: Error) => error.message)).to.equal("no store");
  });
});
