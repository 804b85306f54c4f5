/**
 * Progress: a bar on a terminal, lines elsewhere, nothing for programs; words of devices can't move the cursor.
 * Layer: unit test.
 */
import { PassThrough } from "node:stream";
import { expect } from "chai";
import { plain } from "../../../cli/plain-text.js";
import { openProgressBar } from "../../../cli/progress-bar.js";

function terminal(isTTY: boolean, json = false) {
  const texts: string[] = [];
  const err = Object.assign(new PassThrough(), {
    ...{ isTTY, columns: 120 },
    ...{ cursorTo: () => true, moveCursor: () => true, clearLine: () => true, clearScreenDown: () => true },
  });
  err.on("data", (chunk: Buffer) => texts.push(chunk.toString()));
  return { texts, terminal: { out: { write: () => true }, err: err as unknown as NodeJS.WriteStream, json } };
}

describe("progress", () => {
  it("on a terminal is a bar with numbers and words; a sentence goes above it", () => {
    const { texts, terminal: to } = terminal(true);
    const bar = openProgressBar(to);
    bar.show({ done: 1, total: 4, text: "2 running" });
    bar.say("the ACS is away");
    bar.show({ done: 4, total: 4, text: "over\u001b[2J" });
    bar.close();
    const shown = texts.join("");
    expect(shown)
      .to.match(/░ 1\/4 2 running/)
      .and.to.match(/the ACS is away\n/)
      .and.to.match(/█ 4\/4 over\?\[2J/);
  });

  it("elsewhere is a line at first and at the end, and none that says nothing new", () => {
    const { texts, terminal: to } = terminal(false);
    const bar = openProgressBar(to);
    for (const done of [0, 0, 1, 2, 3, 3]) bar.show({ done, total: 3, text: "running" });
    bar.close();
    expect(texts.join("")).to.equal("0/3 running\n3/3 running\n");
  });

  it("for programs is nothing", () => {
    const { texts, terminal: to } = terminal(true, true);
    const bar = openProgressBar(to);
    bar.show({ done: 0, total: 3, text: "" });
    bar.say("x");
    bar.close();
    expect(texts).to.deep.equal([]);
  });
});

describe("plain text", () => {
  it("is one line without control characters and changes of direction, and not endless", () => {
    expect(plain("a\u001b[31mb\nc\u0007\u009b\u202e")).to.equal("a?[31mb?c???");
    expect(plain("é 你好 👍")).to.equal("é 你好 👍");
    expect(plain("x".repeat(5_000))).to.have.length(1_000);
  });
});
