/**
 * Attributes of parameters: notification and access.
 * Spec: TR-069 A.3.2.4, A.3.2.5; TR-098 (which parameters force or deny active notification).
 */
import { expect } from "chai";
import { getAttributes, isOpenToSubscriber, notificationOf, setAttributes } from "../../../../device-sim/device/attributes.js";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import { addObject } from "../../../../device-sim/device/objects.js";
import { newTree, type ParameterTree } from "../../../../device-sim/device/parameter-tree.js";
import { RpcFault } from "../../../../device-sim/device/rpc-fault.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";

const tree = newTree(indexModel(tr098VoiceGateway), new Map());
const R = "InternetGatewayDevice.";
const NTP = `${R}Time.NTPServer1`;
const notification = (of: ParameterTree, path: string) => notificationOf(of, R + path);

describe("TR-069 A.3.2.5: GetParameterAttributes", () => {
  it("tells the model's defaults: active where it forces it, off elsewhere, writable by the subscriber", () => {
    expect(getAttributes(tree, [`${R}DeviceInfo.SoftwareVersion`, `${R}DeviceInfo.ProvisioningCode`, NTP])).to.deep.equal([
      { name: `${R}DeviceInfo.SoftwareVersion`, notification: 2, accessList: [] },
      { name: `${R}DeviceInfo.ProvisioningCode`, notification: 2, accessList: ["Subscriber"] },
      { name: NTP, notification: 0, accessList: ["Subscriber"] },
    ]);
  });
  it("a partial path means all parameters below it, an empty one the whole tree; each is told once", () => {
    expect(getAttributes(tree, [`${R}Time.`, NTP])).to.have.length(5);
    expect(getAttributes(tree, [""])).to.have.length(tr098VoiceGateway.parameters.length);
  });
  it("an unknown name refuses the call with 9005", () => {
    expect(() => getAttributes(tree, [NTP, `${R}Nothing`])).to.throw(RpcFault, /^9005/);
  });
});

describe("TR-069 A.3.2.4: SetParameterAttributes", () => {
  it("changes what is given and leaves the rest", () => {
    const told = setAttributes(tree, [{ name: NTP, notification: 1 }]);
    const closed = setAttributes(told, [{ name: NTP, accessList: [] }]);
    expect(getAttributes(closed, [NTP])).to.deep.equal([{ name: NTP, notification: 1, accessList: [] }]);
    expect([isOpenToSubscriber(told, NTP), isOpenToSubscriber(closed, NTP)]).to.deep.equal([true, false]);
  });
  it("a partial path means the parameters that exist now, not those that come later", () => {
    const lines = `${R}Services.VoiceService.1.VoiceProfile.1.Line.`;
    const set = setAttributes(tree, [{ name: `${R}Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.`, notification: 2 }]);
    const grown = addObject(set, lines, "").tree;
    expect(notification(grown, "Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.URI")).to.equal(2);
    expect(notification(grown, "Services.VoiceService.1.VoiceProfile.1.Line.2.SIP.URI")).to.equal(0);
  });
  it("of two changes of one parameter the later wins", () => {
    const set = setAttributes(tree, [
      { name: `${R}Time.`, notification: 1 },
      { name: NTP, notification: 2 },
    ]);
    expect([notification(set, "Time.NTPServer1"), notification(set, "Time.Enable")]).to.deep.equal([2, 1]);
  });
  it("one unknown name and nothing is changed (9005)", () => {
    expect(() =>
      setAttributes(tree, [
        { name: NTP, notification: 2 },
        { name: `${R}Nothing`, notification: 2 },
      ]),
    ).to.throw(RpcFault, /^9005/);
    expect(notification(tree, "Time.NTPServer1")).to.equal(0);
  });
  it("active notification may be denied where the model says so (9009); passive never", () => {
    expect(() => setAttributes(tree, [{ name: `${R}DeviceInfo.UpTime`, notification: 2 }])).to.throw(RpcFault, /^9009/);
    expect(() => setAttributes(tree, [{ name: `${R}DeviceInfo.`, notification: 2 }])).to.throw(RpcFault, /^9009/);
    expect(notification(setAttributes(tree, [{ name: R, notification: 1 }]), "DeviceInfo.UpTime")).to.equal(1);
  });
  it("where active notification is forced it stays, where it is the default it can be turned off", () => {
    const off = setAttributes(tree, [{ name: R, notification: 0 }]);
    expect(notification(off, "DeviceInfo.SoftwareVersion")).to.equal(2);
    expect(notification(off, "ManagementServer.ConnectionRequestURL")).to.equal(0);
  });
  it("lightweight notifications (3 to 6) and entities that nobody defined are 9003", () => {
    for (const value of [-1, 3, 4, 5, 6, 7]) {
      expect(() => setAttributes(tree, [{ name: NTP, notification: value }]), String(value)).to.throw(RpcFault, /^9003/);
    }
    expect(() => setAttributes(tree, [{ name: NTP, accessList: ["Everybody"] }])).to.throw(RpcFault, /^9003/);
    expect(getAttributes(setAttributes(tree, [{ name: NTP, accessList: ["X_0A1B2C_Shop"] }]), [NTP])[0]?.accessList).to.deep.equal([
      "X_0A1B2C_Shop",
    ]);
  });
});
