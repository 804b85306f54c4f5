/** Diagnostics objects as data (cwmp.md 8.2, 9.5). */
import { expect } from "chai";
import { diagnosticObject, objectOfState } from "../../../../acs/diagnostics/diagnostic-objects.js";

const IGD = "InternetGatewayDevice.";
const VOICE = "Services.VoiceService.1.";
const REGISTRATION = `${IGD}${VOICE}VoiceProfile.1.Line.1.SIP.X_0A1B2C_RegistrationDiagnostics.`;
const stateOf = (path: string): string | undefined => diagnosticObject(path)?.stateParameter;

describe("diagnostics objects", () => {
  it("say how far they are with DiagnosticsState, voice ports with TestState, DSL with LoopDiagnosticsState", () => {
    expect(stateOf(`${IGD}IPPingDiagnostics.`)).to.equal("DiagnosticsState");
    expect(stateOf(`${IGD}${VOICE}PhyInterface.2.Tests.`)).to.equal("TestState");
    expect(stateOf(`Device.${VOICE}PhyInterface.2.Tests.`)).to.equal("TestState");
    expect(stateOf(`Device.${VOICE}POTS.FXS.3.DiagTests.`)).to.equal("DiagnosticsState");
    expect(stateOf(`${IGD}WANDevice.1.WANDSLDiagnostics.`)).to.equal("LoopDiagnosticsState");
  });
  it("of vendors follow the standard unless they are known better", () => {
    expect(diagnosticObject("Device.X_00D09E_LineTest.")).to.deep.include({
      stateParameter: "DiagnosticsState",
      requestValue: "Requested",
    });
  });
  it("of a SIP registration are known wherever they stand, with an end value of their own", () => {
    expect(diagnosticObject(REGISTRATION)?.completeValues).to.include("8 DIAGNOSTICS COMPLETE");
    expect(diagnosticObject(REGISTRATION)?.arguments).to.include({ Timeout: "xsd:unsignedInt" });
  });
  it("can be taken back with Canceled in TR-181, not in TR-098, nor where the state is TestState", () => {
    const cancel = (path: string) => diagnosticObject(path)?.cancelValue;
    expect(cancel("Device.IP.Diagnostics.IPPing.")).to.equal("Canceled");
    expect(cancel("Device.X_00D09E_LineTest.")).to.equal("Canceled");
    expect(cancel(`${IGD}IPPingDiagnostics.`)).to.equal(null);
    expect(cancel(`${IGD}X_00D09E_LineTest.`)).to.equal(null);
    expect(cancel(`Device.${VOICE}PhyInterface.1.Tests.`)).to.equal(null);
    expect(cancel(REGISTRATION)).to.equal("Canceled");
  });
  it("without a state are none: an echo server is switched on and off", () => {
    expect(diagnosticObject("Device.IP.Diagnostics.UDPEchoConfig.")).to.equal(undefined);
    expect(diagnosticObject(`${IGD}UDPEchoConfig.`)).to.equal(undefined);
  });
  it("are found by the parameter that is their state, and by no other", () => {
    expect(objectOfState("Device.IP.Diagnostics.IPPing.DiagnosticsState")).to.equal("Device.IP.Diagnostics.IPPing.");
    expect(objectOfState(`${IGD}${VOICE}PhyInterface.1.Tests.TestState`)).to.equal(`${IGD}${VOICE}PhyInterface.1.Tests.`);
    expect(objectOfState(`${IGD}WANDevice.1.WANDSLDiagnostics.LoopDiagnosticsState`)).to.equal(`${IGD}WANDevice.1.WANDSLDiagnostics.`);
    expect(objectOfState(`${IGD}${VOICE}PhyInterface.1.Tests.DiagnosticsState`)).to.equal(undefined);
    expect(objectOfState("Device.IP.Diagnostics.IPPing.Host")).to.equal(undefined);
    expect(objectOfState("Device.IP.Diagnostics.UDPEchoConfig.DiagnosticsState")).to.equal(undefined);
  });
});
