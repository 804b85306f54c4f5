/**
 * A diagnosis as a row.
 * Layer: stores (sqlite).
 */
import type { SqlValue } from "../../../common/sqlite/queries.js";
import type { Diagnosis, DiagnosisState } from "../../diagnostics/diagnosis.js";

export interface DiagnosisRow {
  readonly id: string;
  readonly device_id: string;
  readonly state: DiagnosisState;
  readonly revision: number;
  readonly unit_path: string | null;
  readonly path: string | null;
  readonly task: string;
  readonly caused_by: string | null;
  readonly created_at_ms: number;
  readonly cancel_asked_at_ms: number | null;
  readonly ended_at_ms: number | null;
  readonly wish: string;
  readonly outcome: string | null;
}

export const SELECT_DIAGNOSES = `SELECT diagnoses.id, devices.id AS device_id, state, revision, unit_path, path, task, caused_by,
  created_at_ms, cancel_asked_at_ms, ended_at_ms, wish, outcome FROM diagnoses JOIN devices ON devices.number = diagnoses.device`;

export const diagnosisOf = (row: DiagnosisRow): Diagnosis => ({
  id: row.id,
  deviceId: row.device_id,
  wish: JSON.parse(row.wish),
  state: row.state,
  revision: row.revision,
  unitPath: row.unit_path,
  path: row.path,
  taskId: row.task,
  causedBy: row.caused_by,
  createdAtMs: row.created_at_ms,
  cancelAskedAtMs: row.cancel_asked_at_ms,
  endedAtMs: row.ended_at_ms,
  outcome: row.outcome === null ? null : JSON.parse(row.outcome),
});

/** Named values for all columns but `device`. */
export const diagnosisColumns = (diagnosis: Diagnosis): Readonly<Record<string, SqlValue>> => ({
  id: diagnosis.id,
  test: diagnosis.wish.test,
  unit: diagnosis.wish.unit,
  state: diagnosis.state,
  revision: diagnosis.revision,
  unit_path: diagnosis.unitPath,
  path: diagnosis.path,
  task: diagnosis.taskId,
  caused_by: diagnosis.causedBy,
  created_at_ms: diagnosis.createdAtMs,
  cancel_asked_at_ms: diagnosis.cancelAskedAtMs,
  ended_at_ms: diagnosis.endedAtMs,
  wish: JSON.stringify(diagnosis.wish),
  outcome: diagnosis.outcome === null ? null : JSON.stringify(diagnosis.outcome),
});
