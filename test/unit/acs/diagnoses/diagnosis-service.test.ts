/**
 * Diagnoses as a service for other parts of the ACS, on a real store: started by the caller's id, led on over restarts and failed writes.
 * Spec: docs/decisions/0025-a-diagnosis-is-a-chain-of-tasks.md.
 */
import { expect } from "chai";
import type { DiagnosisService } from "../../../../acs/diagnoses/diagnosis-service.js";
import type { AskedDiagnosis } from "../../../../acs/diagnostics/read-wish.js";
import { openDiagnoses } from "../../../../acs/open-diagnoses.js";
import { openModelPolicies } from "../../../../acs/stores/model-policies.js";
import { openStores, type Stores } from "../../../../acs/stores/sqlite/open-stores.js";
import { silentLog } from "../../../../common/log.js";
import { informOf, registered, told } from "../../../support/acs-stores.js";
import { NOW_MS } from "../../../support/builders.js";
import { type FakeClock, fakeClock, settle } from "../../../support/fake-clock.js";
import { type TemporaryFolder, temporaryFolder } from "../../../support/temporary-folder.js";

const PING = "Device.IP.Diagnostics.IPPing.";

describe("the service of diagnoses", () => {
  let folder: TemporaryFolder;
  let stores: Stores;
  let clock: FakeClock;
  let service: DiagnosisService;
  let closings: (() => Promise<void>)[];
  let woken: string[];
  beforeEach(async () => {
    folder = await temporaryFolder();
    clock = fakeClock(NOW_MS);
    stores = await openStores({ file: folder.file("acs.db") });
    await open();
  });
  afterEach(async () => {
    await close();
    await stores.close();
    await folder.remove();
  });
  /** As at a start of the ACS. @param failing Makes this many writes of steps fail. */
  async function open(failing = 0): Promise<void> {
    let failures = failing;
    const advance: Stores["diagnoses"]["advance"] = (...step) =>
      failures-- > 0 ? Promise.reject(new Error("the disk is full")) : stores.diagnoses.advance(...step);
    [closings, woken] = [[], []];
    service = await openDiagnoses(
      {
        stores: { ...stores, diagnoses: { ...stores.diagnoses, advance } },
        ...{ models: openModelPolicies(stores.settings), wake: (id) => void woken.push(id), stopSettleMs: 60_000, clock, log: silentLog },
      },
      closings,
    );
  }
  async function close(): Promise<void> {
    for (const step of closings) await step();
  }
  /** A device that has the ping test. */
  async function device(): Promise<string> {
    const { id } = await registered(stores.devices);
    await stores.devices.recordInform(informOf(id, { parameters: told(`${PING}DiagnosticsState=None`, `${PING}Host=`) }));
    return id;
  }
  const ping = (deviceId: string, id = "01member-1"): AskedDiagnosis => ({
    ...{ id, deviceId, test: "ping", arguments: { host: "192.0.2.1" }, causedBy: "01group" },
  });
  const tasksOf = async (deviceId: string) => (await stores.tasks.list({ deviceId, limit: 10 })).map(({ order }) => order.kind);
  async function endTask(deviceId: string): Promise<void> {
    const [task] = await stores.tasks.list({ deviceId, limit: 1 });
    const result = { state: "Complete", values: { SuccessCount: "3" }, tables: {} };
    const change = { to: "done", reason: "", atMs: NOW_MS, result } as const;
    await stores.tasks.change(task?.id ?? "", task?.revision ?? -1, change, { events: [] });
  }

  it("a start that is repeated after a crash is the same diagnosis: one task, one wake", async () => {
    const id = await device();
    const first = await service.start(ping(id));
    expect(first).to.deep.include({ kind: "started" }).and.to.have.nested.property("diagnosis.causedBy", "01group");
    expect(woken).to.deep.equal([id]);
    await close();
    await open();
    const again = await service.start(ping(id));
    expect(again.kind).to.equal("known");
    expect([await tasksOf(id), woken]).to.deep.equal([["diagnostic"], []]);
  });

  it("another id for what runs already is busy, and names it", async () => {
    const id = await device();
    await service.start(ping(id));
    const outcome = await service.start(ping(id, "01member-2"));
    expect(outcome).to.have.property("kind", "busy");
    expect(outcome).to.have.nested.property("diagnosis.id", "01member-1");
  });

  it("what ended while the ACS was down has its verdict at the next start", async () => {
    const id = await device();
    await service.start(ping(id));
    await close();
    await endTask(id);
    await open();
    const diagnosis = await service.get("01member-1");
    expect(diagnosis?.state).to.equal("done");
    expect(diagnosis?.outcome).to.deep.include({ kind: "verdict", code: "Complete" });
  });

  it("a step that can't be stored is tried again after ten seconds", async () => {
    const id = await device();
    await service.start(ping(id));
    await close();
    await endTask(id);
    await open(1);
    expect((await service.get("01member-1"))?.state).to.equal("running");
    const done = new Promise<void>((resolve) => {
      stores.events.onStored((events) => {
        if (events.some(({ kind }) => kind === "diagnosis-ended")) resolve();
      });
    });
    await clock.advance(10_000);
    await done;
    await settle();
    expect((await service.get("01member-1"))?.state).to.equal("done");
  });

  it("an unknown device and a voice-signalled gateway are told apart", async () => {
    expect((await service.start(ping("none"))).kind).to.equal("unknown-device");
    const { id } = await registered(stores.devices, { protocol: "nms" });
    const outcome = await service.start(ping(id));
    expect(outcome)
      .to.have.nested.property("errors[0].detail")
      .that.matches(/not supported by NMS-managed devices/);
  });

  it("an argument that the device's type refuses is told by the name that was given", async () => {
    const id = await device();
    const parameters = [{ name: `${PING}DSCP`, value: { type: "xsd:boolean", text: "0" } }];
    await stores.devices.recordInform(informOf(id, { parameters }));
    const outcome = await service.start({ ...ping(id), arguments: { host: "192.0.2.1", dscp: 46 } });
    expect(outcome).to.have.nested.property("errors[0].field", "arguments.dscp");
  });

  it("a device that never called in is read as a whole first", async () => {
    const { id } = await registered(stores.devices);
    await service.start(ping(id));
    expect(await stores.tasks.list({ deviceId: id, limit: 1 }))
      .to.have.nested.property("[0].order")
      .deep.equal({ kind: "refresh", path: "" });
  });

  it("cancelling what is over, or unknown, is said to be so", async () => {
    expect(await service.cancel("none")).to.equal("unknown");
    const id = await device();
    await service.start(ping(id));
    expect(await service.cancel("01member-1")).to.have.property("state", "canceled");
    expect(await service.cancel("01member-1")).to.equal("ended");
  });
});
