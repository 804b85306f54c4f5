/** Which SIP address wakes which device (DESIGN 4): the operator's word, else the voice line, else the instance id. */
import { expect } from "chai";
import { type NamedValue, sipTarget } from "../../../../acs/wake/sip-target.js";
import { aDevice } from "../../../support/builders.js";

const PROFILE = "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.";
const values = (named: Readonly<Record<string, string>>): readonly NamedValue[] =>
  Object.entries(named).map(([name, value]) => ({ name, value }));
const line = (n: number, more: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ "SIP.AuthUserName": "1001", ...more }).map(([name, value]) => [`${PROFILE}Line.${n}.${name}`, value]),
  );
const MAC = "InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.MACAddress";

describe("sipTarget", () => {
  const device = aDevice();
  const addressOf = (named: Readonly<Record<string, string>>) => {
    const { target } = sipTarget(device, values(named));
    return target?.by === "address-of-record" ? target.addressOfRecord : target;
  };

  it("is what the operator set, whatever the tree says", () => {
    const choice = sipTarget(aDevice({ sipAddress: "sip:set@voice.example" }), values(line(1, { "SIP.URI": "sip:tree@voice.example" })));
    expect(choice.target).to.deep.equal({ by: "address-of-record", addressOfRecord: "sip:set@voice.example" });
  });
  it("is the line's URI (TR-104)", () => {
    expect(addressOf(line(1, { "SIP.URI": "1001@sip.example" }))).to.equal("sip:1001@sip.example");
  });
  it("is AuthUserName@UserAgentDomain where the URI is empty (TR-104)", () => {
    expect(addressOf({ ...line(1, { "SIP.URI": "" }), [`${PROFILE}SIP.UserAgentDomain`]: "sip.example" })).to.equal("sip:1001@sip.example");
  });
  it("has the domain appended where the URI has no @ (TR-104)", () => {
    expect(addressOf({ ...line(1, { "SIP.URI": "sip:4930" }), [`${PROFILE}SIP.UserAgentDomain`]: "sip.example" })).to.equal(
      "sip:4930@sip.example",
    );
  });
  it("falls back to DirectoryNumber, and to the registrar's domain", () => {
    const named = { ...line(1, { "SIP.AuthUserName": "", DirectoryNumber: "1001" }), [`${PROFILE}SIP.RegistrarServer`]: "reg.example" };
    expect(addressOf(named)).to.equal("sip:1001@reg.example");
  });
  it("ignores a line that is switched off", () => {
    expect(addressOf({ ...line(1, { "SIP.URI": "a@x" }), ...line(2, { "SIP.URI": "b@x", Enable: "Disabled" }) })).to.equal("sip:a@x");
  });
  it("reads TR-104 issue 2 as well: SIP.Client with its Network", () => {
    const client = "Device.Services.VoiceService.1.SIP.Client.1.";
    expect(addressOf({ [`${client}AuthUserName`]: "1001", [`${client}RegisterURI`]: "sip:1001@sip.example" })).to.equal(
      "sip:1001@sip.example",
    );
  });
  it("finds the line of a device that tells aliases in place of numbers (TR-069 3.6.1)", () => {
    const profile = "Device.Services.VoiceService.[cpe-1].VoiceProfile.[home.1].";
    const named = { [`${profile}Line.[office].SIP.AuthUserName`]: "1001", [`${profile}SIP.UserAgentDomain`]: "sip.example" };
    expect(addressOf(named)).to.equal("sip:1001@sip.example");
  });
  it("is nothing, with the reason, when two lines have different addresses", () => {
    const choice = sipTarget(device, values({ ...line(1, { "SIP.URI": "a@x" }), ...line(2, { "SIP.URI": "b@x" }) }));
    expect(choice.target).to.equal(null);
    expect(choice).to.have.property("why").that.includes("ambiguous");
  });
  it("is the MAC address of the one interface when there is no line, for the instance id of the registration (RFC 5626 4.1)", () => {
    expect(sipTarget(device, values({ [MAC]: "02:00:00:00:00:0a" })).target).to.deep.equal({
      by: "instance-node",
      macAddress: "02:00:00:00:00:0A",
    });
  });
  it("is nothing when neither is known", () => {
    expect(sipTarget(device, []).target).to.equal(null);
  });
});
