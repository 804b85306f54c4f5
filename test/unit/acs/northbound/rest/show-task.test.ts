import { expect } from "chai";
import { showTask } from "../../../../../acs/northbound/rest/show-task.js";
import { aTask, NOW_MS } from "../../../../support/builders.js";

const NOW = new Date(NOW_MS).toISOString();

describe("a task as REST shows it", () => {
  it("has times in ISO 8601, the reason of its last transition, and no revision", () => {
    const transitions = [
      { atMs: NOW_MS, to: "queued", reason: "created" },
      { atMs: NOW_MS, to: "sent", reason: "in a session" },
    ] as const;
    expect(showTask(aTask({ kind: "reboot" }, { transitions }))).to.deep.equal({
      id: "01task",
      device: "0A1B2C-VG2000-VG2K00000001",
      kind: "reboot",
      state: "sent",
      reason: "in a session",
      priority: 5,
      createdAt: NOW,
      expiresAt: null,
      settleBy: null,
      sends: 1,
      sentAt: NOW,
      failure: null,
      result: null,
      transitions: [
        { at: NOW, to: "queued", reason: "created" },
        { at: NOW, to: "sent", reason: "in a session" },
      ],
    });
  });

  it("hides a secret value of its order, and does not say how it is sealed", () => {
    const values = [
      { name: "Device.ManagementServer.Password", value: "v1:c2VhbGVk", type: "xsd:string", sealed: true as const },
      { name: "Device.Time.NTPServer1", value: "ntp.example", type: "xsd:string" },
    ];
    expect(showTask(aTask({ kind: "setParameterValues", values }))).to.deep.include({
      values: [{ name: values[0]?.name, value: null, type: "xsd:string", hidden: true }, values[1]],
    });
  });

  it("hides a secret value wherever its result names the parameter", () => {
    const result = {
      values: [{ name: "Device.A.KeyPassphrase", type: "xsd:string", value: "s3cret" }],
      more: [{ deep: { name: "A.PIN", value: "1" } }],
    };
    const shown = showTask(aTask({ kind: "refresh", path: "" }, { state: "done", result })).result;
    expect(shown).to.deep.equal({
      values: [{ name: "Device.A.KeyPassphrase", type: "xsd:string", value: null, hidden: true }],
      more: [{ deep: { name: "A.PIN", value: null, hidden: true } }],
    });
  });

  it("shows a result that is no list of parameters as it is", () => {
    for (const result of [null, 7, "text", [], { name: "x" }, { status: 0, nested: [[1]] }]) {
      expect(showTask(aTask({ kind: "reboot" }, { result })).result).to.deep.equal(result);
    }
  });
});
