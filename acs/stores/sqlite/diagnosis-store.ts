/**
 * DiagnosisStore on SQLite.
 * Layer: stores (sqlite).
 */
import type { Database } from "../../../common/sqlite/database.js";
import type { DiagnosisStore } from "../diagnosis-store.js";
import { type DiagnosisRow, diagnosisOf, SELECT_DIAGNOSES } from "./diagnosis-row.js";
import type { AcsOperations } from "./operations.js";

/** Greater than every id: ids are ASCII. */
const AFTER_ALL_IDS = "\uffff";

export function sqliteDiagnosisStore(database: Database<AcsOperations>): DiagnosisStore {
  const { queries } = database;
  const get = queries.prepare<DiagnosisRow>(`${SELECT_DIAGNOSES} WHERE diagnoses.id = ?`);
  const list = queries.prepare<DiagnosisRow>(
    `${SELECT_DIAGNOSES} WHERE diagnoses.device = (SELECT number FROM device_numbers WHERE id = @deviceId) AND diagnoses.id < @beforeId
       AND (@test IS NULL OR test = @test) AND (@unit IS NULL OR unit_path = @unitPath OR (unit = @unit AND (unit_path IS NULL OR @unitPath IS NULL)))
     ORDER BY diagnoses.id DESC LIMIT @limit`,
  );
  const running = queries.prepare<DiagnosisRow>(
    `${SELECT_DIAGNOSES} WHERE state = 'running' AND diagnoses.id > ? ORDER BY diagnoses.id LIMIT ?`,
  );
  return {
    start: (start) => database.write("startDiagnosis", start),
    advance: (id, revision, step) => database.write("advanceDiagnosis", { id, revision, step }),
    get: (id) =>
      database.read(() => {
        const row = get.get(id);
        return row === undefined ? undefined : diagnosisOf(row);
      }),
    list: ({ deviceId, test = null, unit, beforeId = AFTER_ALL_IDS, limit }) =>
      database.read(() => {
        const whose = { unit: unit?.asked ?? null, unitPath: unit?.path ?? null };
        return list.all({ deviceId, beforeId, test, ...whose, limit: Math.max(0, limit) }).map(diagnosisOf);
      }),
    running: ({ afterId = "", limit }) => database.read(() => running.all(afterId, Math.max(0, limit)).map(diagnosisOf)),
  };
}
