import { expect } from "chai";
import { isSecretName } from "../../../../acs/devices/secret-names.js";

describe("parameters that hold secrets", () => {
  it("knows the hidden parameters of TR-098, TR-181 and TR-104, and vendors' own", () => {
    const secrets = [
      "InternetGatewayDevice.ManagementServer.Password",
      "InternetGatewayDevice.ManagementServer.ConnectionRequestPassword",
      "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.WEPKey.1.WEPKey",
      "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.PreSharedKey.1.PreSharedKey",
      "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.KeyPassphrase",
      "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthPassword",
      "Device.WiFi.AccessPoint.1.Security.SAEPassphrase",
      "Device.WiFi.AccessPoint.1.Security.RadiusSecret",
      "Device.Cellular.Interface.1.USIM.PIN",
      "Device.Users.X_EXAMPLE-COM_AdminPassword",
    ];
    expect(secrets.filter((name) => !isSecretName(name))).to.deep.equal([]);
  });
  it("leaves open what only sounds like one", () => {
    const open = [
      "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.WEPKeyIndex",
      "InternetGatewayDevice.ManagementServer.Username",
      "Device.WiFi.AccessPoint.1.WPS.PINLength",
      "Device.ManagementServer.ParameterKey",
      "Device.Password.Hint",
    ];
    expect(open.filter(isSecretName)).to.deep.equal([]);
  });
});
