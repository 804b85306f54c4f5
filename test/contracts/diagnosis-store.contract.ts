/**
 * What every DiagnosisStore keeps.
 * Layer: contracts.
 */
import { expect } from "chai";
import { DIAGNOSIS_LIMITS, type Diagnosis, type NewDiagnosis } from "../../acs/diagnostics/diagnosis.js";
import type { NewTask } from "../../acs/tasks/task.js";
import { type AcsStores, eventOf, newTask, type OpenAcsStores, registered } from "../support/acs-stores.js";
import { NOW_MS } from "../support/builders.js";

const LINE = "Device.Services.VoiceService.1.CallControl.Line.1.";
const OBJECT = "Device.Services.VoiceService.1.SIP.Client.1.X_0A1B2C_RegistrationDiagnostics.";
let serials = 0;

const wishOf = (more: Partial<NewDiagnosis["wish"]> = {}): NewDiagnosis["wish"] => ({
  ...{ test: "sip-registration", unit: "1", path: null, arguments: { timeoutMs: "16000" }, timeoutS: null, priority: 5, expiresAtMs: null },
  ...more,
});

function begin(deviceId: string, more: Partial<NewDiagnosis> = {}): { readonly diagnosis: NewDiagnosis; readonly task: NewTask } {
  const task = newTask(deviceId, { order: { kind: "refresh", path: LINE } });
  const id = `01diagnosis${String(++serials).padStart(6, "0")}`;
  const diagnosis = { id, deviceId, wish: wishOf(), unitPath: null, path: null, taskId: task.id, causedBy: null, createdAtMs: NOW_MS };
  return { diagnosis: { ...diagnosis, ...more }, task };
}

export function diagnosisStoreContract(adapter: string, open: OpenAcsStores): void {
  let stores: AcsStores;
  let reopen: () => Promise<AcsStores>;
  before(async () => {
    ({ stores, reopen } = await open());
  });
  after(() => stores.close());

  async function started(deviceId: string, more: Partial<NewDiagnosis> = {}): Promise<Diagnosis> {
    const outcome = await stores.diagnoses.start({ ...begin(deviceId, more), events: [] });
    if (!("diagnosis" in outcome)) throw new Error(outcome.kind);
    return outcome.diagnosis;
  }
  const end = (diagnosis: Diagnosis, endedAtMs = NOW_MS) =>
    stores.diagnoses.advance(diagnosis.id, diagnosis.revision, {
      change: { state: "failed", endedAtMs, outcome: { kind: "failure", code: "lost", detail: "restarted" } },
      events: [],
    });
  const idsOf = async (deviceId: string) => (await stores.diagnoses.list({ deviceId, limit: 1_000 })).map(({ id }) => id);

  describe(`${adapter}: diagnoses`, () => {
    it("begin with their first task and its events, and come back as they were stored, also after a restart", async () => {
      const { id } = await registered(stores.devices);
      const start = begin(id, { causedBy: "group-1" });
      const event = eventOf(id, { kind: "diagnosis-started", data: { diagnosisId: start.diagnosis.id } });
      const outcome = await stores.diagnoses.start({ ...start, events: [event] });
      const whole = { ...start.diagnosis, state: "running", revision: 0, cancelAskedAtMs: null, endedAtMs: null, outcome: null };
      expect(outcome).to.deep.equal({ kind: "started", diagnosis: whole });
      stores = await reopen();
      expect(await stores.diagnoses.get(start.diagnosis.id)).to.deep.equal(whole);
      expect((await stores.tasks.get(start.task.id))?.state).to.equal("queued");
      expect((await stores.events.list({ deviceId: id, limit: 1 }))[0]?.kind).to.equal("diagnosis-started");
      expect((await stores.diagnoses.running({ limit: 1_000 })).map((one) => one.id)).to.include(start.diagnosis.id);
    });

    it("of one id begin once: the second start stores nothing, and tells how it is", async () => {
      const { id } = await registered(stores.devices);
      const first = await started(id);
      const again = begin(id, { id: first.id });
      expect(await stores.diagnoses.start({ ...again, events: [eventOf(id)] })).to.deep.equal({ kind: "known", diagnosis: first });
      expect(await stores.tasks.get(again.task.id)).to.equal(undefined);
    });

    it("run once for a line: of another line, and when it is over, another may begin", async () => {
      const { id } = await registered(stores.devices);
      const first = await started(id);
      const again = begin(id);
      expect(await stores.diagnoses.start({ ...again, events: [] })).to.deep.equal({ kind: "busy", diagnosis: first });
      expect(await stores.tasks.get(again.task.id)).to.equal(undefined);
      expect((await started(id, { wish: wishOf({ unit: "2" }) })).state).to.equal("running");
      await end(first);
      expect((await started(id)).state).to.equal("running");
    });

    it("are of the same line when their object is, however they were asked for", async () => {
      const { id } = await registered(stores.devices);
      const first = await started(id, { path: OBJECT, unitPath: LINE });
      const same = begin(id, { path: OBJECT, unitPath: LINE, wish: wishOf({ unit: LINE }) });
      expect(await stores.diagnoses.start({ ...same, events: [] })).to.deep.equal({ kind: "busy", diagnosis: first });
    });

    it("of an unknown device, or more at once than a device may have, do not begin", async () => {
      const outcome = await stores.diagnoses.start({ ...begin("none"), events: [] });
      expect(outcome.kind).to.equal("unknown-device");
      const { id } = await registered(stores.devices);
      for (let at = 1; at <= DIAGNOSIS_LIMITS.openPerDeviceMax; at++) await started(id, { wish: wishOf({ unit: String(at) }) });
      const beyond = begin(id, { wish: wishOf({ unit: "65" }) });
      expect((await stores.diagnoses.start({ ...beyond, events: [] })).kind).to.equal("too-many");
    });

    it("go on step by step: what is given changes, the next task comes with it, and an older revision is refused", async () => {
      const { id } = await registered(stores.devices);
      const first = await started(id);
      const task = newTask(id);
      const step = { change: { path: OBJECT, unitPath: LINE, taskId: task.id }, task, events: [] };
      const next = await stores.diagnoses.advance(first.id, 0, step);
      expect(next).to.deep.equal({ ...first, path: OBJECT, unitPath: LINE, taskId: task.id, revision: 1 });
      const late = newTask(id);
      expect(await stores.diagnoses.advance(first.id, 0, { ...step, task: late })).to.equal("stale");
      expect(await stores.tasks.get(late.id)).to.equal(undefined);
      expect(await stores.diagnoses.advance("none", 0, step)).to.equal("stale");
    });

    it("that have ended are running no more", async () => {
      const { id } = await registered(stores.devices);
      const over = await end(await started(id));
      expect(over).to.deep.include({ state: "failed", endedAtMs: NOW_MS });
      const running = await stores.diagnoses.running({ limit: 1_000 });
      expect(running.map(({ deviceId }) => deviceId)).not.to.include(id);
    });

    it("are listed newest first, in pages, by test and by line: as it was asked for, or where it was found", async () => {
      const { id } = await registered(stores.devices);
      const one = await started(id, { path: OBJECT, unitPath: LINE });
      const two = await started(id, { wish: wishOf({ unit: "2" }) });
      const ping = await started(id, { wish: wishOf({ test: "ping", unit: null }) });
      expect(await idsOf(id)).to.deep.equal([ping.id, two.id, one.id]);
      const list = async (more: object) => (await stores.diagnoses.list({ deviceId: id, limit: 9, ...more })).map((found) => found.id);
      expect(await list({ test: "ping" })).to.deep.equal([ping.id]);
      expect(await list({ beforeId: ping.id, limit: 1 })).to.deep.equal([two.id]);
      expect(await list({ unit: { asked: "2", path: null } })).to.deep.equal([two.id]);
      expect(await list({ unit: { asked: "9", path: LINE } })).to.deep.equal([one.id]);
      expect(await list({ unit: { asked: "1", path: "Device.Other." } }), "line 1 is another one now").to.deep.equal([]);
      expect(await list({ unit: { asked: "2", path: "Device.Other." } }), "never found").to.deep.equal([two.id]);
      expect(await stores.diagnoses.list({ deviceId: "none", limit: 9 })).to.deep.equal([]);
    });

    it("that are over are kept up to a number for each line; running ones and other lines stay", async () => {
      const { id } = await registered(stores.devices);
      const other = await started(id, { wish: wishOf({ unit: "2" }) });
      await end(other);
      const all: string[] = [];
      for (let at = 0; at <= DIAGNOSIS_LIMITS.keptPerUnitMax; at++) {
        const diagnosis = await started(id);
        all.unshift(diagnosis.id);
        await end(diagnosis);
      }
      const running = await started(id);
      expect(await idsOf(id)).to.deep.equal([running.id, ...all.slice(0, DIAGNOSIS_LIMITS.keptPerUnitMax), other.id]);
    });

    it("that began under an id as old as their group are kept as long as others: which ended last counts", async () => {
      const { id } = await registered(stores.devices);
      for (let at = 0; at < DIAGNOSIS_LIMITS.keptPerUnitMax; at++) await end(await started(id));
      const ofGroup = await started(id, { id: `00ofgroup${id}` });
      await end(ofGroup, NOW_MS + 1);
      expect((await stores.diagnoses.get(ofGroup.id))?.state).to.equal("failed");
      await end(await started(id), NOW_MS + 2);
      expect((await stores.diagnoses.get(ofGroup.id))?.state).to.equal("failed");
    });

    it("go with their device", async () => {
      const { id } = await registered(stores.devices);
      const diagnosis = await started(id);
      await stores.devices.remove(id, []);
      expect(await stores.diagnoses.get(diagnosis.id)).to.equal(undefined);
      expect(await end(diagnosis)).to.equal("stale");
    });
  });
}
