/**
 * Configuration: every problem at once, by name, never by value.
 * Layer: unit test.
 */
import { inspect } from "node:util";
import { expect } from "chai";
import { z } from "zod";
import { ConfigError, describeConfig, flag, list, readConfig, Secret, secret } from "../../../common/config.js";

const schema = z.object({
  X_PORT: z.coerce.number().int().min(0).max(65_535).default(5060).describe("port to listen on"),
  X_NAME: z
    .string()
    .regex(/^[a-z]+$/)
    .describe("name of the thing"),
  X_LEVEL: z.enum(["low", "high"]).default("low"),
  X_IS_OPEN: flag().default(false),
  X_PEERS: list().default([]),
  X_TOKEN: secret().optional(),
});

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(schema, env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ variable, problem }) => `${variable} ${problem}`);
  }
}

describe("configuration", () => {
  it("reads values and fills in defaults", () => {
    const config = readConfig(schema, { X_NAME: "abc", X_PEERS: " a, b ,,c ", X_IS_OPEN: "yes" });
    expect(config).to.deep.equal({ X_PORT: 5060, X_NAME: "abc", X_LEVEL: "low", X_IS_OPEN: true, X_PEERS: ["a", "b", "c"] });
  });

  it("takes an empty variable as one that is not set", () => {
    expect(readConfig(schema, { X_NAME: "abc", X_PORT: "" }).X_PORT).to.equal(5060);
  });

  it("tells every problem at once", () => {
    const env = { X_PORT: "99999", X_LEVEL: "medium", X_IS_OPEN: "perhaps", X_TOKEN: "short" };
    expect(problemsOf(env)).to.deep.equal([
      "X_PORT expected at most 65535",
      "X_NAME is required",
      "X_LEVEL expected one of: low, high",
      "X_IS_OPEN expected one of: true, 1, yes, on, false, 0, no, off",
      "X_TOKEN expected at least 16 characters",
    ]);
    expect(problemsOf({ X_PORT: "1.5", X_NAME: "A" })).to.deep.equal([
      "X_PORT expected a whole number",
      "X_NAME has characters or a form that is not allowed",
    ]);
    expect(problemsOf({ X_PORT: "ten", X_NAME: "a" })).to.deep.equal(["X_PORT expected a number"]);
  });

  it("never repeats a value in an error", () => {
    const values = ["hunter2-as-port", "Hunter2-As-Name", "hunter2-level", "hunter2-open"];
    const [X_PORT = "", X_NAME = "", X_LEVEL = "", X_IS_OPEN = ""] = values;
    expect(problemsOf({ X_PORT, X_NAME, X_LEVEL, X_IS_OPEN, X_TOKEN: "hunter2" }).join().toLowerCase()).not.to.include("hunter2");
  });

  it("hides a secret wherever it could be printed", () => {
    const { X_TOKEN: token } = readConfig(schema, { X_NAME: "abc", X_TOKEN: "hunter2-hunter2-hunter2" });
    const shown = [String(token), JSON.stringify({ token }), inspect({ token }), `${token}`];
    for (const text of shown) expect(text).to.include("[secret]").and.not.include("hunter2");
    expect(token?.reveal()).to.equal("hunter2-hunter2-hunter2");
  });

  it("describes each variable with its default, or says that it is required", () => {
    expect(describeConfig(schema).split("\n")).to.deep.equal([
      "  X_PORT     port to listen on (default 5060)",
      "  X_NAME     name of the thing (required)",
      "  X_LEVEL    (default low)",
      "  X_IS_OPEN  (default false)",
      "  X_PEERS    ",
      "  X_TOKEN    ",
    ]);
  });

  it("shows a secret of its own no more than one that was read", () => {
    expect(JSON.stringify(new Secret("hunter2"))).to.equal('"[secret]"');
  });
});
