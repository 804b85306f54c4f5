/**
 * A diagnosis: one named test of one device, with the line or port it is about, and what came of it. It is made of tasks, one after the
 * other: a refresh where the tree does not know the object of the test, then a diagnostic.
 * Spec: CN 103067208 B; cwmp.md 8.1, 9.5; docs/decisions/0025-a-diagnosis-is-a-chain-of-tasks.md. Layer: diagnostics, pure.
 */
import type { ReadableResult } from "./readable-result.js";

/** "done": the test ended and its verdict is known, good or bad. "failed": nothing was learnt of it; the failure tells why. */
export type DiagnosisState = "running" | "done" | "failed" | "canceled";

/** What somebody asks for, once it was read and found good. */
export interface DiagnosisWish {
  /** Name of the test, e.g. "sip-registration" (named-tests.ts). */
  readonly test: string;
  /** The line or port: its number ("1") or its full path; null: the test has none, or `path` tells all. */
  readonly unit: string | null;
  /** Of the diagnostics object itself, where somebody knows better; null: found by test and unit. */
  readonly path: string | null;
  /** By their friendly names or by those of the data model, as asked for; never secrets. */
  readonly arguments: Readonly<Record<string, string>>;
  /** null: computed from the arguments. */
  readonly timeoutS: number | null;
  readonly priority: number;
  /** When it ends unless the device has called in by then. null: never. */
  readonly expiresAtMs: number | null;
}

export interface Diagnosis {
  readonly id: string;
  readonly deviceId: string;
  readonly wish: DiagnosisWish;
  readonly state: DiagnosisState;
  /** Goes up by one with each stored step. */
  readonly revision: number;
  /** Of the line or port in the device's tree; null: not found yet, or none. */
  readonly unitPath: string | null;
  /** Of the object that is asked; null: it is being looked for. */
  readonly path: string | null;
  /** The task that it waits for, or that ended it. */
  readonly taskId: string;
  /** Who started it, e.g. the id of a group; null: somebody over REST. */
  readonly causedBy: string | null;
  readonly createdAtMs: number;
  readonly cancelAskedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** null until it has ended. */
  readonly outcome: DiagnosisOutcome | null;
}

export type DiagnosisOutcome =
  /** `code`: of a registration test 1 to 999 (registration-texts.ts), else a word of state-texts.ts. `facts` fill the texts. */
  | { readonly kind: "verdict"; readonly code: string; readonly facts: VerdictFacts; readonly result: ReadableResult }
  | { readonly kind: "failure"; readonly code: DiagnosisFailure; readonly detail: string };

/** What the texts of a verdict may name; "" where the device told nothing. */
export interface VerdictFacts {
  readonly server: string;
  readonly realm: string;
  readonly minExpiresS: string;
  /** The reason phrase of the server's last answer. */
  readonly phrase: string;
}

/**
 * "not-supported": the device has no such object. "no-such-unit": no such line or port. "bad-arguments": the device has told types that
 * they don't fit. "refused": it answered a fault. "timed-out": it told no end in time. "lost": it restarted, or somebody voided the test.
 * "expired": it did not call in. "canceled": by somebody else's hand. "not-learnt": sessions died, and what became of it can't be told.
 */
export type DiagnosisFailure =
  | "not-supported"
  | "no-such-unit"
  | "bad-arguments"
  | "refused"
  | "timed-out"
  | "lost"
  | "expired"
  | "canceled"
  | "not-learnt";

export const DIAGNOSIS_LIMITS = {
  /** Running ones of one device. */
  openPerDeviceMax: 64,
  /** Ended ones that are kept of one test of one line. */
  keptPerUnitMax: 50,
  /** Ended ones that are kept of one device. */
  keptPerDeviceMax: 500,
  /** Characters of JSON kept of a result. */
  resultCharactersMax: 65_536,
  /** Characters of a failure's detail; a device's own words may be part of it. */
  detailCharactersMax: 1_000,
  argumentsMax: 64,
} as const;

export type NewDiagnosis = Pick<Diagnosis, "id" | "deviceId" | "wish" | "unitPath" | "path" | "taskId" | "causedBy" | "createdAtMs">;

/** What a step changes; what is left out stays. */
export interface DiagnosisChange {
  readonly state?: DiagnosisState;
  readonly unitPath?: string | null;
  readonly path?: string;
  readonly taskId?: string;
  readonly cancelAskedAtMs?: number;
  readonly endedAtMs?: number;
  readonly outcome?: DiagnosisOutcome;
}
