/** What each kind of task says to the device, and what the answers mean. */
import { expect } from "chai";
import { openOrder, sealOrder } from "../../../../acs/tasks/seal-order.js";
import type { TaskOrder } from "../../../../acs/tasks/task.js";
import { advanceTask, beginTask } from "../../../../acs/tasks/task-run.js";
import type { DeviceAnswer, TaskStep } from "../../../../acs/tasks/task-step.js";
import { aContext, aTask, NOW_MS } from "../../../support/builders.js";

const ROOT = "InternetGatewayDevice.";
const asked = (next: TaskStep) => {
  if (next.do !== "ask") throw new Error(`expected a request, got ${next.do}`);
  return next;
};
const settled = (next: TaskStep) => {
  if (next.do !== "settle") throw new Error(`expected an end, got ${next.do}`);
  return next;
};
const read = (names: readonly string[]): DeviceAnswer => ({
  kind: "GetParameterValuesResponse",
  values: names.map((name) => ({ name, type: "xsd:string", text: "x" })),
});

describe("getParameterValues", () => {
  it("asks for 64 names at a time and keeps all that was read", () => {
    const names = Array.from({ length: 70 }, (_, i) => `${ROOT}X.${i}`);
    const first = asked(beginTask(aTask({ kind: "getParameterValues", names }), aContext()));
    expect(first.request).to.deep.equal({ kind: "GetParameterValues", names: names.slice(0, 64) });
    const second = asked(advanceTask(first.run, read(names.slice(0, 64)), aContext()));
    expect(second.request).to.deep.equal({ kind: "GetParameterValues", names: names.slice(64) });
    const end = settled(advanceTask(second.run, read(names.slice(64)), aContext()));
    expect(end.change.to).to.equal("done");
    expect(end.change.result).to.have.property("values").with.length(70);
  });
  it("shows no secret in its result", () => {
    const name = `${ROOT}LANDevice.1.WLANConfiguration.1.KeyPassphrase`;
    const { run } = asked(beginTask(aTask({ kind: "getParameterValues", names: [name] }), aContext()));
    expect(settled(advanceTask(run, read([name]), aContext())).change.result).to.deep.equal({
      values: [{ name, type: "xsd:string", value: "" }],
    });
  });
  it("keeps a result within its limit and says what was left out", () => {
    const { run } = asked(beginTask(aTask({ kind: "getParameterValues", names: ["a.b"] }), aContext()));
    const values = ["a", "b"].map((name) => ({ name, type: "xsd:string", text: "x".repeat(200_000) }));
    expect(settled(advanceTask(run, { kind: "GetParameterValuesResponse", values }, aContext())).change.result).to.have.property(
      "leftOut",
      1,
    );
  });
});

describe("setParameterValues", () => {
  const values = [{ name: `${ROOT}Time.NTPServer1`, type: "xsd:string", value: "ntp.example" }];
  const begun = () => asked(beginTask(aTask({ kind: "setParameterValues", values }), aContext({ values })));

  it("carries the task's id as ParameterKey", () => {
    expect(begun().request).to.deep.include({ kind: "SetParameterValues", parameterKey: "01task" });
  });
  it("is done at Status 0 and writes what was set to the tree, with the task as its cause", () => {
    const end = settled(advanceTask(begun().run, { kind: "SetParameterValuesResponse", status: 0 }, aContext()));
    expect(end.change.to).to.equal("done");
    expect(end.told?.cause).to.deep.equal({ kind: "set", ref: "01task" });
    expect(end.told?.parameters[0]?.value?.text).to.equal("ntp.example");
  });
  it("waits for the values to be in force at Status 1", () => {
    const end = settled(advanceTask(begun().run, { kind: "SetParameterValuesResponse", status: 1 }, aContext()));
    expect(end.change).to.deep.include({ to: "awaiting-device", settleByMs: NOW_MS + 86_400_000 });
    expect(end.told).to.equal(null);
  });
  it("fails with the device's fault, parameter by parameter (TR-069 A.5.1: 9003 with SetParameterValuesFault)", () => {
    const setParameterValuesFaults = [{ name: values[0]?.name ?? "", faultCode: 9007, faultString: "Invalid parameter value" }];
    const end = settled(
      advanceTask(begun().run, { kind: "Fault", faultCode: 9003, faultString: "Invalid arguments", setParameterValuesFaults }, aContext()),
    );
    expect(end.change.failure?.fault?.parameters).to.deep.equal(setParameterValuesFaults);
  });
});

describe("refresh", () => {
  it("discovers the names, then reads the values, and forgets what is gone", () => {
    const first = asked(beginTask(aTask({ kind: "refresh", path: "" }), aContext()));
    expect(first.request).to.deep.equal({ kind: "GetParameterNames", path: ROOT, nextLevel: false });
    const parameters = [
      { name: `${ROOT}Time.`, writable: false },
      { name: `${ROOT}Time.Enable`, writable: true },
      { name: `${ROOT}Time.Hidden`, writable: false },
    ];
    const second = asked(advanceTask(first.run, { kind: "GetParameterNamesResponse", parameters }, aContext()));
    expect(second.request).to.deep.equal({ kind: "GetParameterValues", names: [ROOT] });
    const end = settled(advanceTask(second.run, read([`${ROOT}Time.Enable`]), aContext()));
    expect(end.told).to.deep.include({ completeUnder: ROOT });
    expect(end.told?.parameters).to.deep.equal([
      { name: `${ROOT}Time.Enable`, writable: true, value: { type: "xsd:string", text: "x" } },
      { name: `${ROOT}Time.Hidden`, writable: false },
    ]);
  });
});

describe("reboot and download", () => {
  it("carry the task's id as CommandKey and wait for the device", () => {
    const reboot = asked(beginTask(aTask({ kind: "reboot" }), aContext()));
    expect(reboot.request).to.deep.equal({ kind: "Reboot", commandKey: "01task" });
    expect(settled(advanceTask(reboot.run, { kind: "RebootResponse" }, aContext())).change.to).to.equal("awaiting-device");
    const file = { fileType: "1 Firmware Upgrade Image", catalogueId: "f1", fileSizeBytes: 10, targetFileName: "fw.bin" };
    const download = asked(beginTask(aTask({ kind: "download", file }), aContext({ fileUrl: "http://files.example/f1" })));
    expect(download.request).to.deep.include({ kind: "Download", commandKey: "01task", url: "http://files.example/f1", fileSizeBytes: 10 });
    const later = advanceTask(download.run, { kind: "DownloadResponse", status: 1, startTime: "", completeTime: "" }, aContext());
    expect(settled(later).change.to).to.equal("awaiting-device");
    const atOnce = advanceTask(download.run, { kind: "DownloadResponse", status: 0, startTime: "", completeTime: "" }, aContext());
    expect(settled(atOnce).change.to).to.equal("done");
  });
  it("a file that is gone fails the task, and no RPC goes out", () => {
    const file = { fileType: "1 Firmware Upgrade Image", catalogueId: "f1", fileSizeBytes: 10, targetFileName: "" };
    expect(settled(beginTask(aTask({ kind: "download", file }), aContext())).change.failure?.code).to.equal("not-possible");
  });
});

describe("provision", () => {
  it("sets the connection-request credentials and the periodic Inform in one call of their own", () => {
    const { request } = asked(beginTask(aTask({ kind: "provision", periodicInformIntervalS: 900 }), aContext()));
    if (request.kind !== "SetParameterValues") throw new Error(request.kind);
    expect(request.values.map(({ name, text }) => [name.slice(`${ROOT}ManagementServer.`.length), text])).to.deep.equal([
      ["ConnectionRequestUsername", "acs"],
      ["ConnectionRequestPassword", "crpass"],
      ["PeriodicInformEnable", "1"],
      ["PeriodicInformInterval", "900"],
      ["PeriodicInformTime", "2020-01-01T00:00:17Z"],
    ]);
  });
  it("keeps no secret in the tree", () => {
    const { run } = asked(beginTask(aTask({ kind: "provision", periodicInformIntervalS: 900 }), aContext()));
    const end = settled(advanceTask(run, { kind: "SetParameterValuesResponse", status: 0 }, aContext()));
    expect(JSON.stringify(end)).to.not.include("crpass");
  });
});

describe("sealed orders", () => {
  const order: TaskOrder = {
    kind: "setParameterValues",
    values: [
      { name: `${ROOT}LANDevice.1.WLANConfiguration.1.KeyPassphrase`, type: "xsd:string", value: "open sesame" },
      { name: `${ROOT}Time.NTPServer1`, type: "xsd:string", value: "ntp.example" },
    ],
  };
  it("seal the secrets and nothing else, once", () => {
    const sealed = sealOrder(order, (text) => `v1:${text.length}`);
    expect(sealed).to.have.nested.property("values[0].value", "v1:11");
    expect(sealed).to.have.nested.property("values[1].value", "ntp.example");
    expect(sealOrder(sealed, () => "twice")).to.deep.equal(sealed);
  });
  it("seal the password of an upload, and open for the device only", () => {
    const upload: TaskOrder = {
      ...{
        kind: "upload",
        fileType: "2 Vendor Log File",
        url: "http://files.example/",
        username: "gw",
        password: "open sesame",
        delayS: 0,
      },
    };
    const sealed = sealOrder(upload, (text) => `v1:${text.length}`);
    expect(sealed).to.deep.include({ password: "v1:11", sealed: true });
    expect(sealOrder(sealed, () => "twice")).to.equal(sealed);
    expect(openOrder(sealed, (text) => `open ${text}`).password).to.equal("open v1:11");
    expect(sealOrder({ ...upload, password: "" }, () => "v1:")).to.include({ password: "" });
  });
  it("seal the passwords of operations, and no empty ones", () => {
    const install = { operation: "Install", url: "http://files.example/u", uuid: "", username: "", executionEnvRef: "" } as const;
    const remove = { operation: "Uninstall", uuid: "u", version: "", executionEnvRef: "" } as const;
    const order: TaskOrder = {
      kind: "changeDUState",
      operations: [{ ...install, password: "secret" }, { ...install, password: "" }, remove],
    };
    const sealed = sealOrder(order, (text) => `v1:${text}`);
    expect(sealed).to.have.nested.property("operations[0].password", "v1:secret");
    expect(sealed).to.have.nested.property("operations[1].password", "");
    expect(openOrder(sealed, (text) => text.slice(3)).operations).to.deep.equal(order.operations);
  });
});
