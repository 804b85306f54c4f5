/**
 * Logs never hold secrets.
 * Layer: unit test.
 */
import { expect } from "chai";
import { createLog } from "../../../common/log.js";

describe("logs", () => {
  it("take secrets out by name, at the top and two objects down", () => {
    let written = "";
    const write = (text: string): void => {
      written += text;
    };
    const log = createLog({ name: "x", level: "info", destination: { write } });
    log.info(
      { password: "hunter2", req: { headers: { authorization: "hunter2", "set-cookie": "hunter2" } }, account: { ha1: "hunter2" } },
      "seen",
    );
    const line = JSON.parse(written);
    expect(written).not.to.include("hunter2");
    expect(line).to.include({ name: "x", msg: "seen", password: "[secret]" });
  });
});
