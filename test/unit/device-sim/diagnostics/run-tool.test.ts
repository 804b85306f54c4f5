/**
 * Programs of the system, run for tests: in turn, with an end, and never through a shell.
 */
import { expect } from "chai";
import { runTool, TOOL_LIMITS, ToolMissing } from "../../../../device-sim/diagnostics/run-tool.js";

const NEVER = new AbortController().signal;
const echo = (...args: readonly string[]) => runTool({ program: "echo", args, endsAfterMs: 10_000, stop: NEVER });

describe("a program that is run for a test", () => {
  it("gets its arguments as they are", async () => {
    expect(await echo("$(id)", ";id", "a\nb")).to.deep.equal({ exitCode: 0, stdout: "$(id) ;id a\nb\n", stderr: "" });
  });

  it("says how it ended, and what it complained of", async () => {
    const { exitCode, stderr } = await runTool({ program: "cat", args: ["/no/such/file"], endsAfterMs: 10_000, stop: NEVER });
    expect([exitCode, stderr]).to.deep.equal([1, "cat: /no/such/file: No such file or directory\n"]);
  });

  it("that is not there can't be run", async () => {
    const error = await runTool({ program: "no-such-tool", args: [], endsAfterMs: 10_000, stop: NEVER }).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(ToolMissing);
    expect(error).to.have.property("message", "no-such-tool can't be run here (ENOENT)");
  });

  it("that does not end is killed, and one that says too much", async () => {
    expect((await runTool({ program: "sleep", args: ["60"], endsAfterMs: 20, stop: NEVER })).exitCode).to.equal(null);
    expect((await runTool({ program: "yes", args: [], endsAfterMs: 10_000, stop: NEVER })).exitCode).to.equal(null);
  });

  it("more than there is room for wait, those that nobody wants any more are never started, and all others come to their turn", async () => {
    const stops = Array.from({ length: TOOL_LIMITS.processesMax }, () => new AbortController());
    const sleeping = stops.map(({ signal }) => runTool({ program: "sleep", args: ["60"], endsAfterMs: 60_000, stop: signal }));
    const left = new AbortController();
    const unwanted = runTool({ program: "no-such-tool", args: [], endsAfterMs: 60_000, stop: left.signal });
    const last = echo("last");
    left.abort();
    expect(await unwanted).to.deep.equal({ exitCode: null, stdout: "", stderr: "" });
    for (const stop of stops) stop.abort();
    expect((await Promise.all(sleeping)).map(({ exitCode }) => exitCode)).to.deep.equal(sleeping.map(() => null));
    expect((await last).stdout).to.equal("last\n");
  });
});
