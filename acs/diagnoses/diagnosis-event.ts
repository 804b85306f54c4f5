/**
 * What the timeline says of a diagnosis.
 * Layer: diagnoses.
 */
import type { Diagnosis, NewDiagnosis } from "../diagnostics/diagnosis.js";
import { isGood, shownCode } from "../diagnostics/diagnosis-verdict.js";
import type { NewEvent } from "../events/event.js";

export function diagnosisStarted(diagnosis: NewDiagnosis, atMs: number): NewEvent {
  const { id, taskId, causedBy } = diagnosis;
  return {
    atMs,
    kind: "diagnosis-started",
    deviceId: diagnosis.deviceId,
    data: { diagnosisId: id, ...whatOf(diagnosis), taskId, causedBy },
  };
}

/** `code`: of the verdict, or of the failure. `good`: nothing is wrong with what was tested; null: it is not known. */
export function diagnosisEnded(diagnosis: Diagnosis, atMs: number): NewEvent {
  const { id, state, outcome, wish, causedBy } = diagnosis;
  const good = outcome?.kind === "verdict" ? isGood(wish.test, outcome.code) : null;
  const data = { diagnosisId: id, ...whatOf(diagnosis), state, code: outcome === null ? null : shownCode(outcome.code), good, causedBy };
  return { atMs, kind: "diagnosis-ended", deviceId: diagnosis.deviceId, data };
}

function whatOf({ wish: { test, unit }, path }: Pick<Diagnosis, "wish" | "path">) {
  return { test, unit, path };
}
