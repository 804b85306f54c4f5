/**
 * provisionStun: which of the STUN parameters a device has is asked before any is set.
 * Layer: unit test. Spec: TR-069 Annex G.2.1.1.
 */
import { expect } from "chai";
import { DEFAULT_MODEL_POLICY } from "../../../../../acs/devices/model-policy.js";
import { fault, names, readBackOf, talkOf } from "../../../../support/task-talk.js";

const ORDER = { kind: "provisionStun", host: "stun.example", port: 3_478 } as const;
const SERVER = "InternetGatewayDevice.ManagementServer.";
const ALL = ["URL", "STUNEnable", "STUNServerAddress", "STUNServerPort", "STUNUsername", "STUNPassword"].map((name) => SERVER + name);
const answered = (status: 0 | 1) => ({ kind: "SetParameterValuesResponse", status }) as const;

describe("task provisionStun", () => {
  it("asks for the names below ManagementServer first", () => {
    expect(talkOf(ORDER).request).to.deep.equal({ kind: "GetParameterNames", path: SERVER, nextLevel: true });
  });

  it("sets the server and the device's connection-request credentials, in one call", () => {
    const talk = talkOf(ORDER).answer(names(...ALL));
    expect(talk.request).to.deep.equal({
      kind: "SetParameterValues",
      values: [
        { name: `${SERVER}STUNServerAddress`, type: "xsd:string", text: "stun.example" },
        { name: `${SERVER}STUNServerPort`, type: "xsd:unsignedInt", text: "3478" },
        { name: `${SERVER}STUNUsername`, type: "xsd:string", text: "acs" },
        { name: `${SERVER}STUNPassword`, type: "xsd:string", text: "crpass" },
        { name: `${SERVER}STUNEnable`, type: "xsd:boolean", text: "1" },
      ],
      parameterKey: "01task",
    });
    expect(talk.answer(answered(0)).change).to.include({ to: "done", reason: "STUN is set" });
  });

  it("leaves out what a device does not have or does not let be set, but never what is needed", () => {
    const some = names(`${SERVER}STUNEnable`, `${SERVER}STUNServerAddress`);
    const { request } = talkOf(ORDER).answer(some);
    expect(request.kind === "SetParameterValues" && request.values.map(({ name }) => name)).to.deep.equal([
      `${SERVER}STUNServerAddress`,
      `${SERVER}STUNEnable`,
    ]);
    expect(talkOf({ ...ORDER, port: 3_479 }).answer(some).change.reason).to.include(`lacks ${SERVER}STUNServerPort`);
    expect(talkOf(ORDER).answer(names(`${SERVER}STUNEnable`)).change.to).to.equal("done");
  });

  it("does not set what is read-only, unless the model tells Writable wrongly", () => {
    const readOnly = { kind: "GetParameterNamesResponse", parameters: ALL.map((name) => ({ name, writable: false })) } as const;
    expect(talkOf(ORDER).answer(readOnly).change.to).to.equal("done");
    const model = { ...DEFAULT_MODEL_POLICY, trustsWritable: false };
    expect(talkOf(ORDER, { model }).answer(readOnly).request.kind).to.equal("SetParameterValues");
  });

  it("is done without a word to a device that has no STUN, or does not tell its names", () => {
    for (const answer of [names(`${SERVER}URL`), fault(9005), fault(9000)])
      expect(talkOf(ORDER).answer(answer).change).to.have.property("to", "done");
    expect(talkOf(ORDER, { root: null }).change.to).to.equal("done");
  });

  it("writes booleans as the model wants them", () => {
    const { request } = talkOf(ORDER, { model: { ...DEFAULT_MODEL_POLICY, booleans: "words" } }).answer(names(...ALL));
    expect(request.kind === "SetParameterValues" && request.values.at(-1)?.text).to.equal("true");
  });

  it("fails with the device's fault, and says when a restart is needed", () => {
    expect(
      talkOf(ORDER)
        .answer(names(...ALL))
        .answer(fault(9003)).change.failure?.code,
    ).to.equal("device-fault");
    expect(
      talkOf(ORDER)
        .answer(names(...ALL))
        .answer(answered(1)).change.reason,
    ).to.include("when the device has restarted");
  });

  it("after a lost session is done again: setting the same does no harm", () => {
    expect(readBackOf(ORDER).change.to).to.equal("queued");
  });
});
