/**
 * Writes of the diagnosis store.
 * Layer: stores (sqlite, writer thread).
 */
import { oncePerWriter, type Writer } from "../../../common/sqlite/operation.js";
import { DIAGNOSIS_LIMITS, type Diagnosis, type NewDiagnosis } from "../../diagnostics/diagnosis.js";
import { TASK_LIMITS } from "../../tasks/task.js";
import type { DiagnosisStart, DiagnosisStarted, DiagnosisStep } from "../diagnosis-store.js";
import { deviceWriter } from "./device-writer.js";
import { type DiagnosisRow, diagnosisColumns, diagnosisOf, SELECT_DIAGNOSES } from "./diagnosis-row.js";
import { eventWriter } from "./event-writer.js";
import { taskWriter } from "./task-writer.js";

const diagnosisWriter = oncePerWriter((writer: Writer) => {
  const get = writer.prepare<DiagnosisRow>(`${SELECT_DIAGNOSES} WHERE diagnoses.id = ?`);
  const running = writer.prepare<DiagnosisRow>(
    `${SELECT_DIAGNOSES} WHERE diagnoses.device = ? AND state = 'running' ORDER BY diagnoses.id`,
  );
  const insert = writer.prepare(
    `INSERT INTO diagnoses (id, device, test, unit, state, revision, unit_path, path, task, caused_by, created_at_ms, cancel_asked_at_ms,
       ended_at_ms, wish, outcome)
     VALUES (@id, @device, @test, @unit, @state, @revision, @unit_path, @path, @task, @caused_by, @created_at_ms, @cancel_asked_at_ms,
       @ended_at_ms, @wish, @outcome)`,
  );
  const update = writer.prepare(
    `UPDATE diagnoses SET test = @test, unit = @unit, state = @state, revision = @revision, unit_path = @unit_path, path = @path,
       task = @task, caused_by = @caused_by, created_at_ms = @created_at_ms, cancel_asked_at_ms = @cancel_asked_at_ms,
       ended_at_ms = @ended_at_ms, wish = @wish, outcome = @outcome WHERE id = @id`,
  );
  // Ids say when a diagnosis was ordered, those of a group's when the group was made. Even if the clock was set back, the last one stays.
  const newestEnd = "ORDER BY id = @id DESC, ended_at_ms DESC, id DESC LIMIT -1 OFFSET @kept";
  const forgetOfUnit = writer.prepare(
    `DELETE FROM diagnoses WHERE id IN (SELECT id FROM diagnoses WHERE device = @device AND state <> 'running' AND test = @test
       AND coalesce(unit_path, unit) IS @unit ${newestEnd})`,
  );
  const forgetOfDevice = writer.prepare(
    `DELETE FROM diagnoses WHERE id IN (SELECT id FROM diagnoses WHERE device = @device AND state <> 'running' ${newestEnd})`,
  );
  return {
    get(id: string): Diagnosis | undefined {
      const row = get.get(id);
      return row === undefined ? undefined : diagnosisOf(row);
    },
    running: (device: number): readonly Diagnosis[] => running.all(device).map(diagnosisOf),
    add: (device: number, diagnosis: Diagnosis): void => void insert.run({ ...diagnosisColumns(diagnosis), device }),
    update: (diagnosis: Diagnosis): void => void update.run(diagnosisColumns(diagnosis)),
    /** The diagnosis has just ended. */
    forgetOld(device: number, { id, wish, unitPath }: Diagnosis): void {
      const unit = unitPath ?? wish.unit;
      forgetOfUnit.run({ device, id, test: wish.test, unit, kept: DIAGNOSIS_LIMITS.keptPerUnitMax });
      forgetOfDevice.run({ device, id, kept: DIAGNOSIS_LIMITS.keptPerDeviceMax });
    },
  };
});

export function startDiagnosis(writer: Writer) {
  const devices = deviceWriter(writer);
  const diagnoses = diagnosisWriter(writer);
  const tasks = taskWriter(writer);
  const append = eventWriter(writer);
  return ({ diagnosis, task, events }: DiagnosisStart): DiagnosisStarted => {
    const known = diagnoses.get(diagnosis.id);
    if (known !== undefined) return { kind: "known", diagnosis: known };
    const state = devices.state(diagnosis.deviceId);
    if (state === undefined) return { kind: "unknown-device" };
    const running = diagnoses.running(state.number);
    const same = running.find((other) => isOfTheSame(diagnosis, other));
    if (same !== undefined) return { kind: "busy", diagnosis: same };
    const isFull = running.length >= DIAGNOSIS_LIMITS.openPerDeviceMax || state.openTasks >= TASK_LIMITS.openPerDeviceMax;
    if (isFull) return { kind: "too-many" };
    const added = begun(diagnosis);
    diagnoses.add(state.number, added);
    tasks.add(state.number, task, state);
    devices.save(state);
    append(events);
    return { kind: "started", diagnosis: added };
  };
}

/** By what was found where both were found, else by what was asked for. */
function isOfTheSame(one: NewDiagnosis, other: Diagnosis): boolean {
  if (one.wish.test !== other.wish.test) return false;
  if (one.path !== null && other.path !== null) return one.path === other.path;
  return one.wish.unit === other.wish.unit && one.wish.path === other.wish.path;
}

function begun(diagnosis: NewDiagnosis): Diagnosis {
  return { ...diagnosis, state: "running", revision: 0, cancelAskedAtMs: null, endedAtMs: null, outcome: null };
}

export interface AdvanceDiagnosis {
  readonly id: string;
  readonly revision: number;
  readonly step: DiagnosisStep;
}

export function advanceDiagnosis(writer: Writer) {
  const devices = deviceWriter(writer);
  const diagnoses = diagnosisWriter(writer);
  const tasks = taskWriter(writer);
  const append = eventWriter(writer);
  return ({ id, revision, step: { change, task, events } }: AdvanceDiagnosis): Diagnosis | "stale" | "too-many" => {
    const diagnosis = diagnoses.get(id);
    const state = diagnosis === undefined ? undefined : devices.state(diagnosis.deviceId);
    if (diagnosis === undefined || state === undefined || diagnosis.revision !== revision) return "stale";
    if (task !== undefined && state.openTasks >= TASK_LIMITS.openPerDeviceMax) return "too-many";
    const next = { ...diagnosis, ...change, revision: revision + 1 };
    diagnoses.update(next);
    if (task !== undefined) tasks.add(state.number, task, state);
    devices.save(state);
    append(events);
    if (next.state !== "running") diagnoses.forgetOld(state.number, next);
    return next;
  };
}
