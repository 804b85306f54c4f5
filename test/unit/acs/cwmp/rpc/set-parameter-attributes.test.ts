/** SetParameterAttributes. Layer: test. */
import { expect } from "chai";
import { MalformedMessage } from "../../../../../acs/cwmp/malformed-message.js";
import { readSetParameterAttributes, writeSetParameterAttributes } from "../../../../../acs/cwmp/rpc/set-parameter-attributes.js";
import { scanXml } from "../../../../../acs/cwmp/scan-xml.js";

const read = (inner: string): ReturnType<typeof readSetParameterAttributes>["parameters"] =>
  readSetParameterAttributes(
    scanXml(
      `<r><ParameterList><SetParameterAttributesStruct><Name>Device.</Name>${inner}</SetParameterAttributesStruct></ParameterList></r>`,
    ),
  ).parameters;

describe("SetParameterAttributes (TR-069 A.3.2.4)", () => {
  it("leaves alone what is not marked as a change, whatever stands there", () => {
    const inner = `<NotificationChange>false</NotificationChange><Notification>2</Notification>
      <AccessListChange>0</AccessListChange><AccessList><string>Subscriber</string></AccessList>`;
    expect(read(inner)).to.deep.equal([{ name: "Device." }]);
  });

  it("can take all access away: an empty list is a change", () => {
    const inner = "<NotificationChange>0</NotificationChange><AccessListChange>1</AccessListChange><AccessList/>";
    expect(read(inner)).to.deep.equal([{ name: "Device.", accessList: [] }]);
  });

  it("is malformed if what changes is missing or no number", () => {
    expect(() => read("<NotificationChange>1</NotificationChange><AccessListChange>0</AccessListChange>"))
      .to.throw(MalformedMessage)
      .with.property("path", "SetParameterAttributesStruct/Notification");
    expect(() => read("<NotificationChange>0</NotificationChange><AccessListChange>1</AccessListChange>"))
      .to.throw(MalformedMessage)
      .with.property("path", "SetParameterAttributesStruct/AccessList");
  });

  it("has no notification but 0 to 6", () => {
    const write = (notification: number) =>
      writeSetParameterAttributes({ kind: "SetParameterAttributes", parameters: [{ name: "Device.", notification }] });
    expect(() => write(6)).to.not.throw();
    for (const notification of [-1, 7, 1.5]) expect(() => write(notification), String(notification)).to.throw(RangeError, "Notification");
  });
});
