/**
 * One device as a value: first contact, changes, sessions, power.
 * Spec: TR-069 3.2.1, 3.7.1.5, A.3.3.1.
 */
import { expect } from "chai";
import {
  changeValue,
  type Device,
  informConfirmed,
  listForInform,
  newDevice,
  noticeNewAcs,
  powerDown,
  powerUp,
  sessionEnded,
  showStatus,
} from "../../../../device-sim/device/device.js";
import { makeInform, makeTransferComplete, writeTime } from "../../../../device-sim/device/inform.js";
import { indexModel } from "../../../../device-sim/device/model-index.js";
import { currentValue, withStored } from "../../../../device-sim/device/parameter-tree.js";
import type { Transfer } from "../../../../device-sim/device/transfers.js";
import { tr098VoiceGateway } from "../../../../schemas/data-models/tr098-voice-gateway.js";
import { NOW_MS } from "../../../support/builders.js";

const index = indexModel(tr098VoiceGateway);
const PROVISIONING = `${index.root}DeviceInfo.ProvisioningCode`;
const fresh = newDevice(index, new Map());
/** After its first session. */
const known: Device = sessionEnded(informConfirmed(listForInform(powerUp(fresh))));
const codes = ({ events }: Device) => events.waiting.map(({ code }) => code);

describe("TR-069 3.2.1: a device and what it has to tell", () => {
  it("its first start is a BOOTSTRAP, the next ones are not", () => {
    expect(codes(powerUp(fresh))).to.deep.equal(["0 BOOTSTRAP", "1 BOOT"]);
    expect(codes(powerUp(powerDown(known)))).to.deep.equal(["1 BOOT"]);
  });
  it("an ACS that never confirmed the BOOTSTRAP is told it again after a power cut", () => {
    expect(codes(powerUp(powerDown(listForInform(powerUp(fresh)))))).to.deep.equal(["0 BOOTSTRAP", "1 BOOT"]);
  });
  it("another ACS URL is a first contact", () => {
    const moved = { ...known, tree: withStored(known.tree, `${index.root}ManagementServer.URL`, "http://b.example/") };
    expect(codes(noticeNewAcs(moved))).to.deep.equal(["0 BOOTSTRAP"]);
    expect(codes(noticeNewAcs(known))).to.deep.equal([]);
    const owing = { ...moved, transfers: [{ id: 1, state: "finished" } as Transfer, { id: 2, state: "waiting" } as Transfer] };
    expect(
      noticeNewAcs(owing).transfers.map(({ id }) => id),
      "the new ACS is told of no transfer of the old one",
    ).to.deep.equal([2]);
  });
  it("a change that is notified is told with its value; a re-write of the same value is no change", () => {
    const changed = changeValue(known, PROVISIONING, "p1");
    expect(codes(changed)).to.deep.equal(["4 VALUE CHANGE"]);
    expect(codes(changeValue(known, PROVISIONING, ""))).to.deep.equal([]);
    const inform = makeInform(listForInform(changed), NOW_MS, 0);
    expect(inform.parameters.filter(({ name }) => name === PROVISIONING)).to.deep.equal([
      { name: PROVISIONING, type: "xsd:string", text: "p1" },
    ]);
  });
  it("a change back before delivery still notifies", () => {
    expect(codes(changeValue(changeValue(known, PROVISIONING, "p1"), PROVISIONING, ""))).to.deep.equal(["4 VALUE CHANGE"]);
  });
  it("a change that nobody asked to be told of is made and not told", () => {
    const changed = changeValue(known, `${index.root}Time.NTPServer1`, "x");
    expect(codes(changed)).to.deep.equal([]);
    expect(currentValue(changed.tree, `${index.root}Time.NTPServer1`)).to.equal("x");
  });
  it("a pending BOOTSTRAP suppresses VALUE CHANGE and its list", () => {
    const changed = changeValue(powerUp(fresh), PROVISIONING, "p1");
    expect(codes(changed)).to.deep.equal(["0 BOOTSTRAP", "1 BOOT"]);
    expect(changed.changed.waiting).to.deep.equal([]);
  });
  it("a failed session keeps the list of changes, a confirmed Inform clears it", () => {
    const told = listForInform(changeValue(known, PROVISIONING, "p1"));
    expect(sessionEnded(told).changed.waiting).to.deep.equal([PROVISIONING]);
    expect(sessionEnded(informConfirmed(told)).changed.waiting).to.deep.equal([]);
  });
  it("status goes with the power, what is stored stays", () => {
    const status = showStatus(changeValue(known, PROVISIONING, "p1"), { "DeviceInfo.UpTime": "5" });
    const off = powerDown(status);
    expect(currentValue(status.tree, `${index.root}DeviceInfo.UpTime`)).to.equal("5");
    expect(currentValue(off.tree, `${index.root}DeviceInfo.UpTime`)).to.equal("86400");
    expect(currentValue(off.tree, PROVISIONING)).to.equal("p1");
  });
});

describe("TR-069 A.3.3: what the device says of itself", () => {
  it("Inform tells no parameter twice", () => {
    const names = makeInform(listForInform(changeValue(known, PROVISIONING, "p1")), NOW_MS, 3).parameters.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
  });
  it("times have whole seconds and a zone", () => {
    expect(writeTime(NOW_MS + 999)).to.equal("2026-01-01T12:00:00Z");
    expect(makeInform(known, NOW_MS, 0).currentTime).to.equal("2026-01-01T12:00:00+00:00");
  });
  it("TransferComplete tells times for a success and the Unknown Time for a failure", () => {
    const transfer = { commandKey: "d", startedAtMs: NOW_MS, finishedAtMs: NOW_MS + 5_000, fault: { code: 0, text: "" } } as Transfer;
    expect(makeTransferComplete(transfer)).to.include({ startTime: "2026-01-01T12:00:00Z", completeTime: "2026-01-01T12:00:05Z" });
    const failed = makeTransferComplete({ ...transfer, fault: { code: 9016, text: "HTTP 404" } });
    expect(failed).to.deep.include({ startTime: "0001-01-01T00:00:00Z", fault: { faultCode: 9016, faultString: "HTTP 404" } });
  });
});
