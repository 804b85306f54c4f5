/**
 * Diagnoses, running ones and the history of each line. Adapters: sqlite/. Contract: test/contracts/diagnosis-store.contract.ts.
 * A diagnosis and the task that it waits for are written in one transaction, so that neither is ever there without the other.
 * Layer: stores (interface).
 */
import type { Diagnosis, DiagnosisChange, NewDiagnosis } from "../diagnostics/diagnosis.js";
import type { NewEvent } from "../events/event.js";
import type { NewTask } from "../tasks/task.js";

export interface DiagnosisStart {
  readonly diagnosis: NewDiagnosis;
  /** Its first task; the id is the diagnosis's `taskId`. */
  readonly task: NewTask;
  readonly events: readonly NewEvent[];
}

export type DiagnosisStarted =
  | { readonly kind: "started"; readonly diagnosis: Diagnosis }
  /** It was started before, by the same id: nothing is stored. */
  | { readonly kind: "known"; readonly diagnosis: Diagnosis }
  /** Another one of the same test and line or object is running: nothing is stored. */
  | { readonly kind: "busy"; readonly diagnosis: Diagnosis }
  /** "too-many": open diagnoses, or open tasks, of the device. */
  | { readonly kind: "unknown-device" | "too-many" };

export interface DiagnosisStep {
  readonly change: DiagnosisChange;
  /** Added with the change, when the chain goes on. */
  readonly task?: NewTask;
  readonly events: readonly NewEvent[];
}

export interface DiagnosisFilter {
  readonly deviceId: string;
  readonly test?: string;
  /** Those found at this path; and, where no path was found or `path` is null, those that were asked for by this text. */
  readonly unit?: { readonly asked: string; readonly path: string | null };
  /** Started before this one (ids sort by age). */
  readonly beforeId?: string;
  readonly limit: number;
}

export interface DiagnosisStore {
  start(start: DiagnosisStart): Promise<DiagnosisStarted>;
  /**
   * One step, if the diagnosis is still at `revision`; "stale": it moved on, or is gone. "too-many": the device has too many open tasks for
   * another. Nothing is stored then. One that ends pushes the oldest ended ones beyond DIAGNOSIS_LIMITS out.
   */
  advance(id: string, revision: number, step: DiagnosisStep): Promise<Diagnosis | "stale" | "too-many">;
  get(id: string): Promise<Diagnosis | undefined>;
  /** Newest first. */
  list(filter: DiagnosisFilter): Promise<readonly Diagnosis[]>;
  /** Running ones in id order, after this id: what is followed again after a restart. */
  running(page: { readonly afterId?: string; readonly limit: number }): Promise<readonly Diagnosis[]>;
}
