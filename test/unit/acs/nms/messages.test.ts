/**
 * The messages of voice-signalled management: golden bytes both ways, what is malformed, what is too much.
 * Spec: US 2012/0089717 A1 [0049], [0061-0066], [0099-0134]. Layer: test.
 */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { LimitExceeded, MalformedMessage } from "../../../../acs/cwmp/malformed-message.js";
import { type GatewayMessage, readGatewayMessage, writeGatewayMessage } from "../../../../acs/nms/gateway-message.js";
import { NMS_LIMITS } from "../../../../acs/nms/nms-document.js";
import { type NonVoiceResponse, readNonVoiceResponse, writeNonVoiceResponse } from "../../../../acs/nms/non-voice-response.js";
import { filesBelow, repositoryPath } from "../../../support/shared-data.js";

type Golden =
  | { readonly from: "gateway"; readonly message: GatewayMessage }
  | { readonly from: "server"; readonly message: NonVoiceResponse };

const FOLDER = repositoryPath("test/golden/nms");
const bytes = (xml: string): Buffer => Buffer.from(xml, "utf8");
const response = (body: string): NonVoiceResponse => readNonVoiceResponse(bytes(`<response><body>${body}</body></response>`));
const HEADER = "<header><oui>00D09E</oui><serialnumber>1</serialnumber></header>";
const registration = (rest: string): GatewayMessage => readGatewayMessage(bytes(`<registration>${rest}</registration>`));

describe("messages of voice-signalled management: golden bytes", () => {
  for (const file of filesBelow(FOLDER).filter((name) => name.endsWith(".json"))) {
    const name = file.replace(/\.json$/, "");
    const golden = JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8")) as Golden;
    const xml = readFileSync(`${FOLDER}/${name}.xml`);

    it(`${name}: is written so`, () => {
      const written = golden.from === "gateway" ? writeGatewayMessage(golden.message) : writeNonVoiceResponse(golden.message);
      expect(written).to.equal(xml.toString("utf8"));
    });

    it(`${name}: is read as what was written`, () => {
      const read = golden.from === "gateway" ? readGatewayMessage(xml) : readNonVoiceResponse(xml);
      const message =
        golden.from === "server" && golden.message.status !== "success" ? { ...golden.message, action: null } : golden.message;
      expect(read).to.deep.equal(message);
    });
  }
});

describe("reading what a gateway posts", () => {
  it("takes names in any case and order, and passes over what it does not know", () => {
    const read = registration(`<Body><colour>red</colour><SoftwareVersion> 2.0 </SoftwareVersion><IP>10.0.0.1</IP></Body>${HEADER}`);
    expect(read.information).to.include({ softwareVersion: "2.0", ip: "10.0.0.1" });
  });

  it("takes an OUI in lower case for the one that it is", () => {
    expect(registration("<header><oui>00d09e</oui><serialnumber>1</serialnumber></header>").identity.oui).to.equal("00D09E");
  });

  for (const [what, xml, path] of [
    ["XML that ends too early", `<registration>${HEADER}`, ""],
    ["another root", "<reboot/>", "reboot"],
    ["a root of the other side", "<response><body><status>success</status></body></response>", "response"],
    ["a DTD", `<!DOCTYPE registration [<!ENTITY a "b">]><registration>${HEADER}</registration>`, ""],
    ["no header", "<registration><body/></registration>", "registration/header"],
    ["no OUI", "<registration><header><serialnumber>1</serialnumber></header></registration>", "header/oui"],
    ["no serial number", "<registration><header><oui>00D09E</oui></header></registration>", "header/serialnumber"],
    [
      "a result that does not exist",
      `<request>${HEADER}<body><lastaction><result>maybe</result></lastaction></body></request>`,
      "lastaction/result",
    ],
    [
      "a parameter without a name",
      `<request>${HEADER}<body><parameter><value>1</value></parameter></body></request>`,
      "body/parameter/name",
    ],
    [
      "a serial number of 65 characters",
      `<request><header><oui>00D09E</oui><serialnumber>${"1".repeat(65)}</serialnumber></header></request>`,
      "header/serialnumber",
    ],
    [
      "a version of 257 characters",
      `<request>${HEADER}<body><softwareversion>${"1".repeat(257)}</softwareversion></body></request>`,
      "body/softwareversion",
    ],
  ] as const) {
    it(`refuses ${what}, and says where`, () => {
      expect(() => readGatewayMessage(bytes(xml)))
        .to.throw(MalformedMessage)
        .that.has.property("path")
        .that.contains(path);
    });
  }

  it("refuses more parameters than it keeps", () => {
    const one = "<parameter><name>Device.A</name><value/></parameter>";
    const body = (count: number): string => `${HEADER}<body>${one.repeat(count)}</body>`;
    expect(registration(body(NMS_LIMITS.parametersMax)).parameters).to.have.length(NMS_LIMITS.parametersMax);
    expect(() => registration(body(NMS_LIMITS.parametersMax + 1))).to.throw(LimitExceeded);
  });
});

describe("reading a non-voice response", () => {
  it("has no action when the status is another than success", () => {
    expect(response("<status>busy</status><reboot>yes</reboot>")).to.deep.include({ status: "busy", action: null });
  });

  it("has no action when reboot is not yes", () => {
    expect(response("<status>success</status><reboot>no</reboot>").action).to.equal(null);
  });

  for (const [what, body] of [
    ["no status", "<reboot>yes</reboot>"],
    ["a file type that does not exist", "<status>success</status><filetype>tune</filetype><filename>a</filename>"],
    ["a file without a name", "<status>success</status><filetype>version</filetype>"],
    ["a size that is no number", "<status>success</status><filetype>version</filetype><filename>a</filename><filesize>-1</filesize>"],
    ["a checksum that is none", "<status>success</status><filetype>version</filetype><filename>a</filename><checksum>12</checksum>"],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => response(body)).to.throw(MalformedMessage);
    });
  }
});
