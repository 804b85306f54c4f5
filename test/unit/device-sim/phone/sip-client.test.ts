/**
 * The voice line as its parameters describe it in a TR-181 gateway.
 * Spec: TR-104 issue 2, SIP.Client.{i}, SIP.Network.{i}.
 */
import { expect } from "chai";
import { newDevice } from "../../../../device-sim/device/device.js";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import { CLIENT_PATH, concernsSipClient, readSipClient, showSipClient, sipClientAccount } from "../../../../device-sim/phone/sip-client.js";
import { tr181VoiceGateway } from "../../../../schemas/data-models/tr181-voice-gateway.js";

const NETWORK = "Services.VoiceService.1.SIP.Network.1.";
const index = indexModel(tr181VoiceGateway);
const client = (values: Readonly<Record<string, string>>) =>
  readSipClient(newDevice(index, new Map(Object.entries(values).map(([path, text]) => [index.root + path, text]))));

describe("TR-104 issue 2: the SIP client's configuration", () => {
  it("the account stands in the client, the server in the network that it refers to", () => {
    const account = {
      registrar: "reg.example",
      registrarPort: 5_070,
      transport: "TLS",
      domain: "voice.example",
      number: "1004",
      password: "secret",
    } as const;
    expect(client(sipClientAccount(account))).to.include({
      ...{ enabled: true, serverHost: "reg.example", serverPort: 5_070, transport: "TLS", domain: "voice.example" },
      ...{ addressOfRecord: "sip:1004@voice.example", authUserName: "1004", authPassword: "secret", userAgentPort: 0 },
    });
  });
  it("a client without a network, or with one that is gone, is not enabled", () => {
    expect(client({ [`${CLIENT_PATH}Network`]: "" }).enabled).to.equal(false);
    expect(client({ [`${CLIENT_PATH}Network`]: "Device.Services.VoiceService.1.SIP.Network.7" }).enabled).to.equal(false);
  });
  it("client and network must both be enabled; QuiescentMode is taken for disabled", () => {
    expect(client({}).enabled).to.equal(true);
    expect(client({ [`${CLIENT_PATH}Enable`]: "0" }).enabled).to.equal(false);
    expect(client({ [`${CLIENT_PATH}QuiescentMode`]: "1" }).enabled).to.equal(false);
    expect(client({ [`${NETWORK}Enable`]: "0" }).enabled).to.equal(false);
  });
  it("without a registrar the proxy is used, and an outbound proxy before both", () => {
    const proxy = { [`${NETWORK}RegistrarServer`]: "", [`${NETWORK}ProxyServer`]: "proxy.example", [`${NETWORK}ProxyServerPort`]: "5070" };
    expect(client(proxy)).to.include({ serverHost: "proxy.example", serverPort: 5_070 });
    const edge = { ...proxy, [`${NETWORK}OutboundProxy`]: "edge.example", [`${NETWORK}OutboundProxyPort`]: "5090" };
    expect(client(edge)).to.include({ serverHost: "edge.example", serverPort: 5_090 });
  });
  it("parameters of the client and of any network concern the registration; those of call control and of the test do not", () => {
    const others = ["Services.VoiceService.1.CallControl.Line.1.DirectoryNumber", `${CLIENT_PATH}X_0A1B2C_RegistrationDiagnostics.Timeout`];
    const paths = [`${CLIENT_PATH}AuthPassword`, `${NETWORK}ProxyServer`, ...others];
    expect(paths.map(concernsSipClient)).to.deep.equal([true, true, false, false]);
  });
  it("the client's Status has its own words; the line of call control is up, disabled or in error", () => {
    expect(Object.values(showSipClient("Up"))).to.deep.equal(["Up", "Up"]);
    expect(Object.values(showSipClient("Unregistering"))).to.deep.equal(["Deregistering", "Error"]);
    expect(Object.values(showSipClient("Disabled"))).to.deep.equal(["Disabled", "Disabled"]);
    expect(Object.values(showSipClient("Error"))).to.deep.equal(["Error_Registration", "Error"]);
  });
});
