/**
 * A diagnosis as the work of a group: done when its verdict is known, good or bad.
 * Layer: groups (shell).
 */
import type { Clock } from "../../common/clock.js";
import type { FieldError } from "../../common/field-error.js";
import type { DiagnosisService, StartOutcome } from "../diagnoses/diagnosis-service.js";
import { DIAGNOSIS_LIMITS, type Diagnosis } from "../diagnostics/diagnosis.js";
import { adviceOf } from "../diagnostics/diagnosis-verdict.js";
import { type AskedDiagnosis, readWish } from "../diagnostics/read-wish.js";
import { GROUP_DEFAULTS } from "./group.js";
import type { GroupWork, WorkState } from "./group-work.js";

/** As it was asked for; the time to expire counts from when the member begins. */
export type GroupDiagnosisOrder = Omit<AskedDiagnosis, "id" | "deviceId" | "expiresAtMs" | "causedBy"> & {
  readonly expiresInS?: number | undefined;
};

export interface DiagnosisWorkOptions {
  readonly diagnoses: Pick<DiagnosisService, "start" | "get" | "cancel">;
  readonly clock: Clock;
}

export function diagnosisWork({ diagnoses, clock }: DiagnosisWorkOptions): GroupWork {
  return {
    check: async (order) => checkWish(order as GroupDiagnosisOrder, clock.now()),
    start: async ({ id, deviceId, groupId, order }) => {
      const { expiresInS = GROUP_DEFAULTS.expiresInS, ...asked } = order as GroupDiagnosisOrder;
      const expiresAtMs = clock.now() + expiresInS * 1_000;
      return startedOf(await diagnoses.start({ ...asked, id, deviceId, expiresAtMs, causedBy: groupId }));
    },
    state: async (id) => {
      const diagnosis = await diagnoses.get(id);
      return diagnosis === undefined ? undefined : stateOf(diagnosis);
    },
    abort: async (id) => void (await diagnoses.cancel(id)),
    toldBy: ({ kind, data }) => (kind === "diagnosis-ended" ? String(data["diagnosisId"]) : undefined),
  };
}

/** What is wrong whatever the device; arguments may be named as one data model or the other has them. */
function checkWish(order: GroupDiagnosisOrder, nowMs: number): readonly FieldError[] {
  const read = readWish({ ...order, id: "", deviceId: "" }, null, nowMs);
  return "errors" in read ? read.errors : [];
}

function startedOf(outcome: StartOutcome): "started" | { readonly refused: string } {
  switch (outcome.kind) {
    case "started":
    case "known":
      return "started";
    case "busy":
      return { refused: `the same test is running already: diagnosis ${outcome.diagnosis.id}` };
    case "refused":
      return { refused: outcome.errors.map(({ field, detail }) => `${field} ${detail}`).join("; ") };
    case "unknown-device":
      return { refused: "the device was removed" };
    case "too-many":
      return { refused: `the device has ${DIAGNOSIS_LIMITS.openPerDeviceMax} running diagnoses, or too many unfinished tasks` };
  }
}

function stateOf({ state, path, outcome, wish }: Diagnosis): WorkState {
  if (state === "running") return { is: "running", step: path === null ? "looking for the object of the test" : "testing" };
  const failure = outcome?.kind === "failure" ? `${outcome.code}: ${outcome.detail}` : "";
  if (state === "canceled") return { is: "aborted", reason: failure };
  if (outcome?.kind !== "verdict") return { is: "failed", reason: failure };
  const { meaning } = adviceOf(wish.test, outcome.code, outcome.facts, "en");
  return { is: "done", reason: `${outcome.code}: ${meaning}` };
}
