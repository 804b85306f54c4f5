/**
 * What a complete SIP configuration is.
 * Spec: CN 103067208 B, S12, [0069]-[0072].
 */
import { expect } from "chai";
import { newDevice } from "../../../../device-sim/device/device.js";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import { isComplete, lackingSettings } from "../../../../device-sim/diagnosis/basic-configuration.js";
import { type LineConfig, readLine } from "../../../../device-sim/phone/line.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";

const whole: LineConfig = { ...readLine(newDevice(indexModel(tr098VoiceGateway), new Map())), authPassword: "s3cret" };

describe("CN 103067208 B, S12: the basic SIP configuration", () => {
  it("is complete with registrar, port, domain, address of record, user, password, expiry and transport", () => {
    expect([lackingSettings(whole), isComplete(whole)]).to.deep.equal([[], true]);
  });
  for (const [name, broken] of [
    ["RegistrarServer", { serverHost: "" }],
    ["RegistrarServerPort", { serverPort: 0 }],
    ["RegistrarServerPort", { serverPort: 65_536 }],
    ["RegistrarServerPort", { serverPort: Number.NaN }],
    ["UserAgentDomain", { domain: "voice example" }],
    ["URI", { addressOfRecord: "sip:@voice.example" }],
    ["URI", { addressOfRecord: "sip:voice.example" }],
    ["URI", { addressOfRecord: "sip:10 01@voice.example" }],
    ["AuthUserName", { authUserName: "" }],
    ["AuthPassword", { authPassword: "" }],
    ["RegisterExpires", { registerExpiresS: 0 }],
    ["RegisterExpires", { registerExpiresS: 4_294_967_296 }],
    ["Transport", { transport: "" }],
    ["Transport", { transport: "SCTP" }],
  ] as const) {
    it(`lacks ${name} with ${JSON.stringify(broken)}`, () => {
      expect(lackingSettings({ ...whole, ...broken })).to.deep.equal([name]);
    });
  }
  it("tells everything that it lacks", () => {
    expect(lackingSettings({ ...whole, serverHost: "", authPassword: "" })).to.deep.equal(["RegistrarServer", "AuthPassword"]);
  });
});
