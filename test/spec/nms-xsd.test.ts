/**
 * All that the codec of voice-signalled management writes is valid by schemas/xsd/nms-2-0.xsd, and what the document forbids is not.
 * Spec: US 2012/0089717 A1 [0049], [0061-0066], [0099-0134]. Layer: test.
 */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { type GatewayMessage, LAST_ACTION_RESULTS, writeGatewayMessage } from "../../acs/nms/gateway-message.js";
import { FILE_TYPES, type NonVoiceAction, writeNonVoiceResponse } from "../../acs/nms/non-voice-response.js";
import { filesBelow, repositoryPath } from "../support/shared-data.js";
import { compileSchema, type Schema } from "../support/validate-xsd.js";

const URL = "https://schemas.example/xsd/nms-2-0.xsd";
const FOLDER = repositoryPath("test/golden/nms");
const golden = (name: string): string => readFileSync(`${FOLDER}/${name}.xml`, "utf8");

const information = {
  manufacturer: "",
  ip: "",
  softwareVersion: "",
  hardwareVersion: "",
  fileName: "",
  upgradeServer: "",
  downloadMethod: "",
};
const gatewayMessage: GatewayMessage = {
  ...{ kind: "request", information, lastAction: null, parameters: [] },
  identity: { oui: "00D09E", productClass: "", serialNumber: "1" },
};

const ACTIONS: readonly (NonVoiceAction | null)[] = [
  null,
  { kind: "reboot" },
  { kind: "parameters", parameters: [{ name: "Device.A", value: "" }] },
  ...FILE_TYPES.flatMap((fileType) =>
    [null, "http://files.example/a"].map((downloadPath) => ({
      ...({ kind: "upgrade", fileType, downloadPath, fileName: "a", downloadMethod: "https" } as const),
      ...(downloadPath === null ? { fileSize: null, checksum: null } : { fileSize: 1, checksum: "0".repeat(64) }),
    })),
  ),
];

describe("the schema of voice-signalled management", () => {
  let schema: Schema;
  before(() => {
    schema = compileSchema(URL, { [URL]: repositoryPath("schemas/xsd/nms-2-0.xsd") });
  });
  after(() => schema.close());

  it("takes every golden message", () => {
    const names = filesBelow(FOLDER).filter((file) => file.endsWith(".xml"));
    expect(names).to.have.length.above(5);
    expect(names.flatMap((file) => schema.problems(readFileSync(`${FOLDER}/${file}`, "utf8")))).to.deep.equal([]);
  });

  it("takes every response that the codec can write", () => {
    const written = ACTIONS.flatMap((action) =>
      ["1", null].map((id) => writeNonVoiceResponse({ status: "success", serialNumber: id, actionId: id, action })),
    );
    expect(written.flatMap((xml) => schema.problems(xml))).to.deep.equal([]);
  });

  it("takes every message of a gateway that the codec can write", () => {
    const written = LAST_ACTION_RESULTS.flatMap((result) =>
      (["registration", "request"] as const).map((kind) =>
        writeGatewayMessage({ ...gatewayMessage, kind, lastAction: { id: "", action: "reboot", result, detail: "" } }),
      ),
    );
    expect([...written, writeGatewayMessage(gatewayMessage)].flatMap((xml) => schema.problems(xml))).to.deep.equal([]);
  });

  for (const [what, name, found, put] of [
    ["the document's slip: a header closed as head", "response-upgrade", "</header>", "</head>"],
    ["no status", "response-reboot", "<status>success</status>", ""],
    ["a file type that does not exist", "response-upgrade", ">version</filetype>", ">tune</filetype>"],
    ["a reboot that is neither yes nor no", "response-reboot", "<reboot>yes", "<reboot>soon"],
    ["two actions", "response-reboot", "<reboot>", "<filetype>version</filetype><reboot>"],
    ["no serial number", "registration-first", "<serialnumber>H260-0042</serialnumber>", ""],
    ["a result that does not exist", "request", ">pending<", ">waiting<"],
    ["a checksum that is none", "response-upgrade-path", "<checksum>0123", "<checksum>xyz"],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(golden(name)).to.contain(found);
      expect(schema.problems(golden(name).replace(found, put))).to.not.deep.equal([]);
    });
  }
});
