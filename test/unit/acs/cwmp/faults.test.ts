/** Faults of both sides. Layer: test. */
import { expect } from "chai";
import {
  ACS_FAULTS,
  acsFault,
  CPE_FAULTS,
  cpeFault,
  DeviceFault,
  type Fault,
  faultName,
  RefusedRequest,
  readFault,
  writeFault,
} from "../../../../acs/cwmp/faults.js";
import { MalformedMessage } from "../../../../acs/cwmp/malformed-message.js";
import { scanXml } from "../../../../acs/cwmp/scan-xml.js";
import { child } from "../../../../acs/cwmp/xml.js";

describe("fault codes (TR-069 A.5)", () => {
  it("names 9000 to 9032 and 8000 to 8006, all of them", () => {
    expect(Object.keys(CPE_FAULTS).map(Number)).to.deep.equal(Array.from({ length: 33 }, (_, i) => 9_000 + i));
    expect(Object.keys(ACS_FAULTS).map(Number)).to.deep.equal(Array.from({ length: 7 }, (_, i) => 8_000 + i));
    expect([faultName(9005), faultName(8005), faultName(9800)]).to.deep.equal(["Invalid parameter name", "Retry request", ""]);
  });

  it("blames the side that could have avoided the fault", () => {
    const isClient = (fault: Fault): boolean => child(writeFault(fault), "faultcode").text === "Client";
    const codesOf = (faults: object): number[] => Object.keys(faults).map(Number);
    const clients = (faults: object): number[] => codesOf(faults).filter((faultCode) => isClient({ ...cpeFault(9002), faultCode }));
    expect(clients(CPE_FAULTS)).to.deep.equal([9003, 9005, 9006, 9007, 9008]);
    expect(clients(ACS_FAULTS)).to.deep.equal([8000, 8001, 8003]);
  });

  it("is built with the standard's words unless others are given", () => {
    expect(acsFault(8000).faultString).to.equal("Method not supported");
    expect(cpeFault(9001, "locked").faultString).to.equal("locked");
  });
});

describe("the SOAP fault (TR-069 3.5)", () => {
  const read = (detail: string): unknown =>
    readFault(scanXml(`<s:Fault><faultcode>Client</faultcode><faultstring>CWMP fault</faultstring>${detail}</s:Fault>`));

  it("without CWMP detail is an invalid message", () => {
    expect(() => read(""))
      .to.throw(MalformedMessage)
      .with.property("path", "Fault/detail/Fault");
    expect(() => read("<detail/>")).to.throw(MalformedMessage);
  });

  it("without a numeric FaultCode is an invalid message", () => {
    expect(() => read("<detail><cwmp:Fault/></detail>"))
      .to.throw(MalformedMessage)
      .with.property("path", "Fault/FaultCode");
    expect(() => read("<detail><cwmp:Fault><FaultCode>many</FaultCode></cwmp:Fault></detail>")).to.throw(MalformedMessage, "not a number");
    const parameter = "<SetParameterValuesFault><ParameterName>A</ParameterName><FaultCode/></SetParameterValuesFault>";
    expect(() => read(`<detail><cwmp:Fault><FaultCode>9003</FaultCode>${parameter}</cwmp:Fault></detail>`))
      .to.throw(MalformedMessage)
      .with.property("path", "SetParameterValuesFault/FaultCode");
  });
});

describe("errors say who is at fault", () => {
  it("RefusedRequest: ours to the device, with the code it will read", () => {
    const error = new RefusedRequest(8003, "no SerialNumber");
    expect(error).to.include({ name: "RefusedRequest", faultCode: 8003, message: "8003 Invalid arguments: no SerialNumber" });
  });

  it("DeviceFault: the device's answer, with what it said or what the code means", () => {
    expect(new DeviceFault(cpeFault(9001, "locked"))).to.include({ name: "DeviceFault", message: "9001 locked" });
    expect(new DeviceFault(cpeFault(9005, "")).message).to.equal("9005 Invalid parameter name");
  });
});
