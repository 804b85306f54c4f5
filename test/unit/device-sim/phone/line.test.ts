/**
 * The voice line as its parameters describe it.
 * Spec: TR-104 VoiceProfile.{i}.SIP, Line.{i}.SIP.
 */
import { expect } from "chai";
import { newDevice } from "../../../../device-sim/device/device.js";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import { concernsLine, LINE_PATH, readLine } from "../../../../device-sim/phone/line.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";

const PROFILE = "Services.VoiceService.1.VoiceProfile.1.";
const index = indexModel(tr098VoiceGateway);
const line = (values: Readonly<Record<string, string>>) =>
  readLine(newDevice(index, new Map(Object.entries(values).map(([path, text]) => [index.root + path, text]))));

describe("TR-104: the line's configuration", () => {
  it("an empty URI is the authentication user at the domain; one without a host gets the domain", () => {
    const uri = (text: string) => line({ [`${LINE_PATH}SIP.URI`]: text, [`${LINE_PATH}SIP.AuthUserName`]: "anna" }).addressOfRecord;
    expect(["", "1001", "sip:1001", "1001@other.example", "sip:1001@other.example"].map(uri)).to.deep.equal([
      "sip:anna@sip.example",
      "sip:1001@sip.example",
      "sip:1001@sip.example",
      "sip:1001@other.example",
      "sip:1001@other.example",
    ]);
  });
  it("without a registrar the proxy's host, port and transport are used", () => {
    const { serverHost, serverPort, transport } = line({
      [`${PROFILE}SIP.RegistrarServer`]: "",
      [`${PROFILE}SIP.RegistrarServerPort`]: "7000",
      [`${PROFILE}SIP.ProxyServer`]: "proxy.example",
      [`${PROFILE}SIP.ProxyServerPort`]: "5070",
      [`${PROFILE}SIP.ProxyServerTransport`]: "TCP",
    });
    expect([serverHost, serverPort, transport]).to.deep.equal(["proxy.example", 5_070, "TCP"]);
  });
  it("an outbound proxy takes everything, whatever the registrar is", () => {
    const { serverHost, serverPort, domain } = line({
      [`${PROFILE}SIP.OutboundProxy`]: "edge.example",
      [`${PROFILE}SIP.OutboundProxyPort`]: "5090",
    });
    expect([serverHost, serverPort, domain]).to.deep.equal(["edge.example", 5_090, "sip.example"]);
  });
  it("the profile's Enable gates its lines; Quiescent is taken for Disabled", () => {
    expect(line({}).enabled).to.equal(true);
    expect(line({ [`${PROFILE}Enable`]: "Disabled" }).enabled).to.equal(false);
    expect(line({ [`${LINE_PATH}Enable`]: "Quiescent" }).enabled).to.equal(false);
  });
  it("SIP parameters, Enable and Reset concern the line; others, and the test of its registration, do not", () => {
    const paths = [
      `${PROFILE}SIP.ProxyServer`,
      `${LINE_PATH}SIP.URI`,
      `${LINE_PATH}Enable`,
      `${PROFILE}Reset`,
      `${LINE_PATH}DirectoryNumber`,
      "Time.Enable",
      `${LINE_PATH}SIP.X_0A1B2C_RegistrationDiagnostics.DiagnosticsState`,
    ];
    expect(paths.map(concernsLine)).to.deep.equal([true, true, true, true, false, false, false]);
  });
});
