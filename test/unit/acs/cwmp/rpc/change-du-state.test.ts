/** ChangeDUState. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readChangeDUState, writeChangeDUState } from "../../../../../acs/cwmp/rpc/change-du-state.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";
import { writeXml } from "../../../../../acs/cwmp/write-xml.js";

const read = (operations: string): ReturnType<typeof readChangeDUState>["operations"] =>
  readChangeDUState(scanXml(`<r>${operations}</r>`)).operations;

describe("ChangeDUState (TR-069 A.4.1.10)", () => {
  it("knows an operation by its type alone, whatever the prefix", () => {
    const uuid = "00000000-0000-5000-8000-00000000abcd";
    for (const type of ["cwmp:UninstallOpStruct", "UninstallOpStruct", "c:UninstallOpStruct "])
      expect(read(`<Operations xsi:type="${type}"><UUID>${uuid}</UUID></Operations>`), type).to.deep.equal([
        { operation: "Uninstall", uuid, version: "", executionEnvRef: "" },
      ]);
  });

  it("is malformed if the type is missing or names no operation", () => {
    for (const operation of ["<Operations/>", '<Operations xsi:type="cwmp:OperationStruct"/>'])
      expect(() => read(operation), operation).to.throw(MalformedMessage, "names no operation");
  });

  it("is malformed without what the operation is about", () => {
    expect(() => read('<Operations xsi:type="cwmp:InstallOpStruct"/>'))
      .to.throw(MalformedMessage)
      .with.property("path", "Operations/URL");
    expect(() => read('<Operations xsi:type="cwmp:UninstallOpStruct"/>'))
      .to.throw(MalformedMessage)
      .with.property("path", "Operations/UUID");
  });

  it("leaves out what is not given: an empty UUID would be none", () => {
    const all = { operation: "Update", uuid: "", version: "", url: "", username: "", password: "" } as const;
    expect(writeXml(writeChangeDUState({ kind: "ChangeDUState", operations: [all], commandKey: "" }))).to.equal(
      '<cwmp:ChangeDUState><Operations xsi:type="cwmp:UpdateOpStruct"></Operations><CommandKey></CommandKey></cwmp:ChangeDUState>',
    );
  });
});
